"""Reading a header at fixed places: almost every header has its first seven fields, and the two after extraData, there.

Invariants: what this reads, `header.decode_header` reads to the same fields in its general way (a test holds the two
together on changed bytes); where a header has any other shape this gives None and decides nothing, so that every refusal,
and every unusual header, is the general reader's.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError
from typing import Any

# A list with two length bytes; then five hashes (A0), an address (94) and a bloom of 256 bytes (B9 0100).
_FRONT = Struct(">BHB32sB32sB20sB32sB32sB32sBH256s")
_FRONT_PREFIXES = (0xF9, 0xA0, 0xA0, 0x94, 0xA0, 0xA0, 0xA0, 0xB9, 0x100)
_LIST_PREFIX_BYTES = 3
# After extraData: a hash and a nonce of eight bytes.
_BACK = Struct(">B32sB8s")
# The optional fields: how many numbers and, as None, a hash. The two blob fields come as a pair.
_TAIL = (1, None, 2, None, None)

# The fields in RLP order, as `Header` takes them; the encoded fields before extraData, and those after it.
FixedFields = tuple[list[Any], tuple[bytes, bytes]]


class _UnusualError(Exception):
    """The header is not of the usual shape."""


def read_fixed(raw: bytes) -> FixedFields | None:
    """Read a header of the usual shape; None where it has another, which says nothing about it."""
    try:
        return _read(raw)
    except (IndexError, StructError, _UnusualError):
        return None


def _read(raw: bytes) -> FixedFields:
    (p0, length, p1, parent, p2, ommers, p3, beneficiary, p4, state, p5, transactions, p6, receipts, p7, p8, bloom
     ) = _FRONT.unpack_from(raw)  # fmt: skip
    if (p0, p1, p2, p3, p4, p5, p6, p7, p8) != _FRONT_PREFIXES or length != len(raw) - _LIST_PREFIX_BYTES:
        raise _UnusualError
    values: list[Any] = [parent, ommers, beneficiary, state, transactions, receipts, bloom]
    extra_at = _numbers(raw, _FRONT.size, 5, values)
    start, end = _long_string(raw, extra_at)
    p9, mix, p10, nonce = _BACK.unpack_from(raw, end)
    if p9 != 0xA0 or p10 != 0x88:
        raise _UnusualError
    values += (raw[start:end], mix, nonce)
    _tail(raw, end + _BACK.size, values)
    return values, (raw[_LIST_PREFIX_BYTES:extra_at], raw[end:])


def _numbers(raw: bytes, at: int, count: int, values: list[Any]) -> int:
    """Read numbers below 2^64 and give where they end."""
    for _ in range(count):
        first = raw[at]
        at += 1
        if 0 < first < 0x80:
            values.append(first)
        elif first == 0x80:
            values.append(0)
        elif 0x80 < first <= 0x88:
            end = at + first - 0x80
            # A leading zero, or one byte that needs no prefix, is no canonical number.
            if raw[at] < (0x80 if first == 0x81 else 1) or end > len(raw):
                raise _UnusualError
            values.append(int.from_bytes(raw[at:end], "big"))
            at = end
        else:
            raise _UnusualError
    return at


def _long_string(raw: bytes, at: int) -> tuple[int, int]:
    """Give where the bytes of a string of 56 bytes to 64 KiB begin and end."""
    prefix = raw[at]
    if prefix == 0xB8:
        start, size, least = at + 2, raw[at + 1], 56
    elif prefix == 0xB9:
        start, size, least = at + 3, raw[at + 1] << 8 | raw[at + 2], 256
    else:
        raise _UnusualError
    if size < least:
        raise _UnusualError
    return start, start + size


def _tail(raw: bytes, at: int, values: list[Any]) -> None:
    """Read the optional fields up to the end."""
    end = len(raw)
    for numbers in _TAIL:
        if at == end:
            break
        if numbers is not None:
            at = _numbers(raw, at, numbers, values)
        elif raw[at] == 0xA0 and at + 33 <= end:
            values.append(raw[at + 1 : at + 33])
            at += 33
        else:
            raise _UnusualError
    if at != end:
        raise _UnusualError
