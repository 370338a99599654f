"""Blocks, transactions, receipts and logs as Besu prints them in JSON-RPC."""

from __future__ import annotations

from typing import Any

from lightnode.consensus.header import Header
from lightnode.devnet.block_store import StoredBlock
from lightnode.devnet.receipts import receipts_of
from lightnode.devnet.world_state import WorldState
from lightnode.node.proven_block import block_size
from lightnode.wire.curve import Curve
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Receipt
from lightnode.wire.transaction import SignedTransaction, TransactionType, UnsignedTransaction, decode_transaction


def data(value: bytes) -> str:
    """Print bytes."""
    return f"0x{value.hex()}"


def header_fields(header: Header, block_hash: bytes) -> dict[str, Any]:
    """Print a header's fields."""
    return {
        "number": hex(header.number),
        "hash": data(block_hash),
        "mixHash": data(header.mix_hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "sha3Uncles": data(header.ommers_hash),
        "logsBloom": data(header.logs_bloom),
        "transactionsRoot": data(header.transactions_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipts_root),
        "miner": data(header.beneficiary),
        "difficulty": hex(header.difficulty),
        "totalDifficulty": hex(header.number + 1),
        "extraData": data(header.extra_data),
        "baseFeePerGas": hex(header.base_fee_per_gas or 0),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
    }


def block(stored: StoredBlock, *, whole: bool) -> dict[str, Any]:
    """Print a block, with whole transactions or only their hashes."""
    decoded = [decode_transaction(raw) for raw in stored.transactions]
    listed: list[Any] = [
        transaction(item, stored, index) if whole else data(item.hash()) for index, item in enumerate(decoded)
    ]
    return {
        **header_fields(stored.header, stored.block_hash),
        "size": hex(block_size(stored.header, stored.transactions)),
        "uncles": [],
        "transactions": listed,
    }


def transaction(item: SignedTransaction, stored: StoredBlock, index: int) -> dict[str, Any]:
    """Print a transaction in its block."""
    where = {
        "blockHash": data(stored.block_hash),
        "blockNumber": hex(stored.header.number),
        "transactionIndex": hex(index),
    }
    return {**waiting_transaction(item), **where}


def price_paid(unsigned: UnsignedTransaction) -> int:
    """Give what a unit of gas costs where the base fee is zero."""
    if unsigned.type == TransactionType.DYNAMIC_FEE:
        return min(unsigned.max_fee_per_gas or 0, unsigned.max_priority_fee_per_gas or 0)
    return unsigned.gas_price or 0


def waiting_transaction(item: SignedTransaction) -> dict[str, Any]:
    """Print a transaction that no block holds yet."""
    unsigned = item.unsigned
    fields: dict[str, Any] = {
        "blockHash": None,
        "blockNumber": None,
        "from": data(item.sender(Curve.SECP256K1)),
        "gas": hex(unsigned.gas_limit),
        "hash": data(item.hash()),
        "input": data(unsigned.data),
        "nonce": hex(unsigned.nonce),
        "to": None if unsigned.to is None else data(unsigned.to),
        "transactionIndex": None,
        "type": hex(unsigned.type),
        "value": hex(unsigned.value),
        "v": hex(item.v),
        "r": hex(item.r),
        "s": hex(item.s),
    }
    if unsigned.chain_id is not None:
        fields["chainId"] = hex(unsigned.chain_id)
    if unsigned.type != TransactionType.LEGACY:
        fields["yParity"] = hex(item.y_parity)
        fields["accessList"] = [
            {"address": data(entry.address), "storageKeys": [data(key) for key in entry.storage_keys]}
            for entry in unsigned.access_list
        ]
    if unsigned.type == TransactionType.DYNAMIC_FEE:
        fields["maxPriorityFeePerGas"] = hex(unsigned.max_priority_fee_per_gas or 0)
        fields["maxFeePerGas"] = hex(unsigned.max_fee_per_gas or 0)
    fields["gasPrice"] = hex(price_paid(unsigned))
    return fields


def block_receipts(stored: StoredBlock) -> list[dict[str, Any]]:
    """Print every receipt of a block."""
    decoded = [decode_transaction(raw) for raw in stored.transactions]
    made = receipts_of(decoded, stored.outcomes)
    printed = []
    first_log = 0
    for index, (item, receipt) in enumerate(zip(decoded, made, strict=True)):
        printed.append(_receipt(stored, item, receipt, index, first_log))
        first_log += len(receipt.logs)
    return printed


def _receipt(stored: StoredBlock, item: SignedTransaction, made: Receipt, index: int, first_log: int) -> dict[str, Any]:
    outcome = stored.outcomes[index]
    where = {
        "blockHash": data(stored.block_hash),
        "blockNumber": hex(stored.header.number),
        "transactionHash": data(item.hash()),
        "transactionIndex": hex(index),
    }
    unsigned = item.unsigned
    creates = unsigned.to is None and outcome["succeeded"]
    receipt: dict[str, Any] = {
        **where,
        "contractAddress": f"0x{outcome['created']}" if creates else None,
        "cumulativeGasUsed": hex(made.cumulative_gas_used),
        "from": data(item.sender(Curve.SECP256K1)),
        "gasUsed": hex(outcome["gas_used"]),
        "effectiveGasPrice": hex(price_paid(unsigned)),
        "logs": [
            {
                **where,
                "address": data(log.address),
                "topics": [data(topic) for topic in log.topics],
                "data": data(log.data),
                "logIndex": hex(first_log + at),
                "removed": False,
            }
            for at, log in enumerate(made.logs)
        ],
        "logsBloom": data(made.logs_bloom),
        "status": "0x1" if outcome["succeeded"] else "0x0",
        "to": None if unsigned.to is None else data(unsigned.to),
        "type": hex(unsigned.type),
    }
    if not outcome["succeeded"] and outcome["output"]:
        receipt["revertReason"] = f"0x{outcome['output']}"
    return receipt


def proof(state: WorldState, address: bytes, slots: list[int]) -> dict[str, Any]:
    """Print an account's proof and those of its slots: ascending, each once; none where there is no account."""
    account = state.account(address)
    trie = account.storage_trie
    return {
        "address": data(address),
        "accountProof": [data(node) for node in state.trie.prove(keccak256(address))],
        "balance": hex(account.balance),
        "codeHash": data(account.code_hash),
        "nonce": hex(account.nonce),
        "storageHash": data(trie.root),
        "storageProof": [
            {
                "key": hex(slot),
                "value": hex(account.storage.get(slot, 0)),
                "proof": [data(node) for node in trie.prove(keccak256(slot.to_bytes(32, "big")))],
            }
            for slot in sorted(set(slots))
            if address in state.accounts
        ],
    }
