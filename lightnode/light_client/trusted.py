"""What a verified header lets a client trust next: the set that sealed it, and the next set where that is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.consensus.chain import ChainState, HeaderChain, VerifiedHeader
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.hashes import block_hash
from lightnode.consensus.header import Header
from lightnode.consensus.signed_exception import extra_of
from lightnode.consensus.tally import PendingVote
from lightnode.wire.types import Address, Hash32, Height


@dataclass(frozen=True, slots=True)
class Trusted:
    """A verified header to go on from.

    Attributes:
        header: itself.
        block_hash: its hash.
        members: the set that sealed it; empty at genesis and at a checkpoint.
        following: the set in force for the next block; None where only a tally of earlier votes could tell.
        pending: the votes that count after it; None where they are not known.
    """

    header: Header
    block_hash: Hash32
    members: tuple[Address, ...]
    following: tuple[Address, ...] | None
    pending: tuple[PendingVote, ...] | None

    @property
    def height(self) -> Height:
        """Its number."""
        return Height(self.header.number)

    @property
    def known(self) -> tuple[Address, ...]:
        """Give the newest set known to have been in force: for the next block, else for this one."""
        return self.members if self.following is None else self.following

    @property
    def state(self) -> ChainState | None:
        """Give the chain's whole state after this header; None where its votes are not known."""
        if self.pending is None:
            return None
        return ChainState(self.height, self.block_hash, self.following, self.pending)

    @classmethod
    def at_genesis(cls, config: ChainConfig) -> Trusted:
        """Begin at block 0, which the profile gives."""
        return cls.at_state(config, config.header, HeaderChain(config).state())

    @classmethod
    def at_state(cls, config: ChainConfig, header: Header, state: ChainState) -> Trusted:
        """Begin where an earlier verification, or a checkpoint, ended.

        Args:
            config: of the network.
            header: the header at that height, from anywhere.
            state: trusted.

        Raises:
            ParentHashError: the header is not the one that the state names.
        """
        HeaderChain.resume(config, header, state)
        return cls(header, state.block_hash, (), state.validators, state.pending)

    @classmethod
    def after_skip(cls, config: ChainConfig, verified: VerifiedHeader) -> Trusted:
        """Go on from a header skipped to: its own set is known, the votes before it only where there are none.

        Args:
            config: of the network.
            verified: with the set that sealed it.
        """
        schedule, height = config.schedule, verified.header.number
        if schedule.contract(height) is None:
            return cls(verified.header, verified.block_hash, verified.members, None, None)
        following = None
        if schedule.contract(height + 1) is None:
            # The way back to votes in headers begins with what the configuration says, or with the set so far.
            following = schedule.override(height + 1) or verified.members
        return cls(verified.header, verified.block_hash, verified.members, following, ())


def hash_of(config: ChainConfig, header: Header) -> Hash32:
    """Recompute a header's hash under its height's engine.

    Raises:
        ConsensusError: its extraData is not canonical.
    """
    if header.number == 0:
        return config.block_hash
    extra = extra_of(config, header)
    return block_hash(config.schedule.rules(header.number), header, extra)
