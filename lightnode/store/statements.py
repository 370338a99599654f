"""Statements on the open database: each is read to its end here, and nothing of the database library's own escapes.

Invariants: a row is fetched where errors are translated, never later; a transaction that fails is rolled back, also where
the database has ended it by itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from lightnode.store.errors import (
    DamagedStoreError,
    StoreBusyError,
    StoreConflictError,
    StoreError,
    StoreFolderError,
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
        if "locked" in str(cause) or "busy" in str(cause):
            raise StoreBusyError("Another process holds the store.") from cause
        raise StoreFolderError("The store cannot be read or written.") from cause
    except sqlcipher.ProgrammingError as cause:
        raise StoreError("The store is closed, or used by another thread than the one that opened it.") from cause
    except sqlcipher.Error as cause:
        raise DamagedStoreError("A page of the store fails its check.") from cause


class Statements:
    """Runs statements on one connection."""

    def __init__(self, connection: Any) -> None:
        """Take over an open connection."""
        self.connection = connection

    def run(self, statement: str, *values: object) -> list[Any]:
        """Run a statement and give all its rows."""
        with own_errors():
            return list(self.connection.execute(statement, values).fetchall())

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
            self.run("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlcipher.Error):
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Release the database."""
        with own_errors():
            self.connection.close()
