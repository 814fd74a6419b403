"""The house stands as docs/architecture.md draws it.

Reads every import with `ast` and holds it against the table "Who may import whom"; then the rules
that stand below the table, and the proportions of CONTRIBUTING.md. Nothing is imported here but in
the one test that asks what importing does, and that happens in a process of its own.
"""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "fediverse_coord"
MODULES = sorted((ROOT / PACKAGE).rglob("*.py"))
MOST_LINES = 400
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\s",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Room:
    """One row of the table: which rooms, which libraries, and which of Python's modules not."""

    name: str
    rooms: frozenset[str]
    libraries: frozenset[str]
    never: frozenset[str]


def named_in(cell: str) -> frozenset[str]:
    return frozenset(re.findall(r"`([A-Za-z0-9_.]+)`", cell))


def rooms_drawn() -> list[Room]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, _, table = text.partition("## Who may import whom")
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    return [
        Room(min(named_in(name)), named_in(rooms), named_in(libraries), named_in(never))
        for name, rooms, libraries, never in rows
    ]


HOUSE = rooms_drawn()


def room_of(module: Path) -> str:
    """`protocol` for protocol/uris.py, `errors` for errors.py; both entrances belong to `cli`."""
    inner = module.relative_to(ROOT / PACKAGE)
    return "cli" if inner.name == "__main__.py" else inner.parts[0].removesuffix(".py")


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), filename=str(module))


def imports_of(module: Path) -> Iterator[str]:
    """Every dotted name the module imports, wherever in it and for whatever purpose."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide the room"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def covered(name: str, allowed: frozenset[str]) -> bool:
    return any(name == one or name.startswith(one + ".") for one in allowed)


def fault_in(name: str, room: Room) -> str | None:
    """What is wrong with importing this name in this room."""
    top, _, inner = name.partition(".")
    if top == PACKAGE:
        allowed = room.rooms | {room.name, "__version__"}
        return None if covered(inner, allowed) else f"{inner} is not open to {room.name}"
    if top in sys.stdlib_module_names:
        return f"{name} is closed to {room.name}" if covered(name, room.never) else None
    return None if top in room.libraries else f"{top} is not listed for {room.name}"


def test_every_module_stands_in_a_room_of_the_table() -> None:
    drawn = {room.name for room in HOUSE} | {"__init__"}
    assert {room_of(module) for module in MODULES} <= drawn


@pytest.mark.parametrize("room", HOUSE, ids=lambda room: room.name)
def test_a_room_imports_only_what_the_table_opens_to_it(room: Room) -> None:
    faults = [
        f"{module.relative_to(ROOT)}: {fault}"
        for module in MODULES
        if room_of(module) == room.name
        for fault in (fault_in(name, room) for name in imports_of(module))
        if fault
    ]
    assert faults == []


def test_the_table_opens_no_room_to_one_above_it() -> None:
    order = [room.name for room in HOUSE]
    for place, room in enumerate(HOUSE):
        assert {name.partition(".")[0] for name in room.rooms} <= set(order[:place]), room.name


def test_the_two_roads_the_demo_and_the_faces_are_kept_apart() -> None:
    opened = {room.name: {name.partition(".")[0] for name in room.rooms} for room in HOUSE}
    assert "outgoing" not in opened["incoming"]
    assert "network" not in opened["web"] | opened["cli"]
    assert [name for name, rooms in opened.items() if "demo" in rooms] == ["cli"]
    assert [room.name for room in HOUSE if "httpx" in room.libraries] == ["network"]


def strings_of(module: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_sql_is_written_in_storage_only() -> None:
    outside = [module for module in MODULES if room_of(module) != "storage"]
    found = [str(module) for module in outside if any(map(SQL.search, strings_of(module)))]
    assert found == []


def opens_a_write(node: ast.AST) -> bool:
    """`db.write(…)` or `services.db.write(…)`."""
    if not (isinstance(node, ast.Attribute) and node.attr == "write"):
        return False
    owner = node.value
    return (isinstance(owner, ast.Name) and owner.id in {"db", "database"}) or (
        isinstance(owner, ast.Attribute) and owner.attr in {"db", "database"}
    )


def test_faces_open_no_write() -> None:
    faces = [module for module in MODULES if room_of(module) in {"web", "cli"}]
    assert [str(face) for face in faces if any(map(opens_a_write, ast.walk(tree_of(face))))] == []


WATCHER = """
import importlib, os, sys, threading
EFFECTS = {"socket.__new__", "socket.connect", "socket.bind", "subprocess.Popen", "os.fork",
           "sqlite3.connect", "os.mkdir", "os.remove", "os.rename", "_thread.start_new_thread"}
root, names = sys.argv[1], sys.argv[2:]
sys.path.insert(0, root)
importing, seen = "", []
def watch(event, args):
    if event in EFFECTS:
        seen.append(f"{importing}: {event}")
    if event == "open" and isinstance(args[0], str):
        path, mode = os.path.abspath(args[0]), args[1] if isinstance(args[1], str) else "r"
        code = path.endswith((".py", ".pyc")) or "site-packages" in path
        if set(mode) & set("wax+") or (path.startswith(root + os.sep) and not code):
            seen.append(f"{importing}: open {path}")
sys.addaudithook(watch)
for importing in names:
    importlib.import_module(importing)
if threading.active_count() > 1:
    seen.append("a thread is running")
print("\\n".join(seen))
"""


def test_importing_any_module_is_free_of_effects(tmp_path: Path) -> None:
    dotted = [".".join(m.relative_to(ROOT).with_suffix("").parts) for m in MODULES]
    names = [name.removesuffix(".__init__") for name in dotted]
    command = [sys.executable, "-B", "-c", WATCHER, str(ROOT), *names]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.stdout.split("\n") == ["", ""]


def test_no_file_needs_a_table_of_contents() -> None:
    ours = [*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    files = [one for one in ours if "node_modules" not in one.parts]
    lengths = {str(f): len(f.read_text(encoding="utf-8").splitlines()) for f in files}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = function.body[0]
    is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_doc else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_a_typical_function_is_under_ten_lines() -> None:
    nodes = (node for module in MODULES for node in ast.walk(tree_of(module)))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert statistics.median(length_of(node) for node in nodes if isinstance(node, kinds)) < 10


def test_every_module_opens_with_what_it_is() -> None:
    assert [str(module) for module in MODULES if not ast.get_docstring(tree_of(module))] == []


def names_of_coordinations() -> set[str]:
    """Usernames and names of the shipped coordinations, and the short names in their file names."""
    found: set[str] = set()
    for path in (ROOT / "actors").glob("*.toml"):
        actor = tomllib.loads(path.read_text(encoding="utf-8"))
        found |= {path.stem, str(actor["username"]), str(actor["name"])}
    return found


def test_no_coordination_is_named_in_the_code() -> None:
    names = names_of_coordinations()
    word = re.compile(r"\b(" + "|".join(map(re.escape, sorted(names))) + r")\b", re.IGNORECASE)
    files = [
        path for path in (ROOT / PACKAGE).rglob("*") if path.suffix in {".py", ".sql", ".html"}
    ]
    named = {str(path) for path in files if word.search(path.read_text(encoding="utf-8"))}
    assert named == set() or not names
