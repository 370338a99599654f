"""Names for the numbers and byte strings of the ledger, so that they cannot be mixed.

Invariants: a `Hash32` has 32 bytes, an `Address` 20. The check happens where bytes enter (`hash32`, `address`);
behind it the types are trusted.
"""

from __future__ import annotations

from typing import NewType

from lightnode.errors import WireError

Hash32 = NewType("Hash32", bytes)
Address = NewType("Address", bytes)
Height = NewType("Height", int)
Timestamp = NewType("Timestamp", int)
ChainId = NewType("ChainId", int)
RecordNumber = NewType("RecordNumber", int)

ZERO_HASH = Hash32(bytes(32))
ZERO_ADDRESS = Address(bytes(20))


class WidthError(WireError):
    """A fixed-width value has another width."""

    code = "WIRE-WIDTH"


def hash32(value: bytes) -> Hash32:
    """Name 32 bytes a hash.

    Args:
        value: exactly 32 bytes.

    Raises:
        WidthError: another length.
    """
    _demand(value, 32, "A hash")
    return Hash32(bytes(value))


def address(value: bytes) -> Address:
    """Name 20 bytes an account address.

    Args:
        value: exactly 20 bytes.

    Raises:
        WidthError: another length.
    """
    _demand(value, 20, "An address")
    return Address(bytes(value))


def _demand(value: bytes, width: int, what: str) -> None:
    if len(value) != width:
        raise WidthError(f"{what} has {width} bytes, found {len(value)}.")
