"""An object store that speaks S3, in a process of its own on loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from servers import free_port

KEY_ID, SECRET = "coord-test", "SECRETKEY-of-the-store"
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """`endpoint` answers while `process` runs; a bucket is made by a PUT."""

    endpoint: str
    process: "subprocess.Popen[bytes]"

    def bucket(self, name: str) -> str:
        """`s3://NAME`, empty."""
        httpx.put(f"{self.endpoint}/{name}").raise_for_status()
        return f"s3://{name}"

    def names(self, bucket: str, prefix: str = "") -> set[str]:
        """What lies there, as the store itself lists it."""
        text = httpx.get(f"{self.endpoint}/{bucket}").text
        keys = [one.partition("</Key>")[0] for one in text.split("<Key>")[1:]]
        return {one.removeprefix(prefix) for one in keys if one.startswith(prefix)}

    def put(self, bucket: str, name: str, content: bytes) -> None:
        httpx.put(f"{self.endpoint}/{bucket}/{name}", content=content).raise_for_status()

    def keys_file(self, folder: Path) -> Path:
        file = folder / "store-keys.toml"
        file.write_text(f'access_key_id = "{KEY_ID}"\nsecret_access_key = "{SECRET}"\n')
        file.chmod(0o600)
        return file

    def settings(self, folder: Path, store: str) -> str:
        """Lines for `[media]`."""
        return (
            f'store = "{store}"\nendpoint = "{self.endpoint}"\n'
            f'credentials = "{self.keys_file(folder)}"\n'
        )


@contextmanager
def running_store() -> Iterator[ObjectStore]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"},
    )
    store = ObjectStore(f"http://127.0.0.1:{port}", process)
    try:
        _wait(store)
        yield store
    finally:
        process.terminate()
        process.wait()


def _wait(store: ObjectStore) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            httpx.get(store.endpoint)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the object store does not answer")
