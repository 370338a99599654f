"""`chancery ledger`: questions typed on the command line, to a node that serves a made network with EBSI's registries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from lightnode.registries.did_messages import DidDocumentInserted, RollVerificationMethod, UpdateBaseDocument
from lightnode.registries.document_messages import DocumentCreated
from lightnode.registries.issuer_messages import AttributeRevision, IssuerType
from lightnode.registries.pin import ProxyForm, RegistryKind, RegistryPin
from lightnode.registries.timestamp_messages import TimestampedHashes
from lightnode.registries.timestamp_records import record_id
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address
from tests.support.made_ledger import MadeLedger
from tests.support.made_node import MadeNode
from tests.support.registry_world import OWNED, PROGRAM, PROGRAM_CODE, PROXY_CODE, number
from tests.support.solidity_writer import SolidityWriter
from tests.support.written_registries import WrittenDids, WrittenDocuments, WrittenIssuers, WrittenTimestamp

KINDS = (RegistryKind.TIMESTAMP, RegistryKind.DID, RegistryKind.ISSUERS, RegistryKind.TRACK_AND_TRACE)
PLACES = {kind: Address(bytes([0x60 + at]) * 20) for at, kind in enumerate(KINDS)}
TRAINING = 0x43480077
DID, TAO = "did:ebsi:zIssuer", "did:ebsi:zTao"
HASH, DOCUMENT, ATTRIBUTE = (hashlib.sha256(text).digest() for text in (b"hello", b"document", b"attribute"))
RECORD = record_id(Address(b"\xaa" * 20), 1, HASH)
CREDENTIAL = b"e30.e30.x"
ROLL = RollVerificationMethod(DID, "k2", b"\x04" + b"\2" * 64, True, 2_000_000_000, 4_000_000_000, "k1", 60)


class LedgerNode(MadeNode):
    """Serves a made ledger, receipts included."""

    def __init__(self, ledger: MadeLedger) -> None:
        super().__init__(ledger.chain)
        self.ledger = ledger
        self.lacks: set[str] = set()
        self.late = 0

    def result(self, method: str, params: list[Any]) -> Any:
        if method in self.lacks:
            raise LookupError(method)
        if method == "eth_getProof" and self.late:
            self.late -= 1
            return None
        try:
            return self.ledger.call(method, params)
        except AssertionError as cause:
            raise LookupError(method) from cause


def pinned(kind: RegistryKind) -> RegistryPin:
    return RegistryPin(
        kind, PLACES[kind], keccak256(PROXY_CODE), ProxyForm.OWNED, PROGRAM, keccak256(PROGRAM_CODE), born=1
    )  # fmt: skip


def made() -> MadeLedger:
    """Block 1 has the registries; 2 accredits, 3 stores the credential, 4 time-stamps again, 5 revokes, 6 exchanges the Timestamp."""
    ledger = MadeLedger(TRAINING)
    stamps, dids, issuers, documents = WrittenTimestamp(), WrittenDids(), WrittenIssuers(), WrittenDocuments()
    stamps.stamp(HASH, b"\xaa" * 20, 1, b"data")
    assert stamps.record(HASH, b"\xaa" * 20, 1, 1_700_000_001) == RECORD
    dids.insert(DID, '{"@context":[]}', "k1", b"\x04" + b"\1" * 64, 1_600_000_000, 4_000_000_000)
    documents.create(DOCUMENT, "metadata", DID, 1_700_000_000)
    written: dict[RegistryKind, SolidityWriter] = dict(zip(KINDS, (stamps, dids, issuers, documents), strict=True))

    def block(*logs: Any) -> None:
        for kind, storage in written.items():
            ledger.put(PLACES[kind], PROXY_CODE, {**storage.words, OWNED: number(PROGRAM)})
        ledger.block(logs)

    def revised(revision: bytes, kind: IssuerType) -> Any:
        return AttributeRevision(DID, ATTRIBUTE, revision, kind).log_of(PLACES[RegistryKind.ISSUERS])

    ledger.put(PROGRAM, PROGRAM_CODE)
    stamped = TimestampedHashes((hashlib.sha256(HASH).digest(),), (0,), (HASH,), (b"data",)).log_of(PLACES[KINDS[0]])
    document = DidDocumentInserted(
        DID, '{"@context":[]}', "k1", b"\x04" + b"\1" * 64, True, 1_600_000_000, 4_000_000_000
    )
    created = DocumentCreated(DOCUMENT, "metadata", DID, 1_700_000_000, 0, bytes(32))
    block(stamped, document.log_of(PLACES[RegistryKind.DID]), created.log_of(PLACES[RegistryKind.TRACK_AND_TRACE]))
    block(revised(issuers.metadata(DID, ATTRIBUTE, IssuerType.TRUSTED_ISSUER, TAO, TAO), IssuerType.TRUSTED_ISSUER))
    block(revised(issuers.data(DID, ATTRIBUTE, CREDENTIAL), IssuerType.TRUSTED_ISSUER))
    block(stamped)
    block(revised(issuers.metadata(DID, ATTRIBUTE, IssuerType.REVOKED, TAO, TAO, 5), IssuerType.REVOKED))
    stamps.store(OWNED, b"\x99" * 20)
    ledger.put(b"\x99" * 20, PROGRAM_CODE)
    ledger.put(PLACES[RegistryKind.TIMESTAMP], PROXY_CODE, {**stamps.words})
    ledger.block()
    return ledger


class Desk:
    """Types commands."""

    def __init__(self, node: LedgerNode, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.node, self.folder, self.capsys = node, folder, capsys
        (folder / "genesis.json").write_bytes(node.chain.genesis())
        self.type("profile", "make", "--genesis", folder / "genesis.json", "--out", folder / "profile.draft")
        self.pins = [self._entry(pinned(kind)) for kind in KINDS]
        self.write_pins()

    def write_pins(self) -> None:
        (self.folder / "registries.json").write_text(json.dumps({"registries": self.pins}))

    @staticmethod
    def _entry(pin: RegistryPin) -> dict[str, Any]:
        assert pin.implementation is not None
        assert pin.implementation_code_hash is not None
        return {
            "kind": pin.kind.value, "address": "0x" + pin.address.hex(), "code_hash": "0x" + pin.code_hash.hex(),
            "proxy": pin.proxy_form.value, "implementation": "0x" + pin.implementation.hex(),
            "implementation_code_hash": "0x" + pin.implementation_code_hash.hex(), "born": pin.born,
        }  # fmt: skip

    def type(self, *words: object, status: int = 0) -> str:
        self.capsys.readouterr()
        found = main([*(str(word) for word in words), "--home", str(self.folder / "home")])
        out = self.capsys.readouterr()
        assert found == status, (out.out, out.err)
        return out.out or out.err

    def ask(self, *words: object, status: int = 0) -> dict[str, Any]:
        """Ask a question for programs."""
        return json.loads(self.type(*self.words(*words), "--json", status=status))

    def words(self, *words: object) -> list[object]:
        where = ["--rpc", self.node.url, "--profile", self.folder / "profile.draft"]
        return ["ledger", *words, *where, "--registries", self.folder / "registries.json"]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    with LedgerNode(made()) as node:
        assert isinstance(node, LedgerNode)
        yield Desk(node, tmp_path, capsys)


def test_a_time_stamp_with_block_age_route_and_program(desk: Desk) -> None:
    found = desk.ask("timestamp", HASH.hex(), "--at", 5)
    assert (found["found"], found["timestamp"]["block"], found["timestamp"]["data"]) == (True, 1, "0x64617461")
    assert (found["block"], found["time"], found["route"]) == (5, 1_700_000_005, "proof")
    assert found["age"] > 0
    assert found["program"]["implementation"] == "0x" + PROGRAM.hex()
    absent = desk.ask("timestamp", HASH[::-1].hex(), "--at", 5)
    assert not absent["found"]
    text = desk.type(*desk.words("timestamp", HASH.hex(), "--at", 5))
    assert "Time-stamped in block 1" in text
    assert "block 5" in text


def test_the_program_in_force_in_the_words_of_a_pin(desk: Desk) -> None:
    address = "0x" + PLACES[RegistryKind.DID].hex()
    found = desk.ask("program", address, "--proxy", "owned")
    assert found["pin"].items() <= desk.pins[1].items()
    assert "implementation code hash" in desk.type(*desk.words("program", address, "--proxy", "owned"))
    assert desk.ask("program", address, "--proxy", "erc1967", status=1)["error"]["code"] == "REGISTRY-PROGRAM"


def test_time_stamps_and_dids_by_logs(desk: Desk) -> None:
    stamped = ["timestamp", HASH.hex(), "--route", "logs"]
    found = desk.ask(*stamped, "--at", 5)
    assert (found["found"], found["whole"], [one["block"] for one in found["stampings"]]) == (True, True, [1, 4])
    assert (found["route"], found["program"]) == ("logs", {"state": "watched"})
    later = desk.ask(*stamped, "--at", 5, "--since", 5, status=3)
    assert (later["ok"], later["found"], later["first_block"]) == (False, False, 5)
    assert not desk.ask("timestamp", HASH[::-1].hex(), "--route", "logs", "--at", 5)["found"]
    assert "perhaps earlier" in desk.type(*desk.words(*stamped, "--at", 5, "--since", 4))
    by_logs, by_state = (desk.ask("did", DID, "--key", "k1", "--purpose", "authentication", "--route", route)
                         for route in ("logs", "state"))  # fmt: skip
    assert by_logs["document"] == by_state["document"]
    assert by_logs["key"] == by_state["key"]
    assert by_logs["program"] == {"state": "watched"}


def test_a_record_of_versions(desk: Desk) -> None:
    found = desk.ask("timestamp-record", RECORD.hex(), "--at", 5)
    assert [one["hashes"] for one in found["record"]["versions"]] == [[hashlib.sha256(HASH).hexdigest()]]
    (owner,) = found["record"]["owners"]
    assert (owner["name"], owner["may_act"]) == ("0x" + "aa" * 20, True)
    assert "Record with 1 versions" in desk.type(*desk.words("timestamp-record", RECORD.hex(), "--at", 5))
    assert not desk.ask("timestamp-record", HASH.hex(), "--at", 5)["found"]


def test_an_exchanged_program_is_an_error_of_its_own(desk: Desk) -> None:
    found = desk.ask("timestamp", HASH.hex(), status=1)
    assert found["error"]["code"] == "REGISTRY-PROGRAM"
    assert "at or before block 6" in found["error"]["message"]


def test_a_did_and_its_keys(desk: Desk) -> None:
    found = desk.ask("did", DID, "--key", "k1", "--purpose", "authentication")
    assert found["document"]["controllers"] == [DID]
    assert found["document"]["keys"][0]["may_invoke"]
    assert (found["key"]["state"], found["block"]) == ("valid", 6)
    assert (
        desk.ask("did", DID, "--key", "k1", "--purpose", "keyAgreement", status=1)["key"]["state"] == "no_relationship"
    )
    assert desk.ask("did", TAO, "--key", "k1", status=1)["key"]["state"] == "no_document"
    assert "the registry takes its calls" in desk.type(*desk.words("did", DID))


@pytest.mark.parametrize("route", ["state", "logs"])
def test_was_it_accredited_and_is_it_still_over_either_route(desk: Desk, route: str) -> None:
    asked = ["issuer", DID, "--attribute", ATTRIBUTE.hex(), "--route", route]
    still = desk.ask(*asked, "--at", 3, "--still-at", 4)
    assert [still[name]["answer"] for name in ("at", "still")] == ["yes", "yes"]
    assert [still[name]["block"] for name in ("at", "still")] == [3, 4]
    assert still["at"]["revision"] == "0x" + hashlib.sha256(CREDENTIAL).hexdigest()
    assert still["changed"] is False
    assert still["at"]["age"] >= still["still"]["age"] > 0
    ended = desk.ask(*asked, "--at", 4, "--still-at", 6, status=1)
    assert [ended[name]["answer"] for name in ("at", "still")] == ["yes", "no"]
    assert ended["changed"] is True
    assert desk.ask(*asked, "--at", 1, status=1)["at"]["answer"] == "no"
    assert desk.ask(*asked, "--at", 3, "--schema", "one", status=3 if route == "logs" else 1)["at"]["answer"] in (
        "cannot tell", "no",
    )  # fmt: skip
    assert desk.ask(*asked, "--at", 4, "--still-at", 3, status=2)["error"]["code"] == "USAGE"
    assert desk.ask(*asked, "--at", 9, status=2)["error"]["code"] == "USAGE"
    text = desk.type(*desk.words(*asked, "--at", 3))
    assert text.startswith("YES: ")
    assert "trusted issuer" in text


def test_a_credential_is_bound_by_its_hash(desk: Desk) -> None:
    asked = ["issuer", DID, "--attribute", ATTRIBUTE.hex(), "--at", 3, "--credential", desk.folder / "credential"]
    (desk.folder / "credential").write_bytes(CREDENTIAL + b"\n")
    assert desk.ask(*asked, "--route", "logs")["at"]["credential"] == "0x" + hashlib.sha256(CREDENTIAL).hexdigest()
    assert desk.ask(*asked)["at"]["credential"] == "0x" + hashlib.sha256(CREDENTIAL).hexdigest()
    (desk.folder / "credential").write_bytes(CREDENTIAL + b"y")
    for route in ("state", "logs"):
        assert desk.ask(*asked, "--route", route, status=1)["error"]["code"] == "REGISTRY-DOCUMENT"


def test_the_route_of_logs_asks_for_no_proof(desk: Desk) -> None:
    desk.ask("issuer", DID, "--attribute", ATTRIBUTE.hex(), "--route", "logs", "--at", 4)
    assert "eth_getProof" not in desk.node.ledger.asked
    assert "eth_getBlockReceipts" in desk.node.ledger.asked


def test_a_tracked_document(desk: Desk) -> None:
    found = desk.ask("document", DOCUMENT.hex())
    assert (found["document"]["creator"], found["document"]["time"]) == (DID, 1_700_000_000)
    assert not desk.ask("document", HASH.hex())["found"]
    told = desk.ask("document", DOCUMENT.hex(), "--route", "logs")
    assert (told["document"]["creator"], told["document"]["time"]) == (DID, 1_700_000_000)
    assert [(one["event"], one["block"]) for one in told["history"]] == [("DocumentCreated", 1)]
    assert not desk.ask("document", HASH.hex(), "--route", "logs")["found"]
    assert "DocumentCreated" in desk.type(*desk.words("document", DOCUMENT.hex(), "--route", "logs"))


def test_a_call_that_would_lock_out_is_warned_of(desk: Desk) -> None:
    found = desk.ask("call", "0x" + ROLL.encode().hex())
    (warning,) = found["warnings"]
    assert (warning["name"], warning["locks_out"]) == ("DID-ROLL-LOCKOUT", True)
    assert len(warning["safer"]) == 4
    text = desk.type(*desk.words("call", ROLL.encode().hex()))
    assert "WARNING DID-ROLL-LOCKOUT" in text
    assert desk.ask("call", UpdateBaseDocument(DID, "{}").encode().hex())["warnings"] == []
    assert desk.ask("call", "0x00", status=1)["error"]["code"] == "REGISTRY-CALLDATA"


def test_what_is_not_pinned_is_not_read(desk: Desk) -> None:
    desk.pins = desk.pins[1:]
    desk.write_pins()
    assert desk.ask("timestamp", HASH.hex(), status=1)["error"]["code"] == "REGISTRY-UNPINNED"


def test_a_node_without_proofs_is_the_wrong_route_and_logs_go_on(desk: Desk) -> None:
    desk.node.lacks = {"eth_getProof"}
    asked = ["issuer", DID, "--attribute", ATTRIBUTE.hex(), "--at", 4]
    found = desk.ask(*asked, status=1)
    assert found["error"]["code"] == "ROUTE-UNPROVABLE"
    assert "--route logs" in found["error"]["message"]
    assert desk.ask(*asked, "--route", "logs")["at"]["answer"] == "yes"


def test_a_node_that_has_only_just_heard_of_a_block_is_asked_again(desk: Desk) -> None:
    desk.node.late = 2
    assert desk.ask("did", DID)["found"]
    desk.node.late = 1
    assert desk.ask("did", DID, "--at", 1, status=4)["error"]["code"] == "RPC-STATE"
