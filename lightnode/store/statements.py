"""Statements on the open database: each is read to its end here, and nothing of the database library's own escapes.

Invariants: a row is fetched where errors are translated, never later; a transaction that fails is rolled back, also where
the database has ended it by itself; each that succeeds is counted, and the count noted in the mark once it is on disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from lightnode.store.commit_mark import CommitMark
from lightnode.store.errors import (
    DamagedStoreError,
    StoreBusyError,
    StoreConflictError,
    StoreError,
    StoreFolderError,
    StoreFullError,
    StoreReadOnlyError,
)


@contextmanager
def own_errors() -> Iterator[None]:
    """Turn what the database library raises into the store's own errors.

    Raises:
        StoreBusyError: another process holds the database.
        StoreConflictError: a row contradicts what is stored.
        StoreFolderError: the disk refuses.
        DamagedStoreError: a page fails its check.
    """
    try:
        yield
    except sqlcipher.IntegrityError as cause:
        raise StoreConflictError("A row refers to something that is not stored, or contradicts it.") from cause
    except sqlcipher.OperationalError as cause:
        said = str(cause)
        if "locked" in said or "busy" in said:
            raise StoreBusyError("Another process holds the store.") from cause
        if "full" in said:
            raise StoreFullError("The disk is full; the last change was not stored.") from cause
        if "readonly" in said:
            raise StoreReadOnlyError("The store cannot be written where it lies.") from cause
        raise StoreFolderError("The store cannot be read or written.") from cause
    except sqlcipher.ProgrammingError as cause:
        raise StoreError("The store is closed, or used by another thread than the one that opened it.") from cause
    except sqlcipher.Error as cause:
        raise DamagedStoreError("A page of the store fails its check.") from cause
    except MemoryError as cause:
        # SQLCipher says so after a page failed its check as well.
        raise DamagedStoreError("A page of the store fails its check, or this computer has no memory left.") from cause


class Statements:
    """Runs statements on one connection."""

    def __init__(self, connection: Any, mark: CommitMark) -> None:
        """Take over an open connection and the mark of its store, which was read before."""
        self.connection, self._mark = connection, mark
        self._damaged = False

    def run(self, statement: str, *values: object) -> list[Any]:
        """Run a statement and give all its rows."""
        if self._damaged:
            # What the library says on a connection that has met a damaged page means nothing.
            raise DamagedStoreError("A page of the store failed its check before; the store is to be closed.")
        try:
            with own_errors():
                return list(self.connection.execute(statement, values).fetchall())
        except DamagedStoreError:
            self._damaged = True
            raise

    def one(self, statement: str, *values: object) -> Any:
        """Give a statement's first row, or None."""
        rows = self.run(statement, *values)
        return rows[0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside one step."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("UPDATE commit_count SET number = number + 1")
            number = self.count()
            self.run("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlcipher.Error, MemoryError):
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
            raise
        self._mark.advance(number)

    def count(self) -> int:
        """Give the number of commits so far."""
        row = self.one("SELECT number FROM commit_count")
        return 0 if row is None else int(row[0])

    def demand_nothing_lost(self, *, accept: bool) -> None:
        """Hold the database against its mark.

        Args:
            accept: go on without what is lost, and set the mark back.

        Raises:
            StoreLostError: commits are lost, and that is not accepted.
        """
        if accept:
            self._mark.accept(self.count())
        self._mark.demand(self.count())

    def close(self) -> None:
        """Release the database."""
        with own_errors():
            self.connection.close()
