"""The chain's rows of the store: verified headers, where runs ended, and what halted the network here.

Invariants: each method is one transaction; a header once stored at a height is never replaced by another one, unless an
operator chose to follow the other block; a halt is never deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

from lightnode.store.errors import MissingRowError, StoreConflictError
from lightnode.store.rows import StoredHalt, StoredHeader
from lightnode.store.statements import Statements
from lightnode.wire.types import Hash32, Height

_HEADER_AT = "SELECT height, hash, rlp, validators, members, way FROM header WHERE height = ?"
_HEADER_ABOVE = (
    "SELECT height, hash, rlp, validators, members, way FROM header WHERE height > ? ORDER BY height LIMIT 1"
)
_HEADERS_FROM = (
    "SELECT height, hash, rlp, validators, members, way FROM header WHERE height >= ? ORDER BY height LIMIT ?"
)
_HEADER_HIGHEST = "SELECT height, hash, rlp, validators, members, way FROM header ORDER BY height DESC LIMIT 1"


class ChainRows:
    """Headers, ends of runs, halts."""

    def __init__(self, statements: Statements) -> None:
        """Take over an open database."""
        self._statements = statements

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

    def prune(self, below: Height) -> int:
        """Delete headers and ends of runs below a height, but for those at heights that a halt is about.

        The newest end of a run and its header always stay. Jobs, records, openings and evidence are not touched.

        Args:
            below: first height that stays.

        Returns:
            How many headers were deleted.
        """
        with self._statements.transaction():
            newest = self._statements.one("SELECT MAX(height) FROM checkpoint")[0]
            limit = below if newest is None else min(below, newest)
            before = self._statements.one("SELECT COUNT(*) FROM header")[0]
            self._statements.run(
                "DELETE FROM header WHERE height < ? AND height NOT IN (SELECT height FROM halt)", limit
            )
            self._statements.run("DELETE FROM checkpoint WHERE height < ?", limit)
            after = self._statements.one("SELECT COUNT(*) FROM header")[0]
        return int(before - after)

    def shrink(self) -> None:
        """Give the space of what was deleted back to the disk; needs as much again while it works.

        Raises:
            StoreFullError: there is not enough; nothing was changed.
        """
        self._statements.run("VACUUM")
        self._statements.run("PRAGMA wal_checkpoint(TRUNCATE)")

    def runs(self, first: Height, size: int) -> tuple[StoredHeader, ...]:
        """Give stored headers in order.

        Args:
            first: lowest height.
            size: at most so many.
        """
        rows = self._statements.run(_HEADERS_FROM, first, size)
        return tuple(StoredHeader(*row) for row in rows)

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

    def drop_above(self, height: Height) -> None:
        """Drop the verified headers and ends above a height, as where what was to lead to them does not."""
        with self._statements.transaction():
            self._statements.run("DELETE FROM header WHERE height > ?", height)
            self._statements.run("DELETE FROM checkpoint WHERE height > ?", height)

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
