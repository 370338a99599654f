"""Deterministic CBOR (RFC 8949 section 4.2.1), the subset that everything of ours uses.

Invariants:
- Arrays, maps with integer keys 0..23, unsigned and negative integers, byte strings, NFC text, true, false, null.
  No floats, no tags, no indefinite lengths.
- `decode` re-encodes and compares, so every value has one encoding and no byte lies outside it.
- Size is capped before decoding, because cbor2 has no item limit (feasibility section 1.5).
"""

from __future__ import annotations

import io
import unicodedata
from typing import Any, TypeAlias

import cbor2

from lightnode.errors import LimitError, WireError

Value: TypeAlias = Any

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16


class CborError(WireError):
    """Bytes are not deterministic CBOR of the allowed subset."""

    code = "CBOR-CANONICAL"


def encode(value: Value) -> bytes:
    """Encode a value of the subset.

    Args:
        value: None, bool, int, bytes, str (NFC), list or tuple, dict with integer keys 0..23.

    Raises:
        CborError: the value is outside the subset.
    """
    _demand_subset(value, MAX_DEPTH)
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Value:
    """Decode one value that fills the input exactly.

    Args:
        data: the encoding.
        max_bytes: largest input, in bytes.
        max_depth: deepest nesting.

    Raises:
        LimitError: the input is larger than allowed.
        CborError: not deterministic, or outside the subset.
    """
    if len(data) > max_bytes:
        raise LimitError(f"CBOR of {len(data)} bytes exceeds {max_bytes}.")
    stream = io.BytesIO(bytes(data))
    try:
        value = cbor2.CBORDecoder(
            stream,
            max_depth=max_depth,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            tag_hook=_refuse_tag,
            semantic_decoders=dict.fromkeys(_KNOWN_TAGS, _refuse_tag),
        ).decode()
        _demand_subset(value, max_depth)
        same = cbor2.dumps(value, canonical=True) == data
    except CborError:
        raise
    except Exception as cause:
        # cbor2 raises many kinds; all mean "not our CBOR".
        raise CborError("The bytes are not CBOR of the allowed kind.") from cause
    if not same:
        raise CborError("The CBOR is not in its one deterministic form.")
    return value


_KNOWN_TAGS = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 43000, 100, 256, 258, 260, 261, 1004, 55799)


def _refuse_tag(*_: object, **__: object) -> Value:
    raise CborError("A CBOR tag is not allowed here.")


def _demand_subset(value: Value, depth: int) -> None:
    if isinstance(value, (list, tuple, dict)):
        if depth <= 0:
            raise CborError("CBOR is nested too deep.")
        if isinstance(value, dict):
            _demand_keys(value)
            value = list(value.values())
        for part in value:
            _demand_subset(part, depth - 1)
        return
    _demand_scalar(value)


def _demand_keys(value: dict[Any, Value]) -> None:
    for key in value:
        if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key <= 23:
            raise CborError("A map key is not an integer from 0 to 23.")


def _demand_scalar(value: Value) -> None:
    if value is None or isinstance(value, (bool, bytes)):
        return
    if isinstance(value, int):
        if not -(2**64) <= value < 2**64:
            raise CborError("An integer exceeds 64 bits.")
        return
    if not isinstance(value, str):
        raise CborError(f"A {type(value).__name__} has no place in this CBOR.")
    if not unicodedata.is_normalized("NFC", value):
        raise CborError("A text is not in Unicode form NFC.")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise CborError("A text holds half a character.")
