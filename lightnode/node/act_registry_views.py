"""The views of the act registry (docs/registry.md), computed from its proven storage as `ActRegistry.sol` computes them."""

from __future__ import annotations

from lightnode.node.errors import UnprovableError
from lightnode.node.views import Read, Reverted, ViewContract, revert
from lightnode.wire import abi
from lightnode.wire import registry_slots as slots
from lightnode.wire.types import Address, Hash32

_RECORD = "uint8,uint32,uint32,bytes32,bytes32,bytes32,bytes32"


def act_registry(address: Address, code_hash: Hash32) -> ViewContract:
    """Give the table of the act registry's views.

    Args:
        address: of the registry.
        code_hash: of its code, pinned by the profile.
    """
    return ViewContract(
        address,
        code_hash,
        {
            "head()": _head,
            "recordAt(uint256)": _record,
            "keyAt(address)": _key,
            "authorityAt(bytes32)": _authority,
            "changeNumber()": _changes,
        },
    )


def _head(_: tuple[abi.Value, ...], read: Read) -> bytes:
    found = read([slots.GENESIS, slots.COUNTERS, slots.LOG_ROOT])
    size, records = slots.unpack_counters(found[slots.COUNTERS])
    given = [_word(found[slots.GENESIS]), size, _word(found[slots.LOG_ROOT]), records]
    return abi.encode("bytes32,uint256,bytes32,uint256", given)


def _changes(_: tuple[abi.Value, ...], read: Read) -> bytes:
    return abi.encode("uint256", [read([slots.CHANGE_COUNT])[slots.CHANGE_COUNT]])


def _key(given: tuple[abi.Value, ...], read: Read) -> bytes:
    first = slots.key_slot(Address(given[0]))
    second = slots.next_slot(first)
    found = read([first, second])
    packed = found[second]
    last = (packed >> 72) & (1 << 64) - 1
    parts = [_word(found[first]), packed & 0xFF, (packed >> 8) & (1 << 64) - 1, last, (packed >> 136) & 0xFFFFFFFF]
    return abi.encode("bytes32,uint8,uint64,uint64,uint32", parts)


def _authority(given: tuple[abi.Value, ...], read: Read) -> bytes:
    first = slots.authority_slot(Hash32(given[0]))
    second = slots.next_slot(first)
    found = read([first, second])
    state = slots.unpack_authority(found[first])
    parts = [state.state, state.threshold, state.holders, _word(found[second])]
    return abi.encode("uint8,uint32,uint32,bytes32", parts)


def _record(given: tuple[abi.Value, ...], read: Read) -> bytes | Reverted:
    number = given[0]
    first = slots.record_slot(number)
    asked = [slots.COUNTERS, *(slots.next_slot(first, at) for at in range(3))]
    found = read(asked)
    counters, packed, commitment, receiver = (found[slot] for slot in asked)
    if number >= slots.unpack_counters(counters)[1]:
        return revert("UnknownRecord()")
    state = slots.unpack_record(packed)
    if commitment == 0:
        # Only a record of a batch keeps its content elsewhere.
        entry, commitment, receiver = _batch(number, read)
        if packed == 0:
            state = slots.RecordState(1, 0, entry.valid_until, entry.authority_index, False)
    by = (state.authority_index or 0) + 1
    template, successor = slots.template_slot(by, _word(commitment)), slots.owner_slot(by)
    words = read([template, successor])
    owner = slots.authority_id_slot((words[successor] or by) - 1)
    parts = [
        state.state, state.acts, state.valid_until, _word(read([owner])[owner]), _word(words[template]), _word(commitment),
        _word(receiver),
    ]  # fmt: skip
    return abi.encode(_RECORD, parts)


def _batch(number: int, read: Read) -> tuple[slots.BatchEntry, int, int]:
    """Give the entry, root and receiver of a record's batch."""
    short, long = slots.batch_pages(number)
    short_slots = {page: slots.page_slot(page, slots.SHORT_BATCHES) for page in short}
    long_slots = {page: slots.page_slot(page, slots.LONG_BATCHES) for page in long}
    words = read([*short_slots.values(), *long_slots.values()])
    begin = slots.batch_begin(
        number,
        {page: words[slot] for page, slot in short_slots.items()},
        {page: words[slot] for page, slot in long_slots.items()},
    )
    first = slots.batch_slot(begin or 0)
    asked = [slots.next_slot(first, at) for at in range(3)]
    found = read(asked)
    packed, root, receiver = (found[slot] for slot in asked)
    entry = slots.unpack_batch(packed)
    if begin is None or not entry.first <= number < entry.first + entry.count:
        raise UnprovableError(f"Record {number} stands in no batch of the registry.")
    return entry, root, receiver


def _word(value: int) -> Hash32:
    return Hash32(value.to_bytes(32, "big"))
