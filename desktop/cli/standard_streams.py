"""The three standard streams: made safe before a command begins, let go where their reader is gone.

Invariants:
- A stream that was closed is no stream of anybody else: its descriptor is taken, so that no file which the program
  opens later gets what was printed.
- A result that cannot be written is the error OUTPUT-LOST, never a traceback and never status 0.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys

from desktop.errors import DesktopError


class OutputLostError(DesktopError):
    """Standard output is closed, or takes nothing more."""

    code = "OUTPUT-LOST"
    advice = "Let standard output go to a terminal, to a program that reads it all, or to a file with space left."


def make_safe() -> bool:
    """Take the descriptors that are closed, and let letters that a terminal lacks be written as numbers.

    Returns:
        Whether standard output is there.
    """
    there = sys.stdout is not None
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free descriptor is this one: the lower ones are open by now.
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or _nothing("r")
    sys.stdout = sys.stdout or _nothing("w")
    sys.stderr = sys.stderr or _nothing("w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return there


def write(text: str) -> None:
    """Write to standard output, now.

    Raises:
        OutputLostError: it takes nothing more.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or "it is closed"
        raise OutputLostError(f"Standard output takes nothing more: {reason.lower()}.") from cause


def let_go() -> None:
    """Let the interpreter flush into nothing at its end: nobody reads standard output any more."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):
        os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


def _nothing(mode: str) -> io.TextIOWrapper:
    stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115, PTH123 - stands in for a standard stream
    assert isinstance(stream, io.TextIOWrapper)
    return stream
