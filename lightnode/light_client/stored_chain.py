"""Checking the stored headers as a chain: hashes anew, parents where heights follow one another, ways that are known.

Invariants: nothing is asked of any node; what was changed in the database with its key in hand is found where it contradicts
a hash or a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import decode_header
from lightnode.consensus.verified_header import Way
from lightnode.errors import LightNodeError
from lightnode.light_client.errors import SyncError
from lightnode.light_client.trusted import hash_of
from lightnode.store.rows import StoredHeader
from lightnode.wire.types import Hash32, Height

_PART = 512


class StoredChainError(SyncError):
    """Stored headers contradict themselves or one another."""

    code = "SYNC-STORED"
    advice = "Restore the store from a backup, or begin a new one with `chancery store begin-anew`; headers are fetched again."


class HeaderRows(Protocol):
    """The store's headers; see `lightnode.store.chain_rows`."""

    def runs(self, first: Height, size: int) -> tuple[StoredHeader, ...]:
        """Give stored headers in order."""


@dataclass(frozen=True, slots=True)
class StoredChain:
    """What was found sound.

    Attributes:
        headers: how many.
        spans: unbroken runs of heights, as (first, last).
        ways: how many headers were verified in each way.
    """

    headers: int
    spans: tuple[tuple[int, int], ...]
    ways: dict[str, int]


def check_stored(config: ChainConfig, rows: HeaderRows) -> StoredChain:
    """Check every stored header.

    Args:
        config: of the network.
        rows: of the store.

    Raises:
        StoredChainError: a header does not have its hash, or does not follow the one below it.
    """
    spans: list[list[int]] = [[0, 0]]
    ways: dict[str, int] = {}
    count, last_hash, following = 0, config.block_hash, Height(1)
    while part := rows.runs(following, _PART):
        for row in part:
            parent = _checked(config, row)
            if row.height == spans[-1][1] + 1:
                if parent != last_hash:
                    raise StoredChainError(f"The stored block {row.height} does not follow the one before it.")
                spans[-1][1] = row.height
            else:
                spans.append([row.height, row.height])
            ways[row.way] = ways.get(row.way, 0) + 1
            count, last_hash = count + 1, row.block_hash
        following = Height(part[-1].height + 1)
    return StoredChain(count, tuple((first, last) for first, last in spans), ways)


def _checked(config: ChainConfig, row: StoredHeader) -> Hash32:
    """Check one row and give the hash of its parent."""
    try:
        Way(row.way)
        header = decode_header(row.rlp)
        found = hash_of(config, header)
    except (LightNodeError, ValueError) as cause:
        raise StoredChainError(f"The stored header of block {row.height} cannot be read.") from cause
    if header.number != row.height or found != row.block_hash:
        raise StoredChainError(f"The stored header of block {row.height} is not the one that was verified.")
    return header.parent_hash
