"""A signing job as a value and the steps it may take (foundations section 8); no clock, no network, no store.

Invariants:
- drafted -> approved -> signed -> sent -> included -> proven, or failed with a code; a step forward only, except that a
  raised fee goes back to approved, with the same nonce, receiver, value and calldata.
- Every field of the transaction stands in the job before a signer is asked, with the id of the request by which it is
  asked; the same fields are asked for under the same id, so that an answer that was lost is given again.
- A job is replaced by one with new fields only when the old can no longer act: its nonce is proven used by another
  transaction, or block time is proven past its `notAfter`.
- Every signature ever taken is kept: any of them may be the one in the block.
- A refusal ends a job only where no signature can exist; after a raised fee it leads back to what was signed before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from desktop.services.job_errors import (
    FeeLowerError,
    JobStepError,
    SignatureWrongError,
)
from lightnode.errors import WireError
from lightnode.wire.curve import Curve
from lightnode.wire.transaction import LEGACY, UnsignedTransaction, decode_transaction, decode_unsigned
from lightnode.wire.types import Address, Hash32


class JobState(Enum):
    """How far a job has come."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    SIGNED = "signed"
    SENT = "sent"
    INCLUDED = "included"
    PROVEN = "proven"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where the act stands on the ledger, once its header is verified.

    Attributes:
        height: block number.
        block_hash: of that block.
        index: position of the transaction in the block.
        transaction: hash of the one that was included.
    """

    height: int
    block_hash: Hash32
    index: int
    transaction: Hash32


@dataclass(frozen=True, slots=True)
class Job:
    """A signing job after some step.

    Attributes:
        identifier: unique name.
        state: how far it has come.
        environment: of the profile.
        genesis: hash of the network's genesis block.
        curve: of the network's accounts.
        template: id of the template, or the name of the call for acts without one.
        title: what people call it in a list; holds no personal data.
        key_label: the key asked for on the signer.
        sender: the account that must come out of the signature.
        unsigned: signing payload of the present fields.
        opening: opening file, or empty for acts without one.
        document: SHA-256 of the document, or None.
        authority: ledger id of the record's owner, or None for calls that are no acts on new content.
        not_after: last block time at which the act may take effect, unix seconds.
        drafted_at: height of the verified head when the fields were made; the act stands in a later block.
        request: id of the request to the signer for the present fields, 16 random bytes.
        signatures: every signed transaction so far, the newest last.
        inclusion: set from INCLUDED on.
        evidence: SHA-256 of the evidence file, set with PROVEN; None for calls that are no acts.
        code: of the failure.
        replaces: the job whose fields this one renews, or empty.
    """

    identifier: str
    state: JobState
    environment: str
    genesis: Hash32
    curve: Curve
    template: str
    title: str
    key_label: str
    sender: Address
    unsigned: bytes
    opening: bytes
    document: Hash32 | None
    authority: Hash32 | None
    not_after: int
    drafted_at: int
    request: bytes
    signatures: tuple[bytes, ...] = ()
    inclusion: Inclusion | None = None
    evidence: Hash32 | None = None
    code: str | None = None
    replaces: str = ""

    @property
    def fields(self) -> UnsignedTransaction:
        """The present fields of the transaction."""
        return decode_unsigned(self.unsigned)

    @property
    def place(self) -> Inclusion:
        """Where the act stands.

        Raises:
            JobStepError: nowhere yet.
        """
        if self.inclusion is None:
            raise JobStepError("The job is not recorded on the ledger.")
        return self.inclusion

    @property
    def ended(self) -> bool:
        """Whether the job is proven or failed."""
        return self.state in (JobState.PROVEN, JobState.FAILED)

    @property
    def hashes(self) -> tuple[Hash32, ...]:
        """Hashes of all signed forms, the newest last."""
        return tuple(decode_transaction(raw).hash() for raw in self.signatures)


def approve(job: Job) -> Job:
    """Take note that the person agreed to the preview."""
    _demand(job, JobState.DRAFTED)
    return replace(job, state=JobState.APPROVED)


def take_signature(job: Job, raw: bytes) -> Job:
    """Accept what the signer gave back, if it is this transaction signed by this key.

    Args:
        job: approved, or signed before (the same fields may be signed again).
        raw: the signed transaction.

    Raises:
        SignatureWrongError: another transaction, another key, a high s, or no transaction at all.
    """
    _demand(job, JobState.APPROVED, JobState.SIGNED, JobState.SENT)
    try:
        signed = decode_transaction(raw)
        if signed.unsigned.signing_payload() != job.unsigned:
            raise SignatureWrongError("The signer signed other fields than it was given.")
        signed.demand_low_s(job.curve)
        sender = signed.sender(job.curve)
    except WireError as cause:
        raise SignatureWrongError("The signer gave back something that is no sound signed transaction.") from cause
    if sender != job.sender:
        raise SignatureWrongError("The signature belongs to another key than the one asked for.")
    signatures = job.signatures if raw in job.signatures else (*job.signatures, raw)
    state = JobState.SENT if job.state is JobState.SENT else JobState.SIGNED
    return replace(job, state=state, signatures=signatures)


def mark_sent(job: Job) -> Job:
    """Take note that a node took the transaction, or knew it already."""
    _demand(job, JobState.SIGNED, JobState.SENT)
    return replace(job, state=JobState.SENT)


def mark_included(job: Job, inclusion: Inclusion) -> Job:
    """Take note of the verified block that holds one of the job's transactions.

    Raises:
        JobStepError: the transaction is none of this job's.
    """
    _demand(job, JobState.APPROVED, JobState.SIGNED, JobState.SENT)
    if inclusion.transaction not in job.hashes:
        raise JobStepError("The transaction in the block is none of this job's.")
    return replace(job, state=JobState.INCLUDED, inclusion=inclusion)


def mark_proven(job: Job, evidence: Hash32 | None) -> Job:
    """Take note that the evidence file is whole and stored; None for a call that needs none."""
    _demand(job, JobState.INCLUDED)
    return replace(job, state=JobState.PROVEN, evidence=evidence)


def fail(job: Job, code: str) -> Job:
    """End a job that can no longer succeed.

    Args:
        job: in any state but proven.
        code: of the error that says why.
    """
    if job.state is JobState.PROVEN:
        raise JobStepError("A proven job cannot fail.")
    return replace(job, state=JobState.FAILED, code=code)


def refuse(job: Job, code: str) -> Job:
    """Take note that the present fields will not be signed: no signature of them can exist.

    Args:
        job: approved.
        code: of the refusal.

    Returns:
        The job failed, its number free; or where other fields were signed before, as it was with those.
    """
    _demand(job, JobState.APPROVED)
    if not job.signatures:
        return fail(job, code)
    before = decode_transaction(job.signatures[-1]).unsigned.signing_payload()
    return replace(job, state=JobState.SIGNED, unsigned=before)


def raise_fee(job: Job, price: int, request: bytes) -> Job:
    """Give a waiting transaction a higher fee; it must be signed again.

    A job that is approved may have been signed though the answer was lost; it is carried on first.

    Args:
        job: signed or sent.
        price: new gas price, or new maximum fee per gas, in wei.
        request: 16 random bytes, the id under which the signer is asked for the new fields.

    Raises:
        FeeLowerError: less than a tenth above the present fee.
    """
    _demand(job, JobState.SIGNED, JobState.SENT)
    old = job.fields
    present = old.gas_price if old.gas_price is not None else old.max_fee_per_gas or 0
    if price * 10 < present * 11 or price <= present:
        raise FeeLowerError(f"A fee of {price} wei is less than a tenth above {present}.")
    new = (
        replace(old, gas_price=price)
        if old.gas_price is not None
        else replace(old, max_fee_per_gas=price, max_priority_fee_per_gas=price)
    )
    return replace(job, state=JobState.APPROVED, unsigned=new.signing_payload(), request=request)


def fee_limit(fields: UnsignedTransaction) -> int:
    """Give the most that a transaction can cost, in wei."""
    price = fields.gas_price if fields.type == LEGACY or fields.gas_price is not None else fields.max_fee_per_gas
    return (price or 0) * fields.gas_limit + fields.value


def _demand(job: Job, *allowed: JobState) -> None:
    if job.state not in allowed:
        raise JobStepError(f"A job that is {job.state.value} cannot take this step.")
