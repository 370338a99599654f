"""Signing through nodes of other makes, small nodes and bad nodes: what is known is said before the device is asked, what
is not proven ends no job, and what is proven ends it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.services import deployment, registry_calls, signing
from desktop.services.job import Job, JobState
from desktop.services.job_errors import (
    BalanceLowError,
    ExpiredError,
    FeePolicyError,
    FeeRefusedError,
    JobError,
    NonceGapError,
    NonceUsedError,
    SimulationError,
    WaitedTooLongError,
)
from desktop.services.network_session import NetworkSession
from desktop.services.signing import Done
from desktop.services.workspace import StoredStep
from lightnode.rpc.errors import RefusedError, RpcError
from lightnode.wire.authority import authority_id
from lightnode.wire.profile import GasPolicy
from tests.support.hostile_node import HostileNode
from tests.support.signing_office import CrashError, Office, crash_at
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


@pytest.fixture(scope="module")
def front(office: Office) -> Iterator[HostileNode]:
    node = HostileNode(office.network.rpc_url)
    yield node
    node.close()


@pytest.fixture
def node(front: HostileNode) -> HostileNode:
    front.behave()
    return front


@pytest.fixture
def signer(office: Office, monkeypatch: pytest.MonkeyPatch) -> StandInSigner:
    office.mine()
    office.signer.asked = 0
    return office.signer.install(monkeypatch)


def stop_at(office: Office, session: NetworkSession, state: str) -> StoredStep:
    """Draft an act and let the program end when it has reached a state."""
    stored = office.draft(session)
    with pytest.raises(CrashError):
        signing.complete(session, office.desk(tell=crash_at(state)), stored)
    return session.workspace.load(stored.job.identifier)


def stop_unsent(office: Office, node: HostileNode, session: NetworkSession) -> StoredStep:
    """Draft an act that its node takes and forgets, and stop waiting for it."""
    node.behave(**{**node.flags, "swallow": True})
    stored = office.draft(session)
    with pytest.raises(WaitedTooLongError):
        signing.complete(session, office.desk(wait_seconds=0), stored)
    node.behave(**{**node.flags, "swallow": False})
    return session.workspace.load(stored.job.identifier)


def let_its_time_pass(office: Office, session: NetworkSession, stored: StoredStep) -> None:
    session.workspace.step(stored, replace(stored.job, not_after=session.follower.end.header.timestamp - 1))
    office.mine()


def use_its_number(office: Office, job: Job) -> None:
    """Send another transaction with the job's number from elsewhere."""
    other = replace(job.fields, to=job.sender, data=b"", gas_limit=21_000)
    with office.open() as elsewhere:
        elsewhere.ledger.send(office.signer.sign(other, job.key_label))
    office.mine()


def ended(session: NetworkSession, stored: StoredStep) -> tuple[JobState, str | None]:
    job = session.workspace.load(stored.job.identifier).job
    return job.state, job.code


def sign(office: Office, session: NetworkSession) -> Done:
    return signing.complete(session, office.desk(), office.draft(session))


def test_an_approved_act_that_can_no_longer_act_is_not_shown_to_the_person(
    office: Office, signer: StandInSigner, node: HostileNode
) -> None:
    with office.open(node.url) as session:
        late = stop_at(office, session, "approved")
        let_its_time_pass(office, session, late)
        with pytest.raises(ExpiredError):
            signing.resume(session, late.job.identifier, office.desk())
        assert ended(session, late) == (JobState.FAILED, "JOB-EXPIRED")
        used = stop_at(office, session, "approved")
        use_its_number(office, used.job)
        with pytest.raises(NonceUsedError):
            signing.resume(session, used.job.identifier, office.desk())
        assert ended(session, used) == (JobState.FAILED, "JOB-NONCE-USED")
        assert signer.asked == 0
        assert sign(office, session).job.state is JobState.PROVEN


# What every known refusal means is in tests/unit/desktop/test_send_refusal.py.
REFUSALS = [
    (-32009, "Gas price below configured minimum gas price", "JOB-FEE-REFUSED"),
    (-32000, "Transaction nonce is too distant from current sender nonce", "JOB-NONCE-GAP"),
    (-32000, "Unknown nonce of a known account", "RPC-REFUSED"),
    (-32601, "Method not found", "RPC-REFUSED"),
]


@pytest.mark.parametrize(("number", "words", "code"), REFUSALS)
def test_a_refused_act_stays_open_until_its_time_has_passed_and_blocks_no_longer(
    office: Office, signer: StandInSigner, node: HostileNode, number: int, words: str, code: str
) -> None:
    node.behave(refusal=(number, words))
    with office.open(node.url) as session:
        stored = office.draft(session)
        for again in (False, True):
            with pytest.raises((JobError, RpcError)) as caught:
                if again:
                    signing.resume(session, stored.job.identifier, office.desk())
                else:
                    signing.complete(session, office.desk(), stored)
            assert (caught.value.code, ended(session, stored)[0]) == (code, JobState.SIGNED)
            assert words.rstrip(".") in str(caught.value)
        assert signer.asked == 1
        let_its_time_pass(office, session, session.workspace.load(stored.job.identifier))
        with pytest.raises(ExpiredError):
            signing.resume(session, stored.job.identifier, office.desk())
        assert ended(session, stored) == (JobState.FAILED, "JOB-EXPIRED")
        node.behave()
        assert sign(office, session).job.state is JobState.PROVEN


def test_a_refusal_after_the_number_was_used_elsewhere_ends_the_act(
    office: Office, signer: StandInSigner, node: HostileNode
) -> None:
    with office.open(node.url) as session:
        stored = stop_at(office, session, "signed")
        use_its_number(office, stored.job)
        node.behave(refusal=(-32001, "Nonce too low"))
        with pytest.raises(NonceUsedError):
            signing.resume(session, stored.job.identifier, office.desk())
        assert "eth_sendRawTransaction" not in node.seen
        assert ended(session, stored) == (JobState.FAILED, "JOB-NONCE-USED")


def test_a_node_that_proves_nothing_about_new_accounts(
    office: Office, signer: StandInSigner, node: HostileNode
) -> None:
    node.behave(account_missing=True)
    members = {office.signer.address("stranger"): 1}
    with office.open(node.url) as session:
        assert session.observer().provable(office.signer.address("stranger"), session.catch_up()) is None
        stored = signing.draft_intent(
            session, office.desk(), "stranger",
            lambda limit: registry_calls.deploy(session, deployment.ACT_REGISTRY.creation_code(), members, 1, limit),
        )  # fmt: skip
        node.behave(account_missing=True, swallow=True)
        with pytest.raises(WaitedTooLongError):
            signing.complete(session, office.desk(wait_seconds=0), stored)
        # Nothing is concluded from the missing proof.
        assert ended(session, stored)[0] is JobState.SENT
        node.behave(account_missing=True)
        assert signing.resume(session, stored.job.identifier, office.desk()).job.state is JobState.PROVEN


def test_time_is_proven_past_without_any_proof_about_the_account(
    office: Office, signer: StandInSigner, node: HostileNode
) -> None:
    with office.open(node.url) as session:
        stored = stop_unsent(office, node, session)
        let_its_time_pass(office, session, stored)
        node.behave(window=-1)
        with pytest.raises(ExpiredError):
            signing.resume(session, stored.job.identifier, office.desk())
        assert ended(session, stored) == (JobState.FAILED, "JOB-EXPIRED")


@pytest.mark.parametrize("window", [3, -1])
def test_a_number_used_elsewhere_is_proven_by_blocks_where_old_states_are_gone(
    office: Office, signer: StandInSigner, node: HostileNode, window: int
) -> None:
    with office.open(node.url) as session:
        stored = stop_unsent(office, node, session)
        office.mine(3)
        use_its_number(office, stored.job)
        office.mine(12)
        node.behave(window=window)
        with pytest.raises(NonceUsedError):
            signing.resume(session, stored.job.identifier, office.desk())
        assert ended(session, stored) == (JobState.FAILED, "JOB-NONCE-USED")


def test_a_hidden_act_is_found_in_the_blocks_where_old_states_are_gone(
    office: Office, signer: StandInSigner, node: HostileNode
) -> None:
    with office.open(node.url) as session:
        stored = stop_unsent(office, node, session)
        office.mine(3)
        with office.open() as elsewhere:
            elsewhere.ledger.send(stored.job.signatures[-1])
        office.mine(12)
        node.behave(window=3, hide=True)
        done = signing.resume(session, stored.job.identifier, office.desk())
        assert done.job.state is JobState.PROVEN
        assert done.job.signatures == stored.job.signatures


@pytest.mark.parametrize("behind", [1, 3])
def test_nodes_of_different_height_behind_one_address(
    office: Office, signer: StandInSigner, node: HostileNode, behind: int
) -> None:
    node.behave(behind=behind)
    with office.open(node.url) as session:
        for _ in range(2):
            assert sign(office, session).job.state is JobState.PROVEN


def test_a_fee_that_the_policy_forbids_or_the_account_cannot_pay_is_said_before_the_device_is_asked(
    office: Office, signer: StandInSigner, node: HostileNode
) -> None:
    node.behave(least_price=1000)
    with office.open(node.url) as session, pytest.raises(FeePolicyError, match=r"1000 wei.* 0\."):
        office.draft(session)
    paying = replace(office.profile, gas=GasPolicy(0, 1000, 8_000_000))
    with office.open(node.url, paying) as session:
        with pytest.raises(BalanceLowError, match="the account has 0"):
            signing.draft_intent(
                session, office.desk(), "governance", lambda limit: registry_calls.admit(
                    session, authority_id("LU", "0002"), office.signer.address("stranger"), 2, limit)
            )  # fmt: skip
        assert signer.asked == 0
        done = sign(office, session)
        assert (done.job.state, done.job.fields.gas_price) == (JobState.PROVEN, 1000)


def test_a_fee_raised_after_a_refusal_is_taken(office: Office, signer: StandInSigner, node: HostileNode) -> None:
    with office.open(node.url) as session:
        stored = office.draft(session)
        node.behave(least_price=1000)
        with pytest.raises(FeeRefusedError, match="minimum gas price"):
            signing.complete(session, office.desk(), stored)
        done = signing.resume(session, stored.job.identifier, office.desk(), raise_fee=1000)
        assert (done.job.state, done.job.fields.gas_price) == (JobState.PROVEN, 1000)


@pytest.mark.parametrize("pending", ["0x1f4", "0xffffffffffffffff"])
def test_a_number_far_ahead_is_not_signed(
    office: Office, signer: StandInSigner, node: HostileNode, pending: str
) -> None:
    node.behave(pending=pending)
    with office.open(node.url) as session, pytest.raises(NonceGapError):
        office.draft(session)
    assert signer.asked == 0


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_trouble_of_the_node_is_not_said_to_be_the_registers_refusal(
    office: Office, signer: StandInSigner, node: HostileNode, method: str
) -> None:
    with office.open(node.url) as session:
        for number, words in ((-32603, "Internal error"), (-32601, "Method not found")):
            node.behave(trouble={method: (number, words)})
            with pytest.raises(RefusedError, match=words):
                office.draft(session)
        node.behave(trouble={method: (3, "execution reverted")})
        with pytest.raises(SimulationError):
            office.draft(session)


MISSING: dict[str, Any] = dict.fromkeys(
    ("eth_gasPrice", "eth_getBalance", "eth_getBlockReceipts"), (-32601, "Method not found")
)


def test_a_node_without_prices_and_balances_is_signed_through(
    office: Office, signer: StandInSigner, node: HostileNode
) -> None:
    node.behave(trouble=MISSING)
    with office.open(node.url) as session:
        assert sign(office, session).job.state is JobState.PROVEN
