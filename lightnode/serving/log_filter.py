"""What eth_getLogs asks for, read strictly."""

from __future__ import annotations

from typing import Any

from lightnode.proofs.log_filter import LogFilter
from lightnode.wire import json_value as js
from lightnode.wire.types import Hash32

MAX_EMITTERS = 1024
MAX_TOPICS = 4
MAX_ALTERNATIVES = 1024


def read_log_filter(wanted: dict[str, Any]) -> LogFilter:
    """Read a filter's address and topics.

    Raises:
        JsonError: another form, or too many of either.
    """
    emitters = wanted.get("address")
    if emitters is not None:
        emitters = frozenset(js.address_value(item) for item in _alternatives(emitters, MAX_EMITTERS))
    topics = [] if wanted.get("topics") is None else wanted["topics"]
    if not isinstance(topics, list) or len(topics) > MAX_TOPICS:
        raise js.JsonError("Topics are a list of at most four.")
    return LogFilter(emitters, tuple(_topic(item) for item in topics))


def _topic(item: Any) -> frozenset[Hash32] | None:
    if item is None:
        return None
    values = _alternatives(item, MAX_ALTERNATIVES)
    # A null among alternatives, like an empty list, accepts anything.
    return frozenset(js.hash_value(value) for value in values) if values and None not in values else None


def _alternatives(item: Any, limit: int) -> list[Any]:
    values = item if isinstance(item, list) else [item]
    if len(values) > limit:
        raise js.JsonError("A filter names too many alternatives.")
    return values
