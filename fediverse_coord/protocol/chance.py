"""Chance, made in one place: the keys in our ids. Functions that need one take it as argument."""

import base64
import secrets
from collections.abc import Callable
from typing import TypeAlias

Chance: TypeAlias = Callable[[], str]


def random_key() -> str:
    """16 characters of lower-case base32: 80 bits that nobody guesses."""
    return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()


def random_secret() -> str:
    """43 characters, safe in headers and addresses: 256 bits."""
    return secrets.token_urlsafe(32)
