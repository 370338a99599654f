"""Every way in which asking a signer can go wrong: what becomes of the job, and what the key's next act may do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desktop.errors import DesktopError
from desktop.services import job as jobs
from desktop.services import job_dropping, preflight, signing
from desktop.services.job import Inclusion, Job, JobState
from desktop.services.job_errors import (
    AnswerLostError,
    JobStepError,
    ProviderLiesError,
    SignatureWrongError,
    StillPossibleError,
    StoppedWhileAskedError,
)
from desktop.services.job_outlook import ProvenView
from desktop.services.job_runner import Hands, JobRunner
from desktop.services.workspace import StoredStep, Workspace
from firmware_bridge import errors as bridge
from lightnode.light_client.errors import BehindError
from lightnode.rpc.errors import UnreachableError
from lightnode.store import key_slots
from lightnode.store.cache import create_store
from lightnode.wire.types import hash32
from tests.unit.desktop.test_job import FIELDS, FRESH, KEY, new_job, sign

NUMBER = FIELDS.nonce


class FaultError(RuntimeError):
    """A fault of the program."""


class Office:
    """A store, and a network of which everything that is proven is said here."""

    def __init__(self, folder: Path) -> None:
        store = create_store(folder, b"passphrase", os.urandom)
        self.workspace = Workspace(folder, store, lambda: 1_000)
        self.view = FRESH
        self.found: Any = None
        self.trouble: Exception | None = None

    def observer(self) -> Any:
        return SimpleNamespace(look=self.look)

    def look(self, _: Job) -> tuple[ProvenView, Any]:
        if self.trouble is not None:
            raise self.trouble
        return self.view, self.found

    def runner(self, error: BaseException | None, *, asked: bool = True) -> JobRunner:
        def hand(job: Job, mark: Any) -> bytes:
            if asked:
                mark()
            if error is not None:
                raise error
            return sign(job.fields)

        return JobRunner(self, Hands(sign=hand, collect=lambda *_: None))  # type: ignore[arg-type]

    def begin(self, state: str) -> StoredStep:
        """A job as the runner meets it; `fresh` is approved by the runner itself."""
        job = new_job()
        if state == "fresh":
            return self.workspace.begin(job)
        job = jobs.approve(job)
        if state == "raised":
            job = jobs.raise_fee(jobs.mark_sent(jobs.take_signature(job, sign(FIELDS))), 2_000, b"\2" * 16)
        return self.workspace.begin(job)

    def next_number(self) -> int | None:
        """The number that the key's next act gets; None where it is refused."""
        view = preflight.NetworkView(9, 1_000, 1, 1, None, 8_000_000, NUMBER, NUMBER, 0, 0)
        try:
            unfinished = [step.job for step in self.workspace.unfinished()]
            return preflight.choose_nonce(view, new_job().sender, unfinished)
        except JobStepError as refusal:
            assert "`chancery jobs resume j1`" in refusal.text
            assert "`chancery jobs drop j1`" in refusal.text
            return None


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(key_slots, "LOG2_N", 10)
    made = Office(tmp_path / "store")
    yield made
    made.workspace.close()


# Answers of the signer after which a signature may exist all the same.
UNSURE = {"DEVICE-INTERNAL", "DEVICE-REPEATED"}
ERRORS: list[tuple[BaseException, bool, str]] = [
    *((kind("Refused."), True, "unsure" if kind.code in UNSURE else "refused")
      for kind in bridge.DEVICE_ERRORS.values() if kind is not bridge.BusyError),
    (bridge.BusyError("Busy."), True, "not asked"),
    (bridge.CancelledError("Withdrawn."), False, "not asked"),
    (bridge.PolicyRefusedError("The profile is refused."), False, "not asked"),
    (bridge.UnpluggedError("Gone."), False, "not asked"),
    (bridge.LinkTimeoutError("Silent."), False, "not asked"),
    (KeyboardInterrupt(), False, "not asked"),
    (bridge.UnpluggedError("Gone."), True, "unsure"),
    (bridge.LinkTimeoutError("Silent."), True, "unsure"),
    (bridge.MessageError("Malformed."), True, "unsure"),
    (KeyboardInterrupt(), True, "unsure"),
    (FaultError("A fault."), True, "unsure"),
    (SignatureWrongError("Another key."), True, "wrong"),
]  # fmt: skip

# (state, what is known after the error) -> (state afterwards, number of the next act)
TABLE = {
    ("fresh", "refused"): (JobState.FAILED, NUMBER),
    ("fresh", "not asked"): (JobState.FAILED, NUMBER),
    ("fresh", "unsure"): (JobState.APPROVED, None),
    ("fresh", "wrong"): (JobState.FAILED, NUMBER),
    # An earlier run may have asked: only the signer's own word for this request ends it.
    ("resumed", "refused"): (JobState.FAILED, NUMBER),
    ("resumed", "not asked"): (JobState.APPROVED, None),
    ("resumed", "unsure"): (JobState.APPROVED, None),
    ("resumed", "wrong"): (JobState.FAILED, NUMBER),
    # The act with the lower fee is signed; it stays what it was.
    ("raised", "refused"): (JobState.SIGNED, None),
    ("raised", "not asked"): (JobState.APPROVED, None),
    ("raised", "unsure"): (JobState.APPROVED, None),
    ("raised", "wrong"): (JobState.SIGNED, None),
}


@pytest.mark.parametrize("state", ["fresh", "resumed", "raised"])
@pytest.mark.parametrize(
    "case", ERRORS, ids=lambda case: f"{type(case[0]).__name__}-{'asked' if case[1] else 'before'}"
)
def test_what_an_error_makes_of_a_job(office: Office, state: str, case: tuple[BaseException, bool, str]) -> None:
    error, asked, known = case
    runner, stored = office.runner(error, asked=asked), office.begin(state)
    before = stored.job
    if state == "fresh":
        stored = runner.approve(stored)
    with pytest.raises(BaseException) as raised:
        runner.carry_on(stored)
    after = office.workspace.load("j1").job
    expected, number = TABLE[state, known]
    assert (after.state, office.next_number()) == (expected, number)
    code = "INTERRUPTED" if isinstance(error, KeyboardInterrupt) else getattr(error, "code", None)
    if expected is JobState.FAILED:
        assert after.code == code
        assert raised.value is error
        return
    if known in ("refused", "wrong"):
        assert raised.value is error
        assert after.fields == FIELDS, "the fields that were signed before are in force again"
    elif isinstance(error, KeyboardInterrupt):
        assert isinstance(raised.value, StoppedWhileAskedError)
    elif isinstance(error, bridge.BridgeError):
        assert isinstance(raised.value, AnswerLostError)
        assert error.code in raised.value.text
    if isinstance(raised.value, DesktopError) and raised.value is not error:
        assert "`chancery jobs resume j1`" in raised.value.text
    if state != "raised":
        assert after.request == before.request
        assert after.unsigned == before.unsigned


def test_an_act_in_doubt_is_asked_for_again_under_the_same_id(office: Office) -> None:
    stored = office.begin("fresh")
    runner = office.runner(bridge.UnpluggedError("Gone."))
    with pytest.raises(AnswerLostError):
        runner.carry_on(runner.approve(stored))
    seen = []

    def hand(job: Job, mark: Any) -> bytes:
        seen.append((job.request, job.unsigned))
        mark()
        raise bridge.DeclinedError("Declined.")

    again = JobRunner(office, Hands(sign=hand, collect=lambda *_: None))  # type: ignore[arg-type]
    with pytest.raises(bridge.DeclinedError):
        again.carry_on(office.workspace.load("j1"))
    assert seen == [(stored.job.request, stored.job.unsigned)]


@pytest.mark.parametrize("trouble", [UnreachableError("Gone."), BehindError("Behind."), ProviderLiesError("Lies.")])
@pytest.mark.parametrize("state", ["fresh", "resumed", "raised"])
def test_a_network_that_fails_before_a_signer_is_asked(office: Office, state: str, trouble: Any) -> None:
    """A job that nobody was asked about ends, so that its key is free; one that a signer may know of stays."""
    stored = office.begin(state)
    office.trouble = trouble
    runner = office.runner(FaultError("asked"))
    with pytest.raises(type(trouble)):
        runner.carry_on(runner.approve(stored) if state == "fresh" else stored)
    after = office.workspace.load("j1").job
    if state == "fresh":
        assert (after.state, after.code) == (JobState.FAILED, trouble.code)
        assert office.next_number() == NUMBER
    else:
        assert after == stored.job


def test_a_job_that_can_no_longer_act_is_not_taken_to_the_signer(office: Office) -> None:
    stored = office.begin("resumed")
    office.view = replace(FRESH, account_nonce=NUMBER + 1)
    with pytest.raises(DesktopError) as raised:
        office.runner(FaultError("asked")).carry_on(stored)
    assert raised.value.code == "JOB-NONCE-USED"


def _state(state: JobState) -> Job:
    job = new_job()
    if state is JobState.DRAFTED:
        return job
    job = jobs.approve(job)
    if state is JobState.APPROVED:
        return job
    job = jobs.take_signature(job, sign(FIELDS, KEY))
    if state is JobState.SIGNED:
        return job
    job = jobs.mark_sent(job)
    if state is JobState.SENT:
        return job
    if state is JobState.FAILED:
        return jobs.fail(job, "JOB-EXPIRED")
    job = jobs.mark_included(job, Inclusion(9, hash32(b"\x09" * 32), 0, job.hashes[0]))
    return job if state is JobState.INCLUDED else jobs.mark_proven(job, None)


VIEWS = {
    "nothing proven": FRESH,
    "number used": replace(FRESH, account_nonce=NUMBER + 1),
    "time past": replace(FRESH, block_time=2_001),
    "ours stands": replace(FRESH, account_nonce=NUMBER + 1, block_time=2_001, ours_included=True),
}
OPEN = (JobState.APPROVED, JobState.SIGNED, JobState.SENT)
MAY_DROP = {(JobState.DRAFTED, view) for view in VIEWS} | {
    (state, view) for state in OPEN for view in ("number used", "time past")
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("state", list(JobState))
def test_a_job_is_dropped_only_where_its_act_can_no_longer_take_effect(
    office: Office, state: JobState, name: str
) -> None:
    office.workspace.begin(_state(state))
    view: ProvenView = VIEWS[name]
    office.view = view
    if (state, name) in MAY_DROP:
        assert job_dropping.drop(office, "j1").code == "JOB-DROPPED"  # type: ignore[arg-type]
        assert office.workspace.load("j1").job.state is JobState.FAILED
        assert office.next_number() == NUMBER
        return
    with pytest.raises((StillPossibleError, JobStepError)) as raised:
        job_dropping.drop(office, "j1")  # type: ignore[arg-type]
    assert office.workspace.load("j1").job.state is state
    if state in OPEN and name == "nothing proven":
        assert "1970-01-01T00:33:20Z" in raised.value.text
        assert f"number {NUMBER}" in raised.value.text


def test_a_draft_nobody_agreed_to_holds_no_number_and_is_not_carried_on(office: Office) -> None:
    stored = office.begin("fresh")
    assert office.next_number() == NUMBER
    with pytest.raises(JobStepError, match="chancery jobs drop j1"):
        signing.resume(office, "j1", signing.Desk(None, lambda _: None))  # type: ignore[arg-type]
    desk = signing.Desk(None, lambda _: None)
    desk.cancel.set()
    with pytest.raises(DesktopError) as raised:
        signing.complete(office, desk, stored)  # type: ignore[arg-type]
    assert raised.value.code == "INTERRUPTED"
    assert office.workspace.load("j1").job.code == "INTERRUPTED"


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), BrokenPipeError()])
def test_a_draft_stopped_at_its_preview_ends(
    office: Office, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    from desktop.cli import change_commands
    from desktop.cli.console import Console

    def refuse(*_: object) -> None:
        raise stop

    stored = office.begin("fresh")
    monkeypatch.setattr(Console, "progress", refuse)
    with pytest.raises(type(stop)):
        change_commands.show_preview(office, stored, Console())  # type: ignore[arg-type]
    ended = office.workspace.load("j1").job
    assert (ended.state, ended.code) == (JobState.FAILED, "INTERRUPTED")
    assert office.next_number() == NUMBER
