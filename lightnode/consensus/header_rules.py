"""Rules H3 to H11 of `docs/verification.md`: what one header must fulfil against its parent and the set in force.

Where a client checks less (consensus note 2.1), so do we: a rule stricter than the node could stop on a chain that the
node accepts. Written exceptions are in `docs/verification.md`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lightnode.consensus import hashes
from lightnode.consensus.constants import ADD_NONCE, DIFFICULTY, EMPTY_OMMERS_HASH, MIX_HASH, ZERO_NONCE
from lightnode.consensus.errors import (
    AmbiguousRulesError,
    ConstantError,
    ExtraDataError,
    FutureTimeError,
    GasError,
    HeaderFormError,
    NumberError,
    ParentHashError,
    ProposerError,
    TimestampGapError,
    ValidatorListError,
)
from lightnode.consensus.extra_data import BftRules, ExtraData, decode_extra_data, reads_as_ibft1
from lightnode.consensus.header import Header
from lightnode.consensus.schedule import BESU, GOQUORUM
from lightnode.consensus.steady_schedule import Settings
from lightnode.wire.types import Address, Hash32

_MIN_GAS_LIMIT = 5000
_NONCES = {BftRules.IBFT2: (ZERO_NONCE,), BftRules.IBFT1: (ZERO_NONCE, ADD_NONCE)}
_MAX_GAS_LIMIT = (1 << 63) - 1


def check_against_parent(schedule: Settings, header: Header, parent: Header, parent_hash: Hash32, latest: int) -> None:
    """Check H1 and H3 to H8.

    Args:
        schedule: settings by height.
        header: the next header.
        parent: the verified one before.
        parent_hash: its hash.
        latest: greatest allowed timestamp, unix seconds.

    Raises:
        ConsensusError: the leaf of the broken rule.
    """
    height = parent.number + 1
    _check_form(schedule, header, height)
    # H3
    if header.number != height:
        raise NumberError(f"Block {header.number} stands where block {height} belongs.", height)
    # H4 covers everything of the parent but its round and seals.
    if header.parent_hash != parent_hash:
        raise ParentHashError(f"Block {height} names the parent 0x{header.parent_hash.hex()}.", height)
    # H5
    period = schedule.period_seconds(height)
    if header.timestamp < parent.timestamp + period:
        raise TimestampGapError(
            f"Block {height} comes {header.timestamp - parent.timestamp} s after its parent; {period} s is the least.",
            height,
        )
    _check_clock(header, latest)
    _check_constants(schedule.client, schedule.rules(height), header)
    if schedule.client == BESU:
        _check_gas(header)
        _check_gas_step(schedule, header, parent)


def check_alone(schedule: Settings, header: Header, latest: int) -> None:
    """Check H1, H6, H7 and what of H8 needs no parent.

    Args:
        schedule: settings by height.
        header: the header.
        latest: greatest allowed timestamp, unix seconds.

    Raises:
        ConsensusError: the leaf of the broken rule.
    """
    _check_form(schedule, header, header.number)
    _check_clock(header, latest)
    _check_constants(schedule.client, schedule.rules(header.number), header)
    if schedule.client == BESU:
        _check_gas(header)


def _check_form(schedule: Settings, header: Header, height: int) -> None:
    """Check H1. GoQuorum has exactly 15 fields for ever; Besu writes what its forks give and checks no count."""
    if schedule.client == GOQUORUM and header.field_count != 15:
        raise HeaderFormError(f"A GoQuorum header has {header.field_count} fields instead of 15.", height)


def _check_clock(header: Header, latest: int) -> None:
    """Check H6."""
    height = header.number
    if header.timestamp > latest:
        raise FutureTimeError(f"Block {height} is {header.timestamp - latest} s ahead of the clock.", height)


def _check_constants(client: str, rules: BftRules, header: Header) -> None:
    """Check H7. Besu's QBFT rule set has neither ommersHash nor nonce (body checks only)."""
    height = header.number
    if header.difficulty != DIFFICULTY:
        raise ConstantError(f"The difficulty of block {height} is {header.difficulty} instead of 1.", height)
    if header.mix_hash != MIX_HASH:
        raise ConstantError(f"The mixHash of block {height} is not the engine's.", height)
    if (client == GOQUORUM or rules is BftRules.IBFT2) and header.ommers_hash != EMPTY_OMMERS_HASH:
        raise ConstantError(f"The ommersHash of block {height} is not that of the empty list.", height)
    allowed = _NONCES.get(rules)
    if allowed is not None and header.nonce not in allowed:
        raise ConstantError(f"The nonce of block {height} is not the engine's.", height)


def _check_gas(header: Header) -> None:
    """Check what of H8 needs no parent. GoQuorum checks none of H8."""
    height = header.number
    if header.gas_used > header.gas_limit:
        raise GasError(f"Block {height} uses {header.gas_used} gas of {header.gas_limit}.", height)
    if not _MIN_GAS_LIMIT <= header.gas_limit <= _MAX_GAS_LIMIT:
        raise GasError(f"The gas limit {header.gas_limit} of block {height} is out of bounds.", height)


def _check_gas_step(schedule: Settings, header: Header, parent: Header) -> None:
    """Check what of H8 needs the parent."""
    height = header.number
    before = parent.gas_limit * 2 if height == schedule.london_block else parent.gas_limit
    if abs(header.gas_limit - before) >= before // 1024:
        raise GasError(f"The gas limit of block {height} changes from {before} to {header.gas_limit}, too far.", height)


def read_extra_data(schedule: Settings, header: Header) -> ExtraData:
    """Check H9: the extraData is canonical under the height's engine and under no other engine of the network.

    Raises:
        ExtraDataError: malformed.
        AmbiguousRulesError: readable under two engines; a proposer may craft that.
    """
    rules = schedule.rules(header.number)
    try:
        extra = hashes.read(rules, header).extra
    except ExtraDataError as cause:
        raise ExtraDataError(f"Block {header.number}: {cause.text}", header.number) from cause
    if schedule.client == GOQUORUM and rules is BftRules.QBFT and reads_as_ibft1(header.extra_data):
        raise AmbiguousRulesError(
            f"Block {header.number} is made so that GoQuorum reads it as IBFT 1 and hashes it otherwise.", header.number
        )
    for other in schedule.possible_rules():
        if other is rules:
            continue
        try:
            decode_extra_data(other, header.extra_data)
        except ExtraDataError:
            continue
        raise AmbiguousRulesError(f"Block {header.number} can be read under two rule sets.", header.number)
    return extra


def check_validators(schedule: Settings, header: Header, extra: ExtraData, members: Sequence[Address]) -> None:
    """Check H10 and, but for IBFT 1, H11.

    Args:
        schedule: settings by height.
        header: the header.
        extra: its extraData.
        members: the set in force, ascending.

    Raises:
        ValidatorListError: the list is not the set; in contract mode: list or vote is not empty.
        ProposerError: the coinbase is no member.
    """
    height = header.number
    if schedule.contract(height) is not None:
        if extra.validators or extra.vote is not None:
            raise ValidatorListError(f"Block {height} names validators or a vote in contract mode.", height)
    elif extra.validators != tuple(members):
        # On GoQuorum the list is no evidence; a difference from the tallied set is refused all the same.
        raise ValidatorListError(f"The list in block {height} is not the set in force, ascending.", height)
    if schedule.rules(height) is not BftRules.IBFT1 and header.beneficiary not in members:
        raise ProposerError(f"The proposer 0x{header.beneficiary.hex()} of block {height} is no member.", height)
