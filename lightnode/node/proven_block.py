"""A block whose header and body are proven, printed as Besu prints blocks, transactions, receipts and logs.

Step J2 of docs/verification.md. Each member is computed here from header, transactions and receipts; none is taken
from what a node printed. Left out is what only a node's word would give: the reason of a revert, GoQuorum's mark of a
privacy marker, the price of blob gas, and uncles and withdrawals where the header says that there are some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.consensus.constants import EMPTY_OMMERS_HASH
from lightnode.consensus.header import Header
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.node.ledger_transaction import print_transaction, read_ledger_transaction
from lightnode.node.printed import data, quantity
from lightnode.proofs.block_body import PlacedLog, ProvenBody
from lightnode.wire.curve import Curve
from lightnode.wire.keccak import keccak256
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
class ProvenTransactions:
    """A block with its transactions.

    Attributes:
        header: verified.
        raw: bytes of each, in order, making its transactionsRoot.
    """

    header: VerifiedHeader
    raw: tuple[bytes, ...]

    def index_of(self, transaction: bytes) -> int | None:
        """Give the index of a transaction by its hash; None where the block does not hold it."""
        return next((at for at, raw in enumerate(self.raw) if keccak256(raw) == transaction), None)


def print_block(network: Network, block: ProvenTransactions, *, whole: bool) -> dict[str, Any]:
    """Print a block.

    Args:
        network: whose it is.
        block: proven.
        whole: whole transactions instead of their hashes.
    """
    header = block.header.header
    listed: list[Any] = [
        print_placed(network, block, index) if whole else data(keccak256(raw)) for index, raw in enumerate(block.raw)
    ]
    printed = {
        **_header_members(block.header),
        "totalDifficulty": quantity(network.first_difficulty + header.number),
        "transactions": listed,
    }
    if header.ommers_hash == EMPTY_OMMERS_HASH:
        printed["uncles"] = []
    if header.withdrawals_root == EMPTY_ROOT:
        printed["withdrawals"] = []
    if header.ommers_hash == EMPTY_OMMERS_HASH and header.withdrawals_root in (None, EMPTY_ROOT):
        printed["size"] = quantity(block_size(header, block.raw))
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


def print_placed(network: Network, block: ProvenTransactions, index: int) -> dict[str, Any]:
    """Print a transaction in its block.

    Raises:
        WireError: it cannot be read, or nobody signed it.
    """
    one = read_ledger_transaction(block.raw[index], private_marks=network.private_marks)
    header = block.header.header
    return {
        **print_transaction(one, one.sender(network.curve), header.base_fee_per_gas),
        **_place(block.header.block_hash, header.number, index),
        "blockTimestamp": quantity(header.timestamp),
    }


def print_receipt(network: Network, body: ProvenBody, index: int) -> dict[str, Any]:
    """Print a receipt with what transaction and block add to it.

    Args:
        network: whose it is.
        body: proven.
        index: of the transaction.

    Raises:
        WireError: its transaction cannot be read, or nobody signed it.
    """
    receipt, header = body.receipts[index], body.header.header
    one = read_ledger_transaction(body.transactions[index], private_marks=network.private_marks)
    sender = one.sender(network.curve)
    created = one.created(sender)
    printed: dict[str, Any] = {
        **_place(body.header.block_hash, header.number, index),
        "transactionHash": data(one.hash),
        "contractAddress": None if created is None else data(created),
        "cumulativeGasUsed": quantity(receipt.cumulative_gas_used),
        "from": data(sender),
        "gasUsed": quantity(body.gas_used(index)),
        "effectiveGasPrice": quantity(one.price(header.base_fee_per_gas)),
        "logs": [print_log(placed) for placed in body.logs() if placed.transaction_index == index],
        "logsBloom": data(receipt.logs_bloom),
        "to": None if one.to is None else data(one.to),
        "type": quantity(receipt.type),
    }
    status = receipt.status_or_root
    printed |= {"status": quantity(status)} if isinstance(status, int) else {"root": data(status)}
    return printed


def print_log(placed: PlacedLog) -> dict[str, Any]:
    """Print a log with its place."""
    return {
        **_place(placed.block_hash, placed.height, placed.transaction_index),
        "transactionHash": data(placed.transaction),
        "address": data(placed.log.address),
        "topics": [data(topic) for topic in placed.log.topics],
        "data": data(placed.log.data),
        "blockTimestamp": quantity(placed.time),
        "logIndex": quantity(placed.log_index),
        "removed": False,
    }


def _place(block_hash: bytes, height: int, index: int) -> dict[str, Any]:
    return {"blockHash": data(block_hash), "blockNumber": quantity(height), "transactionIndex": quantity(index)}
