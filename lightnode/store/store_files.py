"""The files of a store: what belongs to it, whether it is whole, and who may read it (foundations section 10).

Invariants:
- A store comes into being as a whole folder in one step, so that a part that is missing later was there before.
- Every folder made here is mode 0700 and every file 0600 from its first byte on, also those that SQLite makes itself.
- Nothing here deletes what was ever a store.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from lightnode.store.errors import StoreFolderError, StoreGoneError

DATABASE_NAME = "store.db"
SIDECAR_NAME = "store.key"
_ALL = "store.*"


def exists(folder: Path) -> bool:
    """Say whether a store was made in this folder: any of its files counts, also the last one left."""
    return any(folder.glob(_ALL))


def demand_whole(folder: Path) -> None:
    """Demand database and sidecar; SQLite would make an empty database in the place of a missing one.

    Raises:
        StoreGoneError: one of them is missing, or the database is empty.
    """
    if not (folder / SIDECAR_NAME).exists():
        raise StoreGoneError(f"The key file of the store is gone: {folder / SIDECAR_NAME}.")
    try:
        size = (folder / DATABASE_NAME).stat().st_size
    except FileNotFoundError as cause:
        raise StoreGoneError(f"The file of the store is gone: {folder / DATABASE_NAME}.") from cause
    except OSError as cause:
        raise StoreFolderError("The database cannot be read.") from cause
    if size == 0:
        raise StoreGoneError(f"The file of the store is empty: {folder / DATABASE_NAME}.")


def make_private_folder(folder: Path) -> None:
    """Make a folder and the missing ones above it, each for its owner only."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def make_private_files(folder: Path) -> None:
    """Take what others may do with the store's files away; SQLite gives its own files the mode of the database."""
    folder.chmod(0o700)
    for path in folder.glob(_ALL):
        if path.is_file() and path.stat().st_mode & 0o077:
            path.chmod(0o600)


def make_empty_file(path: Path) -> None:
    """Make a new file for its owner only."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def move_aside(folder: Path) -> Path:
    """Move a store out of the way, so that a new one can be begun; nothing is deleted.

    Returns:
        Where it is now, beside its old place.

    Raises:
        StoreFolderError: there is none, or it cannot be moved.
    """
    if not exists(folder):
        raise StoreFolderError("There is no store to move aside.")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    for number in range(100):
        target = folder.with_name(f"{folder.name}.old-{stamp}" + (f"-{number}" if number else ""))
        if target.exists():
            continue
        try:
            folder.rename(target)
        except OSError as cause:
            raise StoreFolderError("The store cannot be moved aside.") from cause
        return target
    raise StoreFolderError("The store cannot be moved aside: too many were, in this second.")
