"""A small file beside the database with the number of its last commit, so that commits that were lost are noticed.

SQLite takes a write-ahead log that is missing or torn for one that ends early: what was committed in it is gone without
a word. The database counts its commits in the commits themselves; this file holds the highest count that was seen to be
on disk.

Layout, 53 bytes: `chancery/store-mark/1`, the number (8 bytes), and the first 24 bytes of SHA-256 over both and the
database's salt.

Invariants:
- It is written and synced after the commit is synced, so it may lag behind the database and never leads. A process
  killed between the two leaves it one behind.
- A mark that is missing, torn or another store's says nothing; it guards against accident, not against an attacker.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from lightnode.store.errors import StoreFolderError, StoreLostError
from lightnode.store.store_files import DATABASE_NAME, make_empty_file

NAME = "store.mark"
_FORMAT = b"chancery/store-mark/1"
_LENGTH = len(_FORMAT) + 8 + 24


class CommitMark:
    """The mark of one open store."""

    def __init__(self, folder: Path) -> None:
        """Read the mark; before the database's own count is read, for another process may be writing.

        Args:
            folder: of a store that is whole.

        Raises:
            StoreFolderError: the database cannot be read.
        """
        self._path = folder / NAME
        try:
            with (folder / DATABASE_NAME).open("rb") as file:
                self._salt = file.read(16)
        except OSError as cause:
            raise StoreFolderError("The database cannot be read.") from cause
        self._seen = self._read()

    def demand(self, number: int) -> None:
        """Hold the database's count, read after the mark, against it.

        Raises:
            StoreLostError: commits that were on disk are not in the database any more.
        """
        if self._seen > number:
            raise StoreLostError(f"The store has lost its newest changes: {self._seen - number} were stored since.")

    def advance(self, number: int) -> None:
        """Take note of a commit that is on disk. The commit counts also where this cannot be written: the mark lags."""
        with contextlib.suppress(OSError):
            if number > self._read():
                self._write(number)

    def accept(self, number: int) -> None:
        """Set the mark back to what the database holds, after a person has accepted the loss."""
        self._write(number)
        self._seen = number

    def _read(self) -> int:
        """Give the number; 0 where the mark says nothing."""
        try:
            with self._path.open("rb") as file:
                content = file.read(_LENGTH + 1)
        except OSError:
            return 0
        number = int.from_bytes(content[len(_FORMAT) : len(_FORMAT) + 8], "big")
        return number if content == self._encode(number) else 0

    def _write(self, number: int) -> None:
        with contextlib.suppress(FileExistsError):
            make_empty_file(self._path)
        with self._path.open("r+b", buffering=0) as file:
            file.write(self._encode(number))
            file.truncate()
            os.fsync(file.fileno())

    def _encode(self, number: int) -> bytes:
        count = number.to_bytes(8, "big")
        return _FORMAT + count + hashlib.sha256(_FORMAT + count + self._salt).digest()[:24]
