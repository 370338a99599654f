"""Recursive Length Prefix, strict and canonical (Ethereum yellow paper, appendix B).

Invariants:
- `decode` accepts exactly the bytes that `encode` makes: shortest length forms, no single byte below 0x80 behind a
  prefix, no trailing bytes. So decode followed by encode is the identity.
- Depth, item count and total size are bounded before anything is built; recursion never exceeds `max_depth`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, Union

from lightnode.errors import LimitError, WireError

Item: TypeAlias = Union[bytes, "list[Item]"]
Encodable: TypeAlias = Union[bytes, Sequence["Encodable"]]

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 16
MAX_ITEMS = 200_000


class RlpError(WireError):
    """Bytes are not canonical RLP."""

    code = "RLP-CANONICAL"


def encode(item: Encodable) -> bytes:
    """Encode nested byte strings and sequences.

    Args:
        item: bytes, or a list or tuple of such items.

    Returns:
        The canonical encoding.
    """
    if isinstance(item, (bytes, bytearray, memoryview)):
        data = bytes(item)
        if len(data) == 1 and data[0] < 0x80:
            return data
        return _prefix(len(data), 0x80) + data
    return encode_payload(b"".join([encode(part) for part in item]))


def encode_payload(payload: bytes) -> bytes:
    """Give the encoding of a list whose items are encoded already.

    Args:
        payload: the items' encodings, one after another.
    """
    return list_prefix(len(payload)) + payload


def list_prefix(length: int) -> bytes:
    """Give what stands before a list's payload.

    Args:
        length: of the payload, in bytes.
    """
    if 0xFF < length <= 0xFFFF:
        return b"\xf9" + length.to_bytes(2, "big")
    return _prefix(length, 0xC0)


def encode_uint(value: int) -> bytes:
    """Give an integer's minimal big-endian bytes (zero is the empty string), ready for `encode`.

    Args:
        value: zero or more.
    """
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode_uint(item: Item, max_bytes: int = 32) -> int:
    """Read an integer from a decoded item.

    Args:
        item: the byte string of a scalar.
        max_bytes: widest value allowed, in bytes.

    Raises:
        RlpError: a list, a leading zero, or more bytes than allowed.
    """
    if not isinstance(item, bytes):
        raise RlpError("A list stands where a number belongs.")
    if len(item) > max_bytes:
        raise RlpError(f"A number has {len(item)} bytes, more than {max_bytes}.")
    if item[:1] == b"\0":
        raise RlpError("A number begins with a zero byte.")
    return int.from_bytes(item, "big")


def decode(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, max_items: int = MAX_ITEMS) -> Item:
    """Decode one item that fills the input exactly.

    Args:
        data: the encoding.
        max_bytes: largest input, in bytes.
        max_depth: deepest nesting of lists.
        max_items: largest number of items altogether.

    Raises:
        LimitError: the input exceeds a limit.
        RlpError: the input is not canonical.
    """
    if len(data) > max_bytes:
        raise LimitError(f"RLP of {len(data)} bytes exceeds {max_bytes}.")
    decoder = _Decoder(bytes(data), max_depth, max_items)
    item, end = decoder.item(0, len(data), 0)
    if end != len(data):
        raise RlpError(f"{len(data) - end} bytes follow the RLP item.")
    return item


def decode_list(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> list[Item]:
    """Decode an item that must be a list.

    Raises:
        LimitError: the input exceeds a limit.
        RlpError: not canonical, or a byte string.
    """
    item = decode(data, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(item, list):
        raise RlpError("A byte string stands where a list belongs.")
    return item


def list_span(data: bytes, at: int) -> tuple[int, int]:
    """Find a list of less than 64 KiB within an encoding, without reading its items.

    Args:
        data: the encoding.
        at: where the list's prefix stands.

    Returns:
        Where its payload begins and ends, within the data.

    Raises:
        RlpError: no canonical prefix of such a list, or it ends beyond the data.
        IndexError: the data ends within the prefix.
    """
    first = data[at]
    if 0xC0 <= first < 0xF8:
        start, length, least = at + 1, first - 0xC0, 0
    elif first == 0xF8:
        start, length, least = at + 2, data[at + 1], 56
    elif first == 0xF9:
        start, length, least = at + 3, data[at + 1] << 8 | data[at + 2], 256
    else:
        raise RlpError("No list of that size stands here.")
    if length < least or start + length > len(data):
        raise RlpError("The list's length is not in its shortest form, or too large.")
    return start, start + length


def _prefix(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    size = encode_uint(length)
    return bytes([offset + 55 + len(size)]) + size


class _Decoder:
    """One pass over one buffer; holds the remaining item budget."""

    def __init__(self, data: bytes, max_depth: int, max_items: int) -> None:
        self.data = data
        self.max_depth = max_depth
        self.budget = max_items

    def item(self, at: int, end: int, depth: int) -> tuple[Item, int]:
        self.budget -= 1
        if self.budget < 0:
            raise LimitError("RLP holds too many items.")
        if at >= end:
            raise RlpError("RLP ends before its item begins.")
        first = self.data[at]
        if first < 0x80:
            return self.data[at : at + 1], at + 1
        if first < 0xC0:
            start, stop = self._span(at, end, first, 0x80)
            if stop - start == 1 and self.data[start] < 0x80:
                raise RlpError("A single byte below 0x80 stands behind a prefix.")
            return self.data[start:stop], stop
        start, stop = self._span(at, end, first, 0xC0)
        if depth >= self.max_depth:
            raise LimitError(f"RLP is nested deeper than {self.max_depth}.")
        return self._items(start, stop, depth + 1), stop

    def _items(self, at: int, stop: int, depth: int) -> list[Item]:
        items: list[Item] = []
        while at < stop:
            item, at = self.item(at, stop, depth)
            items.append(item)
        return items

    def _span(self, at: int, end: int, first: int, offset: int) -> tuple[int, int]:
        short = first - offset
        if short < 56:
            start, length = at + 1, short
        else:
            size = short - 55
            start = at + 1 + size
            if start > end:
                raise RlpError("RLP ends within a length.")
            if self.data[at + 1] == 0:
                raise RlpError("A length begins with a zero byte.")
            length = int.from_bytes(self.data[at + 1 : start], "big")
            if length < 56:
                raise RlpError("A length uses the long form without need.")
        if start + length > end:
            raise RlpError("RLP ends within an item.")
        return start, start + length
