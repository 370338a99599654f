"""No change of a proof or message makes a reading say something else: it is refused with an error of ours, or says the same."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from lightnode.errors import LightNodeError
from lightnode.proofs.routes import ProofRoute
from lightnode.registries import did_messages, issuer_messages, timestamp_messages, typed_call, typed_event
from lightnode.registries.did_documents import document_plan
from lightnode.registries.documents import document_plan as tracked_plan
from lightnode.registries.errors import RegistryReadingError
from lightnode.registries.issuers import attribute_plan
from lightnode.registries.pin import RegistryKind
from lightnode.registries.reading import read_registry
from lightnode.registries.storage_walk import walk
from lightnode.registries.timestamp_entries import value_plan
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32
from tests.support.every_change import flipped, moved
from tests.support.made_ledger import MadeLedger
from tests.support.registry_world import PROXY, pin_of, world_with
from tests.support.written_registries import WrittenDids, WrittenDocuments, WrittenIssuers, WrittenTimestamp

DID, HASH = "did:ebsi:zOne", Hash32(b"\x21" * 32)


def worlds() -> dict[str, tuple[RegistryKind, MadeLedger, Callable[[], Any]]]:
    """Give a reading of each registry."""
    dids, issuers, stamps, documents = WrittenDids(), WrittenIssuers(), WrittenTimestamp(), WrittenDocuments()
    dids.insert(DID, "{}" + " " * 40, "k1", b"\x04" + b"\1" * 64, 1, 9)
    issuers.metadata(DID, HASH, 3, "did:tao", "did:root")
    stamps.stamp(HASH, b"\xaa" * 20, 1, b"data")
    documents.create(HASH, "metadata " * 9, DID, 5)
    return {
        "did": (RegistryKind.DID, world_with(dids.words), lambda: document_plan(DID)),
        "issuer": (RegistryKind.ISSUERS, world_with(issuers.words), lambda: attribute_plan(DID, HASH)),
        "timestamp": (RegistryKind.TIMESTAMP, world_with(stamps.words), lambda: value_plan(HASH)),
        "document": (RegistryKind.TRACK_AND_TRACE, world_with(documents.words), lambda: tracked_plan(HASH)),
    }


class Liar:
    """Answers as a node does, but changes one place of one answer."""

    def __init__(self, ledger: MadeLedger, at: int, rng: random.Random) -> None:
        self.ledger, self.at, self.rng, self.changed = ledger, at, rng, False

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        answer = copy.deepcopy(self.ledger.call(method, params))
        self.at -= 1
        if self.at == -1:
            self.changed = True
            places = [(answer, name) for name in answer if name != "storageProof"]
            places += [(entry, name) for entry in answer["storageProof"] for name in entry]
            holder, name = self.rng.choice(places)
            holder[name] = self._other(holder[name])
        return answer

    def _other(self, value: Any) -> Any:
        if isinstance(value, list):
            kind = self.rng.randrange(3) if value else 2
            if kind == 0:
                return [self._other(value[0]), *value[1:]]
            return value[:-1] if kind == 1 else [*value, "0x80"]
        place = self.rng.randrange(2, len(value)) if len(value) > 2 else len(value)
        digit = self.rng.choice("0123456789abcdef")
        return value[:place] + digit + value[place + 1 :]


@pytest.mark.parametrize("name", worlds())
def test_a_lying_node_changes_no_reading(name: str) -> None:
    kind, ledger, plan = worlds()[name]
    header, pin, refused = ledger.header(1), pin_of(kind), 0
    honest = read_registry(ledger.route, header, pin, plan())
    questions = ledger.asked.count("eth_getProof")
    assert questions >= 4
    for at in range(questions):
        for seed in range(30):
            liar = Liar(ledger, at, random.Random(seed))
            try:
                said = read_registry(ProofRoute(liar), header, pin, plan())
            except LightNodeError:
                refused += 1
                continue
            assert liar.changed
            assert said == honest
    assert refused > questions * 20


MESSAGES = [
    did_messages.AddVerificationRelationship(DID, "authentication", "k1", 1, 2),
    timestamp_messages.TimestampHashes((0, 2), (b"\1" * 32, b"\2" * 33), (b"", b"data")),
    did_messages.RollVerificationMethodTuple(DID, "k2", b"\4" * 65, True, 1, 2, "k1", 3),
]


@pytest.mark.parametrize("call", MESSAGES)
def test_every_change_of_a_call_is_another_call_or_refused(call: typed_call.RegistryCall) -> None:
    calls = [*did_messages.CALLS, *timestamp_messages.CALLS, *issuer_messages.CALLS]
    good = call.encode()
    for at in range(len(good)):
        for bad in (*flipped(good, at), *moved(good, at)):
            try:
                other = typed_call.decode_among(calls, bad)
            except LightNodeError:
                continue
            assert other != call
            assert other.encode() == bad


def test_every_change_of_an_event_is_another_event_or_refused() -> None:
    emitter = Address(b"\x11" * 20)
    event = issuer_messages.AttributeRevision(DID, HASH, HASH, 3)
    log = event.log_of(emitter)
    for at in range(len(log.data)):
        for bad in (*flipped(log.data, at), *moved(log.data, at)):
            changed = Log(emitter, log.topics, bad)
            try:
                other = typed_event.decode_event_among(issuer_messages.EVENTS, changed)
            except LightNodeError:
                continue
            assert other != event
            assert other.log_of(emitter) == changed


@pytest.mark.parametrize("name", worlds())
def test_words_by_chance_bring_out_errors_of_ours_only(name: str) -> None:
    _, ledger, plan = worlds()[name]
    words = ledger.state[PROXY].storage
    refused = 0
    for seed in range(400):
        rng = random.Random(seed)

        def word(slot: int, rng: random.Random = rng) -> int:
            small, wide = rng.randrange(70), rng.getrandbits(256)
            return rng.choice([words.get(slot, 0)] * 4 + [small, wide, wide & 0xFF | small << 8, 0])

        try:
            walk(plan(), lambda slots, word=word: {slot: word(slot) for slot in slots})  # type: ignore[misc]
        except RegistryReadingError:
            refused += 1
    assert refused > 100
