"""Steps P1 to P4: transactions, receipts and state under a verified header (consensus notes 4.6 and 4.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lightnode.consensus.header import Header
from lightnode.consensus.schedule import GOQUORUM
from lightnode.errors import WireError
from lightnode.recording.errors import (
    ReceiptsRootError,
    RecordingFormError,
    StateProofError,
    TransactionKindError,
    TransactionsRootError,
    UnprovenHeightError,
)
from lightnode.recording.printed_place import demand_log_places, demand_places, demand_transactions
from lightnode.wire import json_value as js
from lightnode.wire.account_proof import ProvenAccount, verify_get_proof
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import bloom_of, receipt_from_json
from lightnode.wire.transaction_body import body_from_json
from lightnode.wire.transaction_fields import TransactionTypeError
from lightnode.wire.trie import EMPTY_ROOT, ordered_trie
from lightnode.wire.types import Hash32

MAX_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class ProvenRoots:
    """What of a verified header its receipts and state proofs are held against; much smaller than the header.

    Attributes:
        number: of the block.
        state_root: of the state after it.
        receipts_root: of its receipts.
        logs_bloom: of its logs.
        block_hash: by the rules of its height.
        transactions: digest of its transactions' hashes; None where the recording does not hold them whole.
    """

    number: int
    state_root: Hash32
    receipts_root: Hash32
    logs_bloom: bytes
    block_hash: Hash32
    transactions: Hash32 | None


def demand_proven(proven: Mapping[int, ProvenRoots], height: int) -> ProvenRoots:
    """Give what was proven of a block.

    Raises:
        UnprovenHeightError: it was not proven.
    """
    header = proven.get(height)
    if header is None:
        raise UnprovenHeightError(f"Block {height} is not among the proven headers.", height)
    return header


def check_transactions(header: Header, block: Mapping[str, Any], client: str) -> tuple[Hash32, ...] | None:
    """Rebuild the transactions trie of a block.

    Args:
        header: whose root it must have.
        block: as printed.
        client: whose network it is.

    Returns:
        The transactions' hashes; None where the block lists nothing, or nothing but hashes, of which no root can be made.

    Raises:
        TransactionsRootError: another root, or what is listed is no transaction.
        TransactionKindError: one is of a type that no client has today.
    """
    entries, height = block.get("transactions"), header.number
    if entries is None or (_only_hashes(entries) and header.transactions_root != EMPTY_ROOT):
        return None
    if not isinstance(entries, list):
        raise TransactionsRootError(f"The transactions of block {height} are no list.", height)
    try:
        raw = [body_from_json(entry, private_marks=client == GOQUORUM) for entry in entries[:MAX_ENTRIES]]
    except TransactionTypeError as cause:
        raise TransactionKindError(f"The body of block {height} cannot be checked: {cause.text}", height) from cause
    except WireError as cause:
        raise TransactionsRootError(f"A transaction of block {height} is malformed: {cause.text}", height) from cause
    if ordered_trie(raw).root != header.transactions_root:
        raise TransactionsRootError(f"The transactions of block {height} do not make its transactionsRoot.", height)
    return tuple(keccak256(one) for one in raw)


def _only_hashes(entries: Any) -> bool:
    """Tell whether a list is what a node prints when it is asked for hashes alone."""
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, str) for entry in entries):
        return False
    try:
        return all(js.hash_value(entry) for entry in entries)
    except WireError:
        return False


def check_receipts(header: ProvenRoots, entries: Any) -> int:
    """Rebuild the receipts trie of a block and its bloom.

    Returns:
        The number of receipts.

    Raises:
        ReceiptsRootError: another root or bloom, or a receipt that cannot be rebuilt.
        PrintedPlaceError: one says that it stands elsewhere, or is of another transaction.
        RecordingFormError: no list.
    """
    height = header.number
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
        raise RecordingFormError(f"The receipts of block {height} are no list.")
    try:
        receipts = [receipt_from_json(entry) for entry in entries]
    except WireError as cause:
        raise ReceiptsRootError(f"A receipt of block {height} is malformed: {cause.text}", height) from cause
    if ordered_trie([receipt.encode() for receipt in receipts]).root != header.receipts_root:
        raise ReceiptsRootError(f"The receipts of block {height} do not make its receiptsRoot.", height)
    if bloom_of(log for receipt in receipts for log in receipt.logs) != header.logs_bloom:
        raise ReceiptsRootError(f"The bloom of block {height} is not that of its logs.", height)
    demand_places(height, header.block_hash, entries, "receipt")
    demand_log_places(height, header.block_hash, entries)
    if header.transactions is not None:
        demand_transactions(height, header.transactions, entries)
    return len(receipts)


def check_proof(header: Header | ProvenRoots, account: bytes, slots: list[int], answer: Any) -> ProvenAccount:
    """Check an `eth_getProof` answer under a header.

    Returns:
        What is proven.

    Raises:
        StateProofError: it proves something else, or nothing.
    """
    try:
        return verify_get_proof(header.state_root, account, slots, answer)
    except WireError as cause:
        raise StateProofError(
            f"A proof of 0x{account.hex()} at block {header.number} fails: {cause.text}", header.number
        ) from cause
