"""The acts that a Timestamp registry has recorded, proven under verified headers: all of them, or those on one record.

Invariants: for all, a verified header's bloom says which blocks can hold an event of the contract, so that a node can hide
none; for those on one record a node's list says where to look, so that it can hide some but invent none;
an act counts only where the event is that of the transaction's own calldata, and its sender is the recovered one. Events
of calls through other contracts, and data that is no act, say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from desktop.services.inclusion import ProvenBlock
from desktop.services.job_errors import ProviderLiesError
from desktop.services.network_session import NetworkSession
from lightnode.errors import WireError
from lightnode.rpc.ledger import hex_data
from lightnode.wire import json_value as js
from lightnode.wire.curve import Curve
from lightnode.wire.receipt import Log, bloom_of
from lightnode.wire.timestamp_call import EVENT_TOPIC, TimestampAct, decode_timestamp_call, decode_timestamp_event
from lightnode.wire.types import Address, Hash32

SPAN = 5_000


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


def read_about(session: NetworkSession, contract: Address, height: int, commitment: Hash32) -> tuple[RecordedAct, ...]:
    """Give the acts that register a record or name it as their subject, as far as the node tells where they are.

    Enough to act on a record: what a node hides makes an act count too low, and a reinstatement then lifts nothing.

    Args:
        session: the open network.
        contract: the Timestamp registry.
        height: verified.
        commitment: of the record.

    Raises:
        ProviderLiesError: the node's list is no list, or a block is not the one of its header.
    """
    heights: set[int] = set()
    for start in range(0, height + 1, SPAN):
        question = {
            "fromBlock": hex(start), "toBlock": hex(min(start + SPAN - 1, height)), "address": hex_data(contract),
            "topics": [hex_data(EVENT_TOPIC)],
        }  # fmt: skip
        answer = session.ledger.client.call("eth_getLogs", [question])
        if not isinstance(answer, list):
            raise ProviderLiesError("The node's list of entries is no list.")
        # The commitment stands in such an event's data, as the hash or as the act header's subject.
        heights |= {
            js.quantity(js.field(entry, "blockNumber")) for entry in answer
            if js.data(js.field(entry, "data")).find(commitment) >= 0
        }  # fmt: skip
    observer = session.observer()
    found = [
        one for number in sorted(heights) if number <= height
        for one in _acts(observer.block(number), contract, session.profile.curve)
    ]  # fmt: skip
    return tuple(one for one in found if commitment in (one.act.commitment, one.act.subject))


def _acts(block: ProvenBlock, contract: Address, curve: Curve) -> Iterator[RecordedAct]:
    header = block.header.header
    for transaction, receipt in zip(block.transactions, block.receipts, strict=True):
        made = transaction.signed
        if made is None or made.unsigned.to != contract or receipt.succeeded is not True:
            continue
        try:
            act = decode_timestamp_call(made.unsigned.data)
            events = [log.data for log in receipt.logs if log.address == contract and log.topics == (EVENT_TOPIC,)]
            if [decode_timestamp_event(data) for data in events] == [act]:
                yield RecordedAct(act, made.sender(curve), header.number, header.timestamp)
        except WireError:
            # Anybody may time-stamp anything; what is no act of ours says nothing about a record.
            continue
