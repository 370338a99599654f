"""The three layouts of extraData, strict and canonical (consensus note 2.2).

Invariants: `encode_extra_data(rules, decode_extra_data(rules, raw)) == raw`. Besu's QBFT reader tolerates items after the
seals and a DROP written as byte 00; both lie outside every hash and are refused here (written list of stricter rules).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct

from lightnode.consensus.errors import ExtraDataError
from lightnode.consensus.quick_making import quickly
from lightnode.errors import LightNodeError, WireError
from lightnode.wire import rlp
from lightnode.wire.types import Address, address

MAX_VALIDATORS = 1024
SEAL_BYTES = 65
_VANITY = 32
_SEAL_PREFIX = b"\xb8\x41"


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


class _Read:
    """Where QBFT's extraData keeps the encoded vanity, list and vote that it was read from; no copy takes it along."""

    __slots__ = ("_front",)
    _front: bytes


@dataclass(frozen=True, slots=True)
class ExtraData(_Read):
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

    def encoded_front(self) -> bytes:
        """Give QBFT's first three items, encoded one after another: vanity, validators and vote."""
        try:
            return self._front
        except AttributeError:
            vote = self.vote
            about: rlp.Encodable = [] if vote is None else [vote.candidate, b"\xff" if vote.add else b""]
            return b"".join(map(rlp.encode, (self.vanity, self.validators, about)))


_new_extra_data = quickly(ExtraData)


def decode_extra_data(rules: BftRules, raw: bytes, *, genesis: bool = False) -> ExtraData:
    """Read extraData under one engine's rules.

    Args:
        rules: the engine.
        raw: the header's extraData.
        genesis: IBFT 1 tools write an empty or a zero proposer seal there.

    Raises:
        ExtraDataError: not that engine's canonical form.
    """
    extra = read_usual(raw) if rules is BftRules.QBFT else None
    return read_generally(rules, raw, genesis) if extra is None else extra


def read_generally(rules: BftRules, raw: bytes, genesis: bool = False) -> ExtraData:
    """Read extraData of any shape: what `decode_extra_data` means, and where its refusals come from.

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
        number = rlp.encode(rlp.encode_uint(extra.round if with_round else 0))
        return rlp.encode_payload(extra.encoded_front() + number + rlp.encode(seals))
    vote = b"" if extra.vote is None else [extra.vote.candidate, b"\xff" if extra.vote.add else b"\0"]
    items: list[rlp.Encodable] = [extra.vanity, validators, vote]
    if with_round:
        items.append(extra.round.to_bytes(4, "big"))
    if with_seals:
        items.append(seals)
    return rlp.encode(items)


def encoded_for_hash(extra: ExtraData, number: int) -> bytes:
    """Give QBFT's extraData as hashes have it, without seals and with a round, encoded as the header's field.

    Args:
        extra: the extraData.
        number: 0 for the block hash, the round for the digest of commit seals.
    """
    return _field_for_hash(extra.encoded_front(), number)


@lru_cache(maxsize=64)
def _field_for_hash(front: bytes, number: int) -> bytes:
    """The same bytes in block after block."""
    return rlp.encode(rlp.encode_payload(front + rlp.encode(rlp.encode_uint(number)) + b"\xc0"))


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


def read_usual(raw: bytes) -> ExtraData | None:
    """Read QBFT's extraData of the shape that nearly every block has: vanity of 32 bytes, no vote, a round below 128.

    None where it has another shape, which says nothing about it: what this reads, the general reader reads alike, and
    every refusal is that one's (a test holds the two together).
    """
    try:
        start, end = rlp.list_span(raw, 0)
        list_at = start + 1 + _VANITY
        # Where the list ends need not be certain here: `_front_items` reads the whole of it strictly.
        kind = raw[list_at]
        if kind < 0xC0:
            return None
        if kind < 0xF8:
            vote_at = list_at + 1 + kind - 0xC0
        elif kind == 0xF8:
            vote_at = list_at + 2 + raw[list_at + 1]
        else:
            vote_at = list_at + 3 + (raw[list_at + 1] << 8 | raw[list_at + 2])
        number = raw[vote_at + 1]
        first, last = rlp.list_span(raw, vote_at + 2)
        if end != len(raw) or last != end or not 0 < number <= 0x80:
            return None
        vanity, validators, front = _front_items(raw[start : vote_at + 1])
        seals = _equal_seals(raw, first, last)
    except (IndexError, LightNodeError):
        return None
    extra = _new_extra_data(vanity, validators, None, number & 0x7F, seals)
    object.__setattr__(extra, "_front", front)
    return extra


@lru_cache(maxsize=64)
def _front_items(encoded: bytes) -> tuple[bytes, tuple[Address, ...], bytes]:
    """Read encoded vanity and validators before an empty vote, and give them with the encoding: the same in block after block."""
    match rlp.decode_list(rlp.encode_payload(encoded), max_depth=2):
        case [bytes(vanity), list(validators), []]:
            return vanity, _addresses(validators), encoded
    raise ExtraDataError("The extraData has other than its five items.")


def _equal_seals(raw: bytes, first: int, last: int) -> tuple[bytes, ...]:
    """Read seals of 65 bytes each, which have a prefix of two bytes."""
    count, rest = divmod(last - first, SEAL_BYTES + len(_SEAL_PREFIX))
    if rest or count > MAX_VALIDATORS:
        raise ExtraDataError("The seals are not of one width, or too many.")
    parts: tuple[bytes, ...] = _seal_layout(count).unpack_from(raw, first)
    if parts[::2] != (_SEAL_PREFIX,) * count:
        raise ExtraDataError("The seals are not of one width.")
    return parts[1::2]


@lru_cache(maxsize=64)
def _seal_layout(count: int) -> Struct:
    return Struct(f"2s{SEAL_BYTES}s" * count)


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
