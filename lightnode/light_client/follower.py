"""The light client: verifies headers one after another up to a height, in batches, and goes on from where it was.

Invariants:
- Each header is verified from genesis on, in this run or in an earlier one whose end state was stored.
- Where the next set stands in a contract, its proof is fetched and proven before the next header.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from lightnode.consensus.chain import ChainState, HeaderChain, VerifiedHeader
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.consensus.header_json import header_from_json
from lightnode.light_client import contract_proof
from lightnode.light_client.errors import BehindError, OtherChainError, WrongNetworkError
from lightnode.rpc.errors import MissingAnswerError
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.patience import patiently

BATCH = 64
MAX_DRIFT = 15

Progress = Callable[[int, int], None]


class Memory(Protocol):
    """Where verified headers are kept between runs; see `lightnode.light_client.memory`."""

    def latest(self) -> tuple[ChainState, Header] | None:
        """Give where the last run ended."""

    def header(self, height: int) -> VerifiedHeader | None:
        """Give a verified header kept before."""

    def keep(self, headers: Sequence[VerifiedHeader], state: ChainState) -> None:
        """Keep headers that follow those kept before, and where the chain stands after them."""


class Follower:
    """Follows one network through one node."""

    def __init__(self, config: ChainConfig, ledger: Ledger, memory: Memory | None = None) -> None:
        """Start where the memory ends, or at genesis.

        Args:
            config: of the network.
            ledger: the node asked.
            memory: verified headers of earlier runs.
        """
        self.config = config
        self.chain = HeaderChain(config)
        self._ledger = ledger
        self._memory = memory
        self._recent: dict[int, VerifiedHeader] = {}
        latest = memory.latest() if memory is not None else None
        if latest is not None and latest[0].height > 0:
            self.chain = HeaderChain.resume(config, latest[1], latest[0])

    def demand_network(self) -> None:
        """Check that the node works on this network.

        Raises:
            WrongNetworkError: another chain id or genesis block.
        """
        chain_id = self._ledger.chain_id()
        if chain_id != self.config.chain_id:
            raise WrongNetworkError(f"The node works on chain {chain_id}, the profile on {self.config.chain_id}.")
        first = header_from_json(self._ledger.block(0))
        if first.encode() != self.config.header.encode():
            raise WrongNetworkError("The node's genesis block is not that of the profile.")

    def follow(self, target: int, now: int, progress: Progress | None = None) -> None:
        """Verify every header up to a height.

        Args:
            target: the height; nothing happens where the chain is already there.
            now: unix seconds, taken once for the run.
            progress: told the height reached and the target after each batch.

        Raises:
            ConsensusError: a header breaks a rule.
            OtherChainError: the node's chain does not continue the verified one.
            RpcError: the node gives trouble.
        """
        while self.chain.height < target:
            first = self.chain.height + 1
            heights = range(first, min(target, first + BATCH - 1) + 1)
            headers = [header_from_json(block) for block in self._fetch(heights)]
            self._demand_continuation(headers[0])
            verified = [self._append(header, now + MAX_DRIFT) for header in headers]
            if self._memory is not None:
                self._memory.keep(verified, self.chain.state())
            fresh = {item.header.number: item for item in verified}
            # What the memory keeps need not stay here; a long chain would fill it.
            self._recent = fresh if self._memory is not None else {**self._recent, **fresh}
            if progress is not None:
                progress(self.chain.height, target)

    def header(self, height: int, now: int) -> VerifiedHeader:
        """Give the verified header at a height, following up to it first.

        Raises:
            BehindError: the header was verified in an earlier run and is not kept.
        """
        self.follow(height, now)
        found = self._recent.get(height)
        if found is None and self._memory is not None:
            found = self._memory.header(height)
        if found is None:
            raise BehindError(f"The verified header of block {height} is not kept on this computer.")
        return found

    def _fetch(self, heights: range) -> list[dict[str, Any]]:
        """Ask for blocks that the node announced; another node behind its address may not have the last ones yet."""
        try:
            return self._ledger.blocks(heights)
        except MissingAnswerError:
            return [patiently(partial(self._ledger.block, height)) for height in heights]

    def _append(self, header: Header, latest: int) -> VerifiedHeader:
        contract = self.chain.contract_for_next()
        if contract is not None and self.chain.validators_for_next() is None:
            height = self.chain.height
            self.chain.prove_validators(
                patiently(lambda: contract_proof.fetch(self.config, self._ledger, contract, height))
            )
        return self.chain.append(header, latest)

    def _demand_continuation(self, header: Header) -> None:
        if header.number == self.chain.height + 1 and header.parent_hash != self.chain.head_hash:
            raise OtherChainError(f"The node's block {header.number} does not follow the verified block before it.")
