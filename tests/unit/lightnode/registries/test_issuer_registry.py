"""EBSI's Trusted Issuers Registry and Track and Trace read from a sealed chain."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from lightnode.registries.document_messages import AccountType, Permission, TimeSource
from lightnode.registries.documents import access_plan, creator_plan, document_plan, event_plan
from lightnode.registries.errors import StorageFormError, WalkLimitError
from lightnode.registries.issuer_messages import IssuerType
from lightnode.registries.issuers import (
    MAX_LOOKED_BACK,
    Revision,
    attribute_plan,
    credential_plan,
    issuer_plan,
    revisions_slot,
)
from lightnode.registries.pin import RegistryKind
from lightnode.registries.storage_walk import walk
from lightnode.wire.types import Hash32
from tests.support.registry_world import read, world_with
from tests.support.written_registries import WrittenDocuments, WrittenIssuers

PILOT = json.loads(
    (Path(__file__).resolve().parents[3] / "vectors" / "ebsi" / "pilot_accreditation.json").read_text()
)  # fmt: skip
DID, TAO = PILOT["issuer"], PILOT["tao"]
ATTRIBUTE = Hash32(bytes.fromhex(PILOT["attribute"]))
CREDENTIAL = PILOT["credential"].encode()
KIND, TRACK = RegistryKind.ISSUERS, RegistryKind.TRACK_AND_TRACE
DOCUMENT = Hash32(hashlib.sha256(b"document").digest())


def accredited() -> WrittenIssuers:
    """The pilot's recorded accreditation as its registry would write it."""
    written = WrittenIssuers()
    written.metadata(DID, ATTRIBUTE, IssuerType.TRUSTED_ISSUER, TAO, TAO)
    written.data(DID, ATTRIBUTE, CREDENTIAL)
    return written


def test_the_recorded_accreditation() -> None:
    found = read(world_with(accredited().words), KIND, attribute_plan(DID, ATTRIBUTE)).value
    assert found is not None
    revision = Hash32(bytes.fromhex(PILOT["revision"]))
    assert found.latest == Revision(revision, IssuerType.TRUSTED_ISSUER, TAO, TAO)
    assert (found.count, found.credential, found.credential_revision) == (2, CREDENTIAL, revision)


def test_a_revocation_stays_above_the_credential() -> None:
    written = accredited()
    revoked = written.metadata(DID, ATTRIBUTE, IssuerType.REVOKED, TAO, TAO, time=5)
    found = read(world_with(written.words), KIND, attribute_plan(DID, ATTRIBUTE)).value
    assert found is not None
    assert (found.count, found.latest.id, found.latest.issuer_type) == (3, revoked, IssuerType.REVOKED)
    assert found.credential == CREDENTIAL


def test_an_issuer_with_its_attributes_and_proxies() -> None:
    written = accredited()
    written.metadata(DID, b"\7" * 32, IssuerType.TAO, TAO, TAO)
    written.proxy(DID, '{"prefix":"https://issuer.example/status"}')
    ledger = world_with(written.words)
    found = read(ledger, KIND, issuer_plan(DID)).value
    assert found is not None
    assert found.attributes == (ATTRIBUTE, b"\7" * 32)
    assert found.proxies == ('{"prefix":"https://issuer.example/status"}',)
    assert found.accepted
    assert read(ledger, KIND, issuer_plan(TAO)).value is None
    only_reserved = WrittenIssuers()
    only_reserved.metadata(DID, ATTRIBUTE, IssuerType.TRUSTED_ISSUER, TAO, TAO)
    reserved = read(world_with(only_reserved.words), KIND, issuer_plan(DID)).value
    assert reserved is not None
    assert not reserved.accepted


@pytest.mark.parametrize(("did", "attribute"), [(TAO, ATTRIBUTE), (DID, Hash32(b"\1" * 32))])
def test_what_was_never_accredited_is_absent(did: str, attribute: Hash32) -> None:
    assert read(world_with(accredited().words), KIND, attribute_plan(did, attribute)).value is None


@pytest.mark.parametrize("changes", [1, MAX_LOOKED_BACK - 1, MAX_LOOKED_BACK])
def test_the_credential_is_looked_for_a_bounded_way_back(changes: int) -> None:
    written = accredited()
    for time in range(changes):
        written.metadata(DID, ATTRIBUTE, IssuerType.TAO, TAO, TAO, time)
    found = read(world_with(written.words), KIND, attribute_plan(DID, ATTRIBUTE)).value
    assert found is not None
    assert found.count == 2 + changes
    assert found.credential == (CREDENTIAL if changes < MAX_LOOKED_BACK else None)


def test_words_that_are_no_attribute_are_refused() -> None:
    written = accredited()
    metadata = written.at_word(written.BASE + 2, bytes.fromhex(PILOT["revision"]))
    kept = written.at_word(written.at_bytes(written.BASE + 1, DID) + 1, bytes.fromhex(PILOT["revision"]))
    forms = {metadata: 0, metadata + 1: 5, metadata + 2: 5, metadata + 3: 3, written.data_of(kept): 5}
    for slot, word in {**forms, metadata + 2 + (1 << 256): 0}.items():
        at = slot % (1 << 256)
        with pytest.raises(StorageFormError):
            walk(attribute_plan(DID, ATTRIBUTE), lambda slots, at=at, word=word: {
                one: word if one == at else written.load(one) for one in slots})  # type: ignore[misc]  # fmt: skip
    with pytest.raises(WalkLimitError):
        walk(attribute_plan(DID, ATTRIBUTE), lambda slots: {
            one: 1 << 21 if one == revisions_slot(DID, ATTRIBUTE) else written.load(one) for one in slots})  # fmt: skip


def test_a_credential_by_its_revision() -> None:
    ledger = world_with(accredited().words)
    assert read(ledger, KIND, credential_plan(DID, Hash32(bytes.fromhex(PILOT["revision"])))).value == CREDENTIAL
    assert read(ledger, KIND, credential_plan(DID, ATTRIBUTE)).value is None


def tracked() -> tuple[WrittenDocuments, bytes]:
    written = WrittenDocuments()
    written.create(DOCUMENT, "metadata " * 10, DID, 1_700_000_000, 0, 42)
    event = written.write(DOCUMENT, "external", "did:key:zWriter", "Porto", "loaded " * 9, 1_700_000_009)
    written.grant(DOCUMENT, DID, "did:key:zWriter", Permission.WRITE)
    written.allow(DID)
    return written, event


def test_a_tracked_document_with_event_and_access() -> None:
    written, event = tracked()
    ledger = world_with(written.words)
    found = read(ledger, TRACK, document_plan(DOCUMENT)).value
    assert found is not None
    assert (found.metadata, found.creator, found.events) == ("metadata " * 10, DID, (event,))
    assert (found.time.seconds, found.time.source, int.from_bytes(found.time.proof, "big")) == (
        1_700_000_000, TimeSource.BLOCK, 42,
    )  # fmt: skip
    assert found.subjects == (DID.encode(), b"did:key:zWriter")
    told = read(ledger, TRACK, event_plan(DOCUMENT, Hash32(event))).value
    assert told is not None
    assert (told.sender, told.origin, told.metadata, told.external_hash) == (
        b"did:key:zWriter", "Porto", "loaded " * 9, "external",
    )  # fmt: skip
    write, delegate = (
        read(ledger, TRACK, access_plan(DOCUMENT, b"did:key:zWriter", permission)).value
        for permission in (Permission.WRITE, Permission.DELEGATE)
    )
    assert (write.granted, write.granted_by, write.granted_by_type) == (True, DID.encode(), AccountType.DID_EBSI)
    assert (delegate.granted, delegate.granted_by) == (False, b"")
    assert [read(ledger, TRACK, creator_plan(did)).value for did in (DID, TAO)] == [True, False]


def test_a_removed_document_is_absent_though_its_events_lie_there_still() -> None:
    written, event = tracked()
    written.remove(DOCUMENT)
    ledger = world_with(written.words)
    assert read(ledger, TRACK, document_plan(DOCUMENT)).value is None
    assert read(ledger, TRACK, event_plan(DOCUMENT, Hash32(event))).value is not None
    assert read(ledger, TRACK, event_plan(DOCUMENT, DOCUMENT)).value is None


def test_words_that_are_no_document_are_refused() -> None:
    written, event = tracked()
    entry = written.at_word(151, DOCUMENT)
    told = written.at_word(entry + 4, event)
    access = written.at_bytes(entry + 7, "did:key:zWriter")
    forms = [
        (document_plan(DOCUMENT), entry + 2, 2), (event_plan(DOCUMENT, Hash32(event)), told + 1, 5),
        (access_plan(DOCUMENT, b"did:key:zWriter", Permission.WRITE), written.at_word(access, 1), 2),
        (access_plan(DOCUMENT, b"did:key:zWriter", Permission.WRITE), written.at_word(access + 2, 1), 2),
        (creator_plan(DID), written.at_bytes(157, DID), 2),
    ]  # fmt: skip
    for plan, slot, word in forms:
        with pytest.raises(StorageFormError):
            walk(plan, lambda slots, at=slot, new=word: {  # type: ignore[misc]
                one: new if one == at else written.load(one) for one in slots})  # fmt: skip
