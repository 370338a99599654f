"""The state after a block, as immutable values that share what did not change; roots and proofs are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import Trie, secure_trie
from lightnode.wire.types import Hash32


@dataclass(frozen=True)
class WorldAccount:
    """One account.

    Attributes:
        nonce: transactions sent, or contracts made.
        balance: wei.
        code: bytes.
        storage: words by slot; zero words are absent.
    """

    nonce: int = 0
    balance: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def storage_trie(self) -> Trie:
        """The trie of its storage."""
        return secure_trie(
            (slot.to_bytes(32, "big"), rlp.encode(rlp.encode_uint(word))) for slot, word in self.storage.items()
        )

    @cached_property
    def code_hash(self) -> Hash32:
        """Keccak-256 of its code."""
        return keccak256(self.code)

    @cached_property
    def leaf(self) -> bytes:
        """Its value in the state trie."""
        return rlp.encode(
            [rlp.encode_uint(self.nonce), rlp.encode_uint(self.balance), self.storage_trie.root, self.code_hash]
        )

    def dump(self) -> dict[str, Any]:
        """Give it as the engine reads it."""
        return {
            "nonce": self.nonce,
            "balance": self.balance,
            "code": self.code.hex(),
            "storage": {slot.to_bytes(32, "big").hex(): hex(word) for slot, word in self.storage.items()},
        }


@dataclass(frozen=True)
class WorldState:
    """All accounts after one block.

    Attributes:
        accounts: by 20-byte address.
    """

    accounts: Mapping[bytes, WorldAccount]

    @cached_property
    def trie(self) -> Trie:
        """The state trie."""
        return secure_trie((address, account.leaf) for address, account in self.accounts.items())

    def account(self, address: bytes) -> WorldAccount:
        """Give an account, empty where there is none."""
        return self.accounts.get(address, WorldAccount())

    def changed(self, changes: Mapping[str, Any]) -> WorldState:
        """Give the state after a block's changes, as the engine names them."""
        accounts = dict(self.accounts)
        for name, entry in changes.items():
            address = bytes.fromhex(name)
            if entry is None:
                accounts.pop(address, None)
                continue
            before = accounts.get(address, WorldAccount())
            storage = before.storage
            if entry["storage"]:
                words = {**storage, **{int(slot, 16): int(word, 16) for slot, word in entry["storage"].items()}}
                storage = {slot: word for slot, word in words.items() if word}
            code = bytes.fromhex(entry["code"]) if "code" in entry else before.code
            accounts[address] = replace(
                before, nonce=entry["nonce"], balance=entry["balance"], code=code, storage=storage
            )
        return WorldState(accounts)

    def dump(self) -> dict[str, Any]:
        """Give the accounts as the engine reads them."""
        return {address.hex(): account.dump() for address, account in self.accounts.items()}

    def differences(self, other: WorldState) -> dict[str, Any]:
        """Give the accounts in which another state differs, whole and as the engine reads them; None where one is gone.

        Accounts that did not change are shared between states, so this looks at no storage.
        """
        changed = {
            address.hex(): account.dump()
            for address, account in other.accounts.items()
            if self.accounts.get(address) is not account
        }
        return {**changed, **{address.hex(): None for address in self.accounts if address not in other.accounts}}
