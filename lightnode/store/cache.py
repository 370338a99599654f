"""The store's rows as typed values: headers, checkpoints, jobs, records with their openings and evidence.

Invariants:
- Each method is one transaction; when it returns, its effect survives kill -9.
- A job's revision grows by one with each stored step; a step on an older revision is refused.
- A header once stored at a height is never replaced by another one.
- Only the store's own errors leave a method, whatever the disk holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from lightnode.store import database
from lightnode.store.commit_mark import CommitMark
from lightnode.store.errors import MissingRowError, StoreConflictError
from lightnode.store.rows import StoredHalt, StoredHeader, StoredJob, StoredRecord
from lightnode.store.statements import Statements
from lightnode.wire.types import Hash32, Height

_HEADER_AT = "SELECT height, hash, rlp, validators, members, way FROM header WHERE height = ?"
_HEADER_ABOVE = (
    "SELECT height, hash, rlp, validators, members, way FROM header WHERE height > ? ORDER BY height LIMIT 1"
)
_HEADER_HIGHEST = "SELECT height, hash, rlp, validators, members, way FROM header ORDER BY height DESC LIMIT 1"


class Store:
    """An open store; close it or use it as a context manager. Belongs to the thread that opened it."""

    def __init__(self, statements: Statements) -> None:
        """Take over what is open; use `open` or `create_store`."""
        self._statements = statements

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

    # Headers and checkpoints

    def add_headers(self, headers: Sequence[StoredHeader]) -> None:
        """Store verified headers.

        Raises:
            StoreConflictError: another header is stored at one of the heights.
        """
        with self._statements.transaction():
            for header in headers:
                row = self._statements.one("SELECT hash FROM header WHERE height = ?", header.height)
                if row is not None and row[0] != header.block_hash:
                    raise StoreConflictError(f"Another header is stored at height {header.height}.")
                if row is None:
                    self._statements.run(
                        "INSERT INTO header VALUES (?, ?, ?, ?, ?, ?)",
                        header.height, header.block_hash, header.rlp, header.validators, header.members, header.way,
                    )  # fmt: skip

    def header(self, height: Height) -> StoredHeader:
        """Give the header at a height.

        Raises:
            MissingRowError: none is stored.
        """
        row = self._statements.one(_HEADER_AT, height)
        if row is None:
            raise MissingRowError(f"No header is stored at height {height}.")
        return StoredHeader(*row)

    def header_above(self, height: Height) -> StoredHeader | None:
        """Give the lowest stored header above a height, if any."""
        row = self._statements.one(_HEADER_ABOVE, height)
        return None if row is None else StoredHeader(*row)

    def heights_near(self, height: Height) -> tuple[int, ...]:
        """Give the heights of the stored headers nearest to a height: one at or below it, one above, where there are any."""
        below = self._statements.one("SELECT MAX(height) FROM header WHERE height <= ?", height)[0]
        above = self._statements.one("SELECT MIN(height) FROM header WHERE height > ?", height)[0]
        return tuple(at for at in (below, above) if at is not None)

    def height_of(self, block_hash: Hash32) -> Height | None:
        """Give the height of a stored block hash, if any."""
        row = self._statements.one("SELECT height FROM header WHERE hash = ?", block_hash)
        return None if row is None else Height(row[0])

    def head(self) -> StoredHeader | None:
        """Give the highest stored header, if any."""
        row = self._statements.one(_HEADER_HIGHEST)
        return None if row is None else StoredHeader(*row)

    def add_checkpoint(self, height: Height, block_hash: Hash32, body: bytes, at: int) -> None:
        """Store a point from which the header chain can go on.

        Args:
            height: its block number.
            block_hash: its hash.
            body: CBOR of the chain's state.
            at: unix seconds.
        """
        with self._statements.transaction():
            self._statements.run("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?)", height, block_hash, body, at)

    def newest_checkpoint(self) -> bytes | None:
        """Give the highest checkpoint's body, if any."""
        row = self._statements.one("SELECT body FROM checkpoint ORDER BY height DESC LIMIT 1")
        return None if row is None else bytes(row[0])

    # Halts

    def add_halt(self, halt: StoredHalt) -> None:
        """Store evidence that halts the network here; what is stored already stays as it is."""
        with self._statements.transaction():
            self._statements.run(
                "INSERT OR IGNORE INTO halt VALUES (?, ?, ?, ?, NULL, NULL, NULL, NULL)",
                halt.digest, halt.height, halt.evidence, halt.at,
            )  # fmt: skip

    def halts(self) -> tuple[StoredHalt, ...]:
        """Give every halt, the oldest first."""
        rows = self._statements.run(
            "SELECT digest, height, evidence, at, lifted, lifted_by, reason, followed FROM halt ORDER BY at, digest"
        )
        return tuple(StoredHalt(*row) for row in rows)

    def go_on(self, at: int, by: str, reason: str, followed: Hash32, *, above: Height | None) -> None:
        """Lift every halt in force.

        Args:
            at: unix seconds.
            by: who decided.
            reason: why.
            followed: hash of the block followed.
            above: drop the verified headers from this height on, because they follow the other block; None to keep all.
        """
        with self._statements.transaction():
            self._statements.run(
                "UPDATE halt SET lifted = ?, lifted_by = ?, reason = ?, followed = ? WHERE lifted IS NULL",
                at, by, reason, followed,
            )  # fmt: skip
            if above is not None:
                self._statements.run("DELETE FROM header WHERE height >= ?", above)
                self._statements.run("DELETE FROM checkpoint WHERE height >= ?", above)

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
        rows = self._statements.run("SELECT id, state, revision, body, updated FROM job ORDER BY updated DESC, id")
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
