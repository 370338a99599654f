"""Receipts made from what the engine said of each transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lightnode.wire.receipt import Log, Receipt, bloom_of
from lightnode.wire.transaction import SignedTransaction
from lightnode.wire.types import Address, Hash32


def receipts_of(transactions: Sequence[SignedTransaction], outcomes: Sequence[dict[str, Any]]) -> list[Receipt]:
    """Make the receipts of a block from what the engine said of each transaction."""
    receipts: list[Receipt] = []
    total = 0
    for transaction, outcome in zip(transactions, outcomes, strict=True):
        total += outcome["gas_used"]
        logs = tuple(
            Log(Address(bytes.fromhex(where)), tuple(Hash32(bytes.fromhex(t)) for t in topics), bytes.fromhex(data))
            for where, topics, data in outcome["logs"]
        )
        status = 1 if outcome["succeeded"] else 0
        receipts.append(Receipt(transaction.unsigned.type, status, total, bloom_of(logs), logs))
    return receipts
