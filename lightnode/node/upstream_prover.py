"""Bodies, states and hints from one node, each proven before it is given on (steps R1 to R6).

Invariants: a body or code that was proven once is kept by its hash, within bounds, since it can never change; what fails
its proof is an error that says so, and is never kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import WireError
from lightnode.node.errors import UpstreamLieError
from lightnode.node.ports import TransactionClaim
from lightnode.node.printed import data, quantity, word
from lightnode.node.proven_block import ProvenTransactions
from lightnode.node.upstream import Upstream
from lightnode.proofs.block_body import ProvenBody, prove_receipts, prove_transactions
from lightnode.proofs.errors import CodeUnprovenError, StateUnprovenError
from lightnode.proofs.state import ProvenState, prove_code, prove_state
from lightnode.rpc.errors import MissingAnswerError, RefusedError
from lightnode.rpc.ledger import METHOD_MISSING
from lightnode.wire import json_value as js
from lightnode.wire.account_proof import EMPTY_CODE
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Receipt
from lightnode.wire.transaction_body import body_from_json
from lightnode.wire.trie import EMPTY_ROOT
from lightnode.wire.types import Address, Hash32

# How many bytes of each kind are kept.
KEPT_BYTES = 16 * 1024 * 1024

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Proven values by their hash, the oldest given up first."""

    def __init__(self, most: int, size: Callable[[Value], int]) -> None:
        """Keep so many bytes."""
        self._most, self._size, self._held = most, size, 0
        self._lock = threading.Lock()
        self._values: OrderedDict[Hash32, Value] = OrderedDict()

    def get(self, name: Hash32) -> Value | None:
        """Give a value that is kept."""
        with self._lock:
            if name in self._values:
                self._values.move_to_end(name)
            return self._values.get(name)

    def put(self, name: Hash32, value: Value) -> None:
        """Keep a value."""
        with self._lock:
            if name in self._values:
                return
            self._values[name] = value
            self._held += self._size(value)
            while self._held > self._most:
                self._held -= self._size(self._values.popitem(last=False)[1])


class UpstreamProver:
    """`StateProver`, `BodyProver` and `Claims` over one node."""

    def __init__(self, upstream: Upstream, *, private_marks: bool) -> None:
        """Ask a node.

        Args:
            upstream: the node.
            private_marks: whether v 37 and 38 mark private transactions (GoQuorum).
        """
        self._upstream = upstream
        self._private_marks = private_marks
        self._transactions: Kept[tuple[bytes, ...]] = Kept(KEPT_BYTES, _transactions_size)
        self._receipts: Kept[tuple[Receipt, ...]] = Kept(KEPT_BYTES, _receipts_size)
        self._codes: Kept[bytes] = Kept(KEPT_BYTES, len)

    # Bodies

    def transactions(self, header: VerifiedHeader) -> ProvenTransactions:
        """Give a block with its transactions.

        Raises:
            BodyTransactionsError: those that the node gives do not make its transactionsRoot.
            RpcError: the node gives trouble.
        """
        if header.header.transactions_root == EMPTY_ROOT:
            return ProvenTransactions(header, ())
        kept = self._transactions.get(header.block_hash)
        if kept is None:
            answer = self._upstream.call("eth_getBlockByNumber", [quantity(header.height), True])
            if answer is None:
                raise MissingAnswerError(f"The node does not have block {header.height}.")
            entries = answer.get("transactions") if isinstance(answer, dict) else None
            kept = prove_transactions(header, entries, private_marks=self._private_marks)
            self._transactions.put(header.block_hash, kept)
        return ProvenTransactions(header, kept)

    def body(self, header: VerifiedHeader) -> ProvenBody:
        """Give a block with its transactions and receipts.

        Raises:
            BodyTransactionsError: the transactions that the node gives are not the block's.
            BodyReceiptsError: the receipts are not.
            RpcError: the node gives trouble.
        """
        transactions = self.transactions(header).raw
        kept = self._receipts.get(header.block_hash)
        if kept is None:
            printed = self._printed_receipts(header, transactions) if transactions else []
            kept = prove_receipts(header, transactions, printed, private_marks=self._private_marks)
            self._receipts.put(header.block_hash, kept)
        return ProvenBody(header, transactions, kept)

    def _printed_receipts(self, header: VerifiedHeader, transactions: Sequence[bytes]) -> Any:
        """Ask for all receipts of a block, one by one where the node does not give them at once."""
        try:
            answer = self._upstream.call("eth_getBlockReceipts", [quantity(header.height)])
        except RefusedError as refusal:
            if refusal.number not in METHOD_MISSING:
                raise
            names = [data(keccak256(raw)) for raw in transactions]
            answer = [self._upstream.call("eth_getTransactionReceipt", [name]) for name in names]
        # Right after inclusion a node may know the block and say null for its receipts.
        if not isinstance(answer, list) or None in answer:
            raise MissingAnswerError(f"The node does not give the receipts of block {header.height}.")
        return answer

    # State

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        """Give an account and words of its storage, proven under the state root.

        Raises:
            StateUnprovenError: the node's proof does not hold, or it gives none.
            RpcError: the node gives trouble.
        """
        params = [data(account), [word(slot) for slot in slots], quantity(header.height)]
        answer = self._upstream.call("eth_getProof", params)
        if answer is None:
            raise StateUnprovenError(
                f"The node gives no proof of the state after block {header.height}.", header.height
            )
        return prove_state(header, account, slots, answer)

    def code(self, header: VerifiedHeader, account: Address) -> bytes:
        """Give an account's code, whose hash is the proven one.

        Raises:
            CodeUnprovenError: the node gives other code.
            StateUnprovenError: the account is not proven.
            RpcError: the node gives trouble.
        """
        state = self.state(header, account)
        if state.code_hash == EMPTY_CODE:
            return b""
        kept = self._codes.get(state.code_hash)
        if kept is None:
            answer = self._upstream.call("eth_getCode", [data(account), quantity(header.height)])
            try:
                given = js.data(answer)
            except WireError as cause:
                raise CodeUnprovenError("The node's answer about code cannot be read.", header.height) from cause
            kept = prove_code(state, given)
            self._codes.put(state.code_hash, kept)
        return kept

    # Claims

    def transaction(self, name: Hash32) -> TransactionClaim | None:
        """Ask where a transaction stands; its printed bytes count where they have the hash asked for."""
        answer = self._upstream.call("eth_getTransactionByHash", [data(name)])
        if answer is None:
            return None
        try:
            height = (
                js.quantity(answer["blockNumber"], 8)
                if js.field(answer, "hash") and answer.get("blockNumber")
                else None
            )
        except WireError as cause:
            raise UpstreamLieError(f"What the node says of a transaction cannot be read: {cause.text}") from cause
        return TransactionClaim(height, self._bytes_of(answer, name))

    def _bytes_of(self, answer: Any, name: Hash32) -> bytes | None:
        try:
            raw = body_from_json(answer, private_marks=self._private_marks)
        except WireError:
            return None
        return raw if keccak256(raw) == name else None

    def height_of(self, block_hash: Hash32) -> int | None:
        """Ask for a block's height."""
        answer = self._upstream.call("eth_getBlockByHash", [data(block_hash), False])
        try:
            return None if answer is None else js.quantity(js.field(answer, "number"), 8)
        except WireError as cause:
            raise UpstreamLieError(f"What the node says of a block cannot be read: {cause.text}") from cause

    def send(self, raw: bytes) -> None:
        """Hand a transaction to the node; that it took it says nothing about the ledger.

        Raises:
            RpcError: it refused, or gives trouble.
        """
        self._upstream.call("eth_sendRawTransaction", [data(raw)])


def _transactions_size(raw: tuple[bytes, ...]) -> int:
    return sum(len(one) for one in raw) + 256


def _receipts_size(receipts: tuple[Receipt, ...]) -> int:
    return 256 + sum(512 + sum(len(log.data) + 256 for log in item.logs) for item in receipts)
