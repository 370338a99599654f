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
# Every value has at most four quotes around itself and its name.
MAX_QUOTES = 4 * json_value.MAX_VALUES
_STRINGS = re.compile(rb'"[^"]*"')
_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'"[]{}')
_ONE_KIND = bytes.maketrans(b"{}", b"[]")


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
    _demand_flat(answer, max_bytes)
    try:
        return json_value.parse(answer, max_bytes)
    except WireError as cause:
        raise BadJsonError("The answer is not JSON.") from cause


def _demand_flat(answer: bytes, max_bytes: int) -> None:
    """Refuse what is nested too deep, in passes over bytes: a loop over marks would cost a hostile answer's reader seconds."""
    if len(answer) > max_bytes or sum(map(answer.count, (b",", b"[", b"{"))) > json_value.MAX_VALUES:
        raise BadJsonError("The answer is larger than any genuine one.")
    bare = answer.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_ONE_KIND, _NOT_STRUCTURE)
    if bare.count(b'"') > MAX_QUOTES:
        raise BadJsonError("The answer is larger than any genuine one.")
    brackets = _STRINGS.sub(b"", bare)
    for _ in range(MAX_DEPTH):
        # The innermost pairs; what is left after as many passes as there may be levels is deeper, or no JSON.
        brackets = brackets.replace(b"[]", b"")
    # What is not closed stops the parser, which goes no deeper than it was opened.
    if b"[]" in brackets or brackets.count(b"[") > MAX_DEPTH:
        raise BadJsonError("The answer is nested too deep.")


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
