"""A checkpoint: where a chain stood, with everything that verification needs to go on from there.

Invariants: it says of which network it is by the digest of the profile's consensus rules, so that a checkpoint of another
network, or of other rules for the same one, is never used; one encoding for each checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from lightnode.consensus.chain import ChainState
from lightnode.consensus.extra_data import MAX_VALIDATORS
from lightnode.errors import LightNodeError, WireError
from lightnode.wire import cbor
from lightnode.wire.types import Address, Hash32, Height, address, hash32

FORMAT = "chancery/checkpoint/1"
MAX_BYTES = 1 << 20
MAX_PENDING = 1 << 14


class CheckpointError(LightNodeError):
    """A checkpoint cannot be read, or contradicts itself."""

    code: ClassVar[str] = "CHECKPOINT"
    advice: ClassVar[str] = "Ask governance, or the office that made it, for the checkpoint again."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a chain stands (foundations section 1).

    Attributes:
        height: of the block.
        block_hash: of the block.
        validators: in force for the next block, ascending; None where not known (contract mode without a proof).
        pending: votes that count, in the tally's order.
        profile_digest: of the consensus rules it was verified under, `Profile.rules_digest`.
    """

    height: Height
    block_hash: Hash32
    validators: tuple[Address, ...] | None
    pending: tuple[tuple[Address, Address, bool], ...]
    profile_digest: Hash32

    @classmethod
    def of(cls, state: ChainState, profile_digest: Hash32) -> Checkpoint:
        """Make one of where a chain stands."""
        return cls(state.height, state.block_hash, state.validators, state.pending, profile_digest)

    @property
    def state(self) -> ChainState:
        """Give what `HeaderChain.resume` takes."""
        return ChainState(self.height, self.block_hash, self.validators, self.pending)

    def body(self) -> list[cbor.Value]:
        """Give it as CBOR: `[format, height, hash, [address] / null, [[voter, candidate, add]], profile digest]`."""
        return [
            FORMAT, self.height, self.block_hash, None if self.validators is None else list(self.validators),
            [[voter, candidate, add] for voter, candidate, add in self.pending], self.profile_digest,
        ]  # fmt: skip

    def encode(self) -> bytes:
        """Give its one encoding."""
        return cbor.encode(self.body())


def decode_checkpoint(data: bytes) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        CheckpointError: malformed, too large or not in its one form.
    """
    try:
        return read_checkpoint(cbor.decode(data, max_bytes=MAX_BYTES))
    except WireError as cause:
        raise CheckpointError(f"The checkpoint cannot be read: {cause.text}") from cause


def read_checkpoint(body: Any) -> Checkpoint:
    """Read a decoded checkpoint.

    Raises:
        CheckpointError: malformed.
    """
    try:
        name, height, block_hash, validators, pending, digest = body
        if name != FORMAT or isinstance(height, bool) or not 0 <= height < 1 << 63:
            raise ValueError("another form")
        found = Checkpoint(
            Height(height),
            hash32(block_hash),
            None if validators is None else tuple(address(item) for item in validators),
            tuple((address(voter), address(candidate), _flag(add)) for voter, candidate, add in pending),
            hash32(digest),
        )
    except (WireError, TypeError, ValueError) as cause:
        raise CheckpointError("The checkpoint is malformed.") from cause
    members = found.validators
    if members is not None and (
        not 1 <= len(members) <= MAX_VALIDATORS or any(earlier >= later for earlier, later in pairwise(members))
    ):
        raise CheckpointError("The checkpoint's set is empty, too large, or not ascending.")
    if len(found.pending) > MAX_PENDING or found.body() != body:
        raise CheckpointError("The checkpoint holds too many votes, or is not in its one form.")
    return found


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("no flag")
    return value
