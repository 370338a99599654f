"""From an included act to its evidence file, stored with its record and opening.

Invariants: the evidence holds exactly what the verified block gives; the event must be the one that the calldata demands;
record, opening and evidence are stored before the job counts as proven.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from desktop.services.inclusion import ProvenBlock
from desktop.services.job import Job
from desktop.services.job_errors import JobError
from desktop.services.network_session import NetworkSession
from lightnode.evidence.collecting import SealedBlock, collect
from lightnode.evidence.evidence_file import Evidence
from lightnode.store.rows import StoredRecord
from lightnode.wire.commitment import decode_opening
from lightnode.wire.profile import REGISTRY
from lightnode.wire.receipt import Receipt
from lightnode.wire.registry import LOGGED_TOPIC, ActCall, LogLeaf, agrees, decode_act_call, read_log_leaf
from lightnode.wire.types import Address, Hash32


class EvidenceGoneError(JobError):
    """The evidence of a job was erased from this computer."""

    code = "JOB-EVIDENCE-GONE"
    advice = "Fetch the evidence from the archive, where your policy names one."


class OtherEventError(JobError):
    """The registry's event does not say what the calldata demands."""

    code = "JOB-EVENT"
    advice = "Report this with the block number; the contract is not the act registry it should be."


@dataclass(frozen=True, slots=True)
class Collected:
    """Evidence as it is kept.

    Attributes:
        body: the file.
        digest: its SHA-256.
        record: number of the record.
    """

    body: bytes
    digest: Hash32
    record: int | None


def collect_sealed(session: NetworkSession, job: Job, block: ProvenBlock) -> Collected:
    """Assemble the sealed evidence of an act and store it with its opening.

    Args:
        session: the open network.
        job: included.
        block: that holds it, proven.

    Returns:
        The evidence file with its record's number.

    Raises:
        OtherEventError: the registry's event is not the act's.
    """
    call = decode_act_call(job.fields.data)
    registry = job.fields.to
    if registry is None or call.commitment is None:
        raise OtherEventError("The act names no registry or holds no commitment.")
    leaf = event_of(block.receipts[job.place.index], registry, call)
    body = assemble(session, job, block)
    number = leaf.successor if call.record is not None else leaf.record
    record = StoredRecord(call.commitment, registry, number, leaf.authority, job.template, session.clock())
    session.workspace.store.add_record(record, job.opening)
    return Collected(body, session.workspace.store.add_evidence(call.commitment, body, session.clock()), number)


def stored(session: NetworkSession, job: Job) -> Collected:
    """Give the evidence of a proven job from the store.

    Raises:
        EvidenceGoneError: it was erased.
    """
    for record in session.workspace.store.records():
        for body in session.workspace.store.evidence(record.commitment):
            digest = Hash32(hashlib.sha256(body).digest())
            if digest == job.evidence:
                return Collected(body, digest, record.number)
    raise EvidenceGoneError("The evidence of this job is not stored on this computer any more.")


def event_of(receipt: Receipt, registry: Address, call: ActCall) -> LogLeaf:
    """Give the leaf that the registry's event carries.

    Raises:
        OtherEventError: there is not exactly one, or it is not the call's.
    """
    found = [log for log in receipt.logs if log.address == registry and log.topics == (LOGGED_TOPIC,)]
    if len(found) != 1:
        raise OtherEventError("The act has not exactly one entry in the registry's log.")
    leaf = read_log_leaf(found[0].data)
    if not agrees(call, leaf):
        raise OtherEventError("The registry's entry is not the one that the act demands.")
    return leaf


def assemble(session: NetworkSession, job: Job, block: ProvenBlock) -> bytes:
    """Give the sealed evidence file of an act."""
    header = block.header.header
    sealed = collect(
        SealedBlock(
            rules=session.config.schedule.rules(header.number),
            curve=session.profile.curve,
            header=header,
            members=block.header.members,
            transactions=[item.encode() for item in block.transactions],
            receipts=[item.encode() for item in block.receipts],
        ),
        job.place.index,
    )
    return Evidence(REGISTRY, session.profile.genesis_hash, job.template, decode_opening(job.opening), sealed).encode()
