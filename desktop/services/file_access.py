"""Reading files that people name, bounded; writing results so that they are whole or absent.

Invariants: nothing but `InputError` and `OutputFileError` leaves escape; a private file is private from its first byte.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from desktop.errors import InputFileError, InputFormatError, InputSizeError, OutputFileError

MAX_DOCUMENT = 256 * 1024 * 1024
MAX_ENVELOPE = 16 * 1024 * 1024
MAX_JSON = 4 * 1024 * 1024


def read_bytes(path: Path, max_bytes: int = MAX_ENVELOPE) -> bytes:
    """Read a whole file.

    Args:
        path: the file.
        max_bytes: largest size taken.

    Raises:
        InputFileError: missing, unreadable or no plain file.
        InputSizeError: larger.
    """
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputFileError(f"{_name(path)} is no plain file.")
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as cause:
        raise InputFileError(f"{_name(path)} cannot be read: {_reason(cause)}.") from cause
    if len(data) > max_bytes:
        raise InputSizeError(f"{_name(path)} is larger than {max_bytes} bytes.")
    return data


def read_json(path: Path, max_bytes: int = MAX_JSON) -> Any:
    """Read a JSON file; the same key twice is refused.

    Raises:
        InputError: unreadable, too large or not JSON.
    """
    return parse_json(read_bytes(path, max_bytes), _name(path))


def parse_json(data: bytes, name: str) -> Any:
    """Parse JSON that a person gave.

    Args:
        data: UTF-8, with or without byte order mark.
        name: what to call it in an error.

    Raises:
        InputFormatError: not JSON, or the same key twice.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("a key stands twice")
        return result

    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=unique)
    except (ValueError, RecursionError) as cause:
        raise InputFormatError(f"{name} is not JSON.") from cause


def write_bytes(path: Path, data: bytes, *, private: bool = False, replace: bool = True) -> None:
    """Write a whole file as one step.

    Args:
        path: where; folders are made.
        data: content.
        private: readable by the owner only.
        replace: whether an existing file may go.

    Raises:
        OutputFileError: it cannot be written, or exists and may not be replaced.
    """
    if not replace and path.exists():
        raise OutputFileError(f"{_name(path)} exists already.")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, ValueError) as cause:
        with contextlib.suppress(OSError, ValueError):
            partial.unlink()
        raise OutputFileError(f"{_name(path)} cannot be written: {_reason(cause)}.") from cause


def write_json(path: Path, value: Any, *, private: bool = False) -> None:
    """Write JSON that people may read.

    Raises:
        OutputFileError: it cannot be written.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    write_bytes(path, text.encode(), private=private)


def _name(path: Path) -> str:
    return "".join(character if character.isprintable() else "?" for character in str(path))


def _reason(cause: Exception) -> str:
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return "the name is not allowed"
