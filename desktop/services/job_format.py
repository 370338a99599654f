"""The stored form of a signing job: CBOR `["chancery/job/2", ...]` with the job's members in order.

Form 1 lacked the id of the request to the signer; a job in that form is read with an id that follows from its fields.
"""

from __future__ import annotations

import hashlib
from typing import Any

from desktop.services.job import Inclusion, Job, JobState
from desktop.services.job_errors import JobFormatError
from lightnode.errors import LightNodeError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve
from lightnode.wire.types import address, hash32

FORMAT = "chancery/job/2"
_FORMAT_1 = "chancery/job/1"
_REQUEST_OF_FORM_1 = b"chancery/job-request/1"
MAX_BYTES = 8 * 1024 * 1024


def encode(job: Job) -> bytes:
    """Give the stored form."""
    inclusion = job.inclusion
    return cbor.encode(
        [
            FORMAT, job.identifier, job.state.value, job.environment, job.genesis, job.curve.value, job.template,
            job.title, job.key_label, job.sender, job.unsigned, job.opening, job.document, job.authority, job.not_after,
            job.drafted_at, list(job.signatures),
            None if inclusion is None else
            [inclusion.height, inclusion.block_hash, inclusion.index, inclusion.transaction],
            job.evidence, job.code, job.replaces, job.request,
        ]
    )  # fmt: skip


def decode(body: bytes) -> Job:
    """Read a stored job.

    Raises:
        JobFormatError: another version, or damaged.
    """
    try:
        value = cbor.decode(body, max_bytes=MAX_BYTES)
        return _job(value)
    except (LightNodeError, ValueError, TypeError, KeyError) as cause:
        raise JobFormatError("A stored job cannot be read.") from cause


def _job(value: Any) -> Job:
    if isinstance(value, list) and len(value) == 21 and value[0] == _FORMAT_1:
        name = cbor.encode([value[1], value[10]])
        value = [FORMAT, *value[1:], hashlib.sha256(_REQUEST_OF_FORM_1 + name).digest()[:16]]
    if not isinstance(value, list) or len(value) != 22 or value[0] != FORMAT:
        raise ValueError("another layout")
    (
        _, identifier, state, environment, genesis, curve, template, title, key_label, sender, unsigned, opening,
        document, authority, not_after, drafted_at, signatures, inclusion, evidence, code, replaces, request,
    ) = value  # fmt: skip
    return Job(
        identifier=identifier,
        state=JobState(state),
        environment=environment,
        genesis=hash32(genesis),
        curve=Curve(curve),
        template=template,
        title=title,
        key_label=key_label,
        sender=address(sender),
        unsigned=unsigned,
        opening=opening,
        document=None if document is None else hash32(document),
        authority=None if authority is None else hash32(authority),
        not_after=not_after,
        drafted_at=drafted_at,
        request=_request(request),
        signatures=tuple(signatures),
        inclusion=None if inclusion is None else _inclusion(*inclusion),
        evidence=None if evidence is None else hash32(evidence),
        code=code,
        replaces=replaces,
    )


def _request(value: Any) -> bytes:
    if not isinstance(value, bytes) or len(value) != 16:
        raise ValueError("no request id")
    return value


def _inclusion(height: int, block_hash: bytes, index: int, transaction: bytes) -> Inclusion:
    return Inclusion(height, hash32(block_hash), index, hash32(transaction))
