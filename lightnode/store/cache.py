"""The store's rows as typed values: jobs, records with their openings and evidence, and what `chain_rows` has.

Invariants:
- Each method is one transaction; when it returns, its effect survives kill -9.
- A job's revision grows by one with each stored step; a step on an older revision is refused.
- Only the store's own errors leave a method, whatever the disk holds.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Any

from lightnode.store import database
from lightnode.store.chain_rows import ChainRows
from lightnode.store.commit_mark import CommitMark
from lightnode.store.errors import MissingRowError, StoreConflictError
from lightnode.store.rows import StoredJob, StoredRecord
from lightnode.store.statements import Statements
from lightnode.wire.types import Hash32


class Store(ChainRows):
    """An open store; close it or use it as a context manager. Belongs to the thread that opened it."""

    def __init__(self, statements: Statements) -> None:
        """Take over what is open; use `open` or `create_store`."""
        super().__init__(statements)

    @classmethod
    def open(cls, folder: Path, passphrase: bytes, *, accept_loss: bool = False) -> Store:
        """Open an existing store.

        Args:
            folder: holds it.
            passphrase: UTF-8 bytes.
            accept_loss: go on where the newest changes are lost.

        Raises:
            StoreLostError: the newest changes are lost.
            StoreError: see `database.open_with_passphrase`.
        """
        database.read_sidecar(folder)
        mark = CommitMark(folder)
        statements = Statements(database.open_with_passphrase(folder, passphrase), mark)
        try:
            statements.demand_nothing_lost(accept=accept_loss)
        except BaseException:
            statements.close()
            raise
        return cls(statements)

    @classmethod
    def open_reader(cls, folder: Path, passphrase: bytes) -> Store:
        """Open an existing store for reading only, beside one that writes; every write is refused.

        Args:
            folder: holds it.
            passphrase: UTF-8 bytes.

        Raises:
            StoreError: see `database.open_reader`.
        """
        return cls(Statements(database.open_reader(folder, passphrase), CommitMark(folder)))

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the database."""
        self._statements.close()

    def check_integrity(self) -> None:
        """Check every page.

        Raises:
            DamagedStoreError: a page was changed.
        """
        database.check_integrity(self._statements.connection)

    # Jobs

    def save_job(
        self, identifier: str, state: str, body: bytes, *, revision: int, at: int, code: str | None = None
    ) -> int:
        """Store a job's next step.

        Args:
            identifier: the job's name.
            state: state it has reached.
            body: CBOR, whole.
            revision: number of the last step the caller knows; 0 for a new job.
            at: unix seconds.
            code: error code of a failed step.

        Returns:
            The new revision.

        Raises:
            StoreConflictError: another step was stored since.
        """
        with self._statements.transaction():
            row = self._statements.one("SELECT revision FROM job WHERE id = ?", identifier)
            if (0 if row is None else row[0]) != revision:
                raise StoreConflictError("The job was changed by another program.")
            if row is None:
                self._statements.run("INSERT INTO job VALUES (?, ?, 1, ?, ?, ?)", identifier, state, body, at, at)
            else:
                self._statements.run(
                    "UPDATE job SET state = ?, revision = ?, body = ?, updated = ? WHERE id = ?",
                    state, revision + 1, body, at, identifier,
                )  # fmt: skip
            self._statements.run(
                "INSERT INTO job_step VALUES (?, ?, ?, ?, ?)", identifier, revision + 1, state, code, at
            )
        return revision + 1

    def job(self, identifier: str) -> StoredJob:
        """Give a job.

        Raises:
            MissingRowError: there is none of this name.
        """
        row = self._statements.one("SELECT id, state, revision, body, updated FROM job WHERE id = ?", identifier)
        if row is None:
            raise MissingRowError("There is no job of this name.")
        return StoredJob(*row)

    def jobs(self) -> tuple[StoredJob, ...]:
        """Give all jobs, the newest first."""
        rows = self._statements.run(
            "SELECT id, state, revision, body, updated FROM job ORDER BY updated DESC, rowid DESC"
        )
        return tuple(StoredJob(*row) for row in rows)

    def job_steps(self, identifier: str) -> tuple[tuple[str, str | None, int], ...]:
        """Give a job's history as (state, code, unix seconds), oldest first."""
        rows = self._statements.run("SELECT state, code, at FROM job_step WHERE job = ? ORDER BY revision", identifier)
        return tuple((row[0], row[1], row[2]) for row in rows)

    # Records, openings, evidence

    def add_record(self, record: StoredRecord, opening: bytes | None) -> None:
        """Store a record of this office and its opening; known ones gain their number."""
        with self._statements.transaction():
            self._statements.run(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (commitment) DO UPDATE SET number = excluded.number",
                record.commitment, record.registry, record.number, record.authority, record.template, record.stored,
            )  # fmt: skip
            if opening is not None:
                self._statements.run("INSERT OR REPLACE INTO opening VALUES (?, ?)", record.commitment, opening)

    def records(self) -> tuple[StoredRecord, ...]:
        """Give all records, the newest first."""
        rows = self._statements.run(
            "SELECT commitment, registry, number, authority, template, stored FROM record ORDER BY stored DESC, commitment"
        )
        return tuple(StoredRecord(*row) for row in rows)

    def opening(self, commitment: Hash32) -> bytes:
        """Give a record's opening.

        Raises:
            MissingRowError: it was never stored, or was erased.
        """
        row = self._statements.one("SELECT body FROM opening WHERE commitment = ?", commitment)
        if row is None:
            raise MissingRowError("The opening of this record is not stored.")
        return bytes(row[0])

    def erase_opening(self, commitment: Hash32) -> None:
        """Delete salts and values of a record and every evidence file that carries them: the erasure measure."""
        with self._statements.transaction():
            self._statements.run("DELETE FROM opening WHERE commitment = ?", commitment)
            self._statements.run("DELETE FROM evidence WHERE commitment = ?", commitment)
        self._statements.run("PRAGMA wal_checkpoint(TRUNCATE)")

    def add_evidence(self, commitment: Hash32, body: bytes, at: int) -> Hash32:
        """Store an evidence file of a stored record.

        Returns:
            SHA-256 of the file.
        """
        digest = Hash32(hashlib.sha256(body).digest())
        with self._statements.transaction():
            self._statements.run("INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?)", digest, commitment, body, at)
        return digest

    def evidence(self, commitment: Hash32) -> tuple[bytes, ...]:
        """Give all evidence files of a record, oldest first."""
        rows = self._statements.run(
            "SELECT body FROM evidence WHERE commitment = ? ORDER BY stored, digest", commitment
        )
        return tuple(bytes(row[0]) for row in rows)

    # Rollback memory

    def remember_serial(self, name: bytes, serial: int, digest: Hash32) -> None:
        """Store the highest serial seen of an envelope's line."""
        with self._statements.transaction():
            self._statements.run("INSERT OR REPLACE INTO serial_memory VALUES (?, ?, ?)", name, serial, digest)

    def serials(self) -> dict[bytes, tuple[int, bytes]]:
        """Give every remembered line as name to (serial, digest)."""
        return {
            bytes(row[0]): (row[1], bytes(row[2]))
            for row in self._statements.run("SELECT name, serial, digest FROM serial_memory")
        }


def create_store(folder: Path, passphrase: bytes, randomness: Any) -> Store:
    """Make a new store.

    Raises:
        StoreFolderError: the folder cannot be made or already holds one.
    """
    database.create(folder, passphrase, randomness).close()
    return Store.open(folder, passphrase)
