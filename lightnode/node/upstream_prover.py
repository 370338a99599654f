"""Bodies, states and hints from one node, each proven before it is given on (rules J2 to J4).

Invariants: a body or code that was proven once is kept by its hash, within bounds, since it can never change; what fails
its proof is an error that says so, and is never kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from lightnode.consensus.chain import VerifiedHeader
from lightnode.errors import WireError
from lightnode.node.errors import UnprovableError, UpstreamLieError
from lightnode.node.ports import TransactionClaim
from lightnode.node.printed import data, quantity, word
from lightnode.node.proven_block import ProvenBody
from lightnode.node.upstream import Upstream
from lightnode.rpc.errors import MissingAnswerError, RefusedError
from lightnode.rpc.ledger import METHOD_MISSING
from lightnode.wire import json_value as js
from lightnode.wire.account_proof import EMPTY_CODE, Account, ProvenAccount, verify_code, verify_get_proof
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Receipt, receipt_from_json
from lightnode.wire.transaction_body import body_from_json
from lightnode.wire.trie import EMPTY_ROOT, ordered_trie
from lightnode.wire.types import Address, Hash32

MAX_ENTRIES = 100_000
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
        self._bodies: Kept[ProvenBody] = Kept(KEPT_BYTES, _body_size)
        self._receipts: Kept[tuple[Receipt, ...]] = Kept(KEPT_BYTES, _receipts_size)
        self._codes: Kept[bytes] = Kept(KEPT_BYTES, len)

    # Bodies

    def body(self, header: VerifiedHeader) -> ProvenBody:
        """Give a block with its transactions, which make its transactionsRoot.

        Raises:
            UpstreamLieError: those that the node gives do not.
            RpcError: the node gives trouble.
        """
        if header.header.transactions_root == EMPTY_ROOT:
            return ProvenBody(header, ())
        kept = self._bodies.get(header.block_hash)
        if kept is None:
            kept = ProvenBody(header, self._transactions(header))
            self._bodies.put(header.block_hash, kept)
        return kept

    def _transactions(self, header: VerifiedHeader) -> tuple[bytes, ...]:
        answer = self._upstream.call("eth_getBlockByNumber", [quantity(header.height), True])
        if answer is None:
            raise MissingAnswerError(f"The node does not have block {header.height}.")
        try:
            listed = js.entries(answer, "transactions")[:MAX_ENTRIES]
            made = tuple(body_from_json(item, private_marks=self._private_marks) for item in listed)
        except WireError as cause:
            raise UpstreamLieError(f"The body of block {header.height} cannot be read: {cause.text}") from cause
        if ordered_trie(made).root != header.header.transactions_root:
            raise UpstreamLieError(f"The transactions given for block {header.height} are not its transactions.")
        return made

    def receipts(self, body: ProvenBody) -> tuple[Receipt, ...]:
        """Give the receipts of a block, which make its receiptsRoot.

        Raises:
            UpstreamLieError: those that the node gives do not.
            RpcError: the node gives trouble.
        """
        if not body.transactions:
            return ()
        kept = self._receipts.get(body.header.block_hash)
        if kept is None:
            kept = self._proven_receipts(body)
            self._receipts.put(body.header.block_hash, kept)
        return kept

    def _proven_receipts(self, body: ProvenBody) -> tuple[Receipt, ...]:
        header = body.header
        listed = self._printed_receipts(body)
        try:
            made = tuple(receipt_from_json(item) for item in listed)
        except WireError as cause:
            raise UpstreamLieError(f"A receipt of block {header.height} cannot be read: {cause.text}") from cause
        if len(made) != len(body.transactions):
            raise UpstreamLieError(f"Block {header.height} has another number of receipts than of transactions.")
        if ordered_trie([item.encode() for item in made]).root != header.header.receipts_root:
            raise UpstreamLieError(f"The receipts given for block {header.height} are not its receipts.")
        return made

    def _printed_receipts(self, body: ProvenBody) -> list[Any]:
        """Ask for all receipts of a block, one by one where the node does not give them at once."""
        try:
            answer = self._upstream.call("eth_getBlockReceipts", [quantity(body.header.height)])
        except RefusedError as refusal:
            if refusal.number not in METHOD_MISSING:
                raise
            names = [data(keccak256(raw)) for raw in body.transactions]
            answer = [self._upstream.call("eth_getTransactionReceipt", [name]) for name in names]
        # Right after inclusion a node may know the block and say null for its receipts.
        if not isinstance(answer, list) or None in answer:
            raise MissingAnswerError(f"The node does not give the receipts of block {body.header.height}.")
        return answer[:MAX_ENTRIES]

    # State

    def account(self, header: VerifiedHeader, who: Address, slots: Sequence[int] = ()) -> ProvenAccount:
        """Give an account and words of its storage, proven under the state root.

        Raises:
            UpstreamLieError: the proof does not hold.
            UnprovableError: the node gives no proof.
            RpcError: the node gives trouble.
        """
        params = [data(who), [word(slot) for slot in slots], quantity(header.height)]
        try:
            answer = self._upstream.call("eth_getProof", params)
        except RefusedError as refusal:
            raise UnprovableError(
                f"The node gives no proof of the state after block {header.height}: {refusal.reason}"
            ) from refusal
        if answer is None:
            raise UnprovableError(f"The node gives no proof of the state after block {header.height}.")
        try:
            return verify_get_proof(header.header.state_root, who, list(slots), answer)
        except WireError as cause:
            raise UpstreamLieError(f"A proof of the state after block {header.height} fails: {cause.text}") from cause

    def code(self, header: VerifiedHeader, who: Address) -> bytes:
        """Give an account's code, whose hash is the proven one.

        Raises:
            UpstreamLieError: it is other code, or the proof does not hold.
            RpcError: the node gives trouble.
        """
        account = self.account(header, who).account
        if account is None or account.code_hash == EMPTY_CODE:
            return b""
        kept = self._codes.get(account.code_hash)
        if kept is None:
            kept = self._proven_code(header, who, account)
            self._codes.put(account.code_hash, kept)
        return kept

    def _proven_code(self, header: VerifiedHeader, who: Address, account: Account) -> bytes:
        answer = self._upstream.call("eth_getCode", [data(who), quantity(header.height)])
        try:
            code = js.data(answer)
            verify_code(account, code)
        except WireError as cause:
            raise UpstreamLieError(f"The code given for an account is not its code: {cause.text}") from cause
        return code

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


def _body_size(body: ProvenBody) -> int:
    return sum(len(raw) for raw in body.transactions) + 1024


def _receipts_size(receipts: tuple[Receipt, ...]) -> int:
    return sum(512 + sum(len(log.data) + 256 for log in item.logs) for item in receipts)
