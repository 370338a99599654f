"""A block's whole body, rebuilt under its roots: transactions, receipts, and every log with its place (R3, R4, R6).

Invariants:
- The bytes of all transactions make the transactionsRoot, those of all receipts the receiptsRoot, and there are as many of
  either; so the logs of the body are all logs of the block, in order, and none else.
- Gas used and log index are computed, never read from what a node printed; likewise sender and contract address
  (`placed_transaction`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import WireError
from lightnode.proofs.errors import BodyReceiptsError, BodyTransactionsError, PrivateReceiptsError
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import BLOOM_BYTES, Log, Receipt, receipt_from_json
from lightnode.wire.transaction_body import body_from_json
from lightnode.wire.trie import ordered_trie
from lightnode.wire.types import Hash32, Height

MAX_ENTRIES = 100_000
# v of a private transaction on GoQuorum: 37 or 38.
_PRIVATE = (b"\x25", b"\x26")


@dataclass(frozen=True, slots=True)
class PlacedLog:
    """A log with its place, all of it proven.

    Attributes:
        height: of its block.
        block_hash: of its block.
        time: of its block, unix seconds.
        transaction: hash of its transaction.
        transaction_index: in the block.
        log_index: among all logs of the block.
        log: the event.
    """

    height: Height
    block_hash: Hash32
    time: int
    transaction: Hash32
    transaction_index: int
    log_index: int
    log: Log


@dataclass(frozen=True, slots=True)
class ProvenBody:
    """A block with everything in it proven.

    Attributes:
        header: verified.
        transactions: bytes of each, in order.
        receipts: of each, in order.
    """

    header: VerifiedHeader
    transactions: tuple[bytes, ...]
    receipts: tuple[Receipt, ...]

    def gas_used(self, index: int) -> int:
        """Give the gas that one transaction used: the difference of the cumulative values."""
        before = self.receipts[index - 1].cumulative_gas_used if index else 0
        return self.receipts[index].cumulative_gas_used - before

    def index_of(self, transaction: Hash32) -> int | None:
        """Give the index of a transaction; None where the block does not hold it."""
        return next((at for at, raw in enumerate(self.transactions) if keccak256(raw) == transaction), None)

    def logs(self) -> Iterator[PlacedLog]:
        """Give every log of the block in order: all there are (R6)."""
        header, at = self.header, 0
        for index, (raw, receipt) in enumerate(zip(self.transactions, self.receipts, strict=True)):
            if not receipt.logs:
                continue
            name = keccak256(raw)
            for log in receipt.logs:
                yield PlacedLog(header.height, header.block_hash, header.header.timestamp, name, index, at, log)
                at += 1


def prove_transactions(header: VerifiedHeader, entries: Any, *, private_marks: bool) -> tuple[bytes, ...]:
    """Rebuild a block's transactions trie (R3).

    Args:
        header: verified.
        entries: whole transactions as `eth_getBlockByNumber` prints them.
        private_marks: whether v 37 and 38 mark private transactions (GoQuorum).

    Raises:
        BodyTransactionsError: they make another root, or are no transactions.
    """
    height = header.height
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
        raise BodyTransactionsError(f"The transactions of block {height} are no list, or too many.", height)
    try:
        raw = tuple(body_from_json(entry, private_marks=private_marks) for entry in entries)
    except WireError as cause:
        raise BodyTransactionsError(f"A transaction of block {height} cannot be read: {cause.text}", height) from cause
    if ordered_trie(raw).root != header.header.transactions_root:
        raise BodyTransactionsError(f"The transactions given for block {height} are not its transactions.", height)
    return raw


def prove_receipts(
    header: VerifiedHeader, transactions: Sequence[bytes], entries: Any, *, private_marks: bool
) -> tuple[Receipt, ...]:
    """Rebuild a block's receipts trie and its bloom (R4).

    Args:
        header: verified.
        transactions: proven, of the same block.
        entries: receipts as `eth_getBlockReceipts` prints them, one for each transaction.
        private_marks: whether the network has private transactions (GoQuorum), whose parties show merged receipts.

    Raises:
        PrivateReceiptsError: the block holds private transactions, and this node shows other receipts than the public ones.
        BodyReceiptsError: they make another root or bloom, or are no receipts.
    """
    height = header.height
    if not isinstance(entries, list) or len(entries) != len(transactions):
        raise BodyReceiptsError(f"Block {height} has another number of receipts than of transactions.", height)
    try:
        receipts = tuple(receipt_from_json(entry) for entry in entries)
    except WireError as cause:
        raise BodyReceiptsError(f"A receipt of block {height} cannot be read: {cause.text}", height) from cause
    if ordered_trie([one.encode() for one in receipts]).root != header.header.receipts_root:
        if private_marks and any(_is_private(raw) for raw in transactions):
            raise PrivateReceiptsError(f"The public receipts of block {height} cannot be rebuilt.", height)
        raise BodyReceiptsError(f"The receipts given for block {height} are not its receipts.", height)
    if _joined_bloom(receipts) != header.header.logs_bloom:
        raise BodyReceiptsError(f"The bloom of block {height} is not that of its logs.", height)
    return receipts


def prove_body(header: VerifiedHeader, entries: Any, receipts: Any, *, private_marks: bool) -> ProvenBody:
    """Rebuild a block's body.

    Raises:
        BodyTransactionsError: the transactions are not the block's.
        BodyReceiptsError: the receipts are not the block's.
    """
    transactions = prove_transactions(header, entries, private_marks=private_marks)
    made = prove_receipts(header, transactions, receipts, private_marks=private_marks)
    return ProvenBody(header, transactions, made)


def _joined_bloom(receipts: Sequence[Receipt]) -> bytes:
    """Give the bloom of all logs: each receipt's own is already that of its logs (`Receipt`)."""
    bits = 0
    for receipt in receipts:
        bits |= int.from_bytes(receipt.logs_bloom, "big")
    return bits.to_bytes(BLOOM_BYTES, "big")


def _is_private(raw: bytes) -> bool:
    """Tell whether GoQuorum takes a transaction for a private one: legacy, with v 37 or 38."""
    if not raw or raw[0] < 0xC0:
        return False
    try:
        fields = rlp.decode_list(raw, max_bytes=len(raw), max_depth=1)
    except WireError:
        return False
    return len(fields) == 9 and fields[6] in _PRIVATE
