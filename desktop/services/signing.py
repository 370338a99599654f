"""Signing from beginning to end: draft, preview, device, ledger, evidence. Used by commands and by the Sign page.

Invariants: the desktop never sees a PIN or a private key; the signer computes everything again; a job that was approved
and may have been signed can always be carried on by `resume`.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from desktop.errors import StoppedError, UsageError
from desktop.services import drafting, preflight, signer_access, timestamp_evidence, transacting, ways
from desktop.services import job as jobs
from desktop.services.evidence_collecting import Collected, collect_sealed
from desktop.services.evidence_collecting import stored as stored_collected
from desktop.services.inclusion import ProvenBlock
from desktop.services.job import Job, JobState
from desktop.services.job_errors import JobStepError
from desktop.services.job_runner import Hands, JobRunner
from desktop.services.network_session import NetworkSession
from desktop.services.signer_access import SignerAddress
from desktop.services.transacting import Intent, Sender
from desktop.services.workspace import StoredStep
from firmware_bridge.errors import BusyError, CancelledError
from lightnode.wire.registry import Verb
from lightnode.wire.template import Template
from lightnode.wire.types import ZERO_HASH, Hash32

Say = Callable[[str], None]
PURPOSE = "transaction"


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """A record to be registered, as a person asked for it.

    Attributes:
        template: kind of record.
        typed: values by field name.
        document: its exact bytes; None for a record without one.
        receiver: authority that may acknowledge it; zero for none.
        not_after: last block time at which it may take effect; None for the default.
        authority: on the Timestamp way, for whom the key acts; None elsewhere, where the ledger says it.
    """

    template: Template
    typed: Mapping[str, object]
    document: bytes | None
    receiver: Hash32 = ZERO_HASH
    not_after: int | None = None
    authority: Hash32 | None = None


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change of an existing record's state, as a person asked for it.

    Attributes:
        verb: suspend, reinstate, revoke or acknowledge.
        record: its number, or on the Timestamp way its commitment.
        not_after: last block time at which it may take effect; None for the default.
        authority: on the Timestamp way, for whom the key acts; None elsewhere.
    """

    verb: Verb
    record: ways.RecordName
    not_after: int | None = None
    authority: Hash32 | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits in front: where the signer is, whom to tell, how to stop.

    Attributes:
        signer: how to reach the signer; None where none is needed any more.
        say: told what happens now, one sentence each.
        tell: told each state a job reaches.
        cancel: set to stop waiting for the device or the network.
        wait_seconds: longest wait for inclusion.
    """

    signer: SignerAddress | None
    say: Say
    tell: Callable[[Job], None] = lambda _: None
    cancel: threading.Event = field(default_factory=threading.Event)
    wait_seconds: int = 300


@dataclass(frozen=True, slots=True)
class Done:
    """A finished job.

    Attributes:
        job: proven.
        evidence: the evidence file's bytes; None for a call that makes no record.
        record: number of the record that was made; None where none was, or on the Timestamp way.
        commitment: of the record that was made; None where none was.
    """

    job: Job
    evidence: bytes | None
    record: int | None
    commitment: Hash32 | None = None


def draft_record(
    session: NetworkSession, desk: Desk, key_label: str, request: RecordRequest, replaces: ways.RecordName | None = None
) -> StoredStep:
    """Draft the registration of a record, or of one that replaces another, and store it; nothing is signed yet.

    Args:
        session: the open network.
        desk: who sits in front.
        key_label: the official's key.
        request: what was asked for.
        replaces: the record that the new one supersedes, by number or on the Timestamp way by commitment; None for a
            first one.

    Raises:
        UsageError: what was said belongs to the other way of recording.
        JobError: a trouble that is known before the device is asked.
    """
    ways.demand_words(session.profile, request.authority, replaces)
    sender = sender_of(session, desk.signer, key_label)
    place = ways.place(session, sender.address, request.authority)
    made = drafting.draft(request.template, request.typed, request.document, place, secrets.token_bytes(32))
    view = session.view(sender.address)
    not_after = preflight.choose_not_after(view, session.clock(), request.not_after)
    foresee(desk.signer, not_after)
    intent = ways.record(session, made, place, request.receiver, not_after, replaces)
    return transacting.begin(session, sender, intent)


def draft_change(session: NetworkSession, desk: Desk, key_label: str, request: ChangeRequest) -> StoredStep:
    """Draft the change of a record's state and store it; nothing is signed yet.

    Raises:
        JobError: a trouble that is known before the device is asked.
        RecordUnknownError: there is no such record.
        SubjectUnknownError: the same, on the Timestamp way.
    """
    ways.demand_words(session.profile, request.authority, request.record)
    make = ways.change(session, request.verb, request.record, request.authority)
    return draft_intent(session, desk, key_label, make, request.not_after)


def draft_intent(
    session: NetworkSession, desk: Desk, key_label: str, make: Callable[[int], Intent], not_after: int | None = None
) -> StoredStep:
    """Draft any other call and store it.

    Args:
        session: the open network.
        desk: who sits in front.
        key_label: the key that acts.
        make: gives the intent for a time limit.
        not_after: the time limit; None for the default.
    """
    sender = sender_of(session, desk.signer, key_label)
    view = session.view(sender.address)
    limit = preflight.choose_not_after(view, session.clock(), not_after)
    foresee(desk.signer, limit)
    return transacting.begin(session, sender, make(limit))


def complete(session: NetworkSession, desk: Desk, stored: StoredStep) -> Done:
    """Take a drafted or later job through device and ledger to its evidence.

    Raises:
        JobError: it failed or has to wait; `resume` carries it on where it can.
        BridgeError: the signer gives trouble or refuses.
    """
    kept: list[Collected] = []

    def collect(job: Job, block: ProvenBlock) -> Hash32 | None:
        act = timestamp_evidence.act_of(job)
        if act is not None:
            timestamp_evidence.demand_recorded(session, job, act, block)
        if not job.opening:
            return None
        desk.say("Assembling the evidence.")
        kept.append(collect_sealed(session, job, block))
        return kept[-1].digest

    def tell(job: Job) -> None:
        desk.say(_STATE_WORDS.get(job.state, ""))
        desk.tell(job)

    fresh = stored.job.state is JobState.DRAFTED
    hands = Hands(
        sign=lambda job, asked: _ask_signer(session, desk, job, asked, fresh=fresh), collect=collect, tell=tell, cancel=desk.cancel,
        wait_seconds=desk.wait_seconds,
    )  # fmt: skip
    runner = JobRunner(session, hands)
    if fresh:
        if desk.cancel.is_set():
            give_up(session, stored)
            raise StoppedError("Stopped before the signer was asked; nothing was signed.")
        stored = runner.approve(stored)
    ended = runner.carry_on(stored).job
    if ended.state is JobState.PROVEN and ended.evidence is not None and not kept:
        kept.append(stored_collected(session, ended))
    return Done(ended, kept[0].body, kept[0].record, kept[0].commitment) if kept else Done(ended, None, None)


def resume(session: NetworkSession, identifier: str, desk: Desk, raise_fee: int | None = None) -> Done:
    """Carry on a stored job.

    Raises:
        MissingRowError: there is none of this name.
        JobStepError: it failed, or was never agreed to.
    """
    stored = session.workspace.load(identifier)
    if stored.job.state is JobState.FAILED:
        raise JobStepError(f"The job failed with {stored.job.code}; make the act again.")
    if stored.job.state is JobState.DRAFTED:
        raise JobStepError(
            f"The act {identifier} was never agreed to. Type `chancery jobs drop {identifier}`, with the --rpc, --profile "
            "and --home used for it, then make it again."
        )
    if raise_fee is not None:
        raised = jobs.raise_fee(stored.job, raise_fee, secrets.token_bytes(16))
        stored = session.workspace.step(stored, raised)
    return complete(session, desk, stored)


def give_up(session: NetworkSession, stored: StoredStep, code: str = StoppedError.code) -> None:
    """End a draft that nobody agreed to; its number is free."""
    if stored.job.state is JobState.DRAFTED:
        session.workspace.step(stored, jobs.fail(stored.job, code))


def sender_of(session: NetworkSession, signer: SignerAddress | None, key_label: str) -> Sender:
    """Give the account of a key of the signer.

    Raises:
        KeyMissingError: the signer has no such key.
        KeyPurposeError: the key is not for transactions.
    """
    key = signer_access.find_key(demand_signer(signer), key_label, PURPOSE)
    signer_access.demand_curve(key, session.profile.curve)
    return Sender(key_label, signer_access.address_of_key(key))


def demand_signer(signer: SignerAddress | None) -> SignerAddress:
    """Demand that a signer is named.

    Raises:
        UsageError: none is.
    """
    if signer is None:
        raise UsageError("This step needs the signer; name it with --signer.")
    return signer


def foresee(signer: SignerAddress | None, not_after: int) -> None:
    """Foresee the signer's refusal of a time limit.

    Raises:
        StaleTimeError: its newest signed time is too old.
    """
    known = signer_access.signed_time(demand_signer(signer))
    preflight.demand_signer_time(not_after, known.newest, known.span_seconds)


def _ask_signer(session: NetworkSession, desk: Desk, job: Job, asked: Callable[[], None], *, fresh: bool) -> bytes:
    with signer_access.connect(demand_signer(desk.signer), desk.say, desk.cancel) as signer:
        try:
            signer_access.load(signer, session.loaded.data, session.loaded.signed)
        except BusyError:
            if fresh:
                raise
            # An earlier run may have ended while its question was on the display: asked again by its own id, the job
            # waits for that very answer (docs/protocol.md section 5). Busy with another, the signer says so again.
        if desk.cancel.is_set():
            raise CancelledError("The request was withdrawn before it was sent.")
        asked()
        return signer_access.sign_transaction(signer, job)


_STATE_WORDS = {
    JobState.APPROVED: "Asking the signer.",
    JobState.SIGNED: "Signed; the signature is checked.",
    JobState.SENT: "Sent; waiting for the network.",
    JobState.INCLUDED: "Recorded; the block's header is verified.",
    JobState.PROVEN: "Proven.",
}
