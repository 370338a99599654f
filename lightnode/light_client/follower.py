"""The light client: reaches a height by every header or by skipping, as chosen, and gives any verified header below.

Invariants:
- A header is used only after it was verified: in order (H1 to H14), by the seals of a trusted set (K1 to K7), or by the
  hash in a verified header above it (K8), in this run or in an earlier one whose end was stored.
- Where skipping was chosen and is not sound, every header is verified instead, and the result says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lightnode.consensus import skip_rules
from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.recovery_ahead import append_all
from lightnode.consensus.skip_errors import SkipUnsoundError
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.light_client import contract_proof
from lightnode.light_client.choices import Choice, Mode, SyncChoices
from lightnode.light_client.errors import BehindError, OtherChainError, WrongNetworkError
from lightnode.light_client.halt import demand_followed
from lightnode.light_client.lower_header import lower_header
from lightnode.light_client.next_set import with_tally
from lightnode.light_client.skipping import Skipper
from lightnode.light_client.source import ClaimedHeader, HeaderSource
from lightnode.light_client.trusted import Trusted
from lightnode.wire.types import Hash32

BATCH = 64

Progress = Callable[[int, int], None]


class Memory(Protocol):
    """Where verified headers are kept between runs; see `lightnode.light_client.memory`."""

    def latest(self) -> Trusted | None:
        """Give where the last run ended."""

    def header(self, height: int) -> VerifiedHeader | None:
        """Give a verified header kept before."""

    def header_above(self, height: int) -> VerifiedHeader | None:
        """Give the lowest verified header kept above a height."""

    def height_near(self, height: int) -> Sequence[int]:
        """Give the heights of the nearest headers kept, at or below a height and above it."""

    def keep(self, headers: Sequence[VerifiedHeader], end: Trusted | None) -> None:
        """Keep headers, and where the run stands after them; None where they lie below what is kept."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How a run went.

    Attributes:
        start: height it began at.
        end: height it reached.
        mode: the mode used, and why that one.
        counting: how seals were counted, and why so.
        trust: trust level and smallest share of a trusted set behind a skip; None where nothing was skipped.
        remarks: what stood beside quorums of good seals, with the height; at most 100.
    """

    start: int
    end: int
    mode: Choice
    counting: Choice
    trust: Choice | None
    remarks: tuple[str, ...]


class Follower:
    """Follows one network through one source."""

    def __init__(
        self,
        config: ChainConfig,
        source: HeaderSource,
        memory: Memory | None = None,
        choices: SyncChoices | None = None,
        chosen: Mapping[int, Hash32] | None = None,
    ) -> None:
        """Start where the memory ends, or at genesis.

        Args:
            config: of the network.
            source: asked for headers and proofs.
            memory: verified headers of earlier runs.
            choices: of the operator; every header where none are given.
            chosen: blocks that an operator chose to follow, by height; see `lightnode.light_client.halt`.
        """
        self.config = config
        self.choices = choices or SyncChoices()
        self._source = source
        self._memory = memory
        self._chosen = chosen or {}
        self._recent: dict[int, VerifiedHeader] = {}
        self._remarks: list[str] = []
        latest = memory.latest() if memory is not None else None
        self.end = latest if latest is not None and latest.height > 0 else Trusted.at_genesis(config)

    def demand_network(self) -> None:
        """Check that the source works on this network.

        Raises:
            WrongNetworkError: another chain id or genesis block.
        """
        chain_id = self._source.chain_id()
        if chain_id != self.config.chain_id:
            raise WrongNetworkError(f"The node works on chain {chain_id}, the profile on {self.config.chain_id}.")
        (first,) = self._source.headers([0])
        if first.header.encode() != self.config.header.encode():
            raise WrongNetworkError("The node's genesis block is not that of the profile.")

    def begin_at(self, trusted: Trusted) -> None:
        """Go on from a checkpoint that the operator gave instead of where the last run ended.

        Raises:
            FollowedBlockError: an operator chose another block at that height.
        """
        demand_followed(self._chosen, trusted.height, trusted.block_hash)
        self.end = trusted

    def follow(
        self, target: int, now: int, progress: Progress | None = None, clock: Callable[[], int] | None = None
    ) -> Reached:
        """Verify up to a height.

        Args:
            target: the height; nothing happens where the client is already there.
            now: unix seconds, when the run begins: what trusted headers are held against.
            progress: told the height reached and the target as it goes.
            clock: gives unix seconds, for a long run in which new blocks are made; None for `now`.

        Raises:
            ConsensusError: a header breaks a rule.
            OtherChainError: the source's chain does not continue the verified one.
            LightNodeError: the source gives trouble.
        """
        start, mode, trust = self.end.height, self._mode(target), None
        self._remarks = []
        if mode.value == Mode.SKIPPING.value:
            trust = self._skip(target, now, progress)
        else:
            self._sequential(target, (lambda: now) if clock is None else clock, progress)
        counting = Choice(self.choices.counting.value, self.choices.counting_reason)
        return Reached(start, self.end.height, mode, counting, trust, tuple(self._remarks))

    def header(self, height: int, now: int) -> VerifiedHeader:
        """Give the verified header at a height: following up to it, or from the verified header above it down.

        Raises:
            BehindError: it was verified in an earlier run and is not kept, and cannot be verified from above.
        """
        self.follow(height, now)
        found = self.kept(height)
        if found is None and 0 < height < self.end.height:
            found = self._from_above(height, now)
        if found is None:
            raise BehindError(f"The verified header of block {height} is not kept on this computer.")
        return found

    def kept(self, height: int) -> VerifiedHeader | None:
        """Give a verified header where it is kept, asking nobody."""
        found = self._recent.get(height)
        if found is None and self._memory is not None:
            found = self._memory.header(height)
        return found

    def known_between(self, low: int, high: int) -> int | None:
        """Give the height of a header kept that is nearest to the middle of two heights, neither of them included."""
        middle = (low + high) // 2
        kept = [at for at in self._recent if low < at < high]
        if self._memory is not None:
            kept += [at for at in (self._memory.height_near(middle)) if low < at < high]
        return min(kept, key=lambda at: abs(at - middle), default=None)

    def _mode(self, target: int) -> Choice:
        if self.choices.mode is Mode.SEQUENTIAL:
            return Choice(Mode.SEQUENTIAL.value, self.choices.mode_reason)
        try:
            skip_rules.demand_sound(self.config.schedule, target)
        except SkipUnsoundError as error:
            return Choice(Mode.SEQUENTIAL.value, f"Skipping was chosen, but: {error.text}")
        return Choice(Mode.SKIPPING.value, self.choices.mode_reason)

    def _skip(self, target: int, now: int, progress: Progress | None) -> Choice | None:
        def keep(verified: VerifiedHeader, trusted: Trusted) -> None:
            self._keep([verified], trusted)
            if progress is not None:
                progress(trusted.height, target)

        report = Skipper(self.config, self._source, self.end, self.choices, keep).advance(target, now, self._chosen)
        if report.least_trusted is None:
            return None
        among, members = report.least_trusted
        return Choice(str(self.choices.trust_level), f"At least {among} of {members} trusted members sealed each skip.")

    def _sequential(self, target: int, clock: Callable[[], int], progress: Progress | None) -> None:
        if self.end.height >= target:
            return
        chain = self._chain()
        while chain.height < target:
            first = chain.height + 1
            claimed = self._source.headers(range(first, min(target, first + BATCH - 1) + 1))
            self._demand_continuation(chain, claimed)
            verified: list[VerifiedHeader] = []
            try:
                self._append(chain, claimed, clock() + self.choices.max_drift, verified)
            finally:
                # What was good before a refused header stays.
                if verified:
                    state, members = chain.state(), verified[-1].members
                    self._keep(verified, Trusted(chain.head, chain.head_hash, members, state.validators, state.pending))
            if progress is not None:
                progress(chain.height, target)

    def _chain(self) -> HeaderChain:
        """Give the chain to go on with; after a skip its tally is made up from the votes below."""
        if self.end.state is None:
            self.end = with_tally(self.config, self._source, self.end)
        state = self.end.state
        if state is None or self.end.height == 0:
            return HeaderChain(self.config, self.choices.counting)
        return HeaderChain.resume(self.config, self.end.header, state, self.choices.counting)

    def _append(
        self, chain: HeaderChain, claimed: Sequence[ClaimedHeader], latest: int, verified: list[VerifiedHeader]
    ) -> None:
        following = append_all(chain, ((one.header, one.claimed_hash) for one in claimed), latest)
        for _ in claimed:
            contract = chain.contract_for_next()
            if contract is not None and chain.validators_for_next() is None:
                chain.prove_validators(contract_proof.fetch(self.config, self._source, contract, chain.height))
            verified.append(next(following))

    def _keep(self, verified: Sequence[VerifiedHeader], end: Trusted) -> None:
        for item in verified:
            demand_followed(self._chosen, item.height, item.block_hash)
        for item in verified:
            self._remarks += [f"Block {item.height}: {remark}" for remark in item.remarks]
        del self._remarks[100:]
        if self._memory is not None:
            self._memory.keep(verified, end)
        fresh = {item.header.number: item for item in verified}
        # What the memory keeps need not stay here; a long chain would fill it.
        self._recent = fresh if self._memory is not None else {**self._recent, **fresh}
        self.end = end

    def _from_above(self, height: int, now: int) -> VerifiedHeader | None:
        above = self._memory.header_above(height) if self._memory is not None else None
        higher = [at for at in self._recent if at > height]
        if above is None and higher:
            above = self._recent[min(higher)]
        start = self.end.header if above is None else above.header
        latest = now + self.choices.max_drift
        found = lower_header(self.config, self._source, start, height, latest, self.choices.counting)
        if found is not None and self._memory is not None:
            self._memory.keep([found], None)
        return found

    def _demand_continuation(self, chain: HeaderChain, claimed: Sequence[ClaimedHeader]) -> None:
        first = claimed[0].header if claimed else None
        if first is not None and first.number == chain.height + 1 and first.parent_hash != chain.head_hash:
            raise OtherChainError(f"The node's block {first.number} does not follow the verified block before it.")
