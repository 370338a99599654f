"""Accounts, code and storage in the state after a verified block (J3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightnode.node import asked
from lightnode.node.named_block import NamedBlocks
from lightnode.node.ports import StateProver
from lightnode.node.printed import data, quantity, word
from lightnode.wire.account_proof import Account


class StateAnswers:
    """The methods; an account whose absence is proven answers with zeros, as nodes do."""

    def __init__(self, blocks: NamedBlocks, state: StateProver) -> None:
        """Answer for one network."""
        self._blocks = blocks
        self._state = state
        self.table: dict[str, Callable[..., Any]] = {
            "eth_getBalance": self.balance,
            "eth_getTransactionCount": self.count,
            "eth_getCode": self.code,
            "eth_getStorageAt": self.storage,
        }

    def balance(self, who: Any, tag: Any = "latest") -> str:
        """eth_getBalance."""
        account = self._account(who, tag)
        return quantity(0 if account is None else account.balance)

    def count(self, who: Any, tag: Any = "latest") -> str:
        """eth_getTransactionCount."""
        account = self._account(who, tag)
        return quantity(0 if account is None else account.nonce)

    def code(self, who: Any, tag: Any = "latest") -> str:
        """eth_getCode."""
        whose = asked.address(who)
        return data(self._state.code(self._blocks.any(tag), whose))

    def storage(self, who: Any, slot: Any, tag: Any = "latest") -> str:
        """eth_getStorageAt."""
        whose, number = asked.address(who), asked.quantity(slot)
        return word(self._state.state(self._blocks.any(tag), whose, (number,)).storage[number])

    def _account(self, who: Any, tag: Any) -> Account | None:
        whose = asked.address(who)
        return self._state.state(self._blocks.any(tag), whose).account
