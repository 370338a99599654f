"""Reading parameters: strictly, and every fault in them is "Invalid params"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from lightnode.errors import LightNodeError
from lightnode.serving.refusal import invalid_params
from lightnode.wire import json_value as js
from lightnode.wire.types import Address, Hash32

Value = TypeVar("Value")

MAX_RAW = 128 * 1024


def read(reader: Callable[[], Value]) -> Value:
    """Read by a function of ours; what it refuses is the asker's fault."""
    try:
        return reader()
    except LightNodeError as cause:
        raise invalid_params() from cause


def address(value: Any) -> Address:
    """Read an account."""
    return read(lambda: js.address_value(value))


def hash_value(value: Any) -> Hash32:
    """Read a hash."""
    return read(lambda: js.hash_value(value))


def quantity(value: Any, max_bytes: int = 32) -> int:
    """Read a number."""
    return read(lambda: js.quantity(value, max_bytes))


def data(value: Any) -> bytes:
    """Read bytes, of a bounded length."""
    found = read(lambda: js.data(value))
    if len(found) > MAX_RAW:
        raise invalid_params()
    return found


def flag(value: Any) -> bool:
    """Read a truth value."""
    if not isinstance(value, bool):
        raise invalid_params()
    return value


def mapping(value: Any) -> dict[str, Any]:
    """Read an object."""
    if not isinstance(value, dict):
        raise invalid_params()
    return value
