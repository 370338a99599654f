"""Beginning at a block that the operator names: by a checkpoint file, or by height and hash alone (K0 of `docs/verification.md`).

Invariants: the header is fetched and must have the hash given; a checkpoint of other rules is refused; a block named by
hash alone says who sealed it only where its list is what the network's nodes enforce, so that it serves for skipping, and
for everything where no earlier vote can count after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lightnode.consensus import skip_rules
from lightnode.consensus.checkpoint import CheckpointError, decode_checkpoint
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.consensus.signed_exception import extra_of
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.light_client.source import HeaderSource
from lightnode.light_client.trusted import Trusted, hash_of
from lightnode.wire.types import Hash32


class CheckpointRulesError(CheckpointError):
    """A checkpoint was made under other rules than the profile's."""

    code = "CHECKPOINT-RULES"
    advice = "Use the profile that the checkpoint was made with, or ask governance for a newer checkpoint."


class CheckpointHashError(CheckpointError):
    """The block at a checkpoint's height is another one."""

    code = "CHECKPOINT-HASH"
    advice = "Ask another node; if several have the other block, ask governance whether the checkpoint is theirs."


class CheckpointOldError(CheckpointError):
    """A checkpoint contradicts, or lies below, what this office has verified."""

    code = "CHECKPOINT-OLD"
    advice = "Leave the checkpoint away; this office has verified beyond it."


@dataclass(frozen=True, slots=True)
class NamedBlock:
    """A block named by hand.

    Attributes:
        height: number.
        block_hash: hash.
    """

    height: int
    block_hash: Hash32


def start_from(
    config: ChainConfig, rules_digest: Hash32, source: HeaderSource, given: bytes | NamedBlock, end: Trusted
) -> Trusted:
    """Give the trusted header that the operator's checkpoint stands for.

    Args:
        config: of the network.
        rules_digest: of the profile.
        source: asked for the header.
        given: a checkpoint file, or a block.
        end: where this office stands.

    Raises:
        CheckpointError: it cannot be read or used; its leaf says why.
        ConsensusError: the header fetched is malformed.
    """
    if isinstance(given, NamedBlock):
        header = _header(config, source, given.height, given.block_hash, end)
        return _from_list(config, header, given.block_hash)
    checkpoint = decode_checkpoint(given)
    if checkpoint.profile_digest != rules_digest:
        raise CheckpointRulesError("The checkpoint was made under other rules than those of the profile.")
    header = _header(config, source, checkpoint.height, checkpoint.block_hash, end)
    return Trusted.at_state(config, header, checkpoint.state)


def _header(config: ChainConfig, source: HeaderSource, height: int, block_hash: Hash32, end: Trusted) -> Header:
    if height == end.height and block_hash != end.block_hash:
        raise CheckpointOldError(f"This office has verified another block {height} than the checkpoint's.")
    if height < end.height:
        raise CheckpointOldError(f"This office has verified to block {end.height}, beyond the checkpoint's {height}.")
    (found,) = source.headers([height])
    if found.header.number != height or hash_of(config, found.header) != block_hash:
        raise CheckpointHashError(f"The node's block {height} is not the checkpoint's.")
    return found.header


def _from_list(config: ChainConfig, header: Header, block_hash: Hash32) -> Trusted:
    """Begin with the set that the header lists; its hash covers the list, and its nodes enforce it."""
    skip_rules.demand_sound(config.schedule, header.number)
    if config.schedule.contract(header.number) is not None:
        # The set after it is proven from its own state.
        return Trusted(header, block_hash, (), None, ())
    extra = extra_of(config, header)
    verified = VerifiedHeader(header, block_hash, extra.validators, extra.round, (), way=Way.SKIPPED)
    trusted = Trusted.after_skip(config, verified)
    if config.schedule.is_epoch(header.number) and config.schedule.contract(header.number + 1) is None:
        # Nothing pends after an epoch block.
        following = config.schedule.override(header.number + 1) or extra.validators
        return replace(trusted, following=following, pending=())
    return trusted
