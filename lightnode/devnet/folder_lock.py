"""Which process serves a network's folder: the one that holds its lock, which the system lets go of when it ends.

What the files of a former process say is never believed, so that nobody else's process is ended.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from lightnode.devnet.errors import DevnetFolderError, DevnetRunsError

LOCK = "network.lock"
PID = "network.pid"
STATUS = "status.json"
# Whoever asks whether the network runs holds the lock for a moment; who serves it, for longer than that.
_GLANCE_SECONDS = 0.06
_HOLD_SECONDS = 3.0


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / LOCK, mode=0o600, is_singleton=False)


def is_held(folder: Path) -> bool:
    """Whether a process serves a folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        with _lock(folder).acquire(timeout=_GLANCE_SECONDS, poll_interval=_GLANCE_SECONDS / 4):
            return False
    except Timeout:
        return True
    except OSError as cause:
        raise DevnetFolderError("The network's folder cannot be opened.") from cause


@contextlib.contextmanager
def held(folder: Path, seconds: float = _HOLD_SECONDS) -> Iterator[None]:
    """Hold a folder for this process alone, and forget what a former one wrote of itself.

    Args:
        folder: of the network; it is there.
        seconds: to wait for those who only ask.

    Raises:
        DevnetRunsError: another process holds it.
        DevnetFolderError: it cannot be written.
    """
    lock = _lock(folder)
    try:
        lock.acquire(timeout=seconds, poll_interval=_GLANCE_SECONDS / 4)
        _forget(folder)
    except Timeout as cause:
        raise DevnetRunsError("The network runs already.") from cause
    except OSError as cause:
        raise DevnetFolderError("The network's folder cannot be written.") from cause
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            _forget(folder)
        lock.release()


def _forget(folder: Path) -> None:
    for name in (STATUS, PID):
        (folder / name).unlink(missing_ok=True)


def write_pid(folder: Path) -> None:
    """Name this process, which holds the folder, to who would end it."""
    partial = folder / f"{PID}.part"
    partial.write_text(f"{os.getpid()}\n")
    partial.replace(folder / PID)


def read_pid(folder: Path) -> int | None:
    """Give the process that a folder's file names; None where it names none. Only of worth while the folder is held."""
    try:
        with (folder / PID).open("rb") as file:
            text = file.read(32).strip()
    except OSError:
        return None
    return int(text) if text.isdigit() and len(text) < 11 and int(text) > 1 else None
