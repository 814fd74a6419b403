"""docs/backup-format.md opens a backup without the program."""

import io
import re
import subprocess
import sys
from pathlib import Path

from fediverse_coord.desk.sealed_file import Chance, SealedWriter

PAGE = Path(__file__).parent.parent.parent / "docs" / "backup-format.md"


def test_the_program_on_the_page_opens_a_sealed_file(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    plain = b"We stand with the crews on strike. " * 5_000
    file = io.BytesIO()
    writer = SealedWriter(
        file, "six ports, one strike", Chance(b"s" * 16, b"p" * 8), cost=(4, 8, 1)
    )
    writer.write(plain)
    writer.finish()
    (tmp_path / "coord.backup").write_bytes(file.getvalue())
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "coord.backup", "six ports, one strike"],
        capture_output=True,
        check=True,
    )
    assert done.stdout == plain
