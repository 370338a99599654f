"""The questions this program asks a node, with answers in our own types; everything is still to be proven.

Invariants: nothing but `RpcError` and `WireError` leaves escape; what the node's version does not offer is asked in the
older way (receipts one by one).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.rpc.client import MAX_BATCH, JsonRpcClient
from lightnode.rpc.errors import (
    AccountUnprovableError,
    BadJsonError,
    MissingAnswerError,
    OtherBlockError,
    RefusedError,
    StateMissingError,
)
from lightnode.wire import json_value as js
from lightnode.wire.block_transaction import BlockTransaction, block_transaction_from_json
from lightnode.wire.receipt import Receipt, receipt_from_json
from lightnode.wire.types import Address, Hash32

METHOD_MISSING = (-32601, -32604)
# How Besu and go-ethereum begin to say that a state is pruned, or that a block is not there yet.
_STATE_MISSING = (
    "world state unavailable", "block not found", "unknown block", "missing trie node", "header not found",
    "historical state",
)  # fmt: skip
_ACCOUNT_MISSING = ("account not found", "no account found")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node says a transaction stands.

    Attributes:
        height: block number.
        index: position in the block.
    """

    height: int
    index: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call to try out.

    Attributes:
        sender: account it would come from.
        to: contract; None to create one.
        data: calldata.
        gas: limit, or None.
    """

    sender: Address
    to: Address | None
    data: bytes
    gas: int | None = None

    def fields(self) -> dict[str, str]:
        """Give the JSON object that nodes take."""
        obj = {"from": hex_data(self.sender), "data": hex_data(self.data)}
        if self.to is not None:
            obj["to"] = hex_data(self.to)
        if self.gas is not None:
            obj["gas"] = hex(self.gas)
        return obj


class Ledger:
    """Asks one node about its ledger."""

    def __init__(self, client: JsonRpcClient) -> None:
        """Ask through a client."""
        self.client = client

    def chain_id(self) -> int:
        """Give the chain id the node works on."""
        return js.quantity(self.client.call("eth_chainId"))

    def version(self) -> str:
        """Give the node's name and version, cut and printable."""
        text = self.client.call("web3_clientVersion")
        if not isinstance(text, str):
            raise BadJsonError("The node's version is no text.")
        return "".join(character if character.isprintable() else " " for character in text[:100])

    def height(self) -> int:
        """Give the number of the node's newest block."""
        return js.quantity(self.client.call("eth_blockNumber"), 8)

    def block(self, height: int, *, transactions: bool = False) -> dict[str, Any]:
        """Give a block as the node prints it.

        Raises:
            MissingAnswerError: the node does not have it.
        """
        return _block(self.client.call("eth_getBlockByNumber", [hex(height), transactions]), height)

    def blocks(self, heights: Sequence[int]) -> list[dict[str, Any]]:
        """Give several blocks without their transactions; at most one batch."""
        answers = self.client.batch([("eth_getBlockByNumber", [hex(height), False]) for height in heights])
        return [_block(answer, height) for answer, height in zip(answers, heights, strict=True)]

    def transactions(self, height: int) -> list[BlockTransaction]:
        """Give a block's transactions in order."""
        return [
            block_transaction_from_json(item) for item in _list(self.block(height, transactions=True), "transactions")
        ]

    def receipts(self, height: int, hashes: Sequence[Hash32]) -> list[Receipt]:
        """Give the receipts of a block.

        Args:
            height: the block.
            hashes: its transactions, for nodes that give receipts only one by one.
        """
        try:
            answer = self.client.call("eth_getBlockReceipts", [hex(height)])
        except RefusedError as refusal:
            if refusal.number not in METHOD_MISSING:
                raise
            answer = []
            for start in range(0, len(hashes), MAX_BATCH):
                part = hashes[start : start + MAX_BATCH]
                answer += self.client.batch([("eth_getTransactionReceipt", [hex_data(one)]) for one in part])
        # Right after inclusion a node may know the block and say null for its receipts.
        if not isinstance(answer, list) or len(answer) != len(hashes) or None in answer:
            raise MissingAnswerError(f"The node does not give the receipts of block {height}.")
        return [receipt_from_json(item) for item in answer]

    def place(self, transaction: Hash32) -> Place | None:
        """Ask where a transaction stands; None while it waits or is unknown."""
        answer = self.client.call("eth_getTransactionByHash", [hex_data(transaction)])
        if answer is None:
            return None
        if not isinstance(answer, dict):
            raise BadJsonError("The node's answer about a transaction is no object.")
        if answer.get("blockNumber") is None or answer.get("transactionIndex") is None:
            return None
        return Place(js.quantity(answer["blockNumber"], 8), js.quantity(answer["transactionIndex"], 8))

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Give an `eth_getProof` answer, for `lightnode.wire.account_proof.verify_get_proof`.

        Raises:
            StateMissingError: the node has no such block, or no state of it any more.
            AccountUnprovableError: the node proves nothing about accounts that it does not know.
        """
        keys = ["0x" + slot.to_bytes(32, "big").hex() for slot in slots]
        try:
            answer = self.client.call("eth_getProof", [hex_data(account), keys, hex(height)])
        except RefusedError as refusal:
            words = refusal.reason.lower()
            if words.startswith(_ACCOUNT_MISSING):
                raise AccountUnprovableError(
                    f"The node gives no proof about the account 0x{account.hex()}."
                ) from refusal
            if words.startswith(_STATE_MISSING):
                raise StateMissingError(f"The node does not give the state after block {height}.") from refusal
            raise
        if answer is None:
            raise StateMissingError(f"The node does not give the state after block {height}.")
        return answer

    def pending_nonce(self, account: Address) -> int:
        """Give the account's next number, waiting transactions counted."""
        return js.quantity(self.client.call("eth_getTransactionCount", [hex_data(account), "pending"]), 8)

    def latest_nonce(self, account: Address) -> int:
        """Give the account's next number in the newest block."""
        return js.quantity(self.client.call("eth_getTransactionCount", [hex_data(account), "latest"]), 8)

    def balance(self, account: Address) -> int | None:
        """Give the account's balance in wei; None where the node does not tell."""
        return self._told("eth_getBalance", [hex_data(account), "latest"])

    def gas_price(self) -> int | None:
        """Give the price per gas that the node asks; None where the node does not tell."""
        return self._told("eth_gasPrice", [])

    def _told(self, method: str, params: list[Any]) -> int | None:
        """Ask for a number that public gateways often withhold."""
        try:
            return js.quantity(self.client.call(method, params))
        except RefusedError:
            return None

    def code(self, account: Address) -> bytes:
        """Give a contract's code."""
        return js.data(self.client.call("eth_getCode", [hex_data(account), "latest"]))

    def try_call(self, call: Call) -> bytes:
        """Run a call without recording it.

        Raises:
            RefusedError: the contract reverted; its data says why.
        """
        return js.data(self.client.call("eth_call", [call.fields(), "latest"]))

    def estimate(self, call: Call) -> int:
        """Ask how much gas a call needs."""
        return js.quantity(self.client.call("eth_estimateGas", [call.fields()]), 8)

    def send(self, raw: bytes) -> Hash32:
        """Hand a signed transaction to the node."""
        return js.hash_value(self.client.call("eth_sendRawTransaction", [hex_data(raw)]))


def hex_data(data: bytes) -> str:
    """Print bytes as the JSON-RPC does."""
    return "0x" + data.hex()


def _block(answer: Any, height: int) -> dict[str, Any]:
    if answer is None:
        raise MissingAnswerError(f"The node does not have block {height}.")
    if not isinstance(answer, dict):
        raise BadJsonError("The node's answer about a block is no object.")
    if js.quantity(answer.get("number"), 8) != height:
        raise OtherBlockError(f"The node gave another block where block {height} was asked for.")
    return answer


def _list(obj: dict[str, Any], name: str) -> list[Any]:
    value = obj.get(name)
    if not isinstance(value, list):
        raise BadJsonError(f"The member {name} of a block is no list.")
    return value
