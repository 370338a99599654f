"""Types of the contract ABI as text names them: uintN, address, bool, bytesN, bytes, string, and arrays T[], T[k].

Invariants: only canonical names (`uint256`, never `uint`; no blanks), so that a signature has one text and one selector.
Tuples, signed and fixed-point numbers are not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from lightnode.errors import WireError
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Hash32

MAX_DIMENSIONS = 4
MAX_TYPES = 64

_SIGNATURE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\(([a-z0-9,\[\]]*)\)", re.ASCII)
_TYPE = re.compile(r"([a-z]+)([1-9][0-9]{0,2})?((?:\[(?:[1-9][0-9]{0,3})?\])*)", re.ASCII)
_DIMENSION = re.compile(r"\[([0-9]*)\]", re.ASCII)


class AbiTypeError(WireError):
    """A text does not name ABI types that this program knows."""

    code = "ABI-TYPE"
    advice = "Correct the signature; it comes from a descriptor or a program, not from the ledger."


@dataclass(frozen=True, slots=True)
class Word:
    """A type of one word.

    Attributes:
        name: uint, address, bool or bytes.
        size: bits of uint, bytes of bytes; else 0.
    """

    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Blob:
    """The type `bytes`, or `string`.

    Attributes:
        is_text: it is `string`.
    """

    is_text: bool


@dataclass(frozen=True, slots=True)
class Array:
    """An array.

    Attributes:
        item: type of each item.
        length: of T[k]; None of T[].
    """

    item: Type
    length: int | None


Type: TypeAlias = Word | Blob | Array


def is_dynamic(kind: Type) -> bool:
    """Tell whether values of the type stand behind an offset."""
    if isinstance(kind, Array):
        return kind.length is None or is_dynamic(kind.item)
    return isinstance(kind, Blob)


def head_bytes(kind: Type) -> int:
    """Give the bytes that a value takes in the head: its own if static, else those of its offset."""
    if isinstance(kind, Array) and kind.length is not None and not is_dynamic(kind.item):
        return kind.length * head_bytes(kind.item)
    return 32


def parse_types(text: str) -> tuple[Type, ...]:
    """Read types separated by commas, without blanks; empty text names none.

    Raises:
        AbiTypeError: a type is not known here, or there are too many.
    """
    parts = text.split(",") if text else []
    if len(parts) > MAX_TYPES:
        raise AbiTypeError(f"There are more than {MAX_TYPES} types.")
    return tuple(_parse_type(part) for part in parts)


def signature_types(signature: str) -> tuple[Type, ...]:
    """Read the types within a signature such as `timestampHashes(uint256[],bytes[],bytes[])`.

    Raises:
        AbiTypeError: no canonical signature, or a type not known here.
    """
    match = _SIGNATURE.fullmatch(signature)
    if not match:
        raise AbiTypeError("A signature is a name with types in parentheses.")
    return parse_types(match[1])


def event_topic(signature: str) -> Hash32:
    """Give the first topic of an event, the hash of its signature.

    Raises:
        AbiTypeError: no canonical signature.
    """
    signature_types(signature)
    return keccak256(signature.encode("ascii"))


def selector(signature: str) -> bytes:
    """Give the four bytes that call a function.

    Raises:
        AbiTypeError: no canonical signature.
    """
    return event_topic(signature)[:4]


def _parse_type(text: str) -> Type:
    match = _TYPE.fullmatch(text)
    if not match:
        raise AbiTypeError("A type has no canonical name.")
    kind = _parse_base(match[1], int(match[2] or 0))
    dimensions = _DIMENSION.findall(match[3])
    if len(dimensions) > MAX_DIMENSIONS:
        raise AbiTypeError(f"An array has more than {MAX_DIMENSIONS} dimensions.")
    for length in dimensions:
        kind = Array(kind, int(length) if length else None)
    return kind


def _parse_base(name: str, size: int) -> Type:
    if name in ("address", "bool") and not size:
        return Word(name)
    if name in ("bytes", "string") and not size:
        return Blob(name == "string")
    if (name == "uint" and size in range(8, 257, 8)) or (name == "bytes" and 1 <= size <= 32):
        return Word(name, size)
    raise AbiTypeError(f"The type {name}{size or ''} is not known here.")
