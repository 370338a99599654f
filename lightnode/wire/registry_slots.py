"""Where the act registry keeps what proofs read (docs/registry.md, held against the compiler's layout by a test)."""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address, Hash32

GENESIS = 0
COUNTERS = 1
LOG_ROOT = 2
OWNERS = 3
CHANGE_COUNT = 4
AUTHORITIES = 9
AUTHORITY_IDS = 10
KEYS = 13
RECORDS = 14
BATCHES = 15
TEMPLATES = 16
FRONTIER = 18
SHORT_BATCHES = 51
LONG_BATCHES = 52


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


def key_slot(key: Address) -> int:
    """Give the first slot of a key: the authority's id; verbs, first and last block and holder follow."""
    return mapping_slot(key, KEYS)


def authority_slot(name: Hash32) -> int:
    """Give the first slot of an authority."""
    return mapping_slot(name, AUTHORITIES)


def unpack_counters(word: int) -> tuple[int, int]:
    """Read the size of the log and the number of records."""
    return word & (1 << 64) - 1, (word >> 64) & (1 << 64) - 1


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
