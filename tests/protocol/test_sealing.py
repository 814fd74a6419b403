"""Secrets at rest."""

import pytest

from fediverse_coord.errors import ConfigError
from fediverse_coord.protocol.sealing import Seal, key_file_text, seal_from

SEAL = Seal(b"k" * 32)
NONCE = b"n" * 12


def test_what_was_sealed_opens_in_its_own_place_only() -> None:
    sealed = SEAL.close(b"secret", "row-1", NONCE)
    assert SEAL.open(sealed, "row-1") == b"secret"
    with pytest.raises(ConfigError, match="key file"):
        SEAL.open(sealed, "row-2")


def test_another_key_file_opens_nothing() -> None:
    sealed = SEAL.close(b"secret", "row-1", NONCE)
    with pytest.raises(ConfigError, match="put back the key file"):
        Seal(b"x" * 32).open(sealed, "row-1")


@pytest.mark.parametrize("position", [8, 20, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(SEAL.close(b"secret", "row-1", NONCE))
    sealed[position] ^= 1
    with pytest.raises(ConfigError):
        SEAL.open(bytes(sealed), "row-1")


@pytest.mark.parametrize("text", ["", "short", "A" * 44, "!!!", "AAAA\nAAAA"])
def test_a_key_file_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        seal_from(text)


def test_a_key_file_reads_back_and_never_prints() -> None:
    seal = seal_from(key_file_text(b"k" * 32))
    assert seal == SEAL
    assert "kkkk" not in repr(seal)
