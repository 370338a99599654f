"""The chain of a local network: a pool of transactions, blocks made and sealed by the real rules, history of states.

Invariants:
- Every block is verified by our own header chain before it is committed: what this network makes, the light client
  accepts.
- The proposer goes round robin; a quorum of running validators seals; a round change raises the round of one block.
- `mining` is held while a block is made; `lock` only to look at what is in force and to enter what was made, so that
  nobody who reads waits for the EVM. Who needs both takes `mining` first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
from lightnode.devnet import transaction_pool
from lightnode.devnet.block_store import BlockStore, StoredBlock
from lightnode.devnet.engine import Engine
from lightnode.devnet.errors import DevnetFolderError, TransactionRefusedError
from lightnode.devnet.proposer import proposer_of
from lightnode.devnet.receipts import receipts_of
from lightnode.devnet.settings import GAS_LIMIT, address_of_key
from lightnode.devnet.transaction_pool import TransactionPool, Waiting
from lightnode.devnet.world_state import WorldAccount, WorldState
from lightnode.errors import LightNodeError
from lightnode.wire.receipt import bloom_of
from lightnode.wire.transaction import decode_transaction
from lightnode.wire.trie import ordered_trie
from lightnode.wire.types import Address, Hash32

VANITY = b"chancery training network".ljust(32, b"\0")
HISTORY = 512
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


@dataclass(frozen=True, slots=True)
class Turn:
    """Who takes part in one block.

    Attributes:
        proposer: of the round in which it is sealed.
        round_number: of that round.
        members: the set in force.
        running: those of them that take part.
        vote: what the proposer wishes to say about the set.
    """

    proposer: Address
    round_number: int
    members: Sequence[Address]
    running: Sequence[Address]
    vote: Vote | None


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
        self.mining = threading.RLock()
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
        self.pool = TransactionPool(self.config.chain_id)
        self.failed = False
        state = WorldState({
            address: WorldAccount(item.account.nonce, item.account.balance, b"", dict(item.storage))
            for address, item in self.config.accounts.items()
        })  # fmt: skip
        self.states: dict[int, WorldState] = {0: state}
        self._load()
        if engine.reset(self.state().dump()) != self.head.header.state_root:
            raise DevnetFolderError("The engine computes another state root than the newest block has.")

    @property
    def key_holders(self) -> frozenset[Address]:
        """Every validator that this network can seal for, in the set or not."""
        return frozenset(self._keys)

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
        with self.mining:
            self._store.close()

    def submit(self, raw: bytes) -> Hash32:
        """Take a raw transaction into the pool.

        Raises:
            TransactionRefusedError: with Besu's code and words.
        """
        item = transaction_pool.read(raw)
        with self.lock:
            if item.name in self.places:
                raise TransactionRefusedError("Known transaction", -32000)
            self.pool.add(item, self.state().account(item.sender))
        return item.name

    def pending_nonce(self, sender: bytes) -> int:
        """Give the next nonce of an account, waiting transactions counted."""
        with self.lock:
            return self.pool.next_nonce(sender, self.state().account(sender).nonce)

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

    def due(self) -> int:
        """Give the earliest time of the next block."""
        height = self.head.header.number + 1
        return self.head.header.timestamp + self.chain.schedule.period_seconds(height)

    def mine(self) -> StoredBlock:
        """Make, seal, verify and commit the next block.

        Raises:
            DevnetFolderError: too few validators run, or an earlier block failed half way.
        """
        with self.mining:
            with self.lock:
                environment, turn, chosen = self._begin()
            try:
                block, state = self._make(environment, turn, chosen)
                with self.lock:
                    self._enter(block, state)
            except BaseException:
                # The engine may be ahead of the disk: the network stops, a restart heals it.
                self.failed = True
                raise
            with self.lock:
                self.pool.remove(chosen)
                self.pool.forget_below(lambda sender: self.state().account(sender).nonce)
            return block

    def _begin(self) -> tuple[dict[str, Any], Turn, list[Waiting]]:
        """Settle who makes the next block, with what, and when."""
        if self.failed:
            raise DevnetFolderError("The network stopped at a fault; its log names it.")
        members = self.chain.validators_for_next() or ()
        running = [member for member in members if member in self._keys and member not in self.wishes.stopped]
        if len(running) < quorum(len(members)):
            raise DevnetFolderError("Too few validators run to seal a block.")
        round_number, proposer = self._proposer(members, running)
        # Whoever wishes for a round from now on means the block after this one.
        self.wishes.round = 0
        environment = self.environment()
        environment["time"] = max(self.now(), self.due())
        environment["coinbase"] = proposer.hex()
        turn = Turn(proposer, round_number, members, running, self.wishes.votes.get(proposer))
        return environment, turn, self.pool.choose(lambda sender: self.state().account(sender).nonce)

    def _proposer(self, members: Sequence[Address], running: Sequence[Address]) -> tuple[int, Address]:
        """Each round that its proposer misses, or that a test asks for, passes the turn on."""
        round_number = self.wishes.round
        while (proposer := proposer_of(members, self.head.header.beneficiary, round_number)) not in running:
            round_number += 1
        return round_number, proposer

    def _make(self, environment: dict[str, Any], turn: Turn, chosen: list[Waiting]) -> tuple[StoredBlock, WorldState]:
        """Execute, seal and commit."""
        result = self._engine.execute(environment, [item.raw for item in chosen])
        kept = [
            (item, outcome) for item, outcome in zip(chosen, result["results"], strict=True) if "refused" not in outcome
        ]
        state = self.state().changed(result["changed"])
        block = self._seal(environment, turn, kept, state)
        self._store.add(block, result["changed"])
        return block, state

    def _seal(
        self, environment: dict[str, Any], turn: Turn, kept: list[tuple[Waiting, dict[str, Any]]], state: WorldState
    ) -> StoredBlock:
        outcomes = tuple(outcome for _, outcome in kept)
        receipts = receipts_of([item.transaction for item, _ in kept], outcomes)
        raw = tuple(item.raw for item, _ in kept)
        vote = turn.vote
        if vote is not None and vote.add == (vote.candidate in turn.members):
            # Nobody votes for what is already so.
            vote = None
        extra = ExtraData(VANITY, tuple(turn.members), vote, turn.round_number, ())
        header = Header(
            parent_hash=Hash32(self.head.block_hash),
            ommers_hash=EMPTY_OMMERS_HASH,
            beneficiary=turn.proposer,
            state_root=state.trie.root,
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
        # The proposer and those whose turn comes after it are first with their seals.
        first = turn.running.index(turn.proposer)
        sealing = [*turn.running[first:], *turn.running[:first]][: quorum(len(turn.members))]
        seals = tuple(self._keys[member].sign_recoverable(digest, hasher=None) for member in sealing)
        header = header.replace_extra_data(encode_extra_data(BftRules.QBFT, replace(extra, seals=seals)))
        verified = self.chain.append(header, _FAR_FUTURE)
        return StoredBlock(header, verified.block_hash, raw, outcomes)

    def _enter(self, block: StoredBlock, state: WorldState) -> None:
        number = block.header.number
        self.states[number] = state
        self.blocks.append(block)
        self.numbers[block.block_hash] = number
        self.sets.append(self.chain.validators_for_next() or ())
        for index, raw in enumerate(block.transactions):
            self.places[decode_transaction(raw).hash()] = (number, index)
        self.states.pop(number - HISTORY, None)

    def _load(self) -> None:
        try:
            for block, changed in self._store.load():
                verified = self.chain.append(block.header, _FAR_FUTURE)
                if verified.block_hash != block.block_hash:
                    raise DevnetFolderError("A stored block has another hash than its header.")
                self._enter(block, self.state().changed(changed))
        except (LightNodeError, ValueError, KeyError, TypeError) as cause:
            raise DevnetFolderError("The stored blocks do not follow from the genesis file.") from cause
