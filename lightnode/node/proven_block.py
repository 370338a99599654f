"""A block whose header and body are proven, printed as Besu prints blocks, transactions, receipts and logs.

Rules J1 to J4 of docs/verification.md. Each member is computed here from header, transactions and receipts; none is taken
from what a node printed. Left out is what only a node's word would give: the reason of a revert, GoQuorum's mark of a
privacy marker, the price of blob gas, and uncles and withdrawals where the header says that there are some.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.consensus.chain import VerifiedHeader
from lightnode.consensus.constants import EMPTY_OMMERS_HASH
from lightnode.consensus.header import Header
from lightnode.node.ledger_transaction import LedgerTransaction, print_transaction, read_ledger_transaction
from lightnode.node.printed import data, quantity
from lightnode.wire.curve import Curve
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Log, Receipt
from lightnode.wire.trie import EMPTY_ROOT

_HEAD = 56


@dataclass(frozen=True, slots=True)
class Network:
    """What printing needs to know of a network.

    Attributes:
        curve: of its signatures.
        private_marks: whether v 37 and 38 mark private transactions (GoQuorum).
        first_difficulty: of block 0; every later one has 1 (rule H7).
    """

    curve: Curve
    private_marks: bool
    first_difficulty: int


@dataclass(frozen=True, slots=True)
class ProvenBody:
    """A block with everything in it proven.

    Attributes:
        header: verified.
        transactions: raw, in order, making its transactionsRoot.
    """

    header: VerifiedHeader
    transactions: tuple[bytes, ...]

    def read(self, network: Network, index: int) -> LedgerTransaction:
        """Read one transaction.

        Raises:
            WireError: no client of today made it.
        """
        return read_ledger_transaction(self.transactions[index], private_marks=network.private_marks)

    def place(self, transaction: bytes) -> int | None:
        """Give the index of a transaction; None where the block does not hold it."""
        return next((at for at, raw in enumerate(self.transactions) if keccak256(raw) == transaction), None)


def print_block(network: Network, body: ProvenBody, *, whole: bool) -> dict[str, Any]:
    """Print a block.

    Args:
        network: whose it is.
        body: proven.
        whole: whole transactions instead of their hashes.
    """
    header = body.header.header
    listed: list[Any] = [
        print_placed(network, body, index) if whole else data(keccak256(raw))
        for index, raw in enumerate(body.transactions)
    ]
    printed = {
        **_header_members(body.header),
        "totalDifficulty": quantity(network.first_difficulty + header.number),
        "transactions": listed,
    }
    if header.ommers_hash == EMPTY_OMMERS_HASH:
        printed["uncles"] = []
    if header.withdrawals_root == EMPTY_ROOT:
        printed["withdrawals"] = []
    if header.ommers_hash == EMPTY_OMMERS_HASH and header.withdrawals_root in (None, EMPTY_ROOT):
        printed["size"] = quantity(block_size(header, body.transactions))
    return printed


def _header_members(verified: VerifiedHeader) -> dict[str, Any]:
    header = verified.header
    printed: dict[str, Any] = {
        "number": quantity(header.number),
        "hash": data(verified.block_hash),
        "mixHash": data(header.mix_hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "sha3Uncles": data(header.ommers_hash),
        "logsBloom": data(header.logs_bloom),
        "transactionsRoot": data(header.transactions_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipts_root),
        "miner": data(header.beneficiary),
        "difficulty": quantity(header.difficulty),
        "extraData": data(header.extra_data),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
    }
    later: tuple[tuple[str, int | bytes | None], ...] = (
        ("baseFeePerGas", header.base_fee_per_gas), ("withdrawalsRoot", header.withdrawals_root),
        ("blobGasUsed", header.blob_gas_used), ("excessBlobGas", header.excess_blob_gas),
        ("parentBeaconBlockRoot", header.parent_beacon_block_root), ("requestsHash", header.requests_hash),
    )  # fmt: skip
    for name, value in later:
        if value is not None:
            printed[name] = quantity(value) if isinstance(value, int) else data(value)
    return printed


def block_size(header: Header, transactions: Sequence[bytes]) -> int:
    """Give the length of the block's RLP, without uncles and withdrawals."""
    # A typed transaction stands in the block's list as a string, a legacy one as the list that it is.
    listed = sum(len(raw) if raw[0] >= 0xC0 else _whole(len(raw)) for raw in transactions)
    empty_lists = 1 if header.withdrawals_root is None else 2
    return _whole(len(header.encode()) + _whole(listed) + empty_lists)


def _whole(length: int) -> int:
    """Give the length of an RLP item with so long a content of more than one byte, or of a list."""
    return length + 1 if length < _HEAD else length + 1 + (length.bit_length() + 7) // 8


def print_placed(network: Network, body: ProvenBody, index: int) -> dict[str, Any]:
    """Print a transaction in its block.

    Raises:
        WireError: it cannot be read, or nobody signed it.
    """
    one = body.read(network, index)
    header = body.header.header
    return {
        **print_transaction(one, one.sender(network.curve), header.base_fee_per_gas),
        **_place(body.header, index),
        "blockTimestamp": quantity(header.timestamp),
    }


def print_receipt(network: Network, body: ProvenBody, receipts: Sequence[Receipt], index: int) -> dict[str, Any]:
    """Print a receipt with what transaction and block add to it.

    Args:
        network: whose it is.
        body: proven.
        receipts: all of the block, proven.
        index: of the transaction.

    Raises:
        WireError: its transaction cannot be read, or nobody signed it.
    """
    receipt, one, header = receipts[index], body.read(network, index), body.header.header
    sender = one.sender(network.curve)
    before = receipts[index - 1].cumulative_gas_used if index else 0
    created = one.created(sender)
    first = sum(len(earlier.logs) for earlier in receipts[:index])
    printed: dict[str, Any] = {
        **_place(body.header, index),
        "transactionHash": data(one.hash),
        "contractAddress": None if created is None else data(created),
        "cumulativeGasUsed": quantity(receipt.cumulative_gas_used),
        "from": data(sender),
        "gasUsed": quantity(receipt.cumulative_gas_used - before),
        "effectiveGasPrice": quantity(one.price(header.base_fee_per_gas)),
        "logs": [print_log(body, index, log, first + at) for at, log in enumerate(receipt.logs)],
        "logsBloom": data(receipt.logs_bloom),
        "to": None if one.to is None else data(one.to),
        "type": quantity(receipt.type),
    }
    status = receipt.status_or_root
    printed |= {"status": quantity(status)} if isinstance(status, int) else {"root": data(status)}
    return printed


def block_logs(body: ProvenBody, receipts: Sequence[Receipt]) -> Iterator[tuple[int, int, Log]]:
    """Give the logs of a block: index of the transaction, index in the block, log."""
    at = 0
    for index, receipt in enumerate(receipts):
        for log in receipt.logs:
            yield index, at, log
            at += 1


def print_log(body: ProvenBody, index: int, log: Log, at: int) -> dict[str, Any]:
    """Print a log.

    Args:
        body: proven.
        index: of its transaction.
        log: itself.
        at: its index among all logs of the block.
    """
    return {
        **_place(body.header, index),
        "transactionHash": data(keccak256(body.transactions[index])),
        "address": data(log.address),
        "topics": [data(topic) for topic in log.topics],
        "data": data(log.data),
        "blockTimestamp": quantity(body.header.header.timestamp),
        "logIndex": quantity(at),
        "removed": False,
    }


def _place(header: VerifiedHeader, index: int) -> dict[str, Any]:
    return {
        "blockHash": data(header.block_hash),
        "blockNumber": quantity(header.height),
        "transactionIndex": quantity(index),
    }
