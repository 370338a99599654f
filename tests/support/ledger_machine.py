"""A registry on the real EVM engine without a network: keys, calls, and what each call did to storage and log."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import coincurve

from lightnode.devnet.engine import Engine
from lightnode.devnet.world_state import WorldState
from lightnode.wire import merkle
from lightnode.wire.curve import address_of
from lightnode.wire.keccak import keccak256
from lightnode.wire.registry import LOGGED_TOPIC
from lightnode.wire.transaction import SignedTransaction, TransactionType, UnsignedTransaction
from lightnode.wire.types import Address, Hash32

ROOT = Path(__file__).resolve().parents[2]
CHAIN_ID = 0x43480001
GENESIS = Hash32(b"\x55" * 32)
START = 1_800_000_000


def artefact(name: str) -> dict[str, Any]:
    """Read a compiled contract."""
    return json.loads((ROOT / "lightnode" / "contracts" / f"{name}.json").read_text())


def person(number: int) -> coincurve.PrivateKey:
    """A test key; these numbers are no secret."""
    return coincurve.PrivateKey(number.to_bytes(32, "big"))


def address(key: coincurve.PrivateKey) -> Address:
    """The account of a test key."""
    return address_of(key.public_key.format(compressed=False))


def word(value: bytes | int) -> int:
    """An argument word."""
    return value if isinstance(value, int) else int.from_bytes(value, "big")


class LedgerMachine:
    """One state that blocks of one transaction each are run on."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.state = WorldState({})
        self.engine.reset({})
        self.nonces: dict[bytes, int] = {}
        self.number = 0
        self.time = START
        # What the events carried, and the hashes of it that make the log's root.
        self.logged: list[bytes] = []
        self.leaves: list[bytes] = []

    def again(self) -> LedgerMachine:
        """Give another that goes on from here; the engine then holds its state."""
        other = copy.copy(self)
        other.nonces, other.leaves, other.logged = dict(self.nonces), list(self.leaves), list(self.logged)
        self.engine.reset(self.state.dump())
        return other

    def send(self, key: coincurve.PrivateKey, to: Address | None, data: bytes, gas: int = 9_000_000) -> dict[str, Any]:
        """Run a transaction in a block of its own; every root is compared with the engine's."""
        return self.send_together([(key, to, data)], gas)[0]

    def send_together(
        self, calls: list[tuple[coincurve.PrivateKey, Address | None, bytes]], gas: int = 9_000_000
    ) -> list[dict[str, Any]]:
        """Run transactions in one block, in order."""
        self.number += 1
        self.time += 1
        result = self.engine.execute(self.block(), [self._sign(key, to, data, gas) for key, to, data in calls])
        self.state = self.state.changed(result["changed"])
        assert self.state.trie.root == self.engine.root()
        for outcome in result["results"]:
            assert "refused" not in outcome, outcome
            for _, topics, logged in outcome["logs"]:
                if topics == [LOGGED_TOPIC.hex()]:
                    self.logged.append(bytes.fromhex(logged))
                    self.leaves.append(merkle.leaf_hash(self.logged[-1]))
        return result["results"]

    def block(self) -> dict[str, Any]:
        """Give the newest block as the engine wants it."""
        return {
            "chain_id": CHAIN_ID, "gas_limit": 30_000_000, "hashes": [], "coinbase": "00" * 20, "number": self.number,
            "base_fee": 0, "time": self.time,
        }  # fmt: skip

    def _sign(self, key: coincurve.PrivateKey, to: Address | None, data: bytes, gas: int) -> bytes:
        nonce = self.nonces.get(key.secret, 0)
        self.nonces[key.secret] = nonce + 1
        unsigned = UnsignedTransaction(TransactionType.LEGACY, CHAIN_ID, nonce, 0, None, None, gas, to, 0, data, ())
        made = key.sign_recoverable(unsigned.signing_hash(), hasher=None)
        return SignedTransaction(
            unsigned, made[64], int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big")
        ).encode()

    def storage(self, account: Address, slot: int) -> int:
        """A word of storage."""
        return self.state.account(account).storage.get(slot, 0)

    def poke(self, account: Address, words: dict[int, int]) -> None:
        """Set storage by hand, to stand where millions of calls would lead."""
        before = self.state.account(account)
        entry = {
            "nonce": before.nonce, "balance": before.balance,
            "storage": {slot.to_bytes(32, "big").hex(): hex(value) for slot, value in words.items()},
        }  # fmt: skip
        self.state = self.state.changed({account.hex(): entry})
        self.engine.reset(self.state.dump())


def error(name: str) -> str:
    """The output of a custom error without arguments."""
    return keccak256(f"{name}()".encode())[:4].hex()
