"""Acts on EBSI's Timestamp registry: call, event, storage (foundations section 5, docs/registry.md).

Invariants:
- One act is one `timestampHashes` call with one commitment, algorithm SHA-256 and the CBOR act header as its data;
  decode and encode are inverse.
- A change of an existing record time-stamps a hash of its own, made from network, contract and act header, so that it
  says nothing beside them and means nothing elsewhere.
- The registry knows a hash by its SHA-256; who time-stamped it first stays, so nothing is concluded from that slot.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from lightnode.errors import WireError
from lightnode.wire import abi, cbor
from lightnode.wire.keccak import keccak256
from lightnode.wire.registry import MAX_DAYS, ActCall, Verb
from lightnode.wire.types import ZERO_HASH, Address, Hash32

SIGNATURE = "timestampHashes(uint256[],bytes[],bytes[])"
EVENT = "TimestampedHashes(bytes32[],uint256[],bytes[],bytes[])"
_EVENT_TYPES = EVENT[EVENT.index("(") + 1 : -1]
EVENT_TOPIC = keccak256(EVENT.encode())
HEADER_DOMAIN = "chancery/ts/1"
CHANGE_DOMAIN = "chancery/ts-change/1"
CONTENT_VERBS = (Verb.REGISTER, Verb.SUPERSEDE)
SHA_256 = 0
BASE = int.from_bytes(keccak256(b"diamond.standard.timestamp.storage"), "big")
MAX_HEADER = 512
_WORD = 1 << 256
_MAX_UINT64 = (1 << 64) - 1


class TimestampCallError(WireError):
    """Calldata or an event is no act on the Timestamp registry."""

    code = "TIMESTAMP-CALL"
    advice = "Do not sign this; ask who made it."


@dataclass(frozen=True, slots=True)
class TimestampAct:
    """One act as the Timestamp registry carries it.

    Attributes:
        verb: what is done.
        authority: ledger id of whoever acts.
        template: Keccak-256 of the template's id.
        commitment: the hash that is time-stamped: what this act registers, or for other verbs `change_hash`.
        subject: commitment of the record acted on; None for register.
        act_count: acts on that record so far; 0 for register.
        receiver: authority id that may acknowledge; None for none.
        valid_until: days since 1970-01-01, inclusive; 0 for none.
        not_after: unix seconds; a later block time makes the act LATE.
        approval: SHA-256 of an approval envelope, or None.
    """

    verb: Verb
    authority: Hash32
    template: Hash32
    commitment: Hash32
    subject: Hash32 | None
    act_count: int
    receiver: Hash32 | None
    valid_until: int
    not_after: int
    approval: Hash32 | None

    def header(self) -> bytes:
        """Give the CBOR act header that the call's data carries."""
        members = [HEADER_DOMAIN, int(self.verb), self.authority, self.template, self.subject, self.act_count]
        return cbor.encode([*members, self.receiver, self.valid_until, self.not_after, self.approval])

    def encode(self) -> bytes:
        """Give the calldata."""
        return abi.encode_call(SIGNATURE, [[SHA_256], [bytes(self.commitment)], [self.header()]])

    def event_data(self) -> bytes:
        """Give the data of the event that the call emits."""
        named = [[bytes(hash_id(self.commitment))], [SHA_256], [bytes(self.commitment)], [self.header()]]
        return abi.encode(_EVENT_TYPES, named)

    def as_call(self, genesis: Hash32) -> ActCall:
        """Give the same act in the words that the act registry's calls have; it names no record number."""
        return ActCall(
            self.verb, genesis, self.authority, self.template, self.commitment, 1, None, None,
            self.receiver or ZERO_HASH, self.valid_until, self.not_after, self.approval or ZERO_HASH,
        )  # fmt: skip


def change_hash(genesis: Hash32, contract: Address, header: bytes) -> Hash32:
    """Give the hash that a change of an existing record time-stamps: SHA-256 over domain, network, contract, act header."""
    return Hash32(hashlib.sha256(cbor.encode([CHANGE_DOMAIN, genesis, contract, header])).digest())


def with_change_hash(genesis: Hash32, contract: Address, act: TimestampAct) -> TimestampAct:
    """Give a change of an existing record with the hash that belongs to it."""
    return replace(act, commitment=change_hash(genesis, contract, act.header()))


def is_of_network(genesis: Hash32, contract: Address, act: TimestampAct) -> bool:
    """Tell whether a change was made for this network and contract; new content says so in its commitment's leaf 0."""
    return act.verb in CONTENT_VERBS or act.commitment == change_hash(genesis, contract, act.header())


def is_timestamp(data: bytes) -> bool:
    """Tell whether calldata begins with the selector of `timestampHashes`."""
    return data[:4] == abi.selector(SIGNATURE)


def decode_timestamp_call(data: bytes) -> TimestampAct:
    """Read calldata strictly.

    Raises:
        TimestampCallError: another function, shape or act header.
        WireError: no canonical ABI or CBOR.
    """
    if not is_timestamp(data):
        raise TimestampCallError("The calldata is no act on the Timestamp registry.")
    algorithms, hashes, headers = abi.decode_call(SIGNATURE, data)
    return _act(algorithms, hashes, headers)


def decode_timestamp_event(data: bytes) -> TimestampAct:
    """Read an event's data strictly; the act is all that it holds, its id is recomputed.

    Raises:
        TimestampCallError: another shape or act header, or an id that is not that of the hash.
        WireError: no canonical ABI or CBOR.
    """
    ids, algorithms, hashes, headers = abi.decode(_EVENT_TYPES, data)
    act = _act(algorithms, hashes, headers)
    if ids != (bytes(hash_id(act.commitment)),):
        raise TimestampCallError("The event's id is not that of its hash.")
    return act


def _act(algorithms: tuple[int, ...], hashes: tuple[bytes, ...], headers: tuple[bytes, ...]) -> TimestampAct:
    if algorithms != (SHA_256,) or len(hashes) != 1 or len(headers) != 1 or len(hashes[0]) != 32:
        raise TimestampCallError("An act time-stamps one SHA-256 hash with one act header.")
    header = cbor.decode(headers[0], max_bytes=MAX_HEADER)
    if not isinstance(header, list) or len(header) != 10 or header[0] != HEADER_DOMAIN:
        raise TimestampCallError("The data beside the hash is no act header.")
    _, verb, authority, template, subject, acts, receiver, valid_until, not_after, approval = header
    number = _number(verb, max(Verb))
    if number == 0:
        raise TimestampCallError("The act header names an unknown verb.")
    act = TimestampAct(
        Verb(number), _hash(authority), _hash(template), Hash32(hashes[0]), _hash_or_none(subject),
        _number(acts, MAX_DAYS), _hash_or_none(receiver), _number(valid_until, MAX_DAYS),
        _number(not_after, _MAX_UINT64), _hash_or_none(approval),
    )  # fmt: skip
    if (act.verb is Verb.REGISTER) != (act.subject is None) or (act.subject is None and act.act_count):
        raise TimestampCallError("Only a registration has no subject and no acts before it.")
    if act.verb not in CONTENT_VERBS and (act.receiver is not None or act.valid_until):
        raise TimestampCallError("A change of a record names no receiver and no last day.")
    return act


def _number(value: object, limit: int) -> int:
    if type(value) is not int or not 0 <= value <= limit:
        raise TimestampCallError("A number of the act header is out of range.")
    return value


def _hash(value: object) -> Hash32:
    if not isinstance(value, bytes) or len(value) != 32:
        raise TimestampCallError("A hash of the act header does not have 32 bytes.")
    return Hash32(value)


def _hash_or_none(value: object) -> Hash32 | None:
    return None if value is None else _hash(value)


def hash_id(value: bytes) -> Hash32:
    """Give the id by which the registry knows a hash: the SHA-256 of its bytes."""
    return Hash32(hashlib.sha256(value).digest())


@dataclass(frozen=True, slots=True)
class TimestampSlots:
    """Where the registry keeps one time-stamped 32-byte hash.

    Attributes:
        algorithm: slot of the hash algorithm's number.
        value: slot of the hash's length; holds 0x41 for 32 bytes.
        value_data: slot of the hash itself.
        by: slot of who time-stamped it first; nothing rests on it.
        block_number: slot of the block that did.
        data: slot of the first writer's data.
    """

    algorithm: int
    value: int
    value_data: int
    by: int
    block_number: int
    data: int


def entry_slot(identifier: Hash32) -> int:
    """Give the first slot of an entry by its id; `TimestampSlots` says what follows."""
    return int.from_bytes(keccak256(identifier + ((BASE + 1) % _WORD).to_bytes(32, "big")), "big")


def slots_of(value: bytes) -> TimestampSlots:
    """Give where a time-stamped 32-byte hash is kept."""
    entry = entry_slot(hash_id(value))
    at = [(entry + offset) % _WORD for offset in range(5)]
    content = int.from_bytes(keccak256(at[1].to_bytes(32, "big")), "big")
    return TimestampSlots(at[0], at[1], content, at[2], at[3], at[4])


def long_value(slot: int, size: int) -> tuple[int, ...]:
    """Give the slots that hold a byte string longer than 31 bytes whose length stands in a slot."""
    first = int.from_bytes(keccak256(slot.to_bytes(32, "big")), "big")
    return tuple((first + place) % _WORD for place in range((size + 31) // 32))


def by_word(sender: Address) -> int:
    """Give the word in which the registry keeps an account."""
    return int.from_bytes(sender, "big")
