"""Carries a stored job on, step by step, until it is proven, failed, or has to wait; used by commands and pages alike.

Invariants:
- Each step is stored before the next begins; after a crash the next step follows from what is stored and proven.
- The bytes that are sent are the stored ones, every time.
- Only a proven reason ends a job for which a signer may have been asked: its nonce used by another, its time past,
  recorded too late, or the register's refusal in a block.
- The verified ledger is looked at before the device is asked, before each sending, and after each refusal by the node.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from desktop.services import asking, send_refusal
from desktop.services import job as jobs
from desktop.services.inclusion import ProvenBlock
from desktop.services.job import Inclusion, Job, JobState
from desktop.services.job_errors import (
    ExpiredError,
    LateError,
    NonceUsedError,
    ProviderLiesError,
    RevertedError,
    SignatureWrongError,
    StillNetworkError,
    StoppedWhileSentError,
    WaitedTooLongError,
)
from desktop.services.job_outlook import NextStep, ProvenView, next_step
from desktop.services.network_session import NetworkSession
from desktop.services.preflight import still_seconds
from desktop.services.send_refusal import Refusal
from desktop.services.timestamp_evidence import came_late
from desktop.services.workspace import StoredStep
from lightnode.errors import LightNodeError
from lightnode.rpc.errors import RefusedError
from lightnode.wire.types import Hash32

Sign = Callable[[Job, Callable[[], None]], bytes]
Collect = Callable[[Job, ProvenBlock], Hash32 | None]


def _nothing(_: object) -> None:
    """Take note of nothing."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does what the runner cannot: the device, the evidence, the person.

    Attributes:
        sign: asks the signer for the job's transaction and gives the signed bytes; calls what it is given just before
            the request is sent.
        collect: assembles and keeps the evidence of an included act; gives its digest.
        tell: told each state reached.
        cancel: set to stop waiting.
        wait_seconds: longest wait for inclusion.
    """

    sign: Sign
    collect: Collect
    tell: Callable[[Job], None] = _nothing
    cancel: threading.Event = field(default_factory=threading.Event)
    wait_seconds: int = 300


class JobRunner:
    """Carries jobs on one network on."""

    def __init__(self, session: NetworkSession, hands: Hands) -> None:
        """Work on an open network."""
        self._session = session
        self._hands = hands
        self._since = time.monotonic()
        # Approved in this run: no earlier run can have asked a signer for it.
        self._fresh = False

    def carry_on(self, stored: StoredStep) -> StoredStep:
        """Take every step that can be taken now.

        Args:
            stored: approved or further; a drafted job is the person's to approve.

        Returns:
            The job proven, or as it was where there is nothing to do.

        Raises:
            JobError: it failed, which is stored, or has to wait, which loses nothing.
            RpcError: the node gives trouble; nothing is lost.
        """
        if stored.job.state is JobState.DRAFTED:
            return stored
        self._since = time.monotonic()
        while not stored.job.ended:
            stored = self._step(stored)
        return stored

    def approve(self, stored: StoredStep) -> StoredStep:
        """Take note that the person agreed to the preview."""
        approved = self._store(stored, jobs.approve(stored.job))
        self._fresh = True
        return approved

    def _step(self, stored: StoredStep) -> StoredStep:
        job = stored.job
        if job.state is JobState.INCLUDED and job.inclusion is not None:
            return self._collect(stored, self._session.observer().block(job.inclusion.height))
        view, found = self._look(stored)
        if found is not None:
            return self._take_in(stored, *found)
        # Only what can still act is shown to the person, sent, or sent again.
        following = self._following(stored, view)
        if following is NextStep.ASK_SIGNER:
            return self._sign(stored)
        if following is NextStep.WAIT and self._known(job.hashes[-1]):
            self._pause(stored, view.block_time)
            return stored
        refusal = self._offer(job)
        if refusal is not None:
            return self._after_refusal(stored, refusal)
        if following is NextStep.SEND:
            return self._store(stored, jobs.mark_sent(job))
        self._pause(stored, view.block_time)
        return stored

    def _look(self, stored: StoredStep) -> tuple[ProvenView, tuple[ProvenBlock, Inclusion] | None]:
        """Look at the ledger; where that fails before any signer was asked, nothing of the job exists: it ends there."""
        try:
            return self._session.observer().look(stored.job)
        except (LightNodeError, ProviderLiesError) as error:
            if self._fresh and stored.job.state is JobState.APPROVED:
                self._store(stored, jobs.refuse(stored.job, error.code))
            raise

    def _following(self, stored: StoredStep, view: ProvenView) -> NextStep:
        """Give the next step, or end a job that is proven to be unable to act."""
        try:
            return next_step(stored.job, view)
        except (NonceUsedError, ExpiredError) as error:
            self._store(stored, jobs.fail(stored.job, error.code))
            raise

    def _sign(self, stored: StoredStep) -> StoredStep:
        asked = threading.Event()
        try:
            raw = self._hands.sign(stored.job, asked.set)
            signed = jobs.take_signature(stored.job, raw)
        except SignatureWrongError as error:
            self._store(stored, jobs.refuse(stored.job, error.code))
            raise
        except (Exception, KeyboardInterrupt) as error:
            if asking.ends_job(asking.outcome_of(error, asked.is_set()), self._fresh):
                self._store(stored, jobs.refuse(stored.job, asking.code_of(error)))
                raise
            raise asking.left_open(error, stored.job.identifier) from error
        return self._store(stored, signed)

    def _offer(self, job: Job) -> RefusedError | None:
        """Hand the newest signed form to the node; give its refusal where that is trouble."""
        try:
            self._session.ledger.send(job.signatures[-1])
        except RefusedError as refusal:
            # Whether the number is used, and by what, is found out by proof.
            if send_refusal.kind_of(refusal) in (Refusal.KNOWN, Refusal.NONCE_PASSED):
                return None
            return None if any(self._known(transaction) for transaction in job.hashes) else refusal
        return None

    def _after_refusal(self, stored: StoredStep, refusal: RefusedError) -> StoredStep:
        """Look whether the act was recorded or can no longer act; else say what the refusal means."""
        view, found = self._session.observer().look(stored.job)
        if found is not None:
            return self._take_in(stored, *found)
        self._following(stored, view)
        meaning = send_refusal.error_of(refusal)
        if meaning is None:
            raise refusal
        raise meaning from refusal

    def _known(self, transaction: Hash32) -> bool:
        return self._session.ledger.client.call("eth_getTransactionByHash", ["0x" + transaction.hex()]) is not None

    def _take_in(self, stored: StoredStep, block: ProvenBlock, inclusion: Inclusion) -> StoredStep:
        receipt = block.receipts[inclusion.index]
        if receipt.status_or_root != 1:
            self._store(stored, jobs.fail(stored.job, RevertedError.code))
            raise RevertedError(f"The register refused the act in block {inclusion.height}.")
        if came_late(stored.job, block.header.header.timestamp):
            self._store(stored, jobs.fail(stored.job, LateError.code))
            raise LateError(
                f"The act was recorded in block {inclusion.height}, after its time limit; it does not count."
            )
        included = self._store(stored, jobs.mark_included(stored.job, inclusion))
        return self._collect(included, block)

    def _collect(self, stored: StoredStep, block: ProvenBlock) -> StoredStep:
        return self._store(stored, jobs.mark_proven(stored.job, self._hands.collect(stored.job, block)))

    def _pause(self, stored: StoredStep, block_time: int) -> None:
        head = self._session.follower.end.header
        period = max(self._session.config.schedule.period_seconds(head.number + 1), 1)
        waited = time.monotonic() - self._since
        age = self._session.clock() - block_time
        # A network that makes no empty blocks may have an old head; it counts as still when it ignores what was sent.
        if min(age, waited) > still_seconds(period, 0):
            raise StillNetworkError(f"The act is sent, but the network's newest block is {age} seconds old.")
        if waited > self._hands.wait_seconds:
            raise WaitedTooLongError(f"The act {stored.job.identifier} is sent and not yet recorded.")
        if self._hands.cancel.wait(min(max(period / 4, 0.1), 2.0)):
            raise StoppedWhileSentError(f"Stopped. The act {stored.job.identifier} is sent and not yet recorded.")

    def _store(self, before: StoredStep, job: Job) -> StoredStep:
        after = self._session.workspace.step(before, job)
        self._hands.tell(job)
        return after
