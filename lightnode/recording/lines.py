"""Reading the lines of a recording: bounded, one JSON value each, blank lines skipped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lightnode.errors import WireError
from lightnode.recording.errors import RecordingFormError
from lightnode.wire import json_value as js
from lightnode.wire.types import Address

MAX_LINE = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A recorded `eth_getProof`.

    Attributes:
        number: of the line, from 1.
        account: asked for.
        slots: asked for.
        height: of the block.
        answer: decoded JSON result, not yet looked at.
    """

    number: int
    account: Address
    slots: list[int]
    height: int
    answer: Any


def read_lines(lines: Iterable[bytes], what: str) -> Iterator[tuple[int, Any]]:
    """Give line numbers from 1 with their values.

    Args:
        lines: the file's lines; a source must not give lines longer than `MAX_LINE` at once.
        what: name of the file, for the error.

    Raises:
        RecordingFormError: a line is too long or no JSON.
    """
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise RecordingFormError(f"Line {number} of the {what} is too long.")
        if line.strip():
            yield number, _parse(line, number, what)


def proof_lines(lines: Iterable[bytes], what: str) -> Iterator[tuple[ProofLine, bytes]]:
    """Give the recorded `eth_getProof` answers of a file, each with its text.

    Raises:
        RecordingFormError: a line is none.
    """
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise RecordingFormError(f"Line {number} of the {what} is too long.")
        if line.strip():
            yield read_proof(line, number, what), line


def read_proof(line: bytes, number: int, what: str) -> ProofLine:
    """Read one recorded `eth_getProof`: `{"params": [account, [slot, ...], block number], "result": ...}`.

    Raises:
        RecordingFormError: it is none.
    """
    match _parse(line, number, what):
        case {"params": [str(account), list(slots), height], "result": answer}:
            try:
                whose, asked = js.address_value(account), [js.quantity(slot) for slot in slots]
            except WireError as cause:
                raise RecordingFormError(f"Line {number} of the {what} has malformed parameters.") from cause
            return ProofLine(number, whose, asked, block_number(height, what), answer)
    raise RecordingFormError(f"Line {number} of the {what} is no recorded eth_getProof.")


def _parse(line: bytes, number: int, what: str) -> Any:
    try:
        return js.parse(line, MAX_LINE)
    except WireError as cause:
        raise RecordingFormError(f"Line {number} of the {what} cannot be read: {cause.text}") from cause


def block_number(value: Any, what: str) -> int:
    """Read a block number printed as number or hex.

    Raises:
        RecordingFormError: something else.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return value
    with contextlib.suppress(WireError):
        return js.quantity(value, 8)
    raise RecordingFormError(f"A block number of the {what} cannot be read.")
