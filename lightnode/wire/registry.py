"""Acts on the act registry: calls, intent and log leaf (foundations section 5, docs/registry.md).

Invariants: a call is a selector and static words of exactly one length for its function; decode and encode are inverse;
words that hold smaller types have clean padding.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire.keccak import keccak256
from lightnode.wire.merkle import leaf_hash
from lightnode.wire.types import ZERO_HASH, Address, Hash32, hash32

LOG_DOMAIN = hashlib.sha256(b"chancery/log/1").digest()
KEY_LOG_DOMAIN = hashlib.sha256(b"chancery/log-key/1").digest()
LOGGED_TOPIC = keccak256(b"Logged(bytes32[16])")
# What a restoration has in place of a verb.
RESTORED = 7
MAX_BATCH = 4096
MAX_DAYS = (1 << 32) - 1
_MAX_UINT64 = (1 << 64) - 1


class ActCallError(WireError):
    """Calldata is no well-formed act."""

    code = "ACT-CALL"
    advice = "Do not sign this; ask who made it."


class LogLeafError(WireError):
    """A log leaf is malformed."""

    code = "LOG-LEAF"


class Verb(enum.IntEnum):
    """The six verbs; the number is the bit of a key's permission, and stands in the log."""

    REGISTER = 1
    SUPERSEDE = 2
    SUSPEND = 3
    REINSTATE = 4
    REVOKE = 5
    ACKNOWLEDGE = 6


_REGISTER = "register(bytes32,bytes32,bytes32,bytes32,bytes32,uint256,uint256,bytes32)"
_BATCH = "registerBatch(bytes32,bytes32,bytes32,bytes32,uint256,bytes32,uint256,uint256,bytes32)"
_SUPERSEDE = "supersede(bytes32,uint256,uint256,bytes32,bytes32,bytes32,uint256,uint256,bytes32)"
_CHANGE = "{}(bytes32,uint256,uint256,uint256,bytes32)"


def selector(signature: str) -> bytes:
    """Give the first 4 bytes of the Keccak-256 of a function's signature."""
    return keccak256(signature.encode())[:4]


_SELECTORS = {
    selector(_REGISTER): (Verb.REGISTER, 8),
    selector(_BATCH): (Verb.REGISTER, 9),
    selector(_SUPERSEDE): (Verb.SUPERSEDE, 9),
    **{selector(_CHANGE.format(verb.name.lower())): (verb, 5) for verb in list(Verb)[2:]},
}


@dataclass(frozen=True, slots=True)
class ActCall:
    """One act as calldata states it.

    Attributes:
        verb: what is done.
        genesis: block hash of the network's block 0.
        authority: ledger id; None where the record says whose it is.
        template: Keccak-256 of the template's id; None for verbs without new content.
        commitment: commitment or batch root; None for verbs without new content.
        count: records registered; 1 unless a batch.
        record: number of the existing record; None for register.
        act_count: acts on that record so far; None for register.
        receiver: authority id that may acknowledge; zero for none.
        valid_until: days since 1970-01-01, inclusive; 0 for none.
        not_after: unix seconds after which the registry refuses.
        approval: SHA-256 of an approval envelope, or zero.
    """

    verb: Verb
    genesis: Hash32
    authority: Hash32 | None
    template: Hash32 | None
    commitment: Hash32 | None
    count: int
    record: int | None
    act_count: int | None
    receiver: Hash32
    valid_until: int
    not_after: int
    approval: Hash32

    def encode(self) -> bytes:
        """Give the calldata.

        Raises:
            ActCallError: a member that the verb needs is missing.
        """
        tail = [_word(self.not_after), self.approval]
        if self.verb is Verb.REGISTER:
            words = [self.genesis, self.authority, self.template, self.commitment]
            if self.count > 1:
                words.append(_word(self.count))
            return self._join(
                _BATCH if self.count > 1 else _REGISTER, [*words, self.receiver, _word(self.valid_until), *tail]
            )
        where = [self.genesis, _word(self.record), _word(self.act_count)]
        if self.verb is Verb.SUPERSEDE:
            new = [self.template, self.commitment, self.receiver, _word(self.valid_until)]
            return self._join(_SUPERSEDE, [*where, *new, *tail])
        return self._join(_CHANGE.format(self.verb.name.lower()), [*where, *tail])

    def _join(self, signature: str, words: list[Hash32 | None]) -> bytes:
        if any(word is None for word in words):
            raise ActCallError("An act lacks a member that its verb needs.")
        return selector(signature) + b"".join(word for word in words if word is not None)


def _word(value: int | None) -> Hash32 | None:
    return None if value is None else Hash32(value.to_bytes(32, "big"))


def is_act(data: bytes) -> bool:
    """Tell whether calldata begins with an act's selector."""
    return data[:4] in _SELECTORS


def decode_act_call(data: bytes) -> ActCall:
    """Read calldata strictly.

    Raises:
        ActCallError: unknown selector, another length, or words out of range.
    """
    verb, count = _SELECTORS.get(data[:4], (None, 0))
    if verb is None:
        raise ActCallError("The calldata is no act.")
    if len(data) != 4 + 32 * count:
        raise ActCallError("The calldata of an act has another length than its function.")
    words = [Hash32(data[at : at + 32]) for at in range(4, len(data), 32)]
    not_after, approval = _uint(words[-2], _MAX_UINT64), words[-1]
    if verb is Verb.REGISTER:
        records = _uint(words[4], MAX_BATCH) if count == 9 else 1
        if count == 9 and records < 2:
            raise ActCallError("A batch has at least two records.")
        receiver, valid = words[-4], _uint(words[-3], MAX_DAYS)
        call = ActCall(
            verb, words[0], words[1], words[2], words[3], records, None, None, receiver, valid, not_after, approval
        )
    else:
        record, acts = _uint(words[1], _MAX_UINT64), _uint(words[2], MAX_DAYS)
        if verb is Verb.SUPERSEDE:
            call = ActCall(
                verb, words[0], None, words[3], words[4], 1, record, acts, words[5], _uint(words[6], MAX_DAYS),
                not_after, approval,
            )  # fmt: skip
        else:
            call = ActCall(verb, words[0], None, None, None, 1, record, acts, ZERO_HASH, 0, not_after, approval)
    if call.encode() != data:
        raise ActCallError("The calldata is not in its one form.")
    return call


def _uint(word: bytes, limit: int) -> int:
    value = int.from_bytes(word, "big")
    if value > limit:
        raise ActCallError("A number in the calldata is out of range.")
    return value


def intent_hash(genesis: bytes, registry: bytes, calldata: bytes) -> Hash32:
    """Give what an approval consents to: SHA-256 over domain, genesis hash, registry and calldata without its last two words."""
    return Hash32(hashlib.sha256(b"chancery/intent/1" + genesis + registry + calldata[:-64]).digest())


@dataclass(frozen=True, slots=True)
class LogLeaf:
    """The 16 words that one act appended to the log, and that its event carries.

    Attributes:
        verb: 1 to 6, or 7 for a restoration.
        record: first record number.
        count: records registered; 1 for any other verb.
        authority: ledger id of whoever acted.
        template: Keccak-256 of the template's id.
        commitment: commitment or batch root.
        sender: address of the key.
        receiver: authority id that may acknowledge, or zero.
        valid_until: days since 1970-01-01, or 0.
        successor: number of the record that supersedes, or 0; for a restoration the state brought back.
        act_count: acts on the record before this one.
        not_after: unix seconds.
        approval: SHA-256 of an approval envelope, or zero.
        block_number: height.
        block_time: unix seconds.
    """

    verb: int
    record: int
    count: int
    authority: Hash32
    template: Hash32
    commitment: Hash32
    sender: Address
    receiver: Hash32
    valid_until: int
    successor: int
    act_count: int
    not_after: int
    approval: Hash32
    block_number: int
    block_time: int

    def words(self) -> bytes:
        """Give the 512 bytes."""
        numbers = [self.verb, self.record, self.count]
        return b"".join(
            [
                LOG_DOMAIN, *(value.to_bytes(32, "big") for value in numbers), self.authority, self.template,
                self.commitment, bytes(12) + self.sender, self.receiver,
                *(value.to_bytes(32, "big") for value in (self.valid_until, self.successor, self.act_count, self.not_after)),
                self.approval, self.block_number.to_bytes(32, "big"), self.block_time.to_bytes(32, "big"),
            ]
        )  # fmt: skip

    def leaf_hash(self) -> Hash32:
        """Give the leaf's hash in the log."""
        return leaf_hash(self.words())


def read_log_leaf(data: bytes) -> LogLeaf:
    """Read the 512 bytes of an act's leaf strictly.

    Raises:
        LogLeafError: another length or domain, or words out of range.
    """
    if len(data) != 512 or data[:32] != LOG_DOMAIN:
        raise LogLeafError("The data is no leaf of an act.")
    words = [Hash32(data[at : at + 32]) for at in range(0, 512, 32)]
    numbers = {at: int.from_bytes(words[at], "big") for at in (1, 2, 3, 9, 10, 11, 12, 14, 15)}
    if any(value > _MAX_UINT64 for value in numbers.values()) or any(words[7][:12]) or not 1 <= numbers[1] <= RESTORED:
        raise LogLeafError("A word of the leaf is out of range.")
    return LogLeaf(
        numbers[1], numbers[2], numbers[3], words[4], words[5], words[6], Address(words[7][12:]), words[8],
        numbers[9], numbers[10], numbers[11], numbers[12], words[13], numbers[14], numbers[15],
    )  # fmt: skip


def agrees(call: ActCall, leaf: LogLeaf) -> bool:
    """Tell whether a leaf is the one that a call appends, as far as the call decides it."""
    same = (
        call.verb == leaf.verb
        and call.count == leaf.count
        and call.not_after == leaf.not_after
        and call.approval == leaf.approval
        and call.authority in (None, leaf.authority)
        and call.template in (None, leaf.template)
        and call.commitment in (None, leaf.commitment)
        and call.record in (None, leaf.record)
        and (call.act_count or 0) == leaf.act_count
    )
    if call.verb in (Verb.REGISTER, Verb.SUPERSEDE):
        same = same and call.receiver == leaf.receiver and call.valid_until == leaf.valid_until
    return same


def to_hash(value: bytes) -> Hash32:
    """Name 32 bytes of the registry a hash."""
    return hash32(value)
