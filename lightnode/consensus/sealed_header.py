"""One header judged by itself: form, constants, layout, list, proposer and seals against a given set, without its parent.

Invariants: everything that H1 and H6 to H13 of `docs/verification.md` demand without the parent is demanded, by the same
code as in the chain; the set is the caller's to know, and a header that passes is only as true as that set.
"""

from __future__ import annotations

from collections.abc import Sequence

from lightnode.consensus import header_rules
from lightnode.consensus.chain import VerifiedHeader
from lightnode.consensus.errors import ConsensusError, ProposerError
from lightnode.consensus.extra_data import BftRules, ExtraData
from lightnode.consensus.hashes import block_hash, proposer_digest, seal_digest
from lightnode.consensus.header import Header
from lightnode.consensus.schedule import Schedule
from lightnode.consensus.seals import SealVerifier
from lightnode.wire.types import Address


def verify_sealed(
    schedule: Schedule, header: Header, members: Sequence[Address], latest: int, seals: SealVerifier
) -> VerifiedHeader:
    """Verify that the set in force sealed a header.

    Args:
        schedule: settings by height.
        header: the header, with round and seals.
        members: the set in force for it, ascending.
        latest: greatest allowed timestamp, unix seconds.
        seals: of the network's curve, with the counting chosen.

    Raises:
        ConsensusError: the leaf of the broken rule, with the header's height.
    """
    try:
        return _verify(schedule, header, tuple(members), latest, seals)
    except ConsensusError as error:
        error.height = header.number if error.height is None else error.height
        raise


def _verify(
    schedule: Schedule, header: Header, members: tuple[Address, ...], latest: int, seals: SealVerifier
) -> VerifiedHeader:
    header_rules.check_alone(schedule, header, latest)
    extra = header_rules.read_extra_data(schedule, header)
    header_rules.check_validators(schedule, header, extra, members)
    rules = schedule.rules(header.number)
    if rules is BftRules.IBFT1:
        demand_proposer(header, extra, members, seals)
    signers = seals.demand_quorum(seal_digest(rules, header, extra), extra.seals, members)
    return VerifiedHeader(header, block_hash(rules, header, extra), members, extra.round, signers)


def demand_proposer(header: Header, extra: ExtraData, members: Sequence[Address], seals: SealVerifier) -> Address:
    """Check H11 on IBFT 1, where the proposer is who made the proposer's seal, and give it.

    Raises:
        ProposerError: no member.
        SealError: the seal is malformed.
    """
    proposer = seals.signer(proposer_digest(header, extra), extra.proposer_seal)
    if proposer not in members:
        raise ProposerError(f"The proposer 0x{proposer.hex()} is no member.", header.number)
    return proposer
