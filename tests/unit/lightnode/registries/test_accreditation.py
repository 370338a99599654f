"""Was an issuer accredited after block N, is it still after block M: the same answers over both routes, on a sealed chain."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from typing import Any

import pytest

from lightnode.proofs.log_scan import ScannedLogs
from lightnode.registries import accreditation
from lightnode.registries.accreditation_answer import (
    AccreditationAnswer,
    AccreditationQuestion,
    AccreditationStatement,
    Accredited,
)
from lightnode.registries.accreditation_document import read_document
from lightnode.registries.errors import DocumentBindingError, EventFormError, LogRangeError, ProgramChangedError
from lightnode.registries.issuer_messages import REVISIONS, AttributeRevision, IssuerType
from lightnode.registries.issuers import attribute_plan
from lightnode.registries.pin import RegistryKind
from lightnode.registries.program import UPGRADED, ProgramState, upgrade_filter
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32, Height
from tests.support.made_ledger import MadeLedger
from tests.support.registry_world import OWNED, PROXY, pin_of, proxy_words, read, world_with
from tests.support.written_registries import WrittenIssuers

DID, TAO, ROOT = "did:ebsi:zIssuer" + "1" * 20, "did:ebsi:zTao" + "2" * 20, "did:ebsi:zRoot" + "3" * 20
ATTRIBUTE = Hash32(hashlib.sha256(b"attribute").digest())
SCHEMA = "https://api-pilot.ebsi.eu/trusted-schemas-registry/v3/schemas/zOne"
PIN = dataclasses.replace(pin_of(RegistryKind.ISSUERS), born=1)
QUESTION = AccreditationQuestion(DID, ATTRIBUTE)
FOR_SCHEMA = AccreditationQuestion(DID, ATTRIBUTE, SCHEMA)
YES, NO, CANNOT_TELL = Accredited.YES, Accredited.NO, Accredited.CANNOT_TELL


def jwt(**claims: Any) -> bytes:
    """Make a credential; nobody looks at its signature here."""
    payload = {"vc": {"credentialSubject": {"id": DID, "accreditedFor": [{"schemaId": SCHEMA}]}}, **claims}
    return b".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=")
        for part in (b'{"alg":"ES256"}', json.dumps(payload).encode(), b"x" * 64)
    )


CREDENTIAL = jwt()


class Registry:
    """The registry on a made ledger, block by block: what a call writes and what event it leaves.

    Blocks: 1 the registry alone; each call then makes one more.
    """

    def __init__(self, kind: Any = AttributeRevision) -> None:
        self.kind = kind
        self.written = WrittenIssuers()
        self.ledger = world_with({})

    def accredit(self, kind: IssuerType = IssuerType.TRUSTED_ISSUER, did: str = DID) -> int:
        revision = self.written.metadata(did, ATTRIBUTE, kind, TAO, ROOT, self.ledger.chain.height)
        return self._block(self.kind(did, ATTRIBUTE, revision, kind))

    def store(self, credential: bytes = CREDENTIAL) -> int:
        revision = self.written.data(DID, ATTRIBUTE, credential)
        return self._block(self.kind(DID, ATTRIBUTE, revision, IssuerType.TRUSTED_ISSUER))

    def idle(self, *logs: Log) -> int:
        return self.ledger.block(logs)

    def by_storage(
        self, question: AccreditationQuestion, height: int, credential: bytes | None = None
    ) -> AccreditationStatement:
        reading = read(self.ledger, RegistryKind.ISSUERS, attribute_plan(question.issuer, question.attribute), height)
        return accreditation.by_storage(question, reading, credential)

    def scan(self, first: int, last: int) -> ScannedLogs:
        return self.ledger.scan(accreditation.revision_filter(PIN, ATTRIBUTE), first, last)

    def upgrades(self, first: int, last: int) -> ScannedLogs:
        return self.ledger.scan(upgrade_filter(PIN), first, last)

    def by_logs(
        self, question: AccreditationQuestion, height: int, credential: bytes | None = None
    ) -> AccreditationStatement:
        return accreditation.by_logs(PIN, question, self.scan(1, height), credential, self.upgrades(1, height))

    def _block(self, event: Any) -> int:
        self.ledger.state[PROXY].storage = {**self.written.words, **proxy_words(PIN.proxy_form)}
        return self.ledger.block([event.log_of(PROXY)])


def both(
    registry: Registry, question: AccreditationQuestion, height: int, credential: bytes | None = None
) -> tuple[AccreditationStatement, AccreditationStatement]:
    """Ask over both routes and compare what both know."""
    stored, logged = registry.by_storage(question, height), registry.by_logs(question, height, credential)
    for name in ("height", "block_hash", "time", "issuer_type", "revision"):
        assert getattr(stored, name) == getattr(logged, name), name
    assert (stored.route, logged.route) == ("proof", "logs")
    assert (stored.program, logged.program) == (ProgramState.PROVEN, ProgramState.WATCHED)
    return stored, logged


@pytest.mark.parametrize("kind", REVISIONS)
def test_the_life_of_an_accreditation_over_both_routes(kind: Any) -> None:
    registry = Registry(kind)
    empty = registry.idle()
    reserved = registry.accredit()
    filled = registry.store()
    later = registry.idle()
    revoked = registry.accredit(IssuerType.REVOKED)
    expected = {empty: (NO, None), reserved: (YES, 3), filled: (YES, 3), later: (YES, 3), revoked: (NO, 4)}
    for height, (answer, type_number) in expected.items():
        stored, logged = both(registry, QUESTION, height)
        assert (stored.answer, logged.answer) == (answer, answer)
        assert stored.issuer_type == type_number
    stored, logged = both(registry, QUESTION, later)
    assert (stored.tao, stored.root_tao, stored.registered) == (TAO, ROOT, True)
    assert (logged.tao, logged.registered, logged.revised_at) == (None, None, filled)
    assert stored.revision == hashlib.sha256(CREDENTIAL).digest()
    assert "stored no credential" in registry.by_storage(QUESTION, reserved).reason
    assert "revoked" in registry.by_storage(QUESTION, revoked).reason


def test_for_a_schema() -> None:
    registry = Registry()
    reserved = registry.accredit()
    filled = registry.store()
    other = AccreditationQuestion(DID, ATTRIBUTE, SCHEMA + "x")
    assert registry.by_storage(FOR_SCHEMA, reserved).answer is CANNOT_TELL
    stored, logged = both(registry, FOR_SCHEMA, filled, CREDENTIAL)
    assert (stored.answer, logged.answer) == (YES, YES)
    assert stored.document == logged.document == read_document(CREDENTIAL)
    stored, logged = both(registry, other, filled, CREDENTIAL)
    assert (stored.answer, logged.answer) == (NO, NO)
    assert registry.by_logs(FOR_SCHEMA, filled).answer is CANNOT_TELL
    assert registry.by_storage(FOR_SCHEMA, filled, CREDENTIAL).answer is YES


@pytest.mark.parametrize("claims", [{"exp": 1_600_000_000}, {"nbf": 1_800_000_000}])
def test_the_credentials_own_dates_count(claims: dict[str, int]) -> None:
    registry = Registry()
    registry.accredit()
    filled = registry.store(jwt(**claims))
    stored, logged = both(registry, QUESTION, filled, jwt(**claims))
    assert (stored.answer, logged.answer) == (NO, NO)


@pytest.mark.parametrize(
    "stored", [b"no jwt", b"a.b.c", jwt(nbf="soon"), jwt(vc={"credentialSubject": {"accreditedFor": 5}})]
)
def test_a_credential_that_cannot_be_read_says_nothing(stored: bytes) -> None:
    registry = Registry()
    registry.accredit()
    filled = registry.store(stored)
    assert registry.by_storage(QUESTION, filled).answer is YES
    assert "cannot be read" in registry.by_storage(QUESTION, filled).reason
    assert registry.by_storage(FOR_SCHEMA, filled).answer is CANNOT_TELL


def test_another_credential_is_refused_over_both_routes() -> None:
    registry = Registry()
    registry.accredit()
    filled = registry.store()
    with pytest.raises(DocumentBindingError):
        registry.by_storage(QUESTION, filled, CREDENTIAL + b"x")
    with pytest.raises(DocumentBindingError):
        registry.by_logs(QUESTION, filled, CREDENTIAL + b"x")


def test_still_accredited_later_and_then_not() -> None:
    registry = Registry()
    registry.accredit()
    filled = registry.store()
    later = registry.idle()
    revoked = registry.accredit(IssuerType.REVOKED)
    for begin in (registry.by_storage(FOR_SCHEMA, filled), registry.by_logs(FOR_SCHEMA, filled, CREDENTIAL)):
        for end, answer, changed in ((later, YES, False), (revoked, NO, True)):
            scan, upgrades = registry.scan(filled + 1, end), registry.upgrades(filled + 1, end)
            still = accreditation.still_by_logs(PIN, FOR_SCHEMA, begin, scan, None, upgrades)
            assert (still.answer, still.height, still.route, still.program) == (
                answer, end, "logs", ProgramState.WATCHED,
            )  # fmt: skip
            assert still.block_hash == registry.ledger.chain.hashes[end]
            whole = AccreditationAnswer(FOR_SCHEMA, begin, still)
            assert whole.changed is changed
            assert (begin.answer, whole.at.answer) == (YES, YES)
            assert still.age(still.time + 5) == 5
        assert registry.by_storage(FOR_SCHEMA, later).answer is YES
        assert registry.by_storage(FOR_SCHEMA, revoked).answer is NO


def test_a_revision_after_the_statement_leaves_the_schema_open_without_its_credential() -> None:
    registry = Registry()
    registry.accredit()
    filled = registry.store()
    again = registry.accredit(IssuerType.TAO)
    begin = registry.by_storage(FOR_SCHEMA, filled)
    still = accreditation.still_by_logs(PIN, FOR_SCHEMA, begin, registry.scan(filled + 1, again))
    assert (still.answer, still.program) == (CANNOT_TELL, ProgramState.UNPROVEN)
    assert AccreditationAnswer(FOR_SCHEMA, begin, still).changed is None
    assert AccreditationAnswer(FOR_SCHEMA, begin).changed is None


def test_nothing_found_means_no_only_from_the_registrys_first_block_on() -> None:
    registry = Registry()
    registry.accredit()
    registry.idle()
    late = registry.idle()
    scan = registry.scan(late - 1, late)
    assert accreditation.by_logs(PIN, QUESTION, scan).answer is CANNOT_TELL
    assert accreditation.by_logs(dataclasses.replace(PIN, born=late - 1), QUESTION, scan).answer is NO
    # What is found counts wherever the scan begins: the last revision is the one in force.
    assert accreditation.by_logs(PIN, QUESTION, registry.scan(2, late)).answer is YES


def test_scans_that_do_not_fit_are_refused() -> None:
    registry = Registry()
    registry.accredit()
    filled = registry.store()
    registry.idle()
    begin = registry.by_storage(QUESTION, filled)
    for scan in (registry.scan(filled, filled + 1), registry.scan(1, filled + 1)):
        with pytest.raises(LogRangeError):
            accreditation.still_by_logs(PIN, QUESTION, begin, scan)
    with pytest.raises(LogRangeError):
        accreditation.by_logs(PIN, QUESTION, registry.scan(1, filled), None, registry.upgrades(1, filled + 1))
    with pytest.raises(LogRangeError):
        accreditation.by_logs(PIN, dataclasses.replace(QUESTION, attribute=Hash32(bytes(32))), registry.scan(1, filled))
    with pytest.raises(LogRangeError):
        accreditation.by_logs(dataclasses.replace(PIN, address=Address(bytes(20))), QUESTION, registry.scan(1, filled))
    outside = dataclasses.replace(registry.scan(1, filled), last=Height(1))
    with pytest.raises(LogRangeError):
        accreditation.by_logs(PIN, QUESTION, outside)
    reading = read(registry.ledger, RegistryKind.ISSUERS, attribute_plan(DID, ATTRIBUTE))
    with pytest.raises(LogRangeError):
        accreditation.by_storage(dataclasses.replace(QUESTION, issuer=TAO), reading)


def test_an_attribute_of_another_issuer() -> None:
    registry = Registry()
    height = registry.accredit(did=TAO)
    assert registry.by_storage(QUESTION, height).answer is NO
    logged = registry.by_logs(QUESTION, height)
    assert (logged.answer, logged.reason) == (NO, "The attribute is another issuer's.")


@pytest.mark.parametrize("kind", [0, 5, 255])
def test_a_type_that_the_registry_does_not_know_is_refused(kind: int) -> None:
    registry = Registry()
    height = registry.idle(AttributeRevision(DID, ATTRIBUTE, b"\1" * 32, kind).log_of(PROXY))
    with pytest.raises(EventFormError):
        registry.by_logs(QUESTION, height)


def test_an_exchanged_program_ends_both_routes() -> None:
    registry = Registry()
    before = registry.accredit()
    other = Address(b"\x99" * 20)
    registry.ledger.put(other, b"\x60")
    registry.ledger.state[PROXY].storage[OWNED] = int.from_bytes(other, "big")
    height = registry.idle(Log(PROXY, (UPGRADED, Hash32(bytes(12) + other)), b""))
    with pytest.raises(ProgramChangedError):
        registry.by_storage(QUESTION, height)
    with pytest.raises(ProgramChangedError):
        registry.by_logs(QUESTION, height)
    assert registry.by_storage(QUESTION, before).answer is YES


def test_logs_of_the_block_route_ask_no_state() -> None:
    registry = Registry()
    height = registry.accredit()
    registry.ledger.asked.clear()
    registry.by_logs(QUESTION, height)
    assert set(registry.ledger.asked) <= {"eth_getBlockByNumber", "eth_getBlockReceipts"}
    assert isinstance(registry.ledger, MadeLedger)


@pytest.mark.parametrize(
    "credential",
    [
        b"", b"a.b", b"a.b.c.d", b"\xff.\xff.\xff", b"a." + b"e" * 70_000 + b".c", b"e30.MQ.x",
        b"e30." + base64.urlsafe_b64encode(b'{"nbf":1,"nbf":2}').rstrip(b"=") + b".x",
        b"e30." + base64.urlsafe_b64encode(b"[" * 9000).rstrip(b"=") + b".x",
        jwt(exp=1.5), jwt(nbf=True), jwt(vc={"credentialSubject": {"accreditedFor": [{"schemaId": 5}]}}),
        jwt(vc={"credentialSubject": {"accreditedFor": ["x"]}}),
        jwt(vc={"credentialSubject": {"accreditedFor": [{"schemaId": "x"}] * 257}}),
    ],
)  # fmt: skip
def test_what_is_no_accreditation_is_refused(credential: bytes) -> None:
    with pytest.raises(DocumentBindingError):
        read_document(credential)
