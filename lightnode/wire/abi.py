"""Contract ABI values in their one canonical layout, for calls and events.

Invariants:
- `decode` accepts exactly what `encode` makes: every offset points right behind the part before it, padding is zero,
  nothing follows the last part. Solidity itself takes far more; a signer must not.
- Reading is linear in the data: no part is read twice, and counts are held against the bytes present.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from lightnode.errors import LimitError
from lightnode.wire.abi_types import (
    AbiTypeError,
    Array,
    Blob,
    Type,
    Word,
    event_topic,
    head_bytes,
    is_dynamic,
    parse_types,
    selector,
    signature_types,
)
from lightnode.wire.abi_words import (
    WORD,
    AbiError,
    address_word,
    bool_word,
    decode_word,
    encode_word,
    read_address,
    read_bool,
    read_uint,
    refuse,
    split_words,
    uint_word,
)

__all__ = [
    "MAX_BYTES",
    "AbiError",
    "AbiTypeError",
    "Array",
    "Blob",
    "Type",
    "Word",
    "address_word",
    "bool_word",
    "decode",
    "decode_call",
    "encode",
    "encode_call",
    "event_topic",
    "parse_types",
    "read_address",
    "read_bool",
    "read_uint",
    "selector",
    "signature_types",
    "split_words",
    "uint_word",
]

Value: TypeAlias = Any

MAX_BYTES = 256 * 1024


def encode(types: str, values: Sequence[Value]) -> bytes:
    """Lay out values canonically.

    Args:
        types: separated by commas, e.g. `uint256[],bytes[]`.
        values: int, bytes (also for addresses), bool, str, or lists and tuples of them, as the types demand.

    Returns:
        The bytes, without a selector.

    Raises:
        AbiTypeError: a type is not known here.
        AbiError: a value does not fit its type.
    """
    return _encode_parts(parse_types(types), values)


def decode(types: str, data: bytes) -> tuple[Value, ...]:
    """Read values that fill the data exactly and canonically.

    Args:
        types: as of `encode`.
        data: without the selector.

    Returns:
        int, bytes, bool, str and tuples of them.

    Raises:
        AbiTypeError: a type is not known here.
        LimitError: larger than any genuine call.
        AbiError: not canonical.
    """
    return _decode_all(parse_types(types), data)


def encode_call(signature: str, values: Sequence[Value]) -> bytes:
    """Make the call data of a function.

    Raises:
        AbiTypeError: no canonical signature.
        AbiError: a value does not fit its type.
    """
    return selector(signature) + _encode_parts(signature_types(signature), values)


def decode_call(signature: str, data: bytes) -> tuple[Value, ...]:
    """Read the call data of a function.

    Raises:
        AbiTypeError: no canonical signature.
        LimitError: larger than any genuine call.
        AbiError: another function, or not canonical.
    """
    if data[:4] != selector(signature):
        refuse("The call data is for another function.")
    return _decode_all(signature_types(signature), data[4:])


def _encode_parts(types: Sequence[Type], values: Sequence[Value]) -> bytes:
    if not isinstance(values, (list, tuple)) or len(values) != len(types):
        refuse(f"Where {len(types)} values belong, there are others.")
    tail_at = sum(head_bytes(kind) for kind in types)
    heads, tails = [], []
    for kind, value in zip(types, values, strict=True):
        part = _encode_one(kind, value)
        if is_dynamic(kind):
            heads.append(uint_word(tail_at))
            tails.append(part)
            tail_at += len(part)
        else:
            heads.append(part)
    return b"".join(heads + tails)


def _encode_one(kind: Type, value: Value) -> bytes:
    if isinstance(kind, Word):
        return encode_word(kind, value)
    if isinstance(kind, Blob):
        content = _blob_bytes(kind, value)
        return uint_word(len(content)) + content + bytes(-len(content) % WORD)
    if not isinstance(value, (list, tuple)):
        refuse("A value is no array.")
    if kind.length is not None:
        return _encode_parts([kind.item] * kind.length, value)
    return uint_word(len(value)) + _encode_parts([kind.item] * len(value), value)


def _blob_bytes(kind: Blob, value: Value) -> bytes:
    if not kind.is_text:
        if not isinstance(value, bytes):
            refuse("A value does not consist of bytes.")
        return value
    if not isinstance(value, str):
        refuse("A value is no text.")
    try:
        return value.encode()
    except UnicodeEncodeError as cause:
        raise AbiError("A text holds half a character.") from cause


def _decode_all(types: Sequence[Type], data: bytes) -> tuple[Value, ...]:
    if len(data) > MAX_BYTES:
        raise LimitError(f"ABI data of {len(data)} bytes exceeds {MAX_BYTES}.")
    values, end = _decode_parts(types, bytes(data), 0)
    if end != len(data):
        refuse(f"{len(data) - end} bytes follow the last value.")
    return values


def _decode_parts(types: Sequence[Type], data: bytes, base: int) -> tuple[tuple[Value, ...], int]:
    """Read values whose heads begin at `base`; also give the end of the last tail."""
    head, tail = base, base + sum(head_bytes(kind) for kind in types)
    if tail > len(data):
        refuse("The data ends before its values do.")
    values = []
    for kind in types:
        if is_dynamic(kind):
            if read_uint(data[head : head + WORD]) != tail - base:
                refuse("An offset does not point right behind the part before it.")
            value, tail = _decode_one(kind, data, tail)
            head += WORD
        else:
            value, head = _decode_one(kind, data, head)
        values.append(value)
    return tuple(values), tail


def _decode_one(kind: Type, data: bytes, at: int) -> tuple[Value, int]:
    if isinstance(kind, Word):
        return decode_word(kind, data[at : at + WORD]), at + WORD
    if isinstance(kind, Array) and kind.length is not None:
        return _decode_parts([kind.item] * kind.length, data, at)
    count, start = read_uint(data[at : at + WORD]), at + WORD
    if isinstance(kind, Array):
        if count * head_bytes(kind.item) > len(data) - start:
            refuse("An array has more items than the data can hold.")
        return _decode_parts([kind.item] * count, data, start)
    end = start + count + -count % WORD
    if end > len(data):
        refuse("The data ends within a byte string.")
    if any(data[start + count : end]):
        refuse("A byte string stands before bytes that are not zero.")
    return _blob_value(kind, data[start : start + count]), end


def _blob_value(kind: Blob, content: bytes) -> Value:
    if not kind.is_text:
        return content
    try:
        return content.decode()
    except UnicodeDecodeError as cause:
        raise AbiError("A text is not UTF-8.") from cause
