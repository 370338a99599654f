"""Halted for misbehaviour: nothing is verified further until an operator says which block to follow, and why (M5).

Invariants: the evidence is stored before anything is said; while one halt is not lifted, `demand_none` refuses; the block
that an operator chose to follow is the only one taken at that height from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.light_client.errors import SyncError
from lightnode.light_client.misbehaviour import Misbehaviour, MisbehaviourReport, verify_misbehaviour
from lightnode.store.rows import StoredHalt
from lightnode.wire.types import Hash32, Height


class HaltedError(SyncError):
    """Members of this network sealed two blocks at one height; this office has stopped following it."""

    code = "SYNC-HALTED"
    advice = (
        "Report the evidence file to governance; then go on with 'chancery node go-on', naming the block to follow."
    )


class NotHaltedError(SyncError):
    """There is nothing to go on from."""

    code = "SYNC-NOT-HALTED"
    advice = "Run 'chancery node sync'; this network is not halted here."


class FollowedBlockError(SyncError):
    """The block to follow is neither of the two in the evidence, or a source gives another one at that height."""

    code = "SYNC-FOLLOW"
    advice = "Name the hash of one of the two blocks that the evidence shows, and ask a node that has it."


class HaltBook(Protocol):
    """Where halts are kept; see `lightnode.store.cache.Store`."""

    def add_halt(self, halt: StoredHalt) -> None:
        """Keep a halt."""

    def halts(self) -> tuple[StoredHalt, ...]:
        """Give all."""

    def go_on(self, at: int, by: str, reason: str, followed: Hash32, *, above: Height | None) -> None:
        """Lift those in force."""


def halt(book: HaltBook, evidence: Misbehaviour, report: MisbehaviourReport, at: int) -> None:
    """Keep evidence and halt.

    Args:
        book: where it is kept.
        evidence: the file.
        report: what it proves.
        at: unix seconds.
    """
    book.add_halt(StoredHalt(report.digest, report.height, evidence.encode(), at, None, None, None, None))


def demand_none(book: HaltBook) -> None:
    """Demand that the network is not halted here.

    Raises:
        HaltedError: it is.
    """
    for one in book.halts():
        if one.lifted is None:
            raise HaltedError(f"Two sealed blocks {one.height} were found; evidence {one.digest.hex()[:16]}.")


def followed(book: HaltBook) -> Mapping[int, Hash32]:
    """Give the blocks that operators chose to follow, by height."""
    return {int(one.height): Hash32(one.followed) for one in book.halts() if one.followed is not None}


def is_decided(book: HaltBook, config: ChainConfig, ours: VerifiedHeader, other: VerifiedHeader) -> bool:
    """Tell whether an operator has decided between two blocks already, for the one that is followed here.

    A node that stays on the other side is then no reason to halt again; any third block is.

    Args:
        book: where halts are kept.
        config: of the network.
        ours: followed here.
        other: of the other node.
    """
    chosen = [one for one in book.halts() if one.height == ours.height and one.followed == ours.block_hash]
    both = {ours.block_hash, other.block_hash}
    return any(both == set(verify_misbehaviour(config, one.evidence).hashes) for one in chosen)


def demand_followed(chosen: Mapping[int, Hash32], height: int, block_hash: Hash32) -> None:
    """Demand that a block is the one chosen, where one was.

    Raises:
        FollowedBlockError: it is another.
    """
    if chosen.get(height, block_hash) != block_hash:
        raise FollowedBlockError(f"Block {height} given is not the one that an operator chose to follow.")


def go_on(
    book: HaltBook, at: int, by: str, reason: str, chosen: Hash32, held: Hash32 | None, hashes: tuple[Hash32, Hash32]
) -> bool:
    """Lift the halt.

    Args:
        book: where halts are kept.
        at: unix seconds.
        by: who decides.
        reason: why.
        chosen: hash of the block to follow.
        held: hash of the block this office holds at that height.
        hashes: of the two blocks in the evidence.

    Returns:
        Whether this office's headers from that height on were dropped, because they follow the other block.

    Raises:
        NotHaltedError: the network is not halted.
        FollowedBlockError: the evidence does not show that block.
    """
    open_ones = [one for one in book.halts() if one.lifted is None]
    if not open_ones:
        raise NotHaltedError("This network is not halted here.")
    if chosen not in hashes:
        raise FollowedBlockError("The evidence shows no such block.")
    drop = held is not None and held != chosen
    book.go_on(at, by, reason, chosen, above=open_ones[0].height if drop else None)
    return drop
