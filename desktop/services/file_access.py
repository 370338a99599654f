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

from desktop.errors import InputFileError, InputFormatError, InputSizeError, OutputFileError, OutputKindError
from desktop.services.file_kind import OTHER, kind_of

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


def write_bytes(path: Path, data: bytes, *, private: bool = False, replace: bool = True, force: bool = False) -> None:
    """Write a whole file as one step; a link is followed to the file it names.

    Args:
        path: where; folders are made.
        data: content.
        private: readable by the owner only.
        replace: whether an existing file may go.
        force: whether a file of another kind may go too.

    Raises:
        OutputFileError: it cannot be written, or exists and may not be replaced, or is no plain file.
        OutputKindError: a file of another kind stands there.
    """
    if not replace and path.exists():
        raise OutputFileError(f"{_name(path)} exists already.")
    demand_place(path, kind_of(data), force=force)
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(target, data, 0o600 if private else 0o644)
    except (OSError, ValueError, RuntimeError) as cause:
        raise OutputFileError(f"{_name(path)} cannot be written: {_reason(cause)}.") from cause


def demand_place(path: Path, kind: str, *, force: bool = False) -> None:
    """Demand that a result may be written to a place, before the work for it begins.

    Args:
        path: where.
        kind: of the result, as `file_kind.kind_of` gives it.
        force: whether a file of another kind may go.

    Raises:
        OutputFileError: no plain file stands there, or it cannot be looked at.
        OutputKindError: a file of another kind stands there.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OutputFileError(f"{_name(path)} is no plain file, and is left as it is.")
        if force or not found.st_size:
            return
        known = kind_of(path.read_bytes()) if found.st_size <= MAX_ENVELOPE else OTHER
    except FileNotFoundError:
        if path.is_symlink():
            raise OutputFileError(f"{_name(path)} is a link to nothing, and is left as it is.") from None
        return
    except (OSError, ValueError) as cause:
        raise OutputFileError(f"{_name(path)} cannot be written: {_reason(cause)}.") from cause
    if known != kind:
        raise OutputKindError(f"{_name(path)} holds another kind of file ({known}, not {kind}), and is left as it is.")


def _write_whole(target: Path, data: bytes, mode: int) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # A link that somebody else has put there is not followed.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(partial, flags, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            partial.unlink()
        raise


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
