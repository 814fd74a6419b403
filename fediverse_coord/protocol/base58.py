"""Base58 in the Bitcoin alphabet, as Multibase's `z` uses it (FEP-521a, FEP-8b32).

A number in base 58, leading zero bytes kept as leading ones. Quadratic in the length,
therefore bounded: an 8192-bit RSA key needs some 1,430 characters.
"""

from fediverse_coord.errors import MalformedDocument

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MAX_LENGTH = 2048

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """The text for any bytes."""
    zeros = len(data) - len(data.lstrip(b"\0"))
    number, letters = int.from_bytes(data), []
    while number:
        number, value = divmod(number, 58)
        letters.append(ALPHABET[value])
    return "1" * zeros + "".join(reversed(letters))


def decode(text: str) -> bytes:
    """The bytes. Raises MalformedDocument for foreign letters and more than 2,048 of them."""
    if len(text) > MAX_LENGTH:
        raise MalformedDocument("the base58 text is too long")
    number = 0
    for letter in text:
        if letter not in _VALUES:
            raise MalformedDocument("not base58")
        number = number * 58 + _VALUES[letter]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
