"""Every act that a Timestamp registry has recorded, proven complete under verified headers.

Invariants: a verified header's bloom says which blocks can hold an event of the contract, so that a node can hide none;
an act counts only where the event is that of the transaction's own calldata, and its sender is the recovered one. Events
of calls through other contracts, and data that is no act, say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from desktop.services.inclusion import ProvenBlock
from desktop.services.network_session import NetworkSession
from lightnode.errors import WireError
from lightnode.wire.curve import Curve
from lightnode.wire.receipt import Log, bloom_of
from lightnode.wire.timestamp_call import EVENT_TOPIC, TimestampAct, decode_timestamp_call, decode_timestamp_event
from lightnode.wire.types import Address


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """One act as the ledger holds it.

    Attributes:
        act: what it says.
        sender: the key that made it.
        height: block number.
        time: of the block, unix seconds.
    """

    act: TimestampAct
    sender: Address
    height: int
    time: int


def read(session: NetworkSession, contract: Address, height: int) -> tuple[RecordedAct, ...]:
    """Give all acts up to a height, in the ledger's order.

    Args:
        session: the open network.
        contract: the Timestamp registry.
        height: verified.

    Raises:
        ProviderLiesError: the node gives other transactions or receipts than the headers demand.
    """
    wanted = int.from_bytes(bloom_of([Log(contract, (EVENT_TOPIC,), b"")]), "big")
    observer, now = session.observer(), session.clock()
    found: list[RecordedAct] = []
    for number in range(1, height + 1):
        bloom = session.follower.header(number, now).header.logs_bloom
        if int.from_bytes(bloom, "big") & wanted == wanted:
            found += _acts(observer.block(number), contract, session.profile.curve)
    return tuple(found)


def _acts(block: ProvenBlock, contract: Address, curve: Curve) -> Iterator[RecordedAct]:
    header = block.header.header
    for transaction, receipt in zip(block.transactions, block.receipts, strict=True):
        if transaction.unsigned.to != contract or receipt.succeeded is not True:
            continue
        try:
            act = decode_timestamp_call(transaction.unsigned.data)
            events = [log.data for log in receipt.logs if log.address == contract and log.topics == (EVENT_TOPIC,)]
            if [decode_timestamp_event(data) for data in events] == [act]:
                yield RecordedAct(act, transaction.sender(curve), header.number, header.timestamp)
        except WireError:
            # Anybody may time-stamp anything; what is no act of ours says nothing about a record.
            continue
