"""The chain of a local network: a pool of transactions, blocks made and sealed by the real rules, history of states.

Invariants:
- Every block is verified by our own header chain before it is committed: what this network makes, the light client
  accepts.
- The proposer goes round robin; a quorum of running validators seals; a round change raises the round of one block.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import coincurve

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.constants import DIFFICULTY, EMPTY_OMMERS_HASH, MIX_HASH, ZERO_NONCE
from lightnode.consensus.extra_data import BftRules, ExtraData, Vote, encode_extra_data
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.hashes import seal_digest
from lightnode.consensus.header import Header
from lightnode.consensus.quorum import quorum
from lightnode.devnet.block_store import BlockStore, StoredBlock
from lightnode.devnet.engine import Engine
from lightnode.devnet.errors import DevnetFolderError, TransactionRefusedError
from lightnode.devnet.settings import GAS_LIMIT, address_of_key
from lightnode.devnet.world_state import WorldAccount, WorldState
from lightnode.errors import LightNodeError
from lightnode.wire.curve import Curve
from lightnode.wire.receipt import Log, Receipt, bloom_of
from lightnode.wire.transaction import SignedTransaction, decode_transaction
from lightnode.wire.trie import ordered_trie
from lightnode.wire.types import Address, Hash32

VANITY = b"chancery training network".ljust(32, b"\0")
HISTORY = 512
MAX_POOL = 4096
_FAR_FUTURE = 1 << 40


@dataclass(slots=True)
class Wishes:
    """What tests asked of the next blocks.

    Attributes:
        votes: what each validator votes when it proposes.
        round: raise the next block's round to this.
        stopped: validators that neither propose nor seal.
    """

    votes: dict[Address, Vote] = field(default_factory=dict)
    round: int = 0
    stopped: set[Address] = field(default_factory=set)


class Network:
    """One running network; all methods may be called from any thread."""

    def __init__(
        self, folder: Path, genesis: bytes, secrets: Sequence[bytes], engine: Engine, now: Callable[[], int]
    ) -> None:
        """Load what the folder holds and go on from there.

        Args:
            folder: holds the block file.
            genesis: the genesis file.
            secrets: every validator's key, those voted in later included.
            engine: a running EVM engine.
            now: unix seconds.

        Raises:
            DevnetFolderError: the folder's blocks do not fit.
        """
        self.lock = threading.RLock()
        self.config = load_genesis(genesis, "besu")
        self.chain = HeaderChain(self.config)
        self.wishes = Wishes()
        self.now = now
        self._keys = {address_of_key(secret): coincurve.PrivateKey(secret) for secret in secrets}
        self._engine = engine
        self._store = BlockStore(folder / "blocks.db")
        self.blocks: list[StoredBlock] = [StoredBlock(self.config.header, self.config.block_hash, (), ())]
        self.numbers: dict[bytes, int] = {self.config.block_hash: 0}
        self.places: dict[bytes, tuple[int, int]] = {}
        self.sets: list[tuple[Address, ...]] = [self.config.extra.validators]
        self.pool: list[tuple[SignedTransaction, Address, bytes]] = []
        state = WorldState({
            address: WorldAccount(item.account.nonce, item.account.balance, b"", dict(item.storage))
            for address, item in self.config.accounts.items()
        })  # fmt: skip
        self.states: dict[int, WorldState] = {0: state}
        self._load()
        if engine.reset(self.state().dump()) != self.head.header.state_root:
            raise DevnetFolderError("The engine computes another state root than the newest block has.")

    @property
    def head(self) -> StoredBlock:
        """The newest block."""
        return self.blocks[-1]

    def state(self, number: int | None = None) -> WorldState:
        """Give the state after a block; the newest without a number.

        Raises:
            DevnetFolderError: it is no longer kept.
        """
        at = self.head.header.number if number is None else number
        if at not in self.states:
            raise DevnetFolderError("The state of this block is no longer kept.")
        return self.states[at]

    def close(self) -> None:
        """Release the block file."""
        with self.lock:
            self._store.close()

    def submit(self, raw: bytes) -> Hash32:
        """Take a raw transaction into the pool.

        Raises:
            TransactionRefusedError: with Besu's code and words.
        """
        try:
            transaction = decode_transaction(raw)
            sender = transaction.sender(Curve.SECP256K1)
            transaction.demand_low_s(Curve.SECP256K1)
        except LightNodeError as cause:
            raise TransactionRefusedError(f"Invalid transaction: {cause.text}", -32602) from cause
        unsigned = transaction.unsigned
        with self.lock:
            known = transaction.hash()
            if known in self.places or any(item[0].hash() == known for item in self.pool):
                raise TransactionRefusedError("Known transaction", -32000)
            if unsigned.chain_id != self.config.chain_id:
                raise TransactionRefusedError("Wrong chainId", -32000)
            if unsigned.nonce < self.state().account(sender).nonce:
                raise TransactionRefusedError("Nonce too low", -32001)
            if unsigned.gas_limit > GAS_LIMIT:
                raise TransactionRefusedError("Transaction gas limit exceeds block gas limit", -32005)
            if len(self.pool) >= MAX_POOL:
                raise TransactionRefusedError("The transaction pool is full", -32000)
            price = unsigned.gas_price if unsigned.gas_price is not None else unsigned.max_fee_per_gas or 0
            if self.state().account(sender).balance < unsigned.value + price * unsigned.gas_limit:
                raise TransactionRefusedError("Upfront cost exceeds account balance", -32004)
            # A higher price replaces a waiting transaction of the same nonce.
            self.pool = [
                item for item in self.pool if not (item[1] == sender and item[0].unsigned.nonce == unsigned.nonce)
            ]
            self.pool.append((transaction, sender, raw))
        return known

    def pending_nonce(self, sender: bytes) -> int:
        """Give the next nonce of an account, waiting transactions counted."""
        with self.lock:
            nonce = self.state().account(sender).nonce
            waiting = {item[0].unsigned.nonce for item in self.pool if item[1] == sender}
            while nonce in waiting:
                nonce += 1
            return nonce

    def environment(self, number: int | None = None) -> dict[str, Any]:
        """Give the block that a call runs in: the next one, or an old one again."""
        header = self.head.header if number is None else self.blocks[number].header
        at = header.number + 1 if number is None else header.number
        earlier = [block.block_hash.hex() for block in self.blocks[max(0, at - 256) : at]]
        time = max(self.now(), header.timestamp) if number is None else header.timestamp
        return {
            "chain_id": self.config.chain_id, "gas_limit": GAS_LIMIT, "hashes": earlier, "coinbase": bytes(20).hex(),
            "number": at, "base_fee": 0, "time": time,
        }  # fmt: skip

    def call(self, message: dict[str, Any], number: int | None) -> dict[str, Any]:
        """Run a message without a signature at a block's state."""
        with self.lock:
            newest = number is None or number == self.head.header.number
            accounts = None if newest else self.state(number).dump()
            return self._engine.call(self.environment(None if newest else number), message, accounts)

    def mine(self) -> StoredBlock:
        """Make, seal, verify and commit the next block."""
        with self.lock:
            height = self.head.header.number + 1
            members = self.chain.validators_for_next() or ()
            running = [member for member in members if member in self._keys and member not in self.wishes.stopped]
            if len(running) < quorum(len(members)):
                raise DevnetFolderError("Too few validators run to seal a block.")
            round_number, proposer = self._proposer(members, running, height)
            environment = self.environment()
            environment["time"] = max(
                self.now(), self.head.header.timestamp + self.chain.schedule.period_seconds(height)
            )
            environment["coinbase"] = proposer.hex()
            chosen = self._choose()
            result = self._engine.execute(environment, [item[2] for item in chosen])
            kept = [
                (item, outcome)
                for item, outcome in zip(chosen, result["results"], strict=True)
                if "refused" not in outcome
            ]
            block, changed = self._seal(environment, proposer, round_number, members, running, kept, result["changed"])
            self._store.add(block, changed)
            self._enter(block, self.state().changed(changed))
            done = {id(item) for item in chosen}
            self.pool = [item for item in self.pool if id(item) not in done]
            self.wishes.round = 0
            return block

    def _proposer(self, members: Sequence[Address], running: Sequence[Address], height: int) -> tuple[int, Address]:
        """Go round robin; each round that its proposer misses, or that a test asks for, passes the turn on."""
        round_number = self.wishes.round
        while members[(height + round_number) % len(members)] not in running:
            round_number += 1
        return round_number, members[(height + round_number) % len(members)]

    def _choose(self) -> list[tuple[SignedTransaction, Address, bytes]]:
        """Take from the pool what follows on each sender's nonce, in order of arrival, up to the block's gas."""
        chosen: list[tuple[SignedTransaction, Address, bytes]] = []
        nonces: dict[Address, int] = {}
        gas = 0
        waiting = sorted(self.pool, key=lambda item: item[0].unsigned.nonce)
        for item in waiting:
            unsigned, sender = item[0].unsigned, item[1]
            expected = nonces.get(sender, self.state().account(sender).nonce)
            if unsigned.nonce == expected and gas + unsigned.gas_limit <= GAS_LIMIT:
                chosen.append(item)
                nonces[sender] = expected + 1
                gas += unsigned.gas_limit
        return chosen

    def _seal(
        self, environment: dict[str, Any], proposer: Address, round_number: int, members: Sequence[Address],
        running: Sequence[Address], kept: list[tuple[Any, dict[str, Any]]], changed: dict[str, Any],
    ) -> tuple[StoredBlock, dict[str, Any]]:  # fmt: skip
        outcomes = tuple(outcome for _, outcome in kept)
        receipts = receipts_of([item[0] for item, _ in kept], outcomes)
        raw = tuple(item[2] for item, _ in kept)
        vote = self.wishes.votes.get(proposer)
        extra = ExtraData(VANITY, tuple(members), vote, round_number, ())
        header = Header(
            parent_hash=Hash32(self.head.block_hash),
            ommers_hash=EMPTY_OMMERS_HASH,
            beneficiary=proposer,
            state_root=self.state().changed(changed).trie.root,
            transactions_root=ordered_trie(raw).root,
            receipts_root=ordered_trie([receipt.encode() for receipt in receipts]).root,
            logs_bloom=bloom_of(log for receipt in receipts for log in receipt.logs),
            difficulty=DIFFICULTY,
            number=environment["number"],
            gas_limit=GAS_LIMIT,
            gas_used=receipts[-1].cumulative_gas_used if receipts else 0,
            timestamp=environment["time"],
            extra_data=encode_extra_data(BftRules.QBFT, extra),
            mix_hash=MIX_HASH,
            nonce=ZERO_NONCE,
            base_fee_per_gas=0,
        )
        digest = seal_digest(BftRules.QBFT, header, extra)
        seals = tuple(
            self._keys[member].sign_recoverable(digest, hasher=None) for member in running[: quorum(len(members))]
        )
        header = header.replace_extra_data(
            encode_extra_data(BftRules.QBFT, ExtraData(VANITY, tuple(members), vote, round_number, seals))
        )
        verified = self.chain.append(header, _FAR_FUTURE)
        return StoredBlock(header, verified.block_hash, raw, outcomes), changed

    def _enter(self, block: StoredBlock, state: WorldState) -> None:
        number = block.header.number
        self.blocks.append(block)
        self.numbers[block.block_hash] = number
        self.sets.append(self.chain.validators_for_next() or ())
        for index, raw in enumerate(block.transactions):
            self.places[decode_transaction(raw).hash()] = (number, index)
        self.states[number] = state
        self.states.pop(number - HISTORY, None)

    def _load(self) -> None:
        for block, changed in self._store.load():
            if block.header.number == self.head.header.number + 1:
                self.chain.append(block.header, _FAR_FUTURE)
                self._enter(block, self.state().changed(changed))


def receipts_of(transactions: Sequence[SignedTransaction], outcomes: Sequence[dict[str, Any]]) -> list[Receipt]:
    """Make the receipts of a block from what the engine said of each transaction."""
    receipts: list[Receipt] = []
    total = 0
    for transaction, outcome in zip(transactions, outcomes, strict=True):
        total += outcome["gas_used"]
        logs = tuple(
            Log(Address(bytes.fromhex(where)), tuple(Hash32(bytes.fromhex(t)) for t in topics), bytes.fromhex(data))
            for where, topics, data in outcome["logs"]
        )
        status = 1 if outcome["succeeded"] else 0
        receipts.append(Receipt(transaction.unsigned.type, status, total, bloom_of(logs), logs))
    return receipts
