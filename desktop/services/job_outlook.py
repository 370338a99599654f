"""What may become of a job, given what is proven about the ledger: how to carry it on, and when it may be replaced.

Invariants: only proof ends a job; new fields are allowed only when the old transaction can no longer take effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from desktop.services.job import Job, JobState
from desktop.services.job_errors import ExpiredError, NonceUsedError, StillPossibleError


@dataclass(frozen=True, slots=True)
class ProvenView:
    """What is proven about the ledger under a verified header.

    Attributes:
        block_time: of that header, unix seconds.
        account_nonce: next nonce of the job's account in that block's state; None where the node cannot prove it now.
        ours_included: whether one of the job's transactions stands in the chain up to that block.
    """

    block_time: int
    account_nonce: int | None
    ours_included: bool


class NextStep(Enum):
    """What to do with a job that was cut short."""

    ASK_PERSON = "ask the person"
    ASK_SIGNER = "ask the signer"
    SEND = "send"
    TAKE_IN = "take in the block"
    WAIT = "wait"
    COLLECT = "collect the evidence"
    NOTHING = "nothing"


def demand_possible(job: Job, view: ProvenView) -> None:
    """Refuse to go on with a transaction that can no longer take effect.

    Raises:
        NonceUsedError: the nonce went to another transaction.
        ExpiredError: block time is past `notAfter`.
    """
    if view.ours_included:
        return
    if view.account_nonce is not None and view.account_nonce > job.fields.nonce:
        raise NonceUsedError(f"Number {job.fields.nonce} of this account was used by another transaction.")
    if view.block_time > job.not_after:
        raise ExpiredError("The network's time is past the act's time limit.")


def next_step(job: Job, view: ProvenView) -> NextStep:
    """Say how to carry on a job.

    Args:
        job: as stored.
        view: what is proven now.

    Raises:
        NonceUsedError: it cannot succeed any more.
        ExpiredError: it cannot succeed any more.
    """
    if job.state in (JobState.PROVEN, JobState.FAILED):
        return NextStep.NOTHING
    if job.state is JobState.INCLUDED:
        return NextStep.COLLECT
    if view.ours_included:
        return NextStep.TAKE_IN
    demand_possible(job, view)
    return {
        JobState.DRAFTED: NextStep.ASK_PERSON,
        JobState.APPROVED: NextStep.ASK_SIGNER,
        JobState.SIGNED: NextStep.SEND,
        JobState.SENT: NextStep.WAIT,
    }[job.state]


def demand_replaceable(job: Job, view: ProvenView) -> None:
    """Allow new fields only when the old transaction can no longer take effect.

    A job that was never handed to a signer has no transaction that could act.

    Raises:
        StillPossibleError: it still could; the text says why and until when.
    """
    if job.state is JobState.DRAFTED:
        return
    if view.ours_included:
        raise StillPossibleError(f"The act {job.identifier} stands on the ledger.")
    try:
        demand_possible(job, view)
    except (NonceUsedError, ExpiredError):
        return
    signed = "is signed" if job.signatures else "may have been signed"
    limit = datetime.fromtimestamp(job.not_after, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise StillPossibleError(
        f"The act {job.identifier} {signed} and can still take effect: until the network's time is past {limit}, or its "
        f"key's number {job.fields.nonce} is used by another act. Type `chancery jobs resume {job.identifier}`, with the "
        "--rpc, --profile, --signer and --home used for it, to carry it on."
    )
