"""Documents and time stamps by logs alone: what the events tell is what the storage of the same block holds."""

from __future__ import annotations

import dataclasses
import hashlib
import random
from typing import Any

import pytest

from lightnode.proofs.log_scan import ScannedLogs
from lightnode.registries.did_documents import document_plan
from lightnode.registries.did_history import did_filter, document_by_logs
from lightnode.registries.did_messages import (
    BaseDocumentUpdated,
    ControllerAdded,
    ControllerRevoked,
    DidDocumentInserted,
    VerificationMethodAdded,
    VerificationMethodExpired,
    VerificationMethodRevoked,
    VerificationMethodRolled,
    VerificationRelationshipAdded,
)
from lightnode.registries.errors import EventFormError, LogRangeError, ProgramChangedError
from lightnode.registries.pin import RegistryKind
from lightnode.registries.program import UPGRADED, ProgramState, upgrade_filter
from lightnode.registries.stamp_history import stamp_filter, stampings_by_logs
from lightnode.registries.timestamp_messages import TimestampedHashes
from lightnode.wire import abi
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32
from tests.support.registry_world import PROXY, pin_of, proxy_words, read, world_with
from tests.support.written_registries import WrittenDids

DID, OTHER = "did:ebsi:zOne", "did:ebsi:zTwo" + "o" * 40
PIN = dataclasses.replace(pin_of(RegistryKind.DID), born=1)
STAMPS = dataclasses.replace(pin_of(RegistryKind.TIMESTAMP), born=1)
BEGIN, END = 1_600_000_000, 1_900_000_000


class Registry:
    """Calls that write storage and leave events, one block each."""

    def __init__(self) -> None:
        self.written, self.ledger = WrittenDids(), world_with({})
        self.logs: list[Log] = []

    def event(self, event: Any) -> None:
        self.logs.append(event.log_of(PROXY))

    def block(self) -> int:
        self.ledger.state[PROXY].storage = {**self.written.words, **proxy_words(PIN.proxy_form)}
        logs, self.logs = self.logs, []
        return self.ledger.block(logs)

    def insert(self, did: str, base: str, method: str, key: bytes) -> None:
        self.written.insert(did, base, method, key, BEGIN, END)
        self.event(DidDocumentInserted(did, base, method, key, True, BEGIN, END))

    def scan(self, first: int, last: int) -> ScannedLogs:
        return self.ledger.scan(did_filter(PIN), first, last)


def act(registry: Registry, rng: random.Random, keys: dict[str, bool], controllers: list[str], at: int) -> None:
    """Make one of the calls that a controller may make, chosen by chance."""
    written, name, old = registry.written, f"key-{at}" + "k" * rng.randrange(40), rng.choice(list(keys))
    begin, end, on_curve = BEGIN + rng.randrange(99), END + rng.randrange(99), rng.random() < 0.6
    key = b"\x04" + rng.randbytes(64) if on_curve else b'{"kty":"EC"}' + rng.randbytes(9).hex().encode()
    which = rng.randrange(7)
    if which == 0:
        base = '{"@context":"' + "x" * rng.randrange(60) + '"}'
        written.store_bytes(written.document(DID), base)
        registry.event(BaseDocumentUpdated(DID, base))
    elif which == 1 and len(controllers) < 10:
        controllers.append(f"did:ebsi:z{at}")
        written.control(DID, controllers[-1])
        registry.event(ControllerAdded(DID, controllers[-1]))
    elif which == 2 and controllers:
        gone = controllers.pop(rng.randrange(len(controllers)))
        written.uncontrol(DID, gone)
        registry.event(ControllerRevoked(DID, gone))
    elif which == 3:
        keys[name] = True
        written.method(DID, name, key, on_curve=on_curve)
        registry.event(VerificationMethodAdded(DID, name, key, on_curve))
    elif which == 4:
        purpose = rng.choice(["assertionMethod", "keyAgreement", "capabilityDelegation", "capabilityInvocation"])
        # The registry refuses a second invocation of one key.
        if purpose != "capabilityInvocation" or not written.load(written.at_bytes(written.document(DID) + 8, old)):
            written.relate(DID, purpose, old, begin, end)
            registry.event(VerificationRelationshipAdded(DID, purpose, old, begin, end))
    elif which == 5 and keys[old]:
        revoke = rng.random() < 0.5
        keys[old] = not revoke
        written.end(DID, old, begin, revoke=revoke)
        kind = VerificationMethodRevoked if revoke else VerificationMethodExpired
        registry.event(kind(DID, old, begin))
    elif which == 6:
        keys[name] = True
        written.roll(DID, name, key, begin, end, old, 60, on_curve=on_curve)
        registry.event(VerificationMethodRolled(DID, name, key, on_curve, begin, end, old, 60))


@pytest.mark.parametrize("seed", range(12))
def test_events_make_the_document_that_storage_holds(seed: int) -> None:
    rng, registry = random.Random(seed), Registry()
    registry.insert(OTHER, "{}", "k", b"\x04" + b"\7" * 64)
    registry.insert(DID, '{"@context":[]}', "key-0", b"\x04" + b"\1" * 64)
    keys, controllers = {"key-0": True}, [DID]
    heights = [registry.block()]
    for at in range(1, 30):
        act(registry, rng, keys, controllers, at)
        if at % 10 == 0:
            heights.append(registry.block())
    heights.append(registry.block())
    for height in heights:
        stored = read(registry.ledger, RegistryKind.DID, document_plan(DID, tuple(keys)), height)
        upgrades = registry.ledger.scan(upgrade_filter(PIN), 1, height)
        logged = document_by_logs(PIN, DID, registry.scan(1, height), upgrades, tuple(keys))
        assert logged.value == stored.value
        assert (logged.height, logged.block_hash, logged.time) == (height, stored.block_hash, stored.time)
        assert (logged.program, logged.route) == (ProgramState.WATCHED, "logs")
        assert logged.age(logged.time + 3) == 3
    assert document_by_logs(PIN, "did:ebsi:zNone", registry.scan(1, heights[-1])).value is None


def test_what_others_wrote_does_not_end_the_reading() -> None:
    registry = Registry()
    registry.insert(DID, "{}", "k1", b"\x04" + b"\1" * 64)
    # A text of another DID that is no text: anybody may insert one.
    types = "bytes,bytes,bytes,bytes,bool,uint256,uint256"
    data = abi.encode(types, [b"\xff\xfe", b"{}", b"\xff", b"\4" * 65, True, 1, 2])
    registry.logs.append(Log(PROXY, (DidDocumentInserted.topic(),), data))
    registry.block()
    assert document_by_logs(PIN, DID, registry.scan(1, 2)).value is not None
    own = abi.encode(types, [DID.encode(), b"\xff\xfe", b"k", b"\4" * 65, True, 1, 2])
    registry.logs.append(Log(PROXY, (DidDocumentInserted.topic(),), own))
    registry.block()
    with pytest.raises(EventFormError):
        document_by_logs(PIN, DID, registry.scan(1, 3))


IMPOSSIBLE = [
    DidDocumentInserted(DID, "{}", "k2", b"\4" * 65, True, 1, 2), VerificationMethodAdded(DID, "k1", b"\4" * 65, True),
    VerificationMethodAdded(DID, "k2", b"", False), VerificationRelationshipAdded(DID, "authentication", "k2", 1, 2),
    VerificationMethodRevoked(DID, "k2", 1), VerificationMethodExpired(DID, "k2", 1), ControllerRevoked(DID, OTHER),
    VerificationMethodRolled(DID, "k3", b"\4" * 65, True, 1, 2, "k2", 3),
    VerificationMethodRolled(DID, "k1", b"\4" * 65, True, 1, 2, "k1", 3), BaseDocumentUpdated(OTHER, "{}"),
]  # fmt: skip


@pytest.mark.parametrize("event", IMPOSSIBLE)
def test_events_that_cannot_have_happened_are_refused(event: Any) -> None:
    registry = Registry()
    registry.insert(DID, "{}", "k1", b"\x04" + b"\1" * 64)
    registry.event(event)
    height = registry.block()
    with pytest.raises(EventFormError):
        document_by_logs(PIN, event.did, registry.scan(1, height))


def test_a_history_is_whole_and_of_this_registry() -> None:
    registry = Registry()
    registry.insert(DID, "{}", "k1", b"\x04" + b"\1" * 64)
    height = registry.block()
    for pin in (PIN, dataclasses.replace(PIN, born=0)):
        with pytest.raises(LogRangeError):
            document_by_logs(pin, DID, registry.scan(2, height))
    with pytest.raises(LogRangeError):
        document_by_logs(dataclasses.replace(PIN, address=Address(bytes(20))), DID, registry.scan(1, height))
    with pytest.raises(LogRangeError):
        document_by_logs(PIN, DID, registry.scan(1, height), registry.ledger.scan(upgrade_filter(PIN), 1, height - 1))
    registry.logs.append(Log(PROXY, (UPGRADED, Hash32(bytes(32))), b""))
    height = registry.block()
    with pytest.raises(ProgramChangedError):
        document_by_logs(PIN, DID, registry.scan(1, height), registry.ledger.scan(upgrade_filter(PIN), 1, height))
    with pytest.raises(LogRangeError):
        document_by_logs(PIN, DID, registry.ledger.scan(upgrade_filter(PIN), 1, height))


def test_every_time_stamping_of_a_hash() -> None:
    value, other = hashlib.sha256(b"hello").digest(), hashlib.sha256(b"other").digest()
    ledger = world_with({})

    def stamped(*values: bytes, data: tuple[bytes, ...] = ()) -> Log:
        ids = tuple(hashlib.sha256(one).digest() for one in values)
        return TimestampedHashes(ids, tuple(range(len(values))), values, data).log_of(PROXY)

    ledger.block([stamped(other)])
    ledger.block([stamped(other, value, data=(b"", b"mine")), stamped(value)])
    ledger.block([stamped(value, data=(b"later",))])
    found = stampings_by_logs(
        STAMPS, value, ledger.scan(stamp_filter(STAMPS), 1, 4), ledger.scan(upgrade_filter(STAMPS), 1, 4)
    )
    assert found.value.whole
    assert [(one.height, one.algorithm, one.data) for one in found.value.times] == [
        (3, 1, b"mine"), (3, 0, b""), (4, 0, b"later"),
    ]  # fmt: skip
    assert found.program is ProgramState.WATCHED
    late = stampings_by_logs(STAMPS, value, ledger.scan(stamp_filter(STAMPS), 4, 4))
    assert (late.value.whole, len(late.value.times), late.program) == (False, 1, ProgramState.UNPROVEN)
    assert stampings_by_logs(STAMPS, value[::-1], ledger.scan(stamp_filter(STAMPS), 1, 4)).value.times == ()
    with pytest.raises(LogRangeError):
        stampings_by_logs(
            dataclasses.replace(STAMPS, address=Address(bytes(20))), value, ledger.scan(stamp_filter(STAMPS), 1, 4)
        )
    ledger.block([TimestampedHashes((), (), (value,), ()).log_of(PROXY)])
    with pytest.raises(EventFormError):
        stampings_by_logs(STAMPS, value, ledger.scan(stamp_filter(STAMPS), 1, 5))
