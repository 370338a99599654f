"""What encryption costs the cache: SQLCipher beside the plain library, the same rows."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from pathlib import Path

from lightnode.store import key_slots
from lightnode.store.cache import create_store
from lightnode.store.rows import StoredHeader
from lightnode.wire.types import Hash32, Height
from tests.bench.calibration import seconds
from tests.bench.result import Result

ROWS = 3000


def run() -> list[Result]:
    """Insert headers into an encrypted store and into a plain file."""
    before, key_slots.LOG2_N = key_slots.LOG2_N, 10
    rows = [StoredHeader(Height(n), Hash32(os.urandom(32)), os.urandom(540), bytes(80)) for n in range(ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        with create_store(Path(folder) / "s", b"bench", os.urandom) as store:
            encrypted = seconds(lambda: store.add_headers(rows))
        plain_file = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        plain_file.execute("PRAGMA journal_mode = WAL")
        plain_file.execute(
            "CREATE TABLE header (height INTEGER PRIMARY KEY, hash BLOB UNIQUE, rlp BLOB, validators BLOB)"
        )

        def insert() -> None:
            plain_file.execute("BEGIN")
            for row in rows:
                plain_file.execute("SELECT hash FROM header WHERE height = ?", (row.height,)).fetchone()
                plain_file.execute(
                    "INSERT INTO header VALUES (?, ?, ?, ?)", (row.height, row.block_hash, row.rlp, row.validators)
                )
            plain_file.execute("COMMIT")

        plain = seconds(insert)
        plain_file.close()
    key_slots.LOG2_N = before
    return [Result("inserting headers, encrypted beside plain", encrypted / plain, "ratio", 6.0)]
