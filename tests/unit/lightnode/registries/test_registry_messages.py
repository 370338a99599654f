"""Calls and events of EBSI's registries: selectors and topics as published, one encoding, and nothing else accepted."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest

from lightnode.registries import (
    did_messages,
    document_messages,
    issuer_messages,
    program,
    timestamp_messages,
    typed_call,
    typed_event,
)
from lightnode.registries.errors import CallFormError, EventFormError
from lightnode.registries.typed_call import RegistryCall
from lightnode.registries.typed_event import RegistryEvent
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32

MODULES = (timestamp_messages, did_messages, issuer_messages, document_messages)
CALLS = [kind for module in MODULES for kind in module.CALLS]
EVENTS = [kind for module in MODULES for kind in module.EVENTS]
EMITTER = Address(b"\x11" * 20)

# As ebsi.md 2.4 lists them, from the published ABIs.
SELECTORS = {
    "timestampHashes": "04bb4722", "timestampRecordHashes": "4e94e93c", "timestampRecordVersionHashes": "4b9e4322",
    "timestampVersionHashes": "ac909e7c", "appendRecordVersionHashes": "3b280237", "insertRecordVersionInfo": "d688c00e",
    "detachRecordVersionHash": "a6253dcc", "insertRecordOwner": "b25ed476", "revokeRecordOwner": "ca803c63",
    "insertDidDocument": "fbb22408", "updateBaseDocument": "697d9f47", "addController": "4ce7693e",
    "revokeController": "c76310e5", "addVerificationMethod": "c919b9ac", "addVerificationRelationship": "49df6b26",
    "revokeVerificationMethod": "57a5fc30", "expireVerificationMethod": "a3396f9a",
    "rollVerificationMethod": "e317dd17 275204a1", "setAttributeMetadata": "66fb2ae2", "setAttributeData": "1bef3e0c",
    "addIssuerProxy": "f4fd7649", "updateIssuerProxy": "7beeda81", "removeIssuerProxy": "a6256c18",
    "createDocument": "da62b06b d5bffd95", "writeEvent": "6c370579 f692f346", "grantAccess": "d006e98e",
    "revokeAccess": "03b5b932", "removeDocument": "c3501848", "authoriseDid": "ff421956",
}  # fmt: skip
# As ebsi.md 2.5 lists them; where it shortens a topic, first and last bytes.
TOPICS = {
    timestamp_messages.TimestampedHashes: "306c2544c45d1ccf2ebbd744e9396906704a33212d781f5ba3f92dd7cc8b4d5b",
    timestamp_messages.RecordedHashes: "d6c131547e70d939f2ba6ff5195b1ca8ae2736466c51f624035f882e400016d6",
    timestamp_messages.VersionHashesTimestamped: "292dfc343de21a557fa9766240f78c634d6c1243bae1a5f255fbc1904b58efc9",
    issuer_messages.AttributeRevisionOfPilot: "1f6ef0c85fdf839f23dca4d2ee363f593eac45164902906310fb25a48fbdb26b",
    issuer_messages.AttributeRevision: "ad6e325ba33cfc08fcc99a451c0531b5427ffd375efd0f42f36c28c47c4bae36",
    issuer_messages.IssuerProxyAdded: "126e39ef 7336",
    issuer_messages.IssuerProxyUpdated: "ca7b4a4d b7f0",
    issuer_messages.IssuerProxyRemoved: "f2b8a3a6 aa9e",
    did_messages.DidDocumentInserted: "2c43613a74534e88678d32134a11b760c58a4bb1d6762d16adfb8ce6ff6a0deb",
    did_messages.VerificationMethodAdded: "86c8bb82b96e7c31e7bae0c90c4285d50cd4041a5693b10851bab7fe432fe8ff",
    did_messages.VerificationRelationshipAdded: "6b11f32fc48b87d6eadf010a5294a4f611261624bc2c894d26f61e9d8c43bf79",
    did_messages.VerificationMethodRevoked: "eee0fd12 8024",
    did_messages.VerificationMethodExpired: "34444b11 de84",
    did_messages.VerificationMethodRolled: "8b669642270f01cde5a8a38ad93253670868fa482bbc46677714f1aa3ab68ef2",
    did_messages.ControllerAdded: "e986b457 972c",
    did_messages.ControllerRevoked: "6d5ffc61 f627",
    document_messages.DocumentCreated: "b75b480756ee26d33fa45d0e786559258f778d9eab5d12b3d4d684d830370f87",
    document_messages.EventWritten: "177166eb00610e22d35ea66d66d27d6817fda46fa454fe03594435ed18c3644a",
    document_messages.AccessGranted: "f3457a96 e015",
    document_messages.AccessRevoked: "1d4a38ef 91ae",
    document_messages.DocumentRemoved: "a0fe1f2b 0a5b",
}


def made(kind: Any, seed: int) -> Any:
    """Make a message with values that fit its signature."""
    rng = random.Random(seed)
    types = kind.SIGNATURE[kind.SIGNATURE.index("(") + 1 : -1].replace("(", "").replace(")", "").split(",")
    one = {
        "bytes32": lambda: rng.randbytes(32), "bytes": lambda: rng.randbytes(rng.randrange(90)), "bool": lambda: True,
        "string": lambda: "did:ebsi:ü" * rng.randrange(9), "uint256": lambda: rng.randrange(1 << 256),
        "uint8": lambda: rng.randrange(256), "uint64": lambda: rng.randrange(1 << 64),
    }  # fmt: skip
    values: list[Any] = []
    for name in types:
        if name.endswith("[]"):
            values.append(tuple(one[name[:-2]]() for _ in range(rng.randrange(4))))
        else:
            values.append(one[name]())
    return kind(*values)


def test_selectors_are_the_published_ones() -> None:
    found: dict[str, list[str]] = {}
    for kind in CALLS:
        found.setdefault(kind.SIGNATURE.split("(")[0], []).append(kind.selector().hex())
    assert {name: sorted(one) for name, one in found.items()} == {
        name: sorted(one.split()) for name, one in SELECTORS.items()
    }


@pytest.mark.parametrize("kind", TOPICS)
def test_topics_are_the_published_ones(kind: type[RegistryEvent]) -> None:
    topic, (begin, *end) = kind.topic().hex(), TOPICS[kind].split()
    assert topic.startswith(begin)
    assert topic.endswith("".join(end))
    assert len(topic) == 64


def test_the_topic_of_an_exchanged_program_is_the_published_one() -> None:
    assert program.UPGRADED.hex().startswith("bc7cd75a")
    assert program.UPGRADED.hex().endswith("5c2d3b")


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("seed", range(4))
def test_a_call_is_read_as_it_was_made_and_in_no_other_form(kind: type[RegistryCall], seed: int) -> None:
    call = made(kind, seed)
    data = call.encode()
    assert kind.decode(data) == call
    assert typed_call.decode_among(CALLS, data) == call
    for other in (data[:-1], data + b"\0", data + bytes(32), b"\0" * 4 + data[4:], data[:4]):
        with pytest.raises(CallFormError):
            typed_call.decode_among(CALLS, other)


def test_the_offset_of_a_tuple_has_one_value() -> None:
    data = bytearray(made(document_messages.WriteEventAt, 1).encode())
    data[4 + 31] ^= 0x20
    with pytest.raises(CallFormError):
        document_messages.WriteEventAt.decode(bytes(data))


def test_a_value_that_does_not_fit_makes_no_call() -> None:
    with pytest.raises(CallFormError):
        issuer_messages.SetAttributeMetadata("did", b"\1" * 31, 1, "", b"\1" * 32).encode()
    with pytest.raises(CallFormError):
        issuer_messages.SetAttributeMetadata("did", b"\1" * 32, 256, "", b"\1" * 32).encode()


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("seed", range(4))
def test_an_event_is_read_as_it_was_left_and_in_no_other_form(kind: type[RegistryEvent], seed: int) -> None:
    event = made(kind, seed)
    log = event.log_of(EMITTER)
    assert kind.decode(log) == event
    assert typed_event.decode_event_among(EVENTS, log) == event
    assert len(log.topics) == 1 + len(kind.INDEXED)
    others = [
        Log(EMITTER, log.topics, log.data + b"\0"),
        Log(EMITTER, log.topics, log.data[:-1] if log.data else b"\1"),
        Log(EMITTER, (*log.topics, Hash32(bytes(32))), log.data),
        Log(EMITTER, (Hash32(bytes(32)), *log.topics[1:]), log.data),
        Log(EMITTER, (), log.data),
    ]
    for other in others:
        with pytest.raises(EventFormError):
            typed_event.decode_event_among(EVENTS, other)


def test_every_message_has_as_many_fields_as_its_signature() -> None:
    for kind in (*CALLS, *EVENTS):
        types = kind.SIGNATURE[kind.SIGNATURE.index("(") + 1 : -1].split(",")
        assert len(dataclasses.fields(kind)) == len(types)  # type: ignore[arg-type]
