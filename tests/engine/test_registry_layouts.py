"""Our readers against storage that the Solidity compiler itself laid out, on the real engine: every struct, mapping, list.

`EbsiLayouts.sol` is ours and keeps the same types in the same order at the same slots as EBSI's registries; EBSI's Timestamp
has a contract of ours with its whole behaviour.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from lightnode.devnet.engine import Engine, engine_python
from lightnode.devnet.errors import EngineMissingError
from lightnode.registries import did_documents, documents, issuers, timestamp_entries, timestamp_records
from lightnode.registries.document_messages import Permission, TimeSource
from lightnode.registries.issuer_messages import IssuerType
from lightnode.registries.storage_walk import Plan, walk
from lightnode.registries.timestamp_messages import TimestampedHashes, TimestampHashes
from lightnode.wire import abi
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32
from tests.support.ledger_machine import ROOT, LedgerMachine, address, artefact, person

pytestmark = [pytest.mark.engine]
PERSON = person(23)
FOLDER = ROOT / "tests" / "vectors" / "contracts"
DID, KEY = "did:ebsi:zZeKyEJfUTGwajhNyNX928z", b"\x04" + b"\x07" * 64
LONG = "a text of more than one word of storage " * 4

T = TypeVar("T")


@pytest.fixture(scope="module")
def machine() -> Iterator[LedgerMachine]:
    try:
        engine_python()
    except EngineMissingError:
        pytest.skip(".venv-engine is absent")
    with Engine("istanbul") as running:
        yield LedgerMachine(running)


def deploy(machine: LedgerMachine, creation_code: str) -> Address:
    made = machine.send(PERSON, None, bytes.fromhex(creation_code))
    assert made["succeeded"], made
    return Address(bytes.fromhex(made["created"]))


@pytest.fixture(scope="module")
def layouts(machine: LedgerMachine) -> Address:
    return deploy(machine, json.loads((FOLDER / "EbsiLayouts.json").read_text())["creation_code"])


def call(machine: LedgerMachine, to: Address, signature: str, values: Sequence[Any]) -> dict[str, Any]:
    outcome = machine.send(PERSON, to, abi.encode_call(signature, values))
    assert outcome["succeeded"], outcome
    return outcome


def read(machine: LedgerMachine, where: Address, plan: Plan[T]) -> T:
    return walk(plan, lambda slots: {slot: machine.storage(where, slot) for slot in slots})


def test_the_artefact_names_its_source() -> None:
    specification = importlib.util.spec_from_file_location(
        "contract_build", ROOT / "packaging" / "contracts" / "build.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    for name in module.FOR_TESTS:
        assert json.loads((Path(FOLDER) / f"{name}.json").read_text())["source_sha256"] == module.source_hash(name)


def test_did_documents(machine: LedgerMachine, layouts: Address) -> None:
    assert read(machine, layouts, did_documents.document_plan(DID)) is None
    call(machine, layouts, "setDid(string,string,string[])", [DID, LONG, [DID, "did:ebsi:zshort"]])
    who = did_documents.key_address(KEY)
    assert who is not None
    key = "addKey(string,string,bytes,bool,bool,address)"
    call(machine, layouts, key, [DID, "k1", KEY, True, False, who])
    call(machine, layouts, key, [DID, LONG, b"{}", False, True, bytes(20)])
    relation = "addRelation(string,string,string,uint256,uint256)"
    call(machine, layouts, relation, [DID, "authentication", "k1", 5, 9])
    call(machine, layouts, relation, [DID, "assertionMethod", LONG, 6, 2**256 - 1])
    call(machine, layouts, relation, [DID, "capabilityInvocation", LONG, 1, 2])
    call(machine, layouts, relation, [DID, "capabilityInvocation", "k1", 7, 8])
    found = read(machine, layouts, did_documents.document_plan(DID))
    assert found is not None
    assert (found.base_document, found.controllers) == (LONG, (DID, "did:ebsi:zshort"))
    assert [(one.name, one.method, one.not_before, one.not_after) for one in found.relationships] == [
        ("authentication", "k1", 5, 9), ("assertionMethod", LONG, 6, 2**256 - 1), ("capabilityInvocation", LONG, 1, 2),
        ("capabilityInvocation", "k1", 7, 8),
    ]  # fmt: skip
    first, second = found.methods
    assert (first.public_key, first.is_secp256k1, first.revoked, first.address_names) == (KEY, True, False, "k1")
    assert first.invocation == found.relationships[3]
    assert (second.public_key, second.is_secp256k1, second.revoked) == (b"{}", False, True)
    assert second.invocation == found.relationships[2]


def test_issuers(machine: LedgerMachine, layouts: Address) -> None:
    credential = LONG.encode() * 3
    attribute, revision = Hash32(b"\5" * 32), Hash32(hashlib.sha256(credential).digest())
    assert read(machine, layouts, issuers.attribute_plan(DID, attribute)) is None
    revise = "revise(string,bytes32,bytes32,uint8,string,string,bytes)"
    call(machine, layouts, revise, [DID, attribute, attribute, 3, "did:tao", LONG, b""])
    call(machine, layouts, revise, [DID, attribute, revision, 2, LONG, "did:root", credential])
    call(machine, layouts, "addProxy(string,bytes32,string)", [DID, b"\6" * 32, LONG])
    found = read(machine, layouts, issuers.attribute_plan(DID, attribute))
    assert found is not None
    assert found.latest == issuers.Revision(revision, IssuerType.TAO, LONG, "did:root")
    assert (found.count, found.credential) == (2, credential)
    issuer = read(machine, layouts, issuers.issuer_plan(DID))
    assert issuer is not None
    assert (issuer.attributes, issuer.proxies, issuer.accepted) == ((attribute,), (LONG,), True)


def test_records(machine: LedgerMachine, layouts: Address) -> None:
    record, hashes = Hash32(b"\7" * 32), [b"\1" * 32, b"\2" * 32]
    assert read(machine, layouts, timestamp_records.record_plan(record)) is None
    add = "addVersion(bytes32,string,uint256,uint256,bytes32[],bytes)"
    call(machine, layouts, add, [record, DID, 5, 6, hashes, LONG.encode()])
    call(machine, layouts, add, [record, LONG, 7, 8, [], b"short"])
    found = read(machine, layouts, timestamp_records.record_plan(record))
    assert found is not None
    owners = [(one.name, one.not_before, one.not_after, one.revoked) for one in found.owners]
    assert owners == [(DID, 5, 6, False), (LONG, 7, 8, False)]
    assert [one.hashes for one in found.versions] == [tuple(hashes), ()]
    said = [read(machine, layouts, timestamp_records.information_plan(one.information[0])) for one in found.versions]
    assert said == [LONG.encode(), b"short"]


def test_tracked_documents(machine: LedgerMachine, layouts: Address) -> None:
    document, event = Hash32(b"\x08" * 32), Hash32(b"\x09" * 32)
    create = "createDocument(bytes32,string,string,uint256,bytes32)"
    call(machine, layouts, create, [document, LONG, DID, 77, b"\3" * 32])
    write = "writeHappening(bytes32,bytes32,string,bytes,string)"
    call(machine, layouts, write, [document, event, "out", b"did:key:z1", LONG])
    height, time = machine.number, machine.time
    call(machine, layouts, "grant(bytes32,bytes,bytes,uint8,uint8)", [document, b"did:key:z1", DID.encode(), 1, 1])
    found = read(machine, layouts, documents.document_plan(document))
    assert found is not None
    assert (found.metadata, found.creator, found.events) == (LONG, DID, (event,))
    assert found.time == documents.StatedTime(77, TimeSource.EXTERNAL, Hash32(b"\3" * 32))
    assert found.subjects == (DID.encode(), b"did:key:z1")
    told = read(machine, layouts, documents.event_plan(document, event))
    stated = documents.StatedTime(time, TimeSource.BLOCK, Hash32(height.to_bytes(32, "big")))
    assert told == documents.DocumentEvent(event, "out", stated, b"did:key:z1", LONG, LONG)
    access = read(machine, layouts, documents.access_plan(document, b"did:key:z1", Permission.WRITE))
    assert (access.granted, access.granted_by, int(access.granted_by_type)) == (True, DID.encode(), 1)
    assert not read(machine, layouts, documents.access_plan(document, b"did:key:z1", Permission.DELEGATE)).granted
    assert read(machine, layouts, documents.creator_plan(DID))


def test_time_stamps_by_their_own_calls_and_events(machine: LedgerMachine) -> None:
    registry = deploy(machine, artefact("Timestamp")["creation_code"])
    values = (hashlib.sha256(b"one").digest(), hashlib.sha512(b"two").digest())
    outcome = machine.send(PERSON, registry, TimestampHashes((0, 2), values, (b"", LONG.encode())).encode())
    assert outcome["succeeded"]
    ((emitter, topics, data),) = outcome["logs"]
    log = Log(Address(bytes.fromhex(emitter)), tuple(Hash32(bytes.fromhex(one)) for one in topics), bytes.fromhex(data))
    event = TimestampedHashes.decode(log)
    assert (event.algorithms, event.values, event.data) == ((0, 2), values, (b"", LONG.encode()))
    for value, algorithm, said in zip(values, (0, 2), (b"", LONG.encode()), strict=True):
        found = read(machine, registry, timestamp_entries.value_plan(value))
        assert found is not None
        assert (found.algorithm, found.value, found.by, found.block, found.data) == (
            algorithm, value, address(PERSON), machine.number, said,
        )  # fmt: skip
        assert found.id in event.ids
