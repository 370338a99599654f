"""Every event about a document or a record, found by complete scans of a sealed chain."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest

from lightnode.registries.document_messages import AccessGranted, DocumentCreated, DocumentRemoved, EventWritten
from lightnode.registries.errors import EventFormError, LogRangeError, ProgramChangedError
from lightnode.registries.event_history import (
    document_events,
    document_events_filter,
    record_events,
    record_events_filter,
)
from lightnode.registries.pin import RegistryKind
from lightnode.registries.program import UPGRADED, ProgramState, upgrade_filter
from lightnode.registries.timestamp_messages import RecordedHashes
from lightnode.wire import abi
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32
from tests.support.made_ledger import MadeLedger
from tests.support.registry_world import PROXY, pin_of, world_with

ONE, TWO, ZERO = Hash32(hashlib.sha256(b"one").digest()), Hash32(hashlib.sha256(b"two").digest()), bytes(32)
PIN = dataclasses.replace(pin_of(RegistryKind.TRACK_AND_TRACE), born=1)
CREATED = DocumentCreated(ONE, "metadata", "did:ebsi:z", 5, 0, ZERO)
WRITTEN = EventWritten(ONE, ZERO, b"did:key:z", "metadata", "Porto", 6, 0, ZERO)


def ledger_of(*blocks: tuple[Any, ...]) -> MadeLedger:
    """Block 1 has the registry; each of the others these events."""
    ledger = world_with({})
    for events in blocks:
        ledger.block([one if isinstance(one, Log) else one.log_of(PROXY) for one in events])
    return ledger


def told(ledger: MadeLedger, name: Hash32, first: int, last: int) -> Any:
    scan = ledger.scan(document_events_filter(PIN), first, last)
    return document_events(PIN, name, scan, ledger.scan(upgrade_filter(PIN), first, last))


def test_the_life_of_a_document() -> None:
    other = dataclasses.replace(CREATED, document=TWO)
    ledger = ledger_of(
        (CREATED, other), (WRITTEN, AccessGranted(ONE, b"did:key:z", b"did:ebsi:z", 1)), (),
        (DocumentRemoved(ONE),), (dataclasses.replace(CREATED, metadata="again"),),
    )  # fmt: skip
    found = told(ledger, ONE, 1, 4)
    assert [(entry.height, type(entry.event).__name__) for entry in found.value.entries] == [
        (2, "DocumentCreated"), (3, "EventWritten"), (3, "AccessGranted"),
    ]  # fmt: skip
    assert (found.value.document, found.value.whole, found.program) == (CREATED, True, ProgramState.WATCHED)
    assert (found.height, found.block_hash) == (4, ledger.chain.hashes[4])
    assert told(ledger, ONE, 1, 5).value.document is None
    assert told(ledger, ONE, 1, 6).value.document.metadata == "again"
    assert told(ledger, TWO, 1, 6).value.document == other
    late = told(ledger, ONE, 4, 4)
    assert (late.value.entries, late.value.whole) == ((), False)


def test_texts_of_others_that_are_none_are_passed_over() -> None:
    data = abi.encode("bytes32,bytes,bytes,uint256,uint8,bytes32", [TWO, b"\xff", b"\xfe", 1, 0, ZERO])
    ledger = ledger_of((Log(PROXY, (DocumentCreated.topic(),), data), CREATED))
    assert told(ledger, ONE, 1, 2).value.document == CREATED
    with pytest.raises(EventFormError):
        told(ledger, TWO, 1, 2)


def test_scans_of_something_else_are_refused() -> None:
    ledger = ledger_of((CREATED,), (Log(PROXY, (UPGRADED, Hash32(ZERO)), b""),))
    scan = ledger.scan(document_events_filter(PIN), 1, 2)
    with pytest.raises(LogRangeError):
        document_events(dataclasses.replace(PIN, address=Address(bytes(20))), ONE, scan)
    with pytest.raises(LogRangeError):
        document_events(PIN, ONE, ledger.scan(upgrade_filter(PIN), 1, 3))
    with pytest.raises(ProgramChangedError):
        told(ledger, ONE, 1, 3)


def test_the_events_that_name_a_record() -> None:
    pin = pin_of(RegistryKind.TIMESTAMP)
    first, more = RecordedHashes(ONE, (TWO,), ZERO), RecordedHashes(ONE, (ONE, TWO), TWO)
    ledger = ledger_of((first, RecordedHashes(TWO, (), ZERO)), (more,))
    scan = ledger.scan(record_events_filter(pin, ONE), 1, 3)
    found = record_events(pin, ONE, scan)
    assert [(entry.height, entry.event) for entry in found.value.entries] == [(2, first), (3, more)]
    assert found.value.document is None
    with pytest.raises(LogRangeError):
        record_events(pin, TWO, scan)
