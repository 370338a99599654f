"""Acts on EBSI's Timestamp on a real local network: crashes, copies, late blocks, nodes that lie, a registry found there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.errors import UsageError
from desktop.services import (
    adoption,
    deployment,
    drafting,
    network_facts,
    preflight,
    signing,
    timestamp_acts,
    timestamp_calls,
    transacting,
)
from desktop.services.job import Job, JobState
from desktop.services.job_errors import JobStepError, LateError, ProviderLiesError
from desktop.services.loaded_profile import LoadedProfile
from desktop.services.network_session import NetworkSession
from desktop.services.signer_access import SignerAddress
from desktop.services.signing import ChangeRequest, Desk, Done, RecordRequest
from desktop.services.timestamp_evidence import OtherTimestampError
from desktop.services.transacting import Intent, Sender
from desktop.services.workspace import StoredStep
from lightnode.consensus.genesis import load_genesis
from lightnode.devnet import control
from lightnode.devnet.settings import DevnetSettings
from lightnode.evidence.evidence_file import decode_evidence
from lightnode.light_client.network_profile import profile_of
from lightnode.rpc.client import JsonRpcClient
from lightnode.templates import built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.keccak import keccak256
from lightnode.wire.profile import TIMESTAMP, GasPolicy, Profile
from lightnode.wire.registry import Verb
from lightnode.wire.timestamp_call import EVENT_TOPIC, decode_timestamp_call, slots_of
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.stand_in_signer import StandInSigner

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (Path(__file__).parents[2] / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]
OFFICE, OTHER = authority_id("LU", "0001"), authority_id("LU", "0002")
EBSI_PROXY = b"diamond.standard.diamond.storage.proxy"
FIELDS = {
    "carnet_number": "LU-2026/1", "issuing_association": "Chamber", "holder": "A holder", "voucher_set": "1",
    "event_code": "EXP", "item_numbers": "1-3", "office_code": "LU000001", "event_date": "2026-11-20",
    "valid_until": "2027-03-01",
}  # fmt: skip


class Office:
    """A network with a Timestamp registry, which knows no keys, and a fresh desk for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.network = control.start(folder / "network", DevnetSettings(on_demand=True))
        self.home = folder / "home"
        genesis = load_genesis(self.network.genesis_path.read_bytes())
        self.bare = profile_of(genesis, environment="training", name="Test", gas=GasPolicy(0, 0, 8_000_000))
        self.signer = StandInSigner("timestamp office")
        self.profile: Profile = self.bare
        with pytest.MonkeyPatch.context() as patch:
            self.signer.install(patch)
            self.mine()
            with self.open() as session:
                self.profile, self.contract, _ = deployment.deploy_timestamp(session, self.desk(), "governance")

    def mine(self) -> None:
        JsonRpcClient(self.network.rpc_url).call("training_mine", [1])

    def open(self, profile: Profile | None = None) -> NetworkSession:
        loaded = LoadedProfile(profile or self.profile, b"", False, False, 1)
        return NetworkSession.open(self.network.rpc_url, loaded, self.home)

    def desk(self, **more: Any) -> Desk:
        return Desk(SignerAddress("stand-in"), lambda _: None, wait_seconds=5, **more)

    def request(self, **more: Any) -> RecordRequest:
        return RecordRequest(built_in("customs.ata-event.v1"), FIELDS, b"document", **{"authority": OFFICE, **more})

    def draft(self, session: NetworkSession, **more: Any) -> StoredStep:
        return signing.draft_record(session, self.desk(), "official", self.request(**more))

    def register(self, session: NetworkSession, **more: Any) -> Done:
        return signing.complete(session, self.desk(), self.draft(session, **more))

    def change(self, session: NetworkSession, verb: Verb, subject: Hash32 | None, authority: Hash32 = OFFICE) -> Done:
        assert subject is not None
        request = ChangeRequest(verb, subject, None, authority)
        return signing.complete(session, self.desk(), signing.draft_change(session, self.desk(), "official", request))

    def acts(self, session: NetworkSession) -> tuple[timestamp_acts.RecordedAct, ...]:
        return timestamp_acts.read(session, self.contract, session.catch_up())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("timestamp"))
    yield made
    control.stop(made.folder / "network")


@pytest.fixture
def signer(office: Office, monkeypatch: pytest.MonkeyPatch) -> StandInSigner:
    office.mine()
    office.signer.twist = office.signer.as_label = None
    return office.signer.install(monkeypatch)


def send_copy(office: Office, session: NetworkSession, data: bytes) -> None:
    """A stranger sends the same calldata under a name of its own."""
    stranger = office.signer.address("stranger")
    fields = replace(
        office.draft(session).job.fields, nonce=session.ledger.latest_nonce(stranger), data=data, gas_limit=1_000_000
    )
    session.ledger.send(office.signer.sign(fields, "stranger"))
    office.mine()


class CrashError(RuntimeError):
    pass


def test_the_profile_pins_the_proven_code(office: Office) -> None:
    recording = office.profile.recording
    assert recording is not None
    assert (recording.way, recording.contract) == (TIMESTAMP, office.contract)
    assert recording.code_hash == deployment.TIMESTAMP_REGISTRY.code_hash()


def test_a_registry_that_stands_already_is_named_by_its_proven_code(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.open(office.bare) as session:
        found = adoption.adopt(session, office.contract)
        assert found.profile == office.profile
        assert found.forwards_to is None
        with pytest.raises(adoption.ContractMissingError):
            adoption.adopt(session, Address(b"\x13" * 20))
        truth = session.ledger.proof

        def lie(*asked: Any) -> Any:
            return {**truth(*asked), "codeHash": "0x" + "11" * 32}

        monkeypatch.setattr(session.ledger, "proof", lie)
        with pytest.raises(ProviderLiesError):
            adoption.adopt(session, office.contract)


@pytest.mark.parametrize("preimage", [b"eip1967.proxy.implementation", b"eip1967.proxy.beacon", EBSI_PROXY])
def test_a_contract_that_passes_calls_on_is_said_to_do_so(
    office: Office, signer: StandInSigner, preimage: bytes
) -> None:
    """A contract that only keeps an address where proxies do."""
    shift = 1 if preimage == EBSI_PROXY else -1
    slot = (int.from_bytes(keccak256(preimage), "big") + shift).to_bytes(32, "big")
    code = b"\x73" + b"\x31" * 20 + b"\x7f" + slot + bytes.fromhex("55 6001 6000 f3")
    with office.open(office.bare) as session:
        create = signing.draft_intent(
            session, office.desk(), "stranger", lambda limit: Intent("", "a proxy", None, code, limit)
        )
        done = signing.complete(session, office.desk(), create)
        contract = deployment.contract_address(done.job.sender, done.job.fields.nonce)
        assert adoption.adopt(session, contract).forwards_to == Address(b"\x31" * 20)


def test_a_record_goes_from_draft_to_evidence(office: Office, signer: StandInSigner) -> None:
    with office.open() as session:
        done = office.register(session)
        assert done.job.state is JobState.PROVEN
        assert (done.record, done.job.authority) == (None, OFFICE)
        assert done.evidence is not None
        evidence = decode_evidence(done.evidence)
        assert evidence.way == TIMESTAMP
        act = decode_timestamp_call(done.job.fields.data)
        assert (act.verb, act.authority, act.subject, act.commitment) == (Verb.REGISTER, OFFICE, None, done.commitment)
        assert session.workspace.store.evidence(act.commitment) == (done.evidence,)
        assert office.acts(session)[-1].act == act
        assert office.acts(session)[-1].sender == signer.address("official")


@pytest.mark.parametrize("after", ["approved", "signed", "sent", "included"])
def test_a_crash_after_any_stored_step_loses_nothing(office: Office, signer: StandInSigner, after: str) -> None:
    def crash(job: Job) -> None:
        if job.state.value == after:
            raise CrashError

    with office.open() as session:
        stored = office.draft(session)
        with pytest.raises(CrashError):
            signing.complete(session, office.desk(tell=crash), stored)
    with office.open() as session:
        done = signing.resume(session, stored.job.identifier, office.desk())
        assert done.job.state is JobState.PROVEN
        assert done.job.fields.data == stored.job.fields.data
        assert done.evidence is not None
        assert done.commitment == decode_timestamp_call(stored.job.fields.data).commitment


def test_changes_name_the_record_and_count_its_acts(office: Office, signer: StandInSigner) -> None:
    with office.open() as session:
        subject = office.register(session).commitment
        for count, verb in enumerate((Verb.SUSPEND, Verb.REINSTATE, Verb.REVOKE)):
            done = office.change(session, verb, subject)
            assert (done.evidence, done.job.state) == (None, JobState.PROVEN)
            act = decode_timestamp_call(done.job.fields.data)
            assert (act.verb, act.subject, act.act_count, act.authority) == (verb, subject, count, OFFICE)
            assert act.template == built_in("customs.ata-event.v1").ledger_id


@pytest.mark.parametrize("after", ["approved", "sent", "included"])
def test_a_change_is_carried_on_after_a_crash(office: Office, signer: StandInSigner, after: str) -> None:
    def crash(job: Job) -> None:
        if job.state.value == after:
            raise CrashError

    with office.open() as session:
        subject = office.register(session).commitment
        assert subject is not None
        request = ChangeRequest(Verb.REVOKE, subject, None, OFFICE)
        stored = signing.draft_change(session, office.desk(), "official", request)
        with pytest.raises(CrashError):
            signing.complete(session, office.desk(tell=crash), stored)
    with office.open() as session:
        done = signing.resume(session, stored.job.identifier, office.desk())
        assert (done.job.state, done.job.fields.data) == (JobState.PROVEN, stored.job.fields.data)


def test_superseding_makes_a_record_and_names_the_old_one(office: Office, signer: StandInSigner) -> None:
    with office.open() as session:
        old = office.register(session).commitment
        stored = signing.draft_record(session, office.desk(), "official", office.request(), old)
        done = signing.complete(session, office.desk(), stored)
        act = decode_timestamp_call(done.job.fields.data)
        assert (act.verb, act.subject) == (Verb.SUPERSEDE, old)
        assert done.evidence is not None
        assert done.commitment not in (None, old)


def test_only_the_receiver_acknowledges_and_only_the_owner_changes(office: Office, signer: StandInSigner) -> None:
    signer.asked = 0
    with office.open() as session:
        subject = office.register(session, receiver=OTHER).commitment
        signer.asked = 0
        for verb, authority in ((Verb.ACKNOWLEDGE, OFFICE), (Verb.REVOKE, OTHER), (Verb.SUSPEND, ZERO_HASH)):
            with pytest.raises(timestamp_calls.SubjectUnknownError):
                office.change(session, verb, subject, authority)
        with pytest.raises(timestamp_calls.SubjectUnknownError):
            office.change(session, Verb.REVOKE, Hash32(b"\x21" * 32))
        assert signer.asked == 0
        assert office.change(session, Verb.ACKNOWLEDGE, subject, OTHER).job.state is JobState.PROVEN


def test_a_node_can_hide_acts_on_a_record_but_invent_none(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.open() as session:
        done = office.register(session)
        assert done.commitment is not None
        about = (session, office.contract, session.catch_up(), done.commitment)
        (true,) = timestamp_acts.read_about(*about)
        assert true == office.acts(session)[-1]
        call = session.ledger.client.call
        block = hex(done.job.place.height - 1)
        answers: tuple[Any, ...] = (
            [], [{"blockNumber": block, "data": "0x" + done.commitment.hex()}], {"not": "a list"},
        )  # fmt: skip
        for answer, error in zip(answers, (None, None, ProviderLiesError), strict=True):
            with monkeypatch.context() as patch:

                def lie(method: str, params: Any = (), *, told: Any = answer) -> Any:
                    return told if method == "eth_getLogs" else call(method, params)

                patch.setattr(session.ledger.client, "call", lie)
                if error is None:
                    assert timestamp_acts.read_about(*about) == ()
                else:
                    with pytest.raises(error):
                        timestamp_acts.read_about(*about)


def test_words_of_the_other_way_are_refused_before_the_device_is_asked(office: Office, signer: StandInSigner) -> None:
    signer.asked = 0
    with office.open() as session:
        with pytest.raises(UsageError, match="--authority"):
            office.draft(session, authority=None)
        with pytest.raises(UsageError, match="--subject"):
            signing.draft_change(session, office.desk(), "official", ChangeRequest(Verb.REVOKE, 3, None, OFFICE))
    assert signer.asked == 0


def test_a_strangers_copy_before_or_after_changes_nothing(office: Office, signer: StandInSigner) -> None:
    with office.open() as session:
        stored = office.draft(session)
        send_copy(office, session, stored.job.fields.data)
        done = signing.complete(session, office.desk(), stored)
        assert done.job.state is JobState.PROVEN
        act = decode_timestamp_call(stored.job.fields.data)
        slot = slots_of(act.commitment).by
        first = session.observer().account(office.contract, session.catch_up(), [slot]).storage[slot]
        assert first == int.from_bytes(signer.address("stranger"), "big"), "the stranger stands in the registry"
        assert [one.sender for one in office.acts(session) if one.act == act] == [
            signer.address("stranger"), signer.address("official"),
        ]  # fmt: skip
        send_copy(office, session, stored.job.fields.data)
        assert office.change(session, Verb.SUSPEND, act.commitment).job.state is JobState.PROVEN


def test_data_that_is_no_act_says_nothing(office: Office, signer: StandInSigner) -> None:
    from lightnode.wire import abi, timestamp_call

    with office.open() as session:
        before = office.acts(session)
        send_copy(office, session, abi.encode_call(timestamp_call.SIGNATURE, [[0], [b"\1" * 32], [b"hello"]]))
        send_copy(office, session, abi.encode_call(timestamp_call.SIGNATURE, [[0, 1], [b"\1" * 32, b"x"], [b"", b""]]))
        assert office.acts(session) == before


def test_an_act_recorded_after_its_limit_does_not_count(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "choose_not_after", lambda view, now, asked: asked)
    sign = signer.sign_job

    def slow(job: Job) -> bytes:
        time.sleep(max(job.not_after + 1.5 - time.time(), 0))
        return sign(job)

    monkeypatch.setattr(signer, "sign_job", slow)
    with office.open() as session:
        stored = office.draft(session, not_after=int(time.time()) + 2)
        with pytest.raises(LateError, match="after its time limit"):
            signing.complete(session, office.desk(), stored)
        ended = session.workspace.load(stored.job.identifier).job
        assert (ended.state, ended.code, ended.evidence) == (JobState.FAILED, "JOB-LATE", None)
        assert session.ledger.latest_nonce(ended.sender) == ended.fields.nonce + 1, "it stands on the ledger"
        with pytest.raises(JobStepError):
            signing.resume(session, stored.job.identifier, office.desk())
        with pytest.raises(timestamp_calls.SubjectUnknownError):
            office.change(session, Verb.REVOKE, decode_timestamp_call(ended.fields.data).commitment)


def _other_word(answer: Any, at: int) -> Any:
    answer["storageProof"][at]["value"] = "0x1234"
    return answer


def test_the_storage_is_proven_before_the_job_counts(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.open() as session:
        stored = office.draft(session)
        truth = session.ledger.proof
        asked: list[int] = []

        def lie(who: Address, slots: Any, height: int) -> Any:
            answer = truth(who, slots, height)
            asked.append(len(slots))
            return _other_word(answer, 1) if slots else answer

        with monkeypatch.context() as patch:
            patch.setattr(session.ledger, "proof", lie)
            with pytest.raises(ProviderLiesError):
                signing.complete(session, office.desk(), stored)
        assert asked[-1] == 3
        assert session.workspace.load(stored.job.identifier).job.state is JobState.INCLUDED
        assert signing.resume(session, stored.job.identifier, office.desk()).job.state is JobState.PROVEN


def test_a_contract_of_other_code_or_other_ways_is_refused(office: Office, signer: StandInSigner) -> None:
    recording = office.profile.recording
    assert recording is not None
    changed = replace(office.profile, recording=replace(recording, code_hash=Hash32(b"\5" * 32)))
    with office.open(changed) as session, pytest.raises(timestamp_calls.ContractChangedError):
        office.draft(session)


def logging_code(topic: bytes, data: bytes) -> bytes:
    """Creation code of a contract that stores nothing and answers every call with one event."""
    size, start = len(data).to_bytes(2, "big"), (49).to_bytes(2, "big")
    runtime = b"\x61" + size + b"\x61" + start + bytes.fromhex("600039 7f") + topic + b"\x61" + size
    runtime += bytes.fromhex("6000a100") + data
    return b"\x61" + len(runtime).to_bytes(2, "big") + bytes.fromhex("80600c6000396000f3") + runtime


def test_a_contract_that_logs_and_does_not_keep_is_found_out(office: Office, signer: StandInSigner) -> None:
    sender = signer.address("stranger")
    with office.open(office.bare) as session:
        contract = deployment.contract_address(sender, session.ledger.latest_nonce(sender))
        place = drafting.Place(office.bare.genesis_hash, contract, OFFICE)
        draft = drafting.draft(built_in("customs.ata-event.v1"), FIELDS, None, place, b"\x09" * 32)
        intent = timestamp_calls.record(draft, place, ZERO_HASH, int(time.time()) + 3600, None)
        code = logging_code(EVENT_TOPIC, decode_timestamp_call(intent.data).event_data())
        create = signing.draft_intent(
            session, office.desk(), "stranger", lambda limit: Intent("", "only logs", None, code, limit)
        )
        signing.complete(session, office.desk(), create)
        profile = adoption.adopt(session, contract).profile
    with office.open(profile) as session:
        stored = transacting.begin(session, Sender("official", signer.address("official")), intent)
        with pytest.raises(OtherTimestampError, match="storage does not hold"):
            signing.complete(session, office.desk(), stored)
        assert session.workspace.load(stored.job.identifier).job.state is JobState.INCLUDED


def test_facts_of_the_network_have_no_log_and_no_list_by_number(office: Office, signer: StandInSigner) -> None:
    with office.open() as session:
        facts = network_facts.collect(session, {}, {})
        assert (facts.marks, facts.status) == ((), None)
