"""Confidential names in rows: sealed with the instance's key, each for its own declaration.

What is sealed for one declaration does not open in another. Nothing here decides who may see a
name; `publishing/naming` says which are confidential, `desk/confidential` lets people look.
"""

import base64
import binascii
import json

from fediverse_coord.errors import ConfigError
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.storage.database import Reader

WITH_SEALED = """
SELECT key, fields FROM declarations WHERE actor = :actor AND fields LIKE '%"sealed"%'
"""


def closed(seal: Seal, key: str, name: str, nonce: bytes) -> str:
    """As it stands in a row; `nonce` is 12 fresh random bytes, `key` the declaration's."""
    return base64.b64encode(seal.close(name.encode(), _context(key), nonce)).decode("ascii")


def opened(seal: Seal, key: str, sealed: str) -> str:
    """The name. Raises ConfigError where another key file sealed it."""
    try:
        body = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError("a sealed name in the database is damaged: restore a backup") from None
    return seal.open(body, _context(key)).decode()


async def of_coordination(reader: Reader, actor: int) -> list[tuple[str, str]]:
    """Key and sealed name of each signatory whose name is sealed."""
    rows = await reader.fetch_all(WITH_SEALED, actor=actor)
    return [
        (row["key"], str(who["sealed"]))
        for row in rows
        for who in json.loads(row["fields"]).get("signatories", ())
        if who.get("sealed")
    ]


def _context(key: str) -> str:
    return f"signatory of {key}"
