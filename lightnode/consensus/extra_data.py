"""The three layouts of extraData, strict and canonical (consensus note 2.2).

Invariants: `encode_extra_data(rules, decode_extra_data(rules, raw)) == raw`. Besu's QBFT reader tolerates items after the
seals and a DROP written as byte 00; both lie outside every hash and are refused here (written list of stricter rules).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from lightnode.consensus.errors import ExtraDataError
from lightnode.errors import WireError
from lightnode.wire import rlp
from lightnode.wire.types import Address, address

MAX_VALIDATORS = 1024
SEAL_BYTES = 65
_VANITY = 32


class BftRules(enum.Enum):
    """The engines."""

    QBFT = "qbft"
    IBFT2 = "ibft2"
    IBFT1 = "ibft1"


@dataclass(frozen=True, slots=True)
class Vote:
    """A proposer's vote about a member.

    Attributes:
        candidate: whom it is about.
        add: True to add, False to drop.
    """

    candidate: Address
    add: bool


@dataclass(frozen=True, slots=True)
class ExtraData:
    """The decoded extraData.

    Attributes:
        vanity: free bytes; 32 as nodes write it.
        validators: the list in the header.
        vote: None where there is none; always None on IBFT 1, whose votes are in coinbase and nonce.
        round: 0 on IBFT 1.
        seals: commit seals of 65 bytes, r, s, v.
        proposer_seal: IBFT 1 only.
    """

    vanity: bytes
    validators: tuple[Address, ...]
    vote: Vote | None
    round: int
    seals: tuple[bytes, ...]
    proposer_seal: bytes = b""


def decode_extra_data(rules: BftRules, raw: bytes, *, genesis: bool = False) -> ExtraData:
    """Read extraData under one engine's rules.

    Args:
        rules: the engine.
        raw: the header's extraData.
        genesis: IBFT 1 tools write an empty or a zero proposer seal there.

    Raises:
        ExtraDataError: not that engine's canonical form.
    """
    try:
        extra = _three_items(raw, genesis) if rules is BftRules.IBFT1 else _five_items(rules, raw)
    except WireError as cause:
        raise ExtraDataError(f"The extraData is malformed: {cause.text}") from cause
    return extra


def encode_extra_data(rules: BftRules, extra: ExtraData, *, with_round: bool = True, with_seals: bool = True) -> bytes:
    """Write extraData, whole or as a hash needs it.

    Args:
        rules: the engine.
        extra: what to write.
        with_round: keep the round (QBFT, IBFT 2.0).
        with_seals: keep the commit seals.
    """
    validators = list(extra.validators)
    seals = list(extra.seals) if with_seals else []
    if rules is BftRules.IBFT1:
        return extra.vanity + rlp.encode([validators, extra.proposer_seal, seals])
    if rules is BftRules.QBFT:
        vote: rlp.Encodable = [] if extra.vote is None else [extra.vote.candidate, b"\xff" if extra.vote.add else b""]
        round_item = rlp.encode_uint(extra.round if with_round else 0)
        return rlp.encode([extra.vanity, validators, vote, round_item, seals])
    vote = b"" if extra.vote is None else [extra.vote.candidate, b"\xff" if extra.vote.add else b"\0"]
    items: list[rlp.Encodable] = [extra.vanity, validators, vote]
    if with_round:
        items.append(extra.round.to_bytes(4, "big"))
    if with_seals:
        items.append(seals)
    return rlp.encode(items)


def reads_as_ibft1(raw: bytes) -> bool:
    """Tell whether GoQuorum would take extraData for IBFT 1, which it tries first whatever the height: seals of any length."""
    try:
        items = rlp.decode_list(raw[_VANITY:], max_bytes=256 * 1024, max_depth=2) if len(raw) > _VANITY else []
    except WireError:
        return False
    match items:
        case [list(validators), bytes(), list(seals)]:
            listed = all(isinstance(item, bytes) and len(item) == 20 for item in validators)
            return listed and all(isinstance(item, bytes) for item in seals)
    return False


def _five_items(rules: BftRules, raw: bytes) -> ExtraData:
    match rlp.decode_list(raw, max_bytes=256 * 1024, max_depth=3):
        case [bytes(vanity), list(validators), vote, bytes(round_item), list(seals)]:
            if rules is BftRules.QBFT:
                number = rlp.decode_uint(round_item, 4)
            elif len(round_item) == 4:
                number = int.from_bytes(round_item, "big")
            else:
                raise ExtraDataError("The round of IBFT 2.0 has 4 bytes.")
            return ExtraData(vanity, _addresses(validators), _vote(rules, vote), number, _seals(seals))
    raise ExtraDataError("The extraData has other than its five items.")


def _three_items(raw: bytes, genesis: bool) -> ExtraData:
    if len(raw) < _VANITY:
        raise ExtraDataError("The extraData is shorter than its vanity.")
    match rlp.decode_list(raw[_VANITY:], max_bytes=256 * 1024, max_depth=2):
        case [list(validators), bytes(proposer), list(seals)]:
            if len(proposer) != SEAL_BYTES and not (genesis and proposer == b""):
                raise ExtraDataError("The proposer's seal has 65 bytes.")
            return ExtraData(raw[:_VANITY], _addresses(validators), None, 0, _seals(seals), proposer)
    raise ExtraDataError("The extraData has other than its three items.")


def _addresses(items: list[rlp.Item]) -> tuple[Address, ...]:
    if len(items) > MAX_VALIDATORS:
        raise ExtraDataError("The validator list is too long.")
    return tuple(address(_bytes(item)) for item in items)


def _seals(items: list[rlp.Item]) -> tuple[bytes, ...]:
    if len(items) > MAX_VALIDATORS:
        raise ExtraDataError("There are too many seals.")
    seals = tuple(_bytes(item) for item in items)
    if any(len(seal) != SEAL_BYTES for seal in seals):
        raise ExtraDataError("A seal has 65 bytes.")
    return seals


def _vote(rules: BftRules, item: rlp.Item) -> Vote | None:
    drop = b"" if rules is BftRules.QBFT else b"\0"
    if item == ([] if rules is BftRules.QBFT else b""):
        return None
    match item:
        case [bytes(candidate), bytes(kind)] if kind in (b"\xff", drop):
            return Vote(address(candidate), kind == b"\xff")
    raise ExtraDataError("The vote is malformed.")


def _bytes(item: rlp.Item) -> bytes:
    if not isinstance(item, bytes):
        raise ExtraDataError("A list stands where bytes belong.")
    return item
