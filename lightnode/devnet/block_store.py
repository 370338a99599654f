"""Blocks on disk: a small SQLite file in which each block is one committed row with what it changed.

Invariants: a block is on disk before anyone hears of it; after kill -9 the head is the last committed block.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightnode.consensus.header import Header, decode_header
from lightnode.devnet.errors import DevnetFolderError

_LAYOUT = """
CREATE TABLE IF NOT EXISTS block (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL, transactions TEXT NOT NULL,
    outcomes TEXT NOT NULL, changed TEXT NOT NULL
) STRICT
"""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block with everything its JSON-RPC answers need.

    Attributes:
        header: with seals.
        block_hash: on chain.
        transactions: raw.
        outcomes: for each transaction, what the engine said.
    """

    header: Header
    block_hash: bytes
    transactions: tuple[bytes, ...]
    outcomes: tuple[dict[str, Any], ...]


class BlockStore:
    """The file of one network; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open or make it.

        Raises:
            DevnetFolderError: the file is no block store.
        """
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            # One process at a time owns the file, whatever its folder's status says.
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_LAYOUT)
        except sqlite3.Error as cause:
            raise DevnetFolderError("The network's block file cannot be opened, or another process has it.") from cause

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def add(self, block: StoredBlock, changed: dict[str, Any]) -> None:
        """Commit a block."""
        self._connection.execute(
            "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)",
            (
                block.header.number,
                block.block_hash,
                block.header.encode(),
                json.dumps([raw.hex() for raw in block.transactions]),
                json.dumps(block.outcomes),
                json.dumps(changed),
            ),
        )

    def load(self) -> Iterator[tuple[StoredBlock, dict[str, Any]]]:
        """Give every block with what it changed, in order.

        Raises:
            DevnetFolderError: the file is damaged.
        """
        try:
            rows = self._connection.execute(
                "SELECT hash, header, transactions, outcomes, changed FROM block ORDER BY number"
            )
            for block_hash, header, transactions, outcomes, changed in rows:
                raw = tuple(bytes.fromhex(item) for item in json.loads(transactions))
                block = StoredBlock(decode_header(header), block_hash, raw, tuple(json.loads(outcomes)))
                yield block, json.loads(changed)
        except sqlite3.Error as cause:
            raise DevnetFolderError("The network's block file is damaged.") from cause
