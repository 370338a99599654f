"""Transactions by their hash: found by a hint, proven in their block, or proven to be in none yet (J4).

That a transaction does not exist cannot be proven, so that "unknown" is an error here, never null. But of a transaction
whose bytes are at hand, sender and number are known; while the sender's proven number at the newest verified block is not
past it, no block up to there holds it. Then null, or a transaction without a block, is the truth. That is what lets a
client wait for the receipt of what it has just sent.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from lightnode.node import asked
from lightnode.node.errors import UnprovableError, UpstreamLieError
from lightnode.node.ledger_transaction import LedgerTransaction, print_transaction, read_ledger_transaction
from lightnode.node.ports import Sources, TransactionClaim
from lightnode.node.printed import data
from lightnode.node.proven_block import Network, ProvenTransactions, print_placed, print_receipt
from lightnode.serving.refusal import invalid_params
from lightnode.wire.types import Hash32

# How many transactions that went through here are remembered, so that their absence can be proven.
MAX_SENT = 1024

_Placed = tuple[ProvenTransactions, int]


class TransactionAnswers:
    """The methods over one network."""

    def __init__(self, network: Network, chain_id: int, sources: Sources, *, may_send: bool) -> None:
        """Answer for one network.

        Args:
            network: how it prints.
            chain_id: that a transaction sent must name.
            sources: of proofs and hints.
            may_send: whether the operator lets transactions through.
        """
        self._network = network
        self._chain_id = chain_id
        self._sources = sources
        self._may_send = may_send
        self._lock = threading.Lock()
        self._sent: OrderedDict[Hash32, bytes] = OrderedDict()
        self.table: dict[str, Callable[..., Any]] = {
            "eth_getTransactionByHash": self.by_hash,
            "eth_getTransactionReceipt": self.receipt,
            "eth_sendRawTransaction": self.send,
        }

    def by_hash(self, name: Any) -> Any:
        """eth_getTransactionByHash."""
        found = self._find(asked.hash_value(name))
        if not isinstance(found, LedgerTransaction):
            return print_placed(self._network, *found)
        nowhere = {"blockHash": None, "blockNumber": None, "transactionIndex": None}
        shown = {**print_transaction(found, found.sender(self._network.curve), None), **nowhere}
        # What a unit of gas will cost is not known before there is a block; nodes print the most it may.
        return shown | ({"gasPrice": shown["maxFeePerGas"]} if found.gas_price is None else {})

    def receipt(self, name: Any) -> Any:
        """eth_getTransactionReceipt."""
        found = self._find(asked.hash_value(name))
        if isinstance(found, LedgerTransaction):
            return None
        block, index = found
        return print_receipt(self._network, self._sources.bodies.body(block.header), index)

    def send(self, raw: Any) -> str:
        """eth_sendRawTransaction: refused unless the operator said otherwise; then read, held against the chain, forwarded."""
        if not self._may_send:
            raise UnprovableError("This server forwards no transaction; its operator has not allowed it.")
        given = asked.data(raw)
        one = asked.read(lambda: read_ledger_transaction(given, private_marks=self._network.private_marks))
        asked.read(lambda: one.sender(self._network.curve))
        if one.chain_id != self._chain_id:
            raise invalid_params()
        self._sources.claims.send(given)
        with self._lock:
            self._sent[one.hash] = given
            while len(self._sent) > MAX_SENT:
                self._sent.popitem(last=False)
        return data(one.hash)

    def _find(self, name: Hash32) -> _Placed | LedgerTransaction:
        """Give a transaction with its proven place, or itself where it is proven to have none yet.

        Raises:
            UnprovableError: neither can be proven.
            UpstreamLieError: the hint is false.
        """
        # Before the hint: what it says may be newer than this, and then is above it.
        head = self._sources.headers.head()
        claim = self._sources.claims.transaction(name) or TransactionClaim(None, None)
        if claim.height is not None and claim.height <= head.height:
            block = self._sources.bodies.transactions(self._sources.headers.header(claim.height))
            index = block.index_of(name)
            if index is None:
                raise UpstreamLieError(
                    f"Block {claim.height} does not hold the transaction that the node places there."
                )
            return block, index
        with self._lock:
            raw = self._sent.get(name, claim.raw)
        if raw is None:
            raise UnprovableError("The node does not know this transaction; that there is none cannot be proven.")
        one = read_ledger_transaction(raw, private_marks=self._network.private_marks)
        account = self._sources.state.state(head, one.sender(self._network.curve)).account
        if account is not None and account.nonce > one.nonce:
            raise UnprovableError("The sender's number is used up, and the node shows no block with this transaction.")
        return one
