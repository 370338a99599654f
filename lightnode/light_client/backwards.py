"""Verified headers downwards: each is the one whose hash the verified header above it names (K8 of `docs/verification.md`).

Invariants: seals are not looked at, because the hash in a verified header decides; number, hash and order of time are
checked on every header, and nothing is given out of a batch of which one header failed before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lightnode.consensus.chain import VerifiedHeader, Way
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.hashes import block_hash
from lightnode.consensus.header import Header
from lightnode.consensus.signed_exception import extra_of
from lightnode.consensus.skip_errors import BackwardsError, SkippedOtherChainError
from lightnode.light_client.source import ClaimedHeader, HeaderSource
from lightnode.wire.types import Hash32

# The first batch is small, because most walks end within it; each next one is twice as large.
FIRST_BATCH = 8
BATCH = 64


def link(config: ChainConfig, header: Header, above: Header) -> VerifiedHeader:
    """Verify a header by the one above it.

    Args:
        config: of the network.
        header: the lower one.
        above: a verified header.

    Raises:
        BackwardsError: another height, hash or order of time.
        ConsensusError: its extraData is not canonical.
    """
    height = above.number - 1
    if header.number != height:
        raise BackwardsError(f"Block {header.number} was given where block {height} was asked for.", height)
    extra = extra_of(config, header) if height else config.extra
    found = block_hash(config.schedule.rules(height), header, extra) if height else config.block_hash
    if height == 0 and header.encode() != config.header.encode():
        raise BackwardsError("The block 0 given is not the profile's.", height)
    if found != above.parent_hash:
        raise BackwardsError(f"Block {height} is not the parent of the verified block {above.number}.", height)
    if header.timestamp > above.timestamp:
        raise BackwardsError(f"Block {height} is younger than the verified block {above.number}.", height)
    return VerifiedHeader(header, found, (), extra.round, (), way=Way.LINKED)


def walk_down(config: ChainConfig, source: HeaderSource, above: Header, lowest: int) -> Iterator[VerifiedHeader]:
    """Give the headers below a verified one, the highest first.

    Args:
        config: of the network.
        source: where they are fetched, in batches.
        above: a verified header.
        lowest: last height given; not below 0.

    Raises:
        BackwardsError: the source's headers are not those below.
        LightNodeError: the source gives trouble.
    """
    size = FIRST_BATCH
    while above.number > lowest:
        first = max(lowest, above.number - size)
        size = min(2 * size, BATCH)
        for claimed in reversed(_fetch(source, range(first, above.number))):
            linked = link(config, claimed.header, above)
            yield linked
            above = linked.header


def _fetch(source: HeaderSource, heights: range) -> list[ClaimedHeader]:
    found = source.headers(heights)
    if len(found) != len(heights):
        raise BackwardsError(f"The node gave {len(found)} of {len(heights)} headers.", heights[0])
    return found


def demand_linked(config: ChainConfig, source: HeaderSource, above: Header, height: int, block_hash_: Hash32) -> int:
    """Check K9: the headers below lead to the header that was skipped from. No seal names its chain; only links do.

    Args:
        config: of the network.
        source: asked for every header between, in batches.
        above: a header skipped to.
        height: that was skipped from.
        block_hash_: of the header there.

    Returns:
        How many headers were linked.

    Raises:
        BackwardsError: the source's headers are not those below.
        SkippedOtherChainError: they lead to another header at that height.
    """
    count, found = 0, block_hash_
    for lower in walk_down(config, source, above, height):
        count, found = count + 1, lower.block_hash
    if found != block_hash_:
        raise SkippedOtherChainError(f"Block {height} below the skip is not the one skipped from.", height)
    return count
