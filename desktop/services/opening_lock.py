"""One program at a time opens a network's store: two first uses at once would each make a store and a passphrase.

Held only while the store is made or opened; who works with it is told apart by the store itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from lightnode.store.errors import StoreBusyError, StoreFolderError

LOCK = "opening.lock"
# Making a store takes about a second on a slow computer; checking one after a power cut, some more.
SECONDS = 60.0


@contextlib.contextmanager
def held(folder: Path, seconds: float = SECONDS) -> Iterator[None]:
    """Hold a network's folder while its store is opened.

    Args:
        folder: of the network; it is there.
        seconds: to wait for another program.

    Raises:
        StoreBusyError: another program has been opening it for so long.
        StoreFolderError: the folder cannot be written.
    """
    lock = FileLock(folder / LOCK, mode=0o600, is_singleton=False)
    try:
        lock.acquire(timeout=seconds, poll_interval=0.02)
    except Timeout as cause:
        raise StoreBusyError("Another program is opening the store, and does not end.") from cause
    except OSError as cause:
        raise StoreFolderError("The folder of the store cannot be written.") from cause
    try:
        yield
    finally:
        lock.release()
