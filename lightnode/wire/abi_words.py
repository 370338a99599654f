"""The 32-byte words of the contract ABI, with their padding held to zero.

Invariants: a number is below its range, a truth value 0 or 1, an address behind twelve zero bytes, short bytes before
zeros. Writing and reading are inverse to each other.
"""

from __future__ import annotations

from typing import Any, NoReturn

from lightnode.errors import WireError
from lightnode.wire.abi_types import Word
from lightnode.wire.types import Address, Hash32

WORD = 32


class AbiError(WireError):
    """Bytes or values are not in the one canonical form of their ABI types."""

    code = "ABI-CANONICAL"
    advice = "Do not sign or accept this call; have it made again by a sound program."


def split_words(data: bytes, count: int) -> tuple[Hash32, ...]:
    """Cut data that must consist of so many words.

    Raises:
        AbiError: another length.
    """
    if len(data) != count * WORD:
        refuse(f"Data of {count} words has {count * WORD} bytes, found {len(data)}.")
    return tuple(Hash32(bytes(data[at : at + WORD])) for at in range(0, len(data), WORD))


def uint_word(value: int, bits: int = 256) -> bytes:
    """Write an unsigned integer as a word.

    Raises:
        AbiError: it does not fit.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << bits:
        refuse(f"A value is no number of {bits} bits.")
    return value.to_bytes(WORD, "big")


def read_uint(word: bytes, bits: int = 256) -> int:
    """Read an unsigned integer from a word.

    Raises:
        AbiError: not a word, or a larger number.
    """
    value = int.from_bytes(_word(word), "big")
    if value >> bits:
        refuse(f"A number exceeds {bits} bits.")
    return value


def address_word(value: bytes) -> bytes:
    """Write an account address as a word.

    Raises:
        AbiError: it does not have 20 bytes.
    """
    if not isinstance(value, bytes) or len(value) != 20:
        refuse("A value is no account address of 20 bytes.")
    return bytes(12) + value


def read_address(word: bytes) -> Address:
    """Read an account address from a word.

    Raises:
        AbiError: not a word, or its padding is not zero.
    """
    if any(_word(word)[:12]):
        refuse("An account address stands behind bytes that are not zero.")
    return Address(bytes(word[12:]))


def bool_word(value: bool) -> bytes:
    """Write a truth value as a word.

    Raises:
        AbiError: something else.
    """
    if not isinstance(value, bool):
        refuse("A value is no truth value.")
    return int(value).to_bytes(WORD, "big")


def read_bool(word: bytes) -> bool:
    """Read a truth value from a word.

    Raises:
        AbiError: not a word of 0 or 1.
    """
    return bool(read_uint(word, 1))


def encode_word(kind: Word, value: Any) -> bytes:
    """Write a value of a one-word type.

    Raises:
        AbiError: it does not fit.
    """
    if kind.name == "uint":
        return uint_word(value, kind.size)
    if kind.name == "address":
        return address_word(value)
    if kind.name == "bool":
        return bool_word(value)
    if not isinstance(value, bytes) or len(value) != kind.size:
        refuse(f"A value does not have {kind.size} bytes.")
    return value.ljust(WORD, b"\0")


def decode_word(kind: Word, word: bytes) -> int | bool | bytes:
    """Read a value of a one-word type.

    Raises:
        AbiError: not a word, out of range, or its padding is not zero.
    """
    if kind.name == "uint":
        return read_uint(word, kind.size)
    if kind.name == "address":
        return read_address(word)
    if kind.name == "bool":
        return read_bool(word)
    if any(_word(word)[kind.size :]):
        refuse("Short bytes stand before bytes that are not zero.")
    return bytes(word[: kind.size])


def _word(word: bytes) -> bytes:
    if len(word) != WORD:
        refuse("The data ends within a word.")
    return word


def refuse(text: str) -> NoReturn:
    """Say that bytes or values are not canonical.

    Raises:
        AbiError: always.
    """
    raise AbiError(text)
