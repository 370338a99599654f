"""That an act stands in the Timestamp registry: its event under the block's receipts, its hash in the contract's storage.

Invariants: nothing is concluded from who time-stamped a hash first, nor from that one's algorithm and data: whoever copied
a commitment before stands there, and the official's own transaction and event are the evidence all the same.
"""

from __future__ import annotations

from desktop.services import timestamp_calls
from desktop.services.inclusion import ProvenBlock
from desktop.services.job import Job
from desktop.services.job_errors import JobError
from desktop.services.network_session import NetworkSession
from lightnode.wire.receipt import Receipt
from lightnode.wire.timestamp_call import (
    EVENT_TOPIC,
    TimestampAct,
    decode_timestamp_call,
    decode_timestamp_event,
    is_timestamp,
    slots_of,
)
from lightnode.wire.types import Address

LONG_FORM_OF_32_BYTES = 0x41


class OtherTimestampError(JobError):
    """The Timestamp registry's event or storage does not say what the calldata demands."""

    code = "JOB-TIMESTAMP"
    advice = "Report this with the block number; the contract is not the Timestamp registry it should be."


def act_of(job: Job) -> TimestampAct | None:
    """Give the act of a job on the Timestamp registry; None for any other job."""
    data = job.fields.data
    return decode_timestamp_call(data) if job.fields.to is not None and is_timestamp(data) else None


def came_late(job: Job, block_time: int) -> bool:
    """Tell whether an act was recorded after its time limit, which this contract does not refuse."""
    act = act_of(job)
    return act is not None and block_time > act.not_after


def demand_recorded(session: NetworkSession, job: Job, act: TimestampAct, block: ProvenBlock) -> None:
    """Demand event and storage of an act: the first in its own block, the second at the verified head.

    Raises:
        OtherTimestampError: one of them says something else.
        ContractChangedError: the contract's code is another than the pinned one.
        ProviderLiesError: the node's proof fails.
    """
    recording = timestamp_calls.recording_of(session.profile)
    demand_event(block.receipts[job.place.index], recording.contract, act)
    # A node behind others may have an older head than the block that it has just shown.
    height = max(session.catch_up(), job.place.height)
    timestamp_calls.demand_pinned(session, height)
    slots = slots_of(act.commitment)
    asked = [slots.value, slots.value_data, slots.block_number]
    storage = session.observer().account(recording.contract, height, asked).storage
    held = (storage[slots.value], storage[slots.value_data])
    if held != (LONG_FORM_OF_32_BYTES, int.from_bytes(act.commitment, "big")):
        raise OtherTimestampError(f"The registry's storage does not hold the hash at block {height}.")
    if not 1 <= storage[slots.block_number] <= job.place.height:
        raise OtherTimestampError("The registry's storage names a later block for the hash than the one that holds it.")


def demand_event(receipt: Receipt, contract: Address, act: TimestampAct) -> None:
    """Demand that a receipt holds exactly the event of an act.

    Raises:
        OtherTimestampError: it does not.
    """
    events = [log.data for log in receipt.logs if log.address == contract and log.topics == (EVENT_TOPIC,)]
    if len(events) != 1 or decode_timestamp_event(events[0]) != act:
        raise OtherTimestampError("The registry's event is not the one that the act demands.")
