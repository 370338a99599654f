"""Reading JSON-RPC answers: bounded in depth, a result or a refusal of the node; whatever else came is an error of ours."""

from __future__ import annotations

import re
from typing import Any

from lightnode.errors import WireError
from lightnode.rpc.errors import BadJsonError, RefusedError, WrongAnswerError
from lightnode.wire import json_value

MAX_DEPTH = 24
# A refusal that comes with another status than 200 is short.
MAX_REFUSAL = 64 * 1024
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]')


def is_refusal(body: bytes) -> bool:
    """Tell whether a body is a JSON-RPC error, whatever status it came with; at most `MAX_REFUSAL` bytes of it."""
    try:
        answer = parse_answer(body, MAX_REFUSAL)
    except BadJsonError:
        return False
    return isinstance(answer, dict) and "result" not in answer and isinstance(answer.get("error"), dict)


def parse_answer(answer: bytes, max_bytes: int) -> Any:
    """Read the body of an answer.

    Raises:
        BadJsonError: no JSON, or nested deeper than any answer.
    """
    depth = deepest = 0
    for token in _NESTING.finditer(answer):
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise BadJsonError("The answer is nested too deep.")
    try:
        return json_value.parse(answer, max_bytes)
    except WireError as cause:
        raise BadJsonError("The answer is not JSON.") from cause


def number_of(answer: Any) -> int:
    """Give the number of the question that an answer of a batch names.

    Raises:
        BadJsonError: it names none.
    """
    number = answer.get("id") if isinstance(answer, dict) else None
    if isinstance(number, bool) or not isinstance(number, int):
        raise BadJsonError("An answer carries no number.")
    return number


def result_of(answer: Any, identifier: Any) -> Any:
    """Give the result of an answer.

    Args:
        answer: parsed.
        identifier: number of the question.

    Raises:
        RefusedError: it is an error object.
        WrongAnswerError: it answers another question.
        BadJsonError: it is neither.
    """
    if not isinstance(answer, dict):
        raise BadJsonError("The answer is not a JSON-RPC answer.")
    error = answer.get("error")
    if error is not None:
        raise _refusal(error)
    if answer.get("id") != identifier or isinstance(answer.get("id"), bool):
        raise WrongAnswerError("The answer carries another number than the question.")
    if "result" not in answer:
        raise BadJsonError("The answer holds neither a result nor an error.")
    return answer["result"]


def _refusal(error: Any) -> RefusedError:
    if not isinstance(error, dict):
        return RefusedError(0, "no reason given")
    number = error.get("code")
    reason = error.get("message")
    data = error.get("data")
    raw = b""
    if isinstance(data, str) and data.startswith("0x"):
        try:
            raw = bytes.fromhex(data[2:])[:4096]
        except ValueError:
            raw = b""
    return RefusedError(
        number if isinstance(number, int) and not isinstance(number, bool) else 0,
        _plain(reason) if isinstance(reason, str) and reason.strip() else "no reason given",
        raw,
    )


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text[:200]).strip().rstrip(".") + "."
