"""Reading the lines of a recording: bounded, one JSON value each, blank lines skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lightnode.errors import WireError
from lightnode.recording.errors import RecordingFormError
from lightnode.wire.json_value import parse

MAX_LINE = 32 * 1024 * 1024


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
        if not line.strip():
            continue
        try:
            yield number, parse(line, MAX_LINE)
        except WireError as cause:
            raise RecordingFormError(f"Line {number} of the {what} cannot be read: {cause.text}") from cause


def block_number(value: Any, what: str) -> int:
    """Read a block number printed as number or hex.

    Raises:
        RecordingFormError: something else.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return value
    if isinstance(value, str) and value.startswith("0x") and 3 <= len(value) <= 18:
        try:
            return int(value, 16)
        except ValueError:
            pass
    raise RecordingFormError(f"A block number of the {what} cannot be read.")
