"""One transaction of a proven body with what follows from it: who sent it, what it used, which contract it made (R5).

Invariants: everything is computed from the bytes in the transactions trie and from the receipts; nothing is read from what a
node printed. The sender is recovered on the
network's own curve.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.proofs.block_body import PlacedLog, ProvenBody
from lightnode.proofs.errors import SenderUnprovenError
from lightnode.wire.curve import Curve
from lightnode.wire.ledger_transaction import LedgerTransaction, read_ledger_transaction
from lightnode.wire.receipt import Receipt
from lightnode.wire.types import Address, Hash32, Height


@dataclass(frozen=True, slots=True)
class PlacedTransaction:
    """A transaction with its place and outcome, all of it proven.

    Attributes:
        height: of its block.
        block_hash: of its block.
        time: of its block, unix seconds.
        index: in the block.
        name: its hash.
        transaction: its fields.
        sender: recovered from its signature.
        receipt: at the same index.
        gas_used: by it alone.
        created: the contract that it made; None where it calls one, or was reverted. Before Byzantium, where a receipt does
            not say whether it was, the contract that it would have made.
        logs: its events with their places.
    """

    height: Height
    block_hash: Hash32
    time: int
    index: int
    name: Hash32
    transaction: LedgerTransaction
    sender: Address
    receipt: Receipt
    gas_used: int
    created: Address | None
    logs: tuple[PlacedLog, ...]


def place_transaction(body: ProvenBody, index: int, curve: Curve, *, private_marks: bool) -> PlacedTransaction:
    """Give one transaction of a body with all that is proven of it.

    Args:
        body: proven.
        index: of the transaction.
        curve: of the network's accounts.
        private_marks: whether v 37 and 38 say private instead of chain id 1 (GoQuorum).

    Raises:
        SenderUnprovenError: the body has no such index, or nobody's signature is on what stands there.
    """
    height = body.header.height
    if not 0 <= index < len(body.transactions):
        raise SenderUnprovenError(f"Block {height} has no transaction {index}.", height)
    try:
        read = read_ledger_transaction(body.transactions[index], private_marks=private_marks)
        sender = read.sender(curve)
    except WireError as cause:
        raise SenderUnprovenError(
            f"Who sent transaction {index} of block {height} is not proven: {cause.text}", height
        ) from cause
    receipt = body.receipts[index]
    return PlacedTransaction(
        height, body.header.block_hash, body.header.header.timestamp, index, read.hash, read, sender, receipt,
        body.gas_used(index), None if receipt.succeeded is False else read.created(sender),
        tuple(log for log in body.logs() if log.transaction_index == index),
    )  # fmt: skip
