"""Reading JSON-RPC values strictly: quantities, data, addresses, and text of bounded size and depth.

Invariants: a quantity is `0x` and hex digits, of at most 32 bytes; leading zeros are tolerated, because nodes and genesis
files differ, so the same number always reads the same; data has an even number of digits. Nothing but `WireError` leaves
escape.
"""

from __future__ import annotations

import json
from typing import Any

from lightnode.errors import LimitError, WireError
from lightnode.wire.types import Address, Hash32, address, hash32

MAX_TEXT = 32 * 1024 * 1024
# A value takes up to 250 bytes of memory for a text of two: without this limit a text grows forty times.
MAX_VALUES = 1_000_000
_HEX = frozenset("0123456789abcdefABCDEF")


class JsonError(WireError):
    """A JSON text or value is not of the form it should have."""

    code = "JSON"


def parse(text: bytes | str, max_bytes: int = MAX_TEXT) -> Any:
    """Parse JSON of bounded size.

    Raises:
        LimitError: too long, nested too deep, or of more values than this computer should hold.
        JsonError: not JSON, or with the same key twice in an object.
    """
    if len(text) > max_bytes:
        raise LimitError(f"JSON of {len(text)} bytes exceeds {max_bytes}.")
    _demand_few(text)
    if text[:1] == "\ufeff" or text[:3] == b"\xef\xbb\xbf":
        raise JsonError("The text begins with a byte order mark; save it as UTF-8 without one.")
    try:
        source = text if isinstance(text, str) else text.decode("utf-8")
        value = json.loads(source, object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_bounded_int)
        if "\\ud" in source.lower():
            # An escape can name half a character, which no file or screen could take.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as cause:
        raise LimitError("JSON is nested too deep.") from cause
    except MemoryError as cause:
        raise LimitError("JSON takes more memory than there is.") from cause
    except ValueError as cause:
        raise JsonError("The text is not JSON.") from cause
    return value


def _demand_few(text: bytes | str) -> None:
    """Count what begins a value, within strings too: cheap, and no genuine text comes near the limit."""
    found = sum(text.count(mark) if isinstance(text, str) else text.count(mark.encode()) for mark in ",[{")
    if found > MAX_VALUES:
        raise LimitError(f"JSON of more than {MAX_VALUES} values is larger than any genuine one.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise JsonError("An object names the same key twice.")
    return result


def _refuse(word: str) -> Any:
    raise JsonError(f"{word} is no JSON number.")


def _bounded_int(digits: str) -> int:
    if len(digits) > 80:
        raise JsonError("A number has too many digits.")
    return int(digits)


def field(obj: Any, name: str) -> Any:
    """Give a member that must be present and not null.

    Raises:
        JsonError: not an object, or without it.
    """
    if not isinstance(obj, dict):
        raise JsonError("A value is no JSON object.")
    value = obj.get(name)
    if value is None:
        raise JsonError(f"The member {name} is missing.")
    return value


def entries(obj: Any, name: str) -> list[Any]:
    """Give a member that is a list.

    Raises:
        JsonError: it is missing or something else.
    """
    value = field(obj, name)
    if not isinstance(value, list):
        raise JsonError(f"The member {name} is no list.")
    return value


def quantity(value: Any, max_bytes: int = 32) -> int:
    """Read a hex quantity.

    Raises:
        JsonError: another form, or too large.
    """
    if not isinstance(value, str) or value[:2] not in ("0x", "0X") or not 3 <= len(value) <= 2 + 2 * max_bytes:
        raise JsonError("A quantity is no hex number of the allowed width.")
    if not _HEX.issuperset(value[2:]):
        raise JsonError("A quantity holds something other than hex digits.")
    return int(value, 16)


def data(value: Any) -> bytes:
    """Read hex data of any length.

    Raises:
        JsonError: another form.
    """
    if not isinstance(value, str) or not value.startswith("0x") or len(value) % 2:
        raise JsonError("Data is no hex string of whole bytes.")
    try:
        found = bytes.fromhex(value[2:])
    except ValueError as cause:
        raise JsonError("Data holds something other than hex digits.") from cause
    # `fromhex` reads over spaces, which make no bytes.
    if 2 * len(found) != len(value) - 2:
        raise JsonError("Data holds something other than hex digits.")
    return found


def hash_value(value: Any) -> Hash32:
    """Read 32 bytes of hex data."""
    return hash32(data(value))


def address_value(value: Any) -> Address:
    """Read 20 bytes of hex data."""
    return address(data(value))
