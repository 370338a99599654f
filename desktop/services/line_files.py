"""Reading files of lines that a person names: plain files, and pipes that another program writes into.

Invariants:
- Opening never waits for ever: a pipe into which nobody writes is an error after `WRITER_SECONDS`.
- Lines come one at a time and bounded; nothing but `InputError` leaves escapes.
"""

from __future__ import annotations

import io
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.errors import InputFileError, InputSizeError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

WRITER_SECONDS = 5.0
_STEP = 0.05


def read_whole(path: Path, max_bytes: int) -> bytes:
    """Read all of a file or pipe.

    Raises:
        InputFileError: missing, unreadable, neither file nor pipe, or a pipe without a writer.
        InputSizeError: larger.
    """
    with _open(path) as file:
        data = _guarded(file, path, max_bytes + 1)
    if len(data) > max_bytes:
        raise InputSizeError(f"{_name(path)} is larger than {max_bytes} bytes.")
    return data


def read_lines(path: Path | None, max_line: int) -> Iterator[bytes]:
    """Give the lines of a file or pipe; a longer one comes as a piece too long to be taken.

    Args:
        path: the file; nothing is given where it is None.
        max_line: bytes of a line without its end.

    Raises:
        InputFileError: as in `read_whole`.
    """
    if path is None:
        return
    with _open(path) as file:
        while line := _guarded(file, path, max_line + 2, one_line=True):
            yield line


def _guarded(file: io.BufferedReader, path: Path, size: int, *, one_line: bool = False) -> bytes:
    try:
        return file.readline(size) if one_line else file.read(size)
    except (OSError, ValueError, MemoryError) as cause:
        raise InputFileError(f"{_name(path)} cannot be read.") from cause


def _open(path: Path) -> io.BufferedReader:
    try:
        # Without waiting: opening a pipe would last until somebody writes into it.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as cause:
        raise InputFileError(f"{_name(path)} cannot be read.") from cause
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return os.fdopen(descriptor, "rb")
    if not stat.S_ISFIFO(kind):
        os.close(descriptor)
        raise InputFileError(f"{_name(path)} is neither a plain file nor a pipe.")
    return io.BufferedReader(_Pipe(descriptor, path))


class _Pipe(io.RawIOBase):
    """A pipe whose writer has come; what came while looking for it is given first."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        try:
            self._first = self._wait(path)
            os.set_blocking(descriptor, True)
        except BaseException:
            os.close(descriptor)
            raise

    def _wait(self, path: Path) -> bytes:
        until = time.monotonic() + WRITER_SECONDS
        while True:
            try:
                if first := os.read(self._descriptor, 1 << 16):
                    return first
            except BlockingIOError:
                # Somebody holds the other end and has not written yet.
                return b""
            except OSError as cause:
                raise InputFileError(f"{_name(path)} cannot be read.") from cause
            if time.monotonic() > until:
                raise InputFileError(f"{_name(path)} is a pipe into which no program writes.")
            time.sleep(_STEP)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer."""
        view = memoryview(buffer)
        part = self._first[: len(view)] or os.read(self._descriptor, len(view))
        self._first = self._first[len(part) :]
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close the pipe."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _name(path: Path) -> str:
    return "".join(character if character.isprintable() else "?" for character in str(path))
