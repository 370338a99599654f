"""Two routes to proofs: a node operator's own RPC with `eth_getProof`, and EBSI's public Ledger API without it (R9).

Invariants: the public route asks only methods that the public API lists (ebsi.md 3.1) and says plainly what it cannot
prove; over either route every answer is proven under the verified header that the caller gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import WireError
from lightnode.proofs.block_body import ProvenBody, prove_receipts, prove_transactions
from lightnode.proofs.errors import BodyTransactionsError, CodeUnprovenError, NotProvableError, StateUnprovenError
from lightnode.proofs.state import ProvenState, demand_slots, prove_code, prove_state
from lightnode.rpc.errors import MissingAnswerError, RefusedError
from lightnode.rpc.ledger import METHOD_MISSING
from lightnode.wire import json_value as js
from lightnode.wire.account_proof import EMPTY_CODE
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import EMPTY_ROOT
from lightnode.wire.types import Address

PUBLIC_METHODS = frozenset(
    {"eth_blockNumber", "eth_call", "eth_chainId", "eth_getBlockByHash", "eth_getBlockByNumber", "eth_getBlockReceipts",
     "eth_getCode", "eth_getLogs", "eth_getTransactionByHash", "eth_getTransactionCount", "eth_getTransactionReceipt"}
)  # fmt: skip


class Questions(Protocol):
    """Whoever answers JSON-RPC calls: `lightnode.rpc.client.JsonRpcClient` and what stands in for it."""

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        """Give the result of one call."""


class Route(Protocol):
    """A way to proofs under verified headers."""

    @property
    def name(self) -> str:
        """Give the route's name as answers show it."""

    def body(self, header: VerifiedHeader) -> ProvenBody:
        """Give a block's whole body, proven."""

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        """Give an account and words of its storage, proven."""

    def code(self, header: VerifiedHeader, account: Address) -> bytes:
        """Give an account's code, proven."""


class PublicRoute:
    """Blocks, receipts and logs, without any proof of state."""

    name = "public"

    def __init__(self, questions: Questions, *, private_marks: bool = False) -> None:
        """Ask through a client.

        Args:
            questions: of the server.
            private_marks: whether v 37 and 38 mark private transactions (GoQuorum).
        """
        self._questions, self._private_marks = questions, private_marks

    def body(self, header: VerifiedHeader) -> ProvenBody:
        """Give a block's whole body, rebuilt under its roots.

        Raises:
            BodyTransactionsError: the server's transactions are not the block's.
            BodyReceiptsError: its receipts are not.
            RpcError: the server gives trouble.
        """
        if header.header.transactions_root == EMPTY_ROOT:
            prove_receipts(header, (), [], private_marks=self._private_marks)
            return ProvenBody(header, (), ())
        answer = self._questions.call("eth_getBlockByNumber", [hex(header.height), True])
        if answer is None:
            raise MissingAnswerError(f"The node does not have block {header.height}.")
        try:
            entries = js.entries(answer, "transactions")
        except WireError as cause:
            raise BodyTransactionsError(f"Block {header.height} lists no transactions.", header.height) from cause
        transactions = prove_transactions(header, entries, private_marks=self._private_marks)
        printed = self._receipts(header, transactions)
        receipts = prove_receipts(header, transactions, printed, private_marks=self._private_marks)
        return ProvenBody(header, transactions, receipts)

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        """Refuse: nothing that this route may ask proves state.

        Raises:
            NotProvableError: always.
        """
        raise NotProvableError(
            f"The state of 0x{account.hex()} ({len(slots)} slots) cannot be proven over the public route.",
            header.height,
        )

    def code(self, header: VerifiedHeader, account: Address) -> bytes:
        """Refuse: code is proven by the account's state.

        Raises:
            NotProvableError: always.
        """
        raise NotProvableError(f"The code of 0x{account.hex()} cannot be proven over the public route.", header.height)

    def _receipts(self, header: VerifiedHeader, transactions: Sequence[bytes]) -> Any:
        try:
            answer = self._questions.call("eth_getBlockReceipts", [hex(header.height)])
        except RefusedError as refusal:
            if refusal.number not in METHOD_MISSING:
                raise
            names = ["0x" + keccak256(raw).hex() for raw in transactions]
            answer = [self._questions.call("eth_getTransactionReceipt", [name]) for name in names]
        # Right after inclusion a node may know the block and say null for its receipts.
        if not isinstance(answer, list) or None in answer:
            raise MissingAnswerError(f"The node does not give the receipts of block {header.height}.")
        return answer


class ProofRoute(PublicRoute):
    """Everything, over a node that answers `eth_getProof`."""

    name = "proof"

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        """Give an account and words of its storage.

        Raises:
            StateUnprovenError: the proof does not hold, or the node gives none.
            RpcError: the node gives trouble.
        """
        demand_slots(header, slots)
        keys = ["0x" + slot.to_bytes(32, "big").hex() for slot in slots]
        # A node that lacks the state may refuse, or say null: neither says anything about the account.
        answer = self._questions.call("eth_getProof", ["0x" + account.hex(), keys, hex(header.height)])
        if answer is None:
            raise StateUnprovenError(
                f"The node gives no proof of the state after block {header.height}.", header.height
            )
        return prove_state(header, account, slots, answer)

    def code(self, header: VerifiedHeader, account: Address) -> bytes:
        """Give an account's code.

        Raises:
            CodeUnprovenError: the node's code is not the account's.
            StateUnprovenError: the account is not proven.
            RpcError: the node gives trouble.
        """
        state = self.state(header, account)
        if state.code_hash == EMPTY_CODE:
            return b""
        answer = self._questions.call("eth_getCode", ["0x" + account.hex(), hex(header.height)])
        try:
            code = js.data(answer)
        except WireError as cause:
            raise CodeUnprovenError(f"The code given for 0x{account.hex()} cannot be read.", header.height) from cause
        return prove_code(state, code)
