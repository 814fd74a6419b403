"""Secrets at rest."""

import pytest

from fediverse_coord.errors import ConfigError
from fediverse_coord.protocol.sealing import (
    Seal,
    is_protected,
    key_file_text,
    protected_text,
    seal_from,
)

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


CHEAP = (4, 8, 1)
PASSPHRASE = "six ports, one strike"
PROTECTED = protected_text(SEAL, PASSPHRASE, b"s" * 16, NONCE, CHEAP)


def test_a_protected_key_file_opens_with_its_passphrase_alone() -> None:
    assert is_protected(PROTECTED)
    assert not is_protected(key_file_text(b"k" * 32))
    assert seal_from(PROTECTED, PASSPHRASE) == SEAL
    with pytest.raises(ConfigError, match="another one, or the file is damaged"):
        seal_from(PROTECTED, "six ports, one strike ")
    for missing in (None, ""):
        with pytest.raises(ConfigError, match="FEDIVERSE_COORD_PASSPHRASE"):
            seal_from(PROTECTED, missing)


def test_a_passphrase_that_is_not_needed_is_not_looked_at() -> None:
    assert seal_from(key_file_text(b"k" * 32), "anything") == SEAL


@pytest.mark.parametrize("place", range(len("protected1:"), len(PROTECTED) - 1))
def test_every_letter_of_a_protected_key_file_counts(place: int) -> None:
    other = "B" if PROTECTED[place] != "B" else "C"
    with pytest.raises(ConfigError) as fault:
        seal_from(PROTECTED[:place] + other + PROTECTED[place + 1 :], PASSPHRASE)
    assert PASSPHRASE not in str(fault.value)


@pytest.mark.parametrize("cost", ["21:8:1", "17:17:1", "17:8:5", "0:8:1", "-1:8:1", "x:8:1"])
def test_a_file_cannot_ask_for_more_memory_than_there_should_be(cost: str) -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        seal_from(PROTECTED.replace("4:8:1", cost, 1), PASSPHRASE)
