"""Where the act registry keeps what proofs read (docs/registry.md, held against the compiler's layout by a test)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address, Hash32

GENESIS = 0
COUNTERS = 1
LOG_ROOT = 2
OWNERS = 3
CHANGE_COUNT = 4
GOVERNANCE_THRESHOLD = 5
GOVERNANCE_HOLDERS = 6
GOVERNANCE = 7
AUTHORITIES = 9
AUTHORITY_IDS = 10
ADMINISTRATORS = 11
KEYS = 13
RECORDS = 14
BATCHES = 15
TEMPLATES = 16
CHANGES = 17
FRONTIER = 18
SHORT_BATCHES = 51
LONG_BATCHES = 52
ADMITTED, CLOSED = 1, 2
_OPEN = (1 << 64) - 1


def mapping_slot(key: bytes, base: int) -> int:
    """Give the slot of a mapping's entry; the key is padded to 32 bytes on the left."""
    return int.from_bytes(keccak256(key.rjust(32, b"\0") + base.to_bytes(32, "big")), "big")


def record_slot(number: int) -> int:
    """Give the first slot of a record: state, acts, last day, owner, acknowledged; commitment and receiver follow."""
    return mapping_slot(number.to_bytes(32, "big"), RECORDS)


def batch_slot(first: int) -> int:
    """Give the first slot of the batch that begins with a record: first, count, last day, owner; root, receiver follow."""
    return mapping_slot(first.to_bytes(32, "big"), BATCHES)


def template_slot(owner: int, commitment: Hash32) -> int:
    """Give the slot of the template of a commitment or batch root.

    Args:
        owner: number of the authority that registered it, counted from 1.
        commitment: the commitment or batch root.
    """
    return mapping_slot(commitment, mapping_slot(owner.to_bytes(32, "big"), TEMPLATES))


def batch_pages(number: int) -> tuple[list[int], list[int]]:
    """Give the pages that lead to a record's batch: of short batches, of long ones; the record's own and the one before."""
    return ([page for page in (number >> 8, (number >> 8) - 1) if page >= 0],
            [page for page in (number >> 12, (number >> 12) - 1) if page >= 0])  # fmt: skip


def page_slot(page: int, base: int) -> int:
    """Give the slot of a page of `SHORT_BATCHES` or `LONG_BATCHES`."""
    return mapping_slot(page.to_bytes(32, "big"), base)


def batch_begin(number: int, short: Mapping[int, int], long: Mapping[int, int]) -> int | None:
    """Give the first number of the batch that a record without a word belongs to; its entry is to be held against it.

    Args:
        number: of the record.
        short: words of `SHORT_BATCHES` by page: a bit for each number where a batch begins.
        long: words of `LONG_BATCHES` by page: 16 bits for each 256 numbers, place among them + 1.
    """
    begins = [page << 8 | at for page, word in short.items() for at in range(256) if word >> at & 1]
    for page, word in long.items():
        places = [(lane, word >> 16 * lane & 0xFFFF) for lane in range(16)]
        begins += [(page << 12 | lane << 8) + place - 1 for lane, place in places if place]
    return max((begin for begin in begins if begin <= number), default=None)


def owner_slot(owner: int) -> int:
    """Give the slot with the number of the authority that owns another's records today; zero where it does itself."""
    return mapping_slot(owner.to_bytes(32, "big"), OWNERS)


def key_slot(key: Address) -> int:
    """Give the first slot of a key: the authority's id; verbs, first and last block and holder follow."""
    return mapping_slot(key, KEYS)


def authority_slot(name: Hash32) -> int:
    """Give the first slot of an authority: state, index, generation, threshold, holders; its successor follows."""
    return mapping_slot(name, AUTHORITIES)


def unpack_counters(word: int) -> tuple[int, int]:
    """Read the size of the log and the number of records."""
    return word & (1 << 64) - 1, (word >> 64) & (1 << 64) - 1


def authority_id_slot(index: int) -> int:
    """Give the slot with the id of the authority that was admitted at a place of the list."""
    return (int.from_bytes(keccak256(AUTHORITY_IDS.to_bytes(32, "big")), "big") + index) % (1 << 256)


def governance_slot(who: Address) -> int:
    """Give the slot of a member of governance: holder + 1, or 0."""
    return mapping_slot(who, GOVERNANCE)


def administrator_slot(name: Hash32, generation: int, who: Address) -> int:
    """Give the slot of an authority's administrator: holder + 1, or 0."""
    key = keccak256(name + generation.to_bytes(32, "big") + who.rjust(32, b"\0"))
    return mapping_slot(key, ADMINISTRATORS)


def change_slot(change: Hash32) -> int:
    """Give the first slot of a pending change: when it lapses, 0 where it is none; the number of consents follows."""
    return mapping_slot(change, CHANGES)


def consent_slot(change: Hash32, index: int) -> int:
    """Give the slot with the account of a consent to a pending change."""
    base = next_slot(change_slot(change))
    return (int.from_bytes(keccak256(base.to_bytes(32, "big")), "big") + index) % (1 << 256)


def next_slot(slot: int, step: int = 1) -> int:
    """Give a slot further on in the same entry."""
    return (slot + step) % (1 << 256)


@dataclass(frozen=True, slots=True)
class RecordState:
    """The packed first word of a record.

    Attributes:
        state: 1 in force, 2 suspended, 3 superseded, 4 revoked; 0 in force with its batch entry, or no record.
        acts: since registration.
        valid_until: days since 1970-01-01, or 0.
        authority_index: place in the list of authority ids; None in an empty slot.
        acknowledged: by the receiver.
    """

    state: int
    acts: int
    valid_until: int
    authority_index: int | None
    acknowledged: bool


def unpack_record(word: int) -> RecordState:
    """Read the packed first word of a record."""
    owner = (word >> 72) & 0xFFFFFFFF
    return RecordState(
        word & 0xFF, (word >> 8) & 0xFFFFFFFF, (word >> 40) & 0xFFFFFFFF, owner - 1 if owner else None,
        bool((word >> 104) & 0xFF),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuthorityState:
    """The packed first word of an authority.

    Attributes:
        state: 0 never admitted, 1 in office, 2 closed.
        index: place in the list of authority ids.
        generation: of its administrators; counts up when all are replaced.
        threshold: how many administrators must agree.
        holders: how many persons are administrators.
    """

    state: int
    index: int
    generation: int
    threshold: int
    holders: int


def unpack_authority(word: int) -> AuthorityState:
    """Read the packed first word of an authority."""
    numbers = [(word >> shift) & 0xFFFFFFFF for shift in (8, 40, 72, 104)]
    return AuthorityState(word & 0xFF, *numbers)


@dataclass(frozen=True, slots=True)
class KeyInterval:
    """The packed second word of a key.

    Attributes:
        verbs: bit mask.
        first: block from which it may act.
        last: last block in which it may; None while open.
        holder: number within the authority.
    """

    verbs: int
    first: int
    last: int | None
    holder: int


def unpack_key(word: int) -> KeyInterval:
    """Read the packed second word of a key."""
    last = (word >> 72) & _OPEN
    return KeyInterval(
        word & 0xFF, (word >> 8) & _OPEN, None if last == _OPEN else last, (word >> 136) & 0xFFFFFFFF
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """The packed first word of a batch.

    Attributes:
        first: number of its first record.
        count: how many records it has.
        valid_until: days since 1970-01-01, or 0.
        authority_index: place in the list of authority ids.
    """

    first: int
    count: int
    valid_until: int
    authority_index: int


def unpack_batch(word: int) -> BatchEntry:
    """Read the packed first word of a batch; zero for none."""
    owner = (word >> 128) & 0xFFFFFFFF
    return BatchEntry(word & _OPEN, (word >> 64) & 0xFFFFFFFF, (word >> 96) & 0xFFFFFFFF, max(owner - 1, 0))
