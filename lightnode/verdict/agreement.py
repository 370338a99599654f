"""Step V5: transaction, event and block say one thing, on the act registry and on EBSI's Timestamp (foundations section 9).

Invariants: the sender is recovered from the transaction's own signature; nothing rests on who time-stamped a hash first.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.consensus.header import Header
from lightnode.errors import LightNodeError
from lightnode.wire.profile import TIMESTAMP
from lightnode.wire.receipt import Log, Receipt
from lightnode.wire.registry import LOGGED_TOPIC, ActCall, LogLeaf, Verb, agrees, decode_act_call, read_log_leaf
from lightnode.wire.timestamp_call import CONTENT_VERBS, EVENT_TOPIC, decode_timestamp_call, decode_timestamp_event
from lightnode.wire.transaction import SignedTransaction
from lightnode.wire.trust import TrustPackage
from lightnode.wire.types import Address, Hash32


class DisagreementError(LightNodeError):
    """Transaction, event and block of an evidence file do not say one thing."""

    code = "EVIDENCE-DISAGREES"
    advice = "Keep the file and report it."


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger proves.

    Attributes:
        header: of the block.
        call: what the official's transaction says.
        leaf: what the registry logged; for Timestamp the same words, made from the act header.
        record: number of the record that the act made; None on Timestamp, which has no numbers.
    """

    header: Header
    call: ActCall
    leaf: LogLeaf
    record: int | None


def agreement(package: TrustPackage, header: Header, transaction: SignedTransaction, receipt: Receipt) -> LedgerEntry:
    """Demand recovered sender = event's sender, receiver = contract, calldata = event, event = block.

    Raises:
        LightNodeError: something differs.
    """
    profile = package.profile
    unsigned = transaction.unsigned
    recording = profile.recording
    if recording is None or unsigned.to != recording.contract or unsigned.chain_id != profile.chain_id:
        raise DisagreementError("The transaction goes elsewhere.")
    transaction.demand_low_s(profile.curve)
    sender = transaction.sender(profile.curve)
    if recording.way == TIMESTAMP:
        return _timestamp(
            profile.genesis_hash, header, unsigned.data, _only(receipt, recording.contract, EVENT_TOPIC), sender
        )
    return _registry(
        profile.genesis_hash, header, unsigned.data, _only(receipt, recording.contract, LOGGED_TOPIC), sender
    )


def _only(receipt: Receipt, contract: Address, topic: Hash32) -> Log:
    logs = [log for log in receipt.logs if log.address == contract and log.topics == (topic,)]
    if len(logs) != 1:
        raise DisagreementError("The contract logged nothing, or more than one entry.")
    return logs[0]


def _registry(genesis: Hash32, header: Header, data: bytes, log: Log, sender: Address) -> LedgerEntry:
    call = decode_act_call(data)
    if call.genesis != genesis or call.verb not in (Verb.REGISTER, Verb.SUPERSEDE):
        raise DisagreementError("The call is for another network, or makes no record.")
    leaf = read_log_leaf(log.data)
    if not agrees(call, leaf) or leaf.sender != sender:
        raise DisagreementError("The registry's entry is not the transaction's.")
    if (leaf.block_number, leaf.block_time) != (header.number, header.timestamp):
        raise DisagreementError("The registry's entry is of another block.")
    return LedgerEntry(header, call, leaf, leaf.record if call.verb is Verb.REGISTER else leaf.successor)


def _timestamp(genesis: Hash32, header: Header, data: bytes, log: Log, sender: Address) -> LedgerEntry:
    """Read the act header, which must be the same in calldata and event; the network stands in the commitment's leaf 0."""
    act = decode_timestamp_call(data)
    if decode_timestamp_event(log.data) != act:
        raise DisagreementError("The event is not the transaction's.")
    if act.verb not in CONTENT_VERBS:
        raise DisagreementError("The act makes no record.")
    call = act.as_call(genesis)
    leaf = LogLeaf(
        int(act.verb), 0, 1, act.authority, act.template, act.commitment, sender, call.receiver, act.valid_until, 0,
        act.act_count, act.not_after, call.approval, header.number, header.timestamp,
    )  # fmt: skip
    return LedgerEntry(header, call, leaf, None)
