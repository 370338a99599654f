"""The envelope of JSON-RPC 2.0: one request or a batch, each with its id, to answers in the same order.

Invariants: whatever the bytes, there is an answer or, for notifications alone, none; no exception passes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lightnode.errors import LightNodeError
from lightnode.serving.refusal import _RpcError, error_object
from lightnode.wire.json_value import parse

PARSE_ERROR, INVALID_REQUEST, INTERNAL = -32700, -32600, -32603

Call = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class EnvelopeRules:
    """What of JSON-RPC 2.0 is taken.

    Attributes:
        max_body: bytes.
        max_batch: requests in one batch.
        batch_seconds: what a batch has not answered by then, it answers no more.
        strict: demand the member `jsonrpc`, and answer no notification; Besu does neither.
    """

    max_body: int
    max_batch: int
    batch_seconds: float
    strict: bool = False


def answer(body: bytes, rules: EnvelopeRules, call: Call, now: Callable[[], float] = time.monotonic) -> Any:
    """Answer the body of a POST.

    Args:
        body: bytes received.
        rules: what is taken.
        call: method and parameters (a list or object) to the result; raises `_RpcError`.
        now: monotonic seconds.

    Returns:
        A JSON value; None where nothing is to be said.
    """
    try:
        request = parse(body, rules.max_body)
    except LightNodeError:
        return error_object(None, PARSE_ERROR, "Parse error")
    if not isinstance(request, list):
        return _one(request, rules, call)
    if not 1 <= len(request) <= rules.max_batch:
        return error_object(None, INVALID_REQUEST, "Invalid Request")
    end = now() + rules.batch_seconds
    answers = [_one(item, rules, call, late=now() > end) for item in request]
    return [item for item in answers if item is not None] or None


def _one(request: Any, rules: EnvelopeRules, call: Call, *, late: bool = False) -> Any:
    if not isinstance(request, dict) or (rules.strict and request.get("jsonrpc") != "2.0"):
        return error_object(None, INVALID_REQUEST, "Invalid Request")
    name, parameters = request.get("id"), request.get("params")
    # A fraction would not come back as it went; an infinite one is no JSON.
    if not isinstance(name, str | int | None) or isinstance(name, bool):
        return error_object(None, INVALID_REQUEST, "Invalid Request")
    if rules.strict and not isinstance(request.get("method"), str):
        return error_object(name, INVALID_REQUEST, "Invalid Request")
    if rules.strict and "id" not in request:
        # A notification asks for nothing, and no method here has an effect that one could want without an answer.
        return None
    if late:
        return error_object(name, INTERNAL, "Timeout expired")
    try:
        result = call(request.get("method"), [] if parameters is None else parameters)
    except _RpcError as error:
        return error_object(name, error.code, error.message, error.extra)
    except Exception as error:  # noqa: BLE001 - a fault of ours must not hang the client
        return error_object(name, INTERNAL, f"Internal error: {type(error).__name__}")
    return {"jsonrpc": "2.0", "id": name, "result": result}
