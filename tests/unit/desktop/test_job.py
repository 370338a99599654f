"""The steps of a signing job: forward only, never two transactions that could both act."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import coincurve
import pytest

from desktop.services import job as jobs
from desktop.services import job_format, job_outlook
from desktop.services.job import Inclusion, Job, JobState
from desktop.services.job_errors import (
    ExpiredError,
    FeeLowerError,
    JobFormatError,
    JobStepError,
    NonceUsedError,
    SignatureWrongError,
    StillPossibleError,
)
from desktop.services.job_outlook import NextStep, ProvenView
from lightnode.wire.curve import Curve, address_of
from lightnode.wire.transaction import SignedTransaction, UnsignedTransaction
from lightnode.wire.types import address, hash32

KEY = coincurve.PrivateKey(hashlib.sha256(b"official").digest())
OTHER = coincurve.PrivateKey(hashlib.sha256(b"another").digest())
FIELDS = UnsignedTransaction(0, 0x43480001, 7, 1000, None, None, 200_000, address(b"\x07" * 20), 0, b"\x01\x02\x03\x04")
FRESH = ProvenView(block_time=1_000, account_nonce=7, ours_included=False)


def sign(fields: UnsignedTransaction, key: coincurve.PrivateKey = KEY) -> bytes:
    compact = key.sign_recoverable(fields.signing_hash(), hasher=None)
    r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:64], "big")
    return SignedTransaction(fields, compact[64], r, s).encode()


def new_job() -> Job:
    return Job(
        identifier="j1",
        state=JobState.DRAFTED,
        environment="training",
        genesis=hash32(b"\x01" * 32),
        curve=Curve.SECP256K1,
        template="eessi.pda1.v1",
        title="PD A1",
        key_label="official",
        sender=address_of(KEY.public_key.format(False)),
        unsigned=FIELDS.signing_payload(),
        opening=b"opening",
        document=hash32(b"\x02" * 32),
        authority=None,
        not_after=2_000,
        drafted_at=5,
        request=b"\x0b" * 16,
    )


def in_state(state: JobState) -> Job:
    job = new_job()
    if state is JobState.DRAFTED:
        return job
    if state is JobState.FAILED:
        return jobs.fail(job, "JOB-EXPIRED")
    job = jobs.approve(job)
    if state is JobState.APPROVED:
        return job
    job = jobs.take_signature(job, sign(FIELDS))
    if state is JobState.SIGNED:
        return job
    job = jobs.mark_sent(job)
    if state is JobState.SENT:
        return job
    job = jobs.mark_included(job, Inclusion(9, hash32(b"\x09" * 32), 0, job.hashes[0]))
    return job if state is JobState.INCLUDED else jobs.mark_proven(job, hash32(b"\x0a" * 32))


@pytest.mark.parametrize("state", list(JobState))
def test_a_stored_job_comes_back_as_it_was(state: JobState) -> None:
    job = in_state(state)
    assert job_format.decode(job_format.encode(job)) == job


def test_a_job_of_the_first_form_is_read_with_an_id_that_stays() -> None:
    from lightnode.wire import cbor

    def first_form(job: Job) -> bytes:
        return cbor.encode(["chancery/job/1", *cbor.decode(job_format.encode(job), max_bytes=1 << 20)[1:-1]])

    early, late = (job_format.decode(first_form(in_state(state))) for state in (JobState.APPROVED, JobState.SENT))
    assert early.request == late.request
    assert len(early.request) == 16
    assert replace(early, request=new_job().request) == in_state(JobState.APPROVED)


@pytest.mark.parametrize("cut", [0, 1, 20, -1])
def test_a_damaged_job_is_one_error(cut: int) -> None:
    body = job_format.encode(in_state(JobState.SENT))
    with pytest.raises(JobFormatError):
        job_format.decode(body[:cut])


STEPS = {
    "approve": (jobs.approve, {JobState.DRAFTED}),
    "sign": (lambda job: jobs.take_signature(job, sign(FIELDS)), {JobState.APPROVED, JobState.SIGNED, JobState.SENT}),
    "send": (jobs.mark_sent, {JobState.SIGNED, JobState.SENT}),
    "prove": (lambda job: jobs.mark_proven(job, hash32(bytes(32))), {JobState.INCLUDED}),
    "fee": (lambda job: jobs.raise_fee(job, 2000, b"\2" * 16), {JobState.SIGNED, JobState.SENT}),
    "refuse": (lambda job: jobs.refuse(job, "X"), {JobState.APPROVED}),
    "fail": (lambda job: jobs.fail(job, "X"), set(JobState) - {JobState.PROVEN}),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("state", list(JobState))
def test_each_step_is_taken_only_where_it_may(state: JobState, name: str) -> None:
    step, allowed = STEPS[name]
    if state in allowed:
        step(in_state(state))
    else:
        with pytest.raises(JobStepError):
            step(in_state(state))


def test_the_signature_must_be_this_key_over_these_fields() -> None:
    job = in_state(JobState.APPROVED)
    for raw in (
        sign(FIELDS, OTHER),
        sign(replace(FIELDS, nonce=8)),
        sign(replace(FIELDS, data=b"\x01\x02\x03\x05")),
        sign(FIELDS)[:-1],
        b"",
    ):
        with pytest.raises(SignatureWrongError):
            jobs.take_signature(job, raw)


def test_a_high_s_is_refused() -> None:
    from lightnode.wire.curve import order
    from lightnode.wire.transaction import decode_transaction

    signed = decode_transaction(sign(FIELDS))
    high = replace(signed, s=order(Curve.SECP256K1) - signed.s, y_parity=1 - signed.y_parity)
    with pytest.raises(SignatureWrongError):
        jobs.take_signature(in_state(JobState.APPROVED), high.encode())


def test_signing_the_same_fields_again_keeps_one_signature() -> None:
    job = in_state(JobState.SIGNED)
    assert jobs.take_signature(job, sign(FIELDS)).signatures == job.signatures


def test_a_raised_fee_keeps_everything_else_and_every_signature() -> None:
    job = in_state(JobState.SENT)
    raised = jobs.raise_fee(job, 1_100, b"\x0c" * 16)
    assert raised.request == b"\x0c" * 16, "other fields are another request"
    assert raised.state is JobState.APPROVED
    assert replace(raised.fields, gas_price=1_000) == job.fields
    signed = jobs.take_signature(raised, sign(raised.fields))
    assert len(signed.signatures) == 2
    # The first one may be mined all the same.
    included = jobs.mark_included(signed, Inclusion(3, hash32(bytes(32)), 0, job.hashes[0]))
    assert included.state is JobState.INCLUDED
    with pytest.raises(FeeLowerError):
        jobs.raise_fee(job, 1_099, bytes(16))


def test_a_foreign_transaction_is_never_taken_for_ours() -> None:
    with pytest.raises(JobStepError):
        jobs.mark_included(in_state(JobState.SENT), Inclusion(3, hash32(bytes(32)), 0, hash32(bytes(32))))


@pytest.mark.parametrize(
    ("state", "view", "step"),
    [
        (JobState.DRAFTED, FRESH, NextStep.ASK_PERSON),
        (JobState.APPROVED, FRESH, NextStep.ASK_SIGNER),
        (JobState.SIGNED, FRESH, NextStep.SEND),
        (JobState.SENT, FRESH, NextStep.WAIT),
        (JobState.SIGNED, replace(FRESH, ours_included=True, account_nonce=8), NextStep.TAKE_IN),
        (JobState.SENT, replace(FRESH, ours_included=True, block_time=9_999), NextStep.TAKE_IN),
        (JobState.INCLUDED, FRESH, NextStep.COLLECT),
        (JobState.PROVEN, FRESH, NextStep.NOTHING),
        (JobState.FAILED, FRESH, NextStep.NOTHING),
    ],
)
def test_after_a_crash_the_next_step_follows_from_what_is_proven(
    state: JobState, view: ProvenView, step: NextStep
) -> None:
    assert job_outlook.next_step(in_state(state), view) is step


def test_a_job_that_can_no_longer_act_says_why() -> None:
    job = in_state(JobState.SENT)
    with pytest.raises(NonceUsedError):
        job_outlook.next_step(job, replace(FRESH, account_nonce=8))
    with pytest.raises(ExpiredError):
        job_outlook.next_step(job, replace(FRESH, block_time=2_001))
    assert job_outlook.next_step(job, replace(FRESH, block_time=2_000)) is NextStep.WAIT


@pytest.mark.parametrize("state", [JobState.APPROVED, JobState.SIGNED, JobState.SENT])
def test_new_fields_only_when_the_old_can_no_longer_act(state: JobState) -> None:
    job = in_state(state)
    with pytest.raises(StillPossibleError):
        job_outlook.demand_replaceable(job, FRESH)
    with pytest.raises(StillPossibleError):
        job_outlook.demand_replaceable(job, replace(FRESH, ours_included=True, account_nonce=8, block_time=9_999))
    job_outlook.demand_replaceable(job, replace(FRESH, account_nonce=8))
    job_outlook.demand_replaceable(job, replace(FRESH, block_time=2_001))


def test_the_most_a_transaction_can_cost() -> None:
    assert jobs.fee_limit(FIELDS) == 200_000_000
    typed = UnsignedTransaction(2, 5, 0, None, 1, 30, 100, None, 4, b"")
    assert jobs.fee_limit(typed) == 3_004


def test_a_network_on_the_other_curve() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from lightnode.wire.curve import normalise, recover_address

    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    job = replace(jobs.approve(new_job()), curve=Curve.SECP256R1, sender=address_of(public))
    digest = FIELDS.signing_hash()
    r, s = decode_dss_signature(key.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
    parity = next(one for one in (0, 1) if recover_address(Curve.SECP256R1, digest, one, r, s) == job.sender)
    low, parity = normalise(Curve.SECP256R1, s, parity)
    signed = jobs.take_signature(job, SignedTransaction(FIELDS, parity, r, low).encode())
    assert signed.state is JobState.SIGNED
    with pytest.raises(SignatureWrongError):
        jobs.take_signature(replace(job, curve=Curve.SECP256K1), SignedTransaction(FIELDS, parity, r, low).encode())
