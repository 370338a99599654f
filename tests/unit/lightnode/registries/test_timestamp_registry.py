"""EBSI's Timestamp read from a sealed chain: entries and records as the contract writes them, absence, other words."""

from __future__ import annotations

import hashlib

import pytest

from lightnode.registries.errors import StorageFormError, WalkLimitError
from lightnode.registries.pin import RegistryKind
from lightnode.registries.storage_walk import walk
from lightnode.registries.timestamp_entries import TimestampEntry, entry_plan, value_plan
from lightnode.registries.timestamp_records import RecordOwner, information_plan, record_id, record_plan
from lightnode.wire.types import Address, Hash32
from tests.support.registry_world import read, world_with
from tests.support.written_registries import FOREVER, WrittenTimestamp

HASH = hashlib.sha256(b"hello").digest()
BY = Address(b"\xaa" * 20)
KIND = RegistryKind.TIMESTAMP


@pytest.mark.parametrize("value", [HASH, hashlib.sha512(b"hello").digest(), hashlib.sha224(b"hello").digest()])
@pytest.mark.parametrize("data", [b"", b"short", b"long " * 50])
def test_an_entry_is_read_whole_and_the_first_writer_stays(value: bytes, data: bytes) -> None:
    written = WrittenTimestamp()
    name = written.stamp(value, BY, 9, data, 2)
    written.stamp(value, b"\xbb" * 20, 10, b"later")
    ledger = world_with(written.words)
    found = read(ledger, KIND, value_plan(value))
    assert found.value == TimestampEntry(Hash32(name), 2, value, BY, found.value.block, data)  # type: ignore[union-attr]
    assert found.value.block == 9
    assert found.value.algorithm_name == "sha-512"
    assert (found.height, found.route, found.block_hash) == (1, "proof", ledger.chain.hashes[1])
    assert found.age(found.time + 80) == 80
    assert found.age(found.time - 80) == 0


def test_absence_is_proven_before_and_presence_after() -> None:
    written = WrittenTimestamp()
    ledger = world_with({})
    written.stamp(HASH, BY, 2)
    ledger.state[b"\x51" * 20].storage |= written.words
    ledger.block()
    assert read(ledger, KIND, value_plan(HASH), 1).value is None
    assert read(ledger, KIND, value_plan(HASH), 2).value is not None
    assert read(ledger, KIND, value_plan(HASH[::-1]), 2).value is None


def test_words_that_are_no_entry_are_refused() -> None:
    written = WrittenTimestamp()
    name = Hash32(written.stamp(HASH, BY, 9, b"long " * 50))
    entry = written.at_word(written.STAMPS + 1, name)
    changes = {
        entry: 1 << 40, entry + 1: 0, entry + 2: 1 << 160, entry + 3: 1 << 64, entry + 4: 2 * 40,
        written.data_of(entry + 1): 1,
    }  # fmt: skip
    for slot, word in changes.items():
        with pytest.raises(StorageFormError):
            walk(entry_plan(name), lambda slots, at=slot, new=word: {
                one: new if one == at else written.load(one) for one in slots})  # type: ignore[misc]  # fmt: skip
    with pytest.raises(WalkLimitError):
        walk(entry_plan(name), lambda slots: {
            one: 2 * (1 << 30) + 1 if one == entry + 4 else written.load(one) for one in slots})  # fmt: skip


def test_bytes_behind_the_end_of_a_value_change_nothing() -> None:
    written = WrittenTimestamp()
    value = HASH + b"more"
    name = written.stamp(value, BY, 9)
    entry = written.at_word(written.STAMPS + 1, name)
    written.words[written.data_of(entry + 1) + 1] |= 7
    found = read(world_with(written.words), KIND, value_plan(value)).value
    assert found is not None
    assert found.value == value


def test_a_record_with_its_versions_and_owners() -> None:
    written = WrittenTimestamp()
    record = written.record(HASH, BY, 9, 1_700_000_000, b"first")
    written.version(record, [b"\1" * 32, b"\2" * 48], BY, 11)
    written.version(record, [b"\3" * 32], BY, 12, b"third " * 20)
    written.own(record, "did:ebsi:zother", 1_700_000_100, 1_700_000_200)
    written.own(record, "did:ebsi:zgone", 5, 6)
    written.disown(record, "did:ebsi:zgone")
    ledger = world_with(written.words)
    assert record_id(BY, 9, HASH) == record
    found = read(ledger, KIND, record_plan(Hash32(record))).value
    assert found is not None
    owner, other = found.owners
    assert owner == RecordOwner("0x" + BY.hex(), 1_700_000_000, FOREVER, False)
    assert [owner.may_act(time) for time in (1_699_999_999, 1_700_000_000, FOREVER)] == [False, True, True]
    assert [other.may_act(time) for time in (1_700_000_200, 1_700_000_201)] == [True, False]
    (gone,) = found.revoked
    assert (gone.name, gone.may_act(5)) == ("did:ebsi:zgone", False)
    ids = [[hashlib.sha256(one).digest() for one in hashes]
           for hashes in ([HASH], [b"\1" * 32, b"\2" * 48], [b"\3" * 32])]  # fmt: skip
    assert [list(version.hashes) for version in found.versions] == ids
    assert [len(version.information) for version in found.versions] == [1, 0, 1]
    (said,) = found.versions[2].information
    assert read(ledger, KIND, information_plan(said)).value == b"third " * 20
    assert read(ledger, KIND, information_plan(Hash32(bytes(32)))).value is None
    assert read(ledger, KIND, record_plan(Hash32(bytes(32)))).value is None


def test_information_under_another_hash_is_refused() -> None:
    written = WrittenTimestamp()
    written.store_bytes(written.at_word(written.RECORDS + 1, b"\1" * 32), b"something")
    with pytest.raises(StorageFormError):
        read(world_with(written.words), KIND, information_plan(Hash32(b"\1" * 32)))
