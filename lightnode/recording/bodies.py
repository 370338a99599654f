"""Steps P1 to P3: transactions, receipts and state under a verified header (consensus notes 4.6 and 4.7)."""

from __future__ import annotations

import enum
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
    TransactionsRootError,
    UnprovenHeightError,
)
from lightnode.wire.account_proof import ProvenAccount, verify_get_proof
from lightnode.wire.receipt import bloom_of, receipt_from_json
from lightnode.wire.transaction_body import body_from_json
from lightnode.wire.transaction_fields import TransactionTypeError
from lightnode.wire.trie import ordered_trie
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
    """

    number: int
    state_root: Hash32
    receipts_root: Hash32
    logs_bloom: bytes


def demand_proven(proven: Mapping[int, ProvenRoots], height: int) -> ProvenRoots:
    """Give what was proven of a block.

    Raises:
        UnprovenHeightError: it was not proven.
    """
    header = proven.get(height)
    if header is None:
        raise UnprovenHeightError(f"Block {height} is not among the proven headers.", height)
    return header


class Body(enum.Enum):
    """What became of a block's body."""

    REBUILT = enum.auto()
    UNLISTED = enum.auto()
    UNKNOWN_KIND = enum.auto()


def check_transactions(header: Header, block: Mapping[str, Any], client: str) -> Body:
    """Rebuild the transactions trie of a block.

    Args:
        header: whose root it must have.
        block: as printed.
        client: whose network it is.

    Returns:
        REBUILT; UNLISTED where the block lists only hashes or nothing; UNKNOWN_KIND where it holds a transaction of a
        type that is not known here, so that nothing can be said of the body.

    Raises:
        TransactionsRootError: another root, or a transaction that is malformed.
    """
    entries = block.get("transactions")
    if not isinstance(entries, list) or any(isinstance(entry, str) for entry in entries):
        return Body.UNLISTED
    height = header.number
    try:
        raw = [body_from_json(entry, private_marks=client == GOQUORUM) for entry in entries[:MAX_ENTRIES]]
    except TransactionTypeError:
        return Body.UNKNOWN_KIND
    except WireError as cause:
        raise TransactionsRootError(f"A transaction of block {height} is malformed: {cause.text}", height) from cause
    if ordered_trie(raw).root != header.transactions_root:
        raise TransactionsRootError(f"The transactions of block {height} do not make its transactionsRoot.", height)
    return Body.REBUILT


def check_receipts(header: Header | ProvenRoots, entries: Any) -> int:
    """Rebuild the receipts trie of a block and its bloom.

    Returns:
        The number of receipts.

    Raises:
        ReceiptsRootError: another root or bloom, or a receipt that cannot be rebuilt.
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
