"""A real proxy with `deploy/Caddyfile` before servers of ours, certificates by its own authority.

What an operator has it read is what is tested: the file is changed only in where it listens and
who signs. A site stands on a port of loopback, so that no name has to be entered anywhere.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers import ServerProcess, free_port, write_folder

ROOT = Path(__file__).parent.parent.parent
OPERATORS = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
REHEARSED = "{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\tauto_https disable_redirects\n"
PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Deployed:
    """A server, and the address under which the proxy shows it to the world."""

    server: ServerProcess
    origin: str


def caddyfile(sites: Mapping[str, int]) -> str:
    """The operators' file, once for each site (address: our server's port behind it)."""
    options, _, site = OPERATORS.partition("coord.example {")
    own = [
        f"{address} {{{site}".replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        for address, port in sites.items()
    ]
    return options.replace("{\n", REHEARSED, 1) + "\n".join(own)


@contextmanager
def caddy(folder: Path, sites: Mapping[str, int]) -> Iterator[Path]:
    """Runs it; the authority's certificate. What it logs stands in `folder`/caddy.log."""
    folder.mkdir()
    settings = folder / "Caddyfile"
    settings.write_text(caddyfile(sites), encoding="utf-8")
    home = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(
            ["caddy", "run", "--config", str(settings), "--adapter", "caddyfile"],
            stdout=log,
            stderr=log,
            env=os.environ | home,
        )
    try:
        authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _certified(folder) and time.monotonic() < deadline:
            assert process.poll() is None, (folder / "caddy.log").read_text()
            time.sleep(0.05)
        yield authority
    finally:
        process.terminate()
        process.wait(15)


def _certified(folder: Path) -> bool:
    """All sites have one address, and so one certificate."""
    return any((folder / "caddy" / "certificates").glob("local/*/*.crt"))


@contextmanager
def deployed(folder: Path, *names: str) -> Iterator[list[Deployed]]:
    """One server for each name, all behind one proxy; SSL_CERT_FILE is the proxy's authority."""
    shown = []
    for name in names:
        server = ServerProcess(folder / name, free_port())
        write_folder(server.folder, server.port, (name,))
        origin = f"https://127.0.0.1:{free_port()}"
        text = server.config.read_text().replace(server.origin, origin)
        server.config.write_text(text.replace("allow_http = true\n", ""))
        shown.append(Deployed(server, origin))
    sites = {one.origin: one.server.port for one in shown}
    with caddy(folder / "caddy", sites) as authority, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority))
        try:
            for one in shown:
                one.server.start()
            yield shown
        finally:
            for one in shown:
                one.server.stop()
