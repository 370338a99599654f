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
from desktop.services.timestamp_evidence import act_of, demand_event
from lightnode.evidence.collecting import SealedBlock, collect
from lightnode.evidence.evidence_file import Evidence
from lightnode.store.rows import StoredRecord
from lightnode.wire.commitment import decode_opening
from lightnode.wire.profile import REGISTRY, TIMESTAMP
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
        record: number of the record; None on the Timestamp way, which has none.
        commitment: of the record.
    """

    body: bytes
    digest: Hash32
    record: int | None
    commitment: Hash32


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
        OtherTimestampError: the same, on the Timestamp way.
    """
    made = _registered(job, block)
    body = assemble(session, job, block)
    record = StoredRecord(made.commitment, made.registry, made.number, made.authority, job.template, session.clock())
    session.workspace.store.add_record(record, job.opening)
    digest = session.workspace.store.add_evidence(made.commitment, body, session.clock())
    return Collected(body, digest, made.number, made.commitment)


@dataclass(frozen=True, slots=True)
class _Registered:
    """What an act with new content has put on the ledger; see `StoredRecord`."""

    commitment: Hash32
    registry: Address
    number: int | None
    authority: Hash32


def _registered(job: Job, block: ProvenBlock) -> _Registered:
    registry = job.fields.to
    if registry is None:
        raise OtherEventError("The act names no registry.")
    act = act_of(job)
    if act is not None:
        demand_event(block.receipts[job.place.index], registry, act)
        return _Registered(act.commitment, registry, None, act.authority)
    call = decode_act_call(job.fields.data)
    if call.commitment is None:
        raise OtherEventError("The act holds no commitment.")
    leaf = event_of(block.receipts[job.place.index], registry, call)
    number = leaf.successor if call.record is not None else leaf.record
    return _Registered(call.commitment, registry, number, leaf.authority)


def stored(session: NetworkSession, job: Job) -> Collected:
    """Give the evidence of a proven job from the store.

    Raises:
        EvidenceGoneError: it was erased.
    """
    for record in session.workspace.store.records():
        for body in session.workspace.store.evidence(record.commitment):
            digest = Hash32(hashlib.sha256(body).digest())
            if digest == job.evidence:
                return Collected(body, digest, record.number, record.commitment)
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
            transactions=[item.raw for item in block.transactions],
            receipts=[item.encode() for item in block.receipts],
        ),
        job.place.index,
    )
    way = REGISTRY if act_of(job) is None else TIMESTAMP
    return Evidence(way, session.profile.genesis_hash, job.template, decode_opening(job.opening), sealed).encode()
