"""Proofs for people without a line: one transaction and its receipt in a block, and how many the block has (R8).

Invariants: transaction and receipt are proven at one index; a count is proven by what stands at count - 1 and by the proven
absence of anything at count. A verifier needs nothing but the header.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import WireError
from lightnode.proofs.block_body import MAX_ENTRIES, ProvenBody
from lightnode.proofs.errors import InclusionError
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Receipt, decode_receipt
from lightnode.wire.trie import index_key, ordered_trie, verify_proof
from lightnode.wire.types import Hash32, Height


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A transaction with its receipt, cut out of a block.

    Attributes:
        index: in the block.
        transaction_nodes: proof in the transactions trie.
        receipt_nodes: proof in the receipts trie.
    """

    index: int
    transaction_nodes: tuple[bytes, ...]
    receipt_nodes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class IncludedTransaction:
    """A transaction proven to stand in a block, without the rest of it.

    Attributes:
        height: of the block.
        block_hash: of the block.
        time: of the block, unix seconds.
        index: in the block.
        name: its hash.
        transaction: its bytes.
        receipt: at the same index. Gas used and the logs' block-wide index need the receipts before it: ask for the whole
            body where they count.
    """

    height: Height
    block_hash: Hash32
    time: int
    index: int
    name: Hash32
    transaction: bytes
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class CountProof:
    """How many transactions a block has.

    Attributes:
        count: transactions.
        last_nodes: proof of the last one; empty for none.
        beyond_nodes: proof that nothing follows it.
    """

    count: int
    last_nodes: tuple[bytes, ...]
    beyond_nodes: tuple[bytes, ...]


def cut_inclusion(body: ProvenBody, index: int) -> Inclusion:
    """Cut the proof of one transaction and its receipt.

    Raises:
        InclusionError: the block has no such index.
    """
    if not 0 <= index < len(body.transactions):
        raise InclusionError(f"Block {body.header.height} has no transaction {index}.", body.header.height)
    key = index_key(index)
    transactions = ordered_trie(body.transactions)
    receipts = ordered_trie([one.encode() for one in body.receipts])
    return Inclusion(index, tuple(transactions.prove(key)), tuple(receipts.prove(key)))


def verify_inclusion(header: VerifiedHeader, inclusion: Inclusion) -> IncludedTransaction:
    """Verify a transaction and its receipt in a block.

    Raises:
        InclusionError: they are not proven at that index.
    """
    if not 0 <= inclusion.index < MAX_ENTRIES:
        raise InclusionError(f"No block has a transaction {inclusion.index}.", header.height)
    key = index_key(inclusion.index)
    try:
        transaction = verify_proof(header.header.transactions_root, key, inclusion.transaction_nodes)
        receipt = verify_proof(header.header.receipts_root, key, inclusion.receipt_nodes)
        if transaction is None or receipt is None:
            raise InclusionError(f"Block {header.height} has nothing at index {inclusion.index}.", header.height)
        outcome = decode_receipt(receipt)
    except WireError as cause:
        raise InclusionError(
            f"Transaction {inclusion.index} of block {header.height} is not proven: {cause.text}", header.height
        ) from cause
    return IncludedTransaction(
        header.height, header.block_hash, header.header.timestamp, inclusion.index, keccak256(transaction), transaction,
        outcome,
    )  # fmt: skip


def cut_count(body: ProvenBody) -> CountProof:
    """Cut the proof of how many transactions a block has."""
    trie, count = ordered_trie(body.transactions), len(body.transactions)
    last = tuple(trie.prove(index_key(count - 1))) if count else ()
    return CountProof(count, last, tuple(trie.prove(index_key(count))))


def verify_count(header: VerifiedHeader, proof: CountProof) -> int:
    """Verify how many transactions a block has.

    Raises:
        InclusionError: it has more or fewer, or nothing is proven.
    """
    root, count = header.header.transactions_root, proof.count
    if not 0 <= count < MAX_ENTRIES:
        raise InclusionError(f"No block has {count} transactions.", header.height)
    try:
        last = verify_proof(root, index_key(count - 1), proof.last_nodes) if count else b""
        beyond = verify_proof(root, index_key(count), proof.beyond_nodes)
    except WireError as cause:
        raise InclusionError(
            f"The count of block {header.height} is not proven: {cause.text}", header.height
        ) from cause
    if last is None or beyond is not None or (count == 0 and proof.last_nodes):
        raise InclusionError(f"Block {header.height} does not have {count} transactions.", header.height)
    return count
