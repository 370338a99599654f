"""Signing jobs on a real local network: crashes after every stored step, nodes that lie, signers that cheat."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.errors import UsageError
from desktop.services import registry_calls, signing
from desktop.services.job import Job, JobState
from desktop.services.job_errors import (
    AnswerLostError,
    FeeRefusedError,
    JobStepError,
    NonceUsedError,
    ProviderLiesError,
    SignatureWrongError,
    SimulationError,
    StillNetworkError,
    StillPossibleError,
)
from desktop.services.network_session import NetworkSession
from desktop.services.signer_access import KeyMissingError
from desktop.services.signing import RecordRequest
from firmware_bridge.errors import CancelledError, DeclinedError, DeviceError, PolicyRefusedError, UnpluggedError
from lightnode.rpc.ledger import Place
from lightnode.templates import built_in
from lightnode.wire import registry_slots as slots
from tests.support.signing_office import FIELDS, OFFICE, CrashError, Office, crash_at
from tests.support.stand_in_signer import StandInSigner

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (Path(__file__).parents[2] / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


@pytest.fixture
def signer(office: Office, monkeypatch: pytest.MonkeyPatch) -> StandInSigner:
    office.mine()
    office.signer.twist = office.signer.as_label = office.signer.error = None
    return office.signer.install(monkeypatch)


def test_a_record_goes_from_draft_to_proof(office: Office, signer: StandInSigner) -> None:
    states: list[JobState] = []
    with office.open() as session:
        stored = office.draft(session)
        assert session.workspace.load(stored.job.identifier).job == stored.job
        done = signing.complete(session, office.desk(tell=lambda job: states.append(job.state)), stored)
        steps = session.workspace.store.job_steps(done.job.identifier)
    assert [state for state, _, _ in steps] == ["drafted", "approved", "signed", "sent", "included", "proven"]
    assert states[-1] is JobState.PROVEN
    assert done.evidence is not None


@pytest.mark.parametrize("after", ["approved", "signed", "sent", "included"])
def test_a_crash_after_any_stored_step_loses_nothing_and_sends_nothing_new(
    office: Office, signer: StandInSigner, after: str
) -> None:
    with office.open() as session:
        stored = office.draft(session)
        with pytest.raises(CrashError):
            signing.complete(session, office.desk(tell=crash_at(after)), stored)
    signer.asked = 0
    with office.open() as session:
        assert session.workspace.load(stored.job.identifier).job.state.value == after
        done = signing.resume(session, stored.job.identifier, office.desk())
        assert done.job.state is JobState.PROVEN
        assert done.evidence is not None
        assert signer.asked == (1 if after == "approved" else 0)
        assert session.ledger.latest_nonce(done.job.sender) == done.job.fields.nonce + 1
        # Once proven, carrying on gives the same evidence again.
        assert signing.resume(session, stored.job.identifier, office.desk()).evidence == done.evidence


@pytest.mark.parametrize("after", ["signed", "sent"])
def test_a_crash_between_sending_and_storing_is_found_on_the_ledger(
    office: Office, signer: StandInSigner, after: str
) -> None:
    with office.open() as session:
        stored = office.draft(session)

        def send_first(job: Job) -> None:
            if job.state.value == after:
                session.ledger.send(job.signatures[-1])
                office.mine()
                raise CrashError

        if after == "sent":
            with pytest.raises(CrashError):
                signing.complete(session, office.desk(tell=crash_at("sent")), stored)
        else:
            with pytest.raises(CrashError):
                signing.complete(session, office.desk(tell=send_first), stored)
        assert signing.resume(session, stored.job.identifier, office.desk()).job.state is JobState.PROVEN


def test_a_number_used_elsewhere_ends_the_job_by_proof(office: Office, signer: StandInSigner) -> None:
    with office.open() as session:
        stored = office.draft(session)
        with pytest.raises(CrashError):
            signing.complete(session, office.desk(tell=crash_at("approved")), stored)
        other = replace(stored.job.fields, to=stored.job.sender, data=b"", gas_limit=21_000)
        session.ledger.send(signer.sign(other, "official"))
        office.mine()
        with pytest.raises(NonceUsedError):
            signing.resume(session, stored.job.identifier, office.desk())
        ended = session.workspace.load(stored.job.identifier).job
        assert (ended.state, ended.code) == (JobState.FAILED, "JOB-NONCE-USED")
        with pytest.raises(JobStepError):
            signing.resume(session, stored.job.identifier, office.desk())


@pytest.mark.parametrize("twist", [{"nonce": 99}, {"data": b"\x00"}, {"gas_price": 7}, {"to": None}, {"chain_id": 5}])
def test_a_signer_that_signs_something_else_is_found_out(office: Office, signer: StandInSigner, twist: Any) -> None:
    signer.twist = twist
    _demand_refused(office)


def test_a_signer_that_signs_with_another_key_is_found_out(office: Office, signer: StandInSigner) -> None:
    signer.as_label = "stranger"
    _demand_refused(office)


def _demand_refused(office: Office) -> None:
    with office.open() as session:
        stored = office.draft(session)
        with pytest.raises(SignatureWrongError):
            signing.complete(session, office.desk(), stored)
        assert session.workspace.load(stored.job.identifier).job.code == "JOB-SIGNATURE"
        assert session.ledger.latest_nonce(stored.job.sender) == stored.job.fields.nonce


def test_what_the_register_would_refuse_is_not_signed(office: Office, signer: StandInSigner) -> None:
    signer.asked = 0
    with office.open() as session:
        with pytest.raises(registry_calls.KeyUnknownError):
            office.draft(session, "stranger")
        with pytest.raises(KeyMissingError):
            office.draft(session, "nobody")
        with pytest.raises(SimulationError, match="not in office"):
            office.do(session, "official", lambda limit: registry_calls.admit(session, OFFICE, signer.address("official"), 1, limit))  # fmt: skip
        with pytest.raises(registry_calls.RecordUnknownError):
            registry_calls.act_count(session, 10_000)
    assert signer.asked == 0


def test_words_of_the_timestamp_way_are_refused_before_the_device_is_asked(
    office: Office, signer: StandInSigner
) -> None:
    signer.asked = 0
    request = RecordRequest(built_in("customs.ata-event.v1"), FIELDS, None)
    with office.open() as session:
        with pytest.raises(UsageError, match="--authority"):
            signing.draft_record(session, office.desk(), "official", replace(request, authority=OFFICE))
        with pytest.raises(UsageError, match="--record"):
            signing.draft_record(session, office.desk(), "official", request, OFFICE)
    assert signer.asked == 0


def test_a_network_that_stands_still_is_said_before_the_device_is_asked(office: Office, signer: StandInSigner) -> None:
    import time

    signer.asked = 0
    with office.open(clock=lambda: int(time.time()) + 600) as session, pytest.raises(StillNetworkError):
        office.draft(session)
    assert signer.asked == 0


class Liar:
    """Wraps the session's ledger and changes some answers."""

    def __init__(self, session: NetworkSession, patch: pytest.MonkeyPatch) -> None:
        self.ledger = session.ledger
        self.patch = patch

    def answer(self, method: str, change: Any) -> None:
        truth = getattr(self.ledger, method)
        self.patch.setattr(self.ledger, method, lambda *given, **named: change(truth(*given, **named)))


LIES = {
    "another block": ("place", lambda place: place and Place(place.height - 1, place.index)),
    "receipts": (
        "receipts",
        lambda receipts: [replace(one, status_or_root=1 - one.status_or_root) for one in receipts],
    ),
    "no transactions": ("transactions", lambda _: []),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_node_that_lies_about_the_block_is_not_believed(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    with office.open() as session:
        stored = office.draft(session)
        with monkeypatch.context() as patch:
            Liar(session, patch).answer(*LIES[lie])
            with pytest.raises(ProviderLiesError):
                signing.complete(session, office.desk(), stored)
        assert session.workspace.load(stored.job.identifier).job.state is JobState.SENT
        assert signing.resume(session, stored.job.identifier, office.desk()).job.state is JobState.PROVEN


def test_a_node_that_hides_the_act_is_overcome_by_proof(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.open() as session:
        stored = office.draft(session)
        with monkeypatch.context() as patch:
            Liar(session, patch).answer("place", lambda _: None)
            assert signing.complete(session, office.desk(), stored).job.state is JobState.PROVEN


def test_facts_of_the_network_are_recomputed_from_its_log(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.services import network_facts
    from lightnode.wire.registry import Verb

    with office.open() as session:
        done = signing.complete(session, office.desk(), office.draft(session))
        assert done.job.state is JobState.PROVEN
        registry = registry_calls.registry_of(session)
        counters = session.observer().account(registry, session.catch_up(), [slots.COUNTERS]).storage[slots.COUNTERS]
        record = slots.unpack_counters(counters)[1] - 1
        what = registry_calls.Change(Verb.SUSPEND, record, registry_calls.act_count(session, record))
        office.do(session, "official", lambda limit: registry_calls.change(session, what, limit))
        facts = network_facts.collect(session, {}, {})
        assert facts.status is not None
        assert [(entry.number, entry.state) for entry in facts.status.entries] == [(record, 2)]
        assert facts.checkpoint.block_hash == session.follower.end.block_hash
        assert [(one.first, one.last) for one in facts.intervals] == [(1, None)]
        with monkeypatch.context() as patch:
            truth = network_facts.read_leaves
            patch.setattr(network_facts, "read_leaves", lambda *given: truth(*given)[:-1])
            with pytest.raises(ProviderLiesError):
                network_facts.collect(session, {}, {})


def test_an_earlier_act_that_is_not_on_its_way_comes_first(office: Office, signer: StandInSigner) -> None:
    with office.open() as session:
        first = office.draft(session)
        with pytest.raises(CrashError):
            signing.complete(session, office.desk(tell=crash_at("signed")), first)
        with pytest.raises(JobStepError):
            office.draft(session)
        signing.resume(session, first.job.identifier, office.desk())
        assert signing.complete(session, office.desk(), office.draft(session)).job.state is JobState.PROVEN


@pytest.mark.parametrize(
    "error", [DeclinedError("Declined."), PolicyRefusedError("Refused."), CancelledError("Withdrawn.")]
)
def test_after_a_refusal_the_key_signs_the_next_act_at_once(
    office: Office, signer: StandInSigner, error: DeviceError
) -> None:
    with office.open() as session:
        first = office.draft(session)
        signer.error = error
        with pytest.raises(type(error)):
            signing.complete(session, office.desk(), first)
        ended = session.workspace.load(first.job.identifier).job
        assert (ended.state, ended.code) == (JobState.FAILED, error.code)
        signer.error = None
        done = signing.complete(session, office.desk(), office.draft(session))
        assert done.job.state is JobState.PROVEN
        assert done.job.fields.nonce == first.job.fields.nonce


def test_a_lost_answer_keeps_the_job_which_fetches_what_was_signed(office: Office, signer: StandInSigner) -> None:
    from desktop.services import job_dropping

    signer.asked, signer.answer_lost = 0, True
    with office.open() as session:
        first = office.draft(session)
        with pytest.raises(AnswerLostError, match=f"chancery jobs resume {first.job.identifier}"):
            signing.complete(session, office.desk(), first)
        with pytest.raises(StillPossibleError, match="may have been signed"):
            job_dropping.drop(session, first.job.identifier)
        with pytest.raises(JobStepError, match=f"chancery jobs drop {first.job.identifier}"):
            office.draft(session)
        assert signing.resume(session, first.job.identifier, office.desk()).job.state is JobState.PROVEN
        assert signer.asked == 1, "the person was asked once"
        assert signing.complete(session, office.desk(), office.draft(session)).job.state is JobState.PROVEN


def test_a_job_in_doubt_is_dropped_once_its_number_is_used(office: Office, signer: StandInSigner) -> None:
    from desktop.services import job_dropping

    with office.open() as session:
        first = office.draft(session)
        signer.error = UnpluggedError("Gone.")
        with pytest.raises(AnswerLostError):
            signing.complete(session, office.desk(), first)
        signer.error = None
        other = replace(first.job.fields, to=first.job.sender, data=b"", gas_limit=21_000)
        session.ledger.send(signer.sign(other, "official"))
        office.mine()
        assert job_dropping.drop(session, first.job.identifier).code == "JOB-DROPPED"
        assert signing.complete(session, office.desk(), office.draft(session)).job.state is JobState.PROVEN


def _refuse(number: int, words: str) -> Any:
    from lightnode.rpc.errors import RefusedError

    def answer(truth: Any, method: str, params: Any) -> Any:
        if method in ("eth_sendRawTransaction",):
            truth(method, params)
        raise RefusedError(number, words)

    return answer


MAKES = {
    "receipts one by one": ("eth_getBlockReceipts", _refuse(-32601, "Method not found")),
    "no price told": ("eth_gasPrice", _refuse(-32601, "Method not found")),
    "no balance told": ("eth_getBalance", _refuse(-32604, "Method not enabled")),
    "taken, and called known": ("eth_sendRawTransaction", _refuse(-32000, "Known transaction")),
    "taken, and called imported": ("eth_sendRawTransaction", _refuse(-32000, "already imported")),
}


@pytest.mark.parametrize("make", MAKES)
def test_nodes_of_another_make(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch, make: str
) -> None:
    method, answer = MAKES[make]
    with office.open() as session:
        truth = session.ledger.client.call

        def call(asked: str, params: Any = ()) -> Any:
            return answer(truth, asked, params) if asked == method else truth(asked, params)

        monkeypatch.setattr(session.ledger.client, "call", call)
        done = signing.complete(session, office.desk(), office.draft(session))
        assert done.job.state is JobState.PROVEN
        assert done.job.fields.gas_price == 0


def test_a_refusal_of_the_node_loses_nothing(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lightnode.rpc.errors import RefusedError

    with office.open() as session:
        stored = office.draft(session)

        def refuse(_: bytes) -> Any:
            raise RefusedError(-32000, "Gas price below configured minimum gas price")

        with monkeypatch.context() as patch:
            patch.setattr(session.ledger, "send", refuse)
            with pytest.raises(FeeRefusedError, match="minimum gas price"):
                signing.complete(session, office.desk(), stored)
        assert session.workspace.load(stored.job.identifier).job.state is JobState.SIGNED
        assert signing.resume(session, stored.job.identifier, office.desk()).job.state is JobState.PROVEN


def test_waiting_can_be_stopped_and_loses_nothing(
    office: Office, signer: StandInSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from desktop.services.job_errors import StoppedWhileSentError

    cancel = threading.Event()

    def stop_once_sent(job: Job) -> None:
        if job.state is JobState.SENT:
            cancel.set()

    with office.open() as session:
        stored = office.draft(session)
        with monkeypatch.context() as patch:
            # The node swallows it.
            patch.setattr(session.ledger, "send", lambda raw: None)
            with pytest.raises(StoppedWhileSentError):
                signing.complete(session, office.desk(cancel=cancel, tell=stop_once_sent), stored)
        assert session.workspace.load(stored.job.identifier).job.state is JobState.SENT
        # Carried on, the same bytes are sent again.
        before = session.workspace.load(stored.job.identifier).job.signatures
        done = signing.resume(session, stored.job.identifier, office.desk())
        assert done.job.state is JobState.PROVEN
        assert done.job.signatures == before
