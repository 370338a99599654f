"""The act registry (docs/registry.md) as its storage holds it: records, batches, keys, authorities, the log's head.

Invariants: every number is that of the storage; a record without a word of its own counts only together with the batch
entry that its number stands in; a leaf counts only where a path leads from it to the proven root.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lightnode.registries.errors import StorageFormError
from lightnode.registries.solidity_storage import hash_word
from lightnode.registries.storage_walk import Plan, ask
from lightnode.wire import merkle
from lightnode.wire import registry_slots as slots
from lightnode.wire.registry import LogLeaf
from lightnode.wire.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class ActRecord:
    """A record.

    Attributes:
        number: of the record.
        state: 1 in force, 2 suspended, 3 superseded, 4 revoked.
        acts: on it since registration.
        valid_until: days since 1970-01-01, or 0.
        acknowledged: by the receiver.
        registered_by: id of the authority that registered it.
        owner: id of the authority that owns it today.
        template: Keccak-256 of its template's id.
        commitment: its commitment, or the root of its batch.
        receiver: authority id, or zero.
        batch: first number and count of its batch; None for a single record.
    """

    number: int
    state: int
    acts: int
    valid_until: int
    acknowledged: bool
    registered_by: Hash32
    owner: Hash32
    template: Hash32
    commitment: Hash32
    receiver: Hash32
    batch: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ActKey:
    """What the registry says of a key.

    Attributes:
        authority: that it acts for.
        interval: its verbs and blocks, and its holder.
    """

    authority: Hash32
    interval: slots.KeyInterval


@dataclass(frozen=True, slots=True)
class ActAuthority:
    """What the registry says of an authority.

    Attributes:
        id: ledger id.
        state: its first word; state 0 where it was never admitted.
        successor: id of the authority that owns its records now; zero for none.
    """

    id: Hash32
    state: slots.AuthorityState
    successor: Hash32


@dataclass(frozen=True, slots=True)
class LogHead:
    """The head of the log.

    Attributes:
        genesis: hash of the network's block 0, set at deployment.
        size: leaves.
        root: of the tree over them.
        records: how many there are.
    """

    genesis: Hash32
    size: int
    root: Hash32
    records: int

    def demand_leaf(self, leaf: LogLeaf, index: int, path: Sequence[bytes]) -> None:
        """Demand that a leaf stands in this log.

        Args:
            leaf: as the event gave it.
            index: its place, from 0.
            path: from the leaf up.

        Raises:
            StorageFormError: the path leads to another root.
            MerklePathError: it does not fit the size.
        """
        if merkle.root_from_path(leaf.leaf_hash(), index, self.size, path) != self.root:
            raise StorageFormError(f"The leaf given is not leaf {index} of the proven log.")


def head_plan() -> Plan[LogHead]:
    """Read the head of the log."""
    genesis, counters, root = yield from ask(slots.GENESIS, slots.COUNTERS, slots.LOG_ROOT)
    size, records = slots.unpack_counters(counters)
    return LogHead(hash_word(genesis), size, hash_word(root), records)


def key_plan(key: Address) -> Plan[ActKey | None]:
    """Read a key; None where the registry says nothing of it."""
    first = slots.key_slot(key)
    authority, packed = yield from ask(first, slots.next_slot(first))
    return None if authority == 0 else ActKey(hash_word(authority), slots.unpack_key(packed))


def authority_plan(name: Hash32) -> Plan[ActAuthority]:
    """Read an authority."""
    first = slots.authority_slot(name)
    packed, successor = yield from ask(first, slots.next_slot(first))
    return ActAuthority(name, slots.unpack_authority(packed), hash_word(successor))


def record_plan(number: int) -> Plan[ActRecord | None]:
    """Read a record, of a batch or not; None where there is none of this number.

    Raises:
        StorageFormError: it stands in no batch, though it has no content of its own.
    """
    first = slots.record_slot(number)
    counters, packed, *content = yield from ask(slots.COUNTERS, *(slots.next_slot(first, at) for at in range(3)))
    if number >= slots.unpack_counters(counters)[1]:
        return None
    state, batch = slots.unpack_record(packed), None
    if content[0] == 0:
        # Only a record of a batch keeps its content elsewhere.
        entry, *content = yield from batch_plan(number)
        batch = (entry.first, entry.count)
        if packed == 0:
            state = slots.RecordState(1, 0, entry.valid_until, entry.authority_index, False)
    by = (state.authority_index or 0) + 1
    commitment, receiver = (hash_word(word) for word in content)
    template, owner = yield from ask(slots.template_slot(by, commitment), slots.owner_slot(by))
    names = yield from ask(slots.authority_id_slot(by - 1), slots.authority_id_slot((owner or by) - 1))
    return ActRecord(
        number, state.state, state.acts, state.valid_until, state.acknowledged, hash_word(names[0]), hash_word(names[1]),
        hash_word(template), commitment, receiver, batch,
    )  # fmt: skip


def batch_plan(number: int) -> Plan[tuple[slots.BatchEntry, int, int]]:
    """Find the batch of a record by where batches begin, hold its entry against it, and give it with root and receiver.

    Raises:
        StorageFormError: the record stands in no batch.
    """
    short, long = slots.batch_pages(number)
    asked = [slots.page_slot(page, slots.SHORT_BATCHES) for page in short]
    words = yield from ask(*asked, *(slots.page_slot(page, slots.LONG_BATCHES) for page in long))
    begin = slots.batch_begin(
        number, dict(zip(short, words, strict=False)), dict(zip(long, words[len(short) :], strict=True))
    )
    first = slots.batch_slot(begin or 0)
    packed, root, receiver = yield from ask(*(slots.next_slot(first, at) for at in range(3)))
    entry = slots.unpack_batch(packed)
    if begin is None or not entry.first <= number < entry.first + entry.count:
        raise StorageFormError(f"Record {number} stands in no batch of the registry.")
    return entry, root, receiver
