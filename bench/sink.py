"""The far side of a measurement: nginx, which answers 202 to whatever comes, on any 127.x.y.z.

`with sink(folder): …` starts one process of it, with TLS where a certificate is given, and ends it
by its id. It answers a hundred thousand a second, so it is not what bounds a delivery.
"""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

SINK_PORT = 18_080

SETTINGS = """
daemon off;
worker_processes 1;
pid {folder}/sink.pid;
error_log {folder}/sink.log crit;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_buffer_size 256k;
    client_body_temp_path {folder}/sink-body;
    proxy_temp_path {folder}/sink-proxy;
    fastcgi_temp_path {folder}/sink-fastcgi;
    uwsgi_temp_path {folder}/sink-uwsgi;
    scgi_temp_path {folder}/sink-scgi;
    server {{
        listen 0.0.0.0:{port} backlog=8192{tls};
        {certificate}
        location / {{ return 202; }}
    }}
}}
"""


@contextlib.contextmanager
def sink(folder: Path, port: int = SINK_PORT, certificate: Path | None = None) -> Iterator[int]:
    """A running sink; its port. `certificate` holds key and chain."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise SystemExit("bench: needs nginx (Debian: apt-get install nginx-light)")
    named = f"ssl_certificate {certificate}; ssl_certificate_key {certificate};"
    settings = SETTINGS.format(
        folder=folder,
        port=port,
        tls=" ssl" if certificate else "",
        certificate=named if certificate else "",
    )
    file = folder / "sink.conf"
    file.write_text(settings)
    process = subprocess.Popen([program, "-c", str(file), "-p", str(folder)])
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise SystemExit("bench: the sink did not start")
