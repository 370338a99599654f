"""What one header shows without its parent: its own form, time and constants, and that a given set sealed it.

Invariants:
- Rules are checked in the order of `docs/verification.md`: H1, H6, H7, H8 (but for the step from the parent's gas limit),
  H9, H10, H11, H12, H13; the first that is broken is raised.
- Whether the given set is the one in force is the caller's to know: nothing here takes a set from a header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from lightnode.consensus import hashes, header_rules, signed_exception
from lightnode.consensus.errors import ConsensusError, ProposerError
from lightnode.consensus.extra_data import BftRules, ExtraData
from lightnode.consensus.hashes import proposer_digest
from lightnode.consensus.header import Header
from lightnode.consensus.quick_making import quickly
from lightnode.consensus.schedule import Schedule
from lightnode.consensus.seal_counting import SealCounting
from lightnode.consensus.seals import SealVerifier
from lightnode.consensus.steady_schedule import Settings
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.wire.types import Address, Hash32


class SealedHeader(NamedTuple):
    """A header that a set sealed, with what a tally needs of it.

    Attributes:
        verified: the header.
        extra: its extraData.
        proposer: who made it and cast its vote: the coinbase, on IBFT 1 the signer of the proposer's seal.
    """

    verified: VerifiedHeader
    extra: ExtraData
    proposer: Address

    def with_remarks(self, remarks: tuple[str, ...]) -> SealedHeader:
        """Give the same with more remarks."""
        verified = replace(self.verified, remarks=(*remarks, *self.verified.remarks))
        return self._replace(verified=verified)


_new_verified = quickly(VerifiedHeader)
_NO_EXCEPTIONS: Mapping[int, Hash32] = MappingProxyType({})


def verify_sealed(
    schedule: Schedule,
    header: Header,
    members: tuple[Address, ...],
    latest: int,
    seals: SealVerifier,
    counting: SealCounting = SealCounting.STRICT,
    exceptions: Mapping[int, Hash32] = _NO_EXCEPTIONS,
) -> VerifiedHeader:
    """Verify everything of one header that needs no parent, against a set that the caller knows.

    Args:
        schedule: settings by height.
        header: the header; never block 0.
        members: the set in force at its height, ascending.
        latest: greatest allowed timestamp, unix seconds.
        seals: recovers signers on the network's curve.
        counting: how seals are counted.
        exceptions: block hashes by height that pass by a signed order although two rule sets read them (H9).

    Raises:
        ConsensusError: the leaf of the broken rule, with the header's height.
    """
    try:
        header_rules.check_alone(schedule, header, latest)
        extra, waived = signed_exception.read_extra_data(schedule, header, exceptions)
        checked = check_sealed(schedule, header, extra, members, seals, counting)
        return (checked.with_remarks(waived) if waived else checked).verified
    except ConsensusError as error:
        error.height = header.number if error.height is None else error.height
        raise


def check_sealed(
    schedule: Settings,
    header: Header,
    extra: ExtraData,
    members: tuple[Address, ...],
    seals: SealVerifier,
    counting: SealCounting,
) -> SealedHeader:
    """Check H10 to H13 of a header whose extraData has been read.

    Raises:
        ConsensusError: the leaf of the broken rule.
    """
    header_rules.check_validators(schedule, header, extra, members)
    rules = schedule.rules(header.number)
    proposer = header.beneficiary
    if rules is BftRules.IBFT1:
        proposer = _proposer(header, extra, members, seals)
    reading = hashes.read(rules, header)
    # H12 and H13
    count = seals.count(reading.digest, extra.seals, members, counting)
    verified = _new_verified(header, reading.block_hash, members, extra.round, count.signers, count.remarks)
    return SealedHeader(verified, extra, proposer)


def _proposer(header: Header, extra: ExtraData, members: tuple[Address, ...], seals: SealVerifier) -> Address:
    """Check H11 on IBFT 1, where the proposer is who made the proposer's seal."""
    proposer = seals.signer(proposer_digest(header, extra), extra.proposer_seal)
    if proposer not in members:
        raise ProposerError(f"The proposer 0x{proposer.hex()} is no member.", header.number)
    return proposer
