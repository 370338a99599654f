"""Following a network by itself: up to the head, compared with other nodes, halted where members misbehaved.

Invariants: the follower begins where it ended, or at a checkpoint that the operator gave; the evidence of misbehaviour is
written and stored, and the network halted, as soon as it is found and before anything is said of it; nothing here is asked of
a node that the profile does not describe.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from desktop.services import data_folder
from desktop.services.height_exceptions import config_with_exceptions
from desktop.services.loaded_profile import LoadedProfile
from desktop.services.node_halt import keep_conflict
from desktop.services.workspace import Workspace
from lightnode.consensus.checkpoint import Checkpoint
from lightnode.consensus.header import Header
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.errors import LightNodeError
from lightnode.light_client import halt
from lightnode.light_client.backwards import demand_linked, walk_down
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.follower import Follower, Reached
from lightnode.light_client.follower import Progress as Reporting
from lightnode.light_client.given_checkpoint import NamedBlock, start_from
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.light_client.memory import StoreMemory
from lightnode.light_client.next_set import with_tally
from lightnode.light_client.progress import Progress
from lightnode.light_client.trusted import Trusted
from lightnode.light_client.witnesses import Comparison, Outcome, Patience, Witness
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.wire.types import Hash32

LAG_SECONDS = 10.0
# Blocks whose distances say how rarely blocks come.
RECENT = 16
# As many are fetched for that where none are kept.
BELOW = 4


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """What the operator chose.

    Attributes:
        rpc: node that headers and proofs are taken from.
        witnesses: nodes that the head is compared with.
        alone: why there is none; None where there is one.
        loaded: profile.
        base: the application's data folder.
        passphrase_fd: descriptor with the store's passphrase, or None.
        choices: mode, trust level, periods, counting.
        start: a checkpoint file's bytes, or a block named by height and hash; None to go on where the last run ended.
        target: height to reach; None for the node's head.
        link: whether every header below a skip is linked to where it was skipped from.
    """

    rpc: str
    witnesses: tuple[str, ...]
    alone: str | None
    loaded: LoadedProfile
    base: Path
    passphrase_fd: int | None
    choices: SyncChoices
    start: bytes | NamedBlock | None
    target: int | None
    link: bool


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How it went.

    Attributes:
        reached: start, end, mode, counting, trust, remarks.
        block_hash: of the head.
        head_time: of the head, unix seconds.
        age: seconds since then.
        usual_age: seconds that a head of this network is old at most, by its block period and its last blocks.
        witnesses: outcome of each.
        linked: headers linked below skips; None where that was not asked for.
        evidence: file with evidence of misbehaviour; None where there is none.
    """

    reached: Reached
    block_hash: Hash32
    head_time: int
    age: int
    usual_age: int
    witnesses: tuple[Witness, ...]
    linked: int | None
    evidence: Path | None

    @property
    def standing_still(self) -> bool:
        """Whether the network seems to stand still, or the node keeps its newest blocks from us."""
        return self.age > self.usual_age

    @property
    def agreed(self) -> int:
        """How many other nodes have the same block."""
        return sum(one.outcome is Outcome.AGREES for one in self.witnesses)

    @property
    def unsettled(self) -> bool:
        """Whether a node has another block, and who is wrong could not be told."""
        return any(one.outcome is Outcome.UNSETTLED for one in self.witnesses)


def folder_of(loaded: LoadedProfile, base: Path) -> Path:
    """Give the folder of a network on this computer."""
    return data_folder.network_folder(base, loaded.profile.environment, loaded.profile.genesis_hash)


class NodeSync:
    """A network's store and node, open for following; a context manager made by `open`."""

    def __init__(self, settings: SyncSettings, workspace: Workspace, clock: Callable[[], int]) -> None:
        """Take over what is open."""
        self._settings, self._workspace, self._clock = settings, workspace, clock
        self.config = config_with_exceptions(settings.loaded, workspace.folder)
        self._client = JsonRpcClient(settings.rpc)
        self.source = LedgerSource(Ledger(self._client))
        memory = StoreMemory(workspace.store, self.config, clock)
        chosen = halt.followed(workspace.store)
        self.follower = Follower(self.config, self.source, memory, settings.choices, chosen)

    @classmethod
    @contextlib.contextmanager
    def open(cls, settings: SyncSettings, clock: Callable[[], int] = lambda: int(time.time())) -> Iterator[NodeSync]:
        """Open the store and reach the node.

        Raises:
            HaltedError: an operator has to say how to go on first.
            WrongNetworkError: the node works on another network.
            LightNodeError: store or node give trouble.
        """
        profile = settings.loaded.profile
        with Workspace.open(
            settings.base, profile.environment, profile.genesis_hash, passphrase_fd=settings.passphrase_fd, clock=clock
        ) as workspace:
            halt.demand_none(workspace.store)
            made = cls(settings, workspace, clock)
            try:
                made.follower.demand_network()
                yield made
            finally:
                made._client.close()

    def run(
        self, progress: Callable[[Progress], None] | None = None, sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> SyncResult:  # fmt: skip
        """Follow, link and compare.

        Args:
            progress: told how far it is as it goes.
            sleep: waits for nodes that are behind.
            monotonic: gives seconds that only grow.

        Raises:
            LightNodeError: a header breaks a rule, or the node gives trouble.
        """
        given, now = self._settings, self._clock()
        if given.start is not None:
            self.follower.begin_at(
                start_from(self.config, given.loaded.profile.rules_digest, self.source, given.start, self.follower.end)
            )
        before = self.follower.end
        target = self.source.head() if given.target is None else given.target
        reached = self.follower.follow(target, now, self._telling(before.height, progress, monotonic), self._clock)
        linked = self._linked(before) if given.link else None
        patience = Patience(2 * given.choices.max_drift + LAG_SECONDS, sleep, monotonic)
        witnesses, evidence = [], None
        for url in given.witnesses:
            witness = self._compare(url, now, patience)
            witnesses.append(witness)
            if evidence is None:
                # At once: the next server may be waited for, and this program killed meanwhile.
                begin = before.height, before.block_hash
                evidence = keep_conflict(self._workspace, given.loaded, given.rpc, [witness], now, begin)
        head = self.follower.end.header
        age = max(0, self._clock() - head.timestamp)
        usual = self._usual_age()
        return SyncResult(
            reached, self.follower.end.block_hash, head.timestamp, age, usual, tuple(witnesses), linked, evidence
        )

    def _linked(self, before: Trusted) -> int:
        """Demand that the new head leads down to where the run began; a head that does not is not kept."""
        try:
            return demand_linked(self.config, self.source, self.follower.end.header, before.height, before.block_hash)
        except BaseException:
            self._workspace.store.drop_above(before.height)
            raise

    def _telling(
        self, start: int, tell: Callable[[Progress], None] | None, monotonic: Callable[[], float]
    ) -> Reporting | None:
        """Give what the follower tells heights to."""
        if tell is None:
            return None
        begun, mode = monotonic(), self._settings.choices.mode.value

        def say(height: int, target: int) -> None:
            seconds = monotonic() - begun
            tell(Progress(start, height, target, seconds, mode, self.source.name, self.source.fetched))

        return say

    @property
    def rules_digest(self) -> Hash32:
        """The digest that checkpoints and files of this network carry."""
        return self._settings.loaded.profile.rules_digest

    def checkpoint(self) -> Checkpoint:
        """Give where this office stands as a checkpoint, with every vote that counts."""
        end = with_tally(self.config, self.source, self.follower.end)
        digest = self._settings.loaded.profile.rules_digest
        return Checkpoint(end.height, end.block_hash, end.following, end.pending or (), digest)

    def _compare(self, url: str, now: int, patience: Patience) -> Witness:
        head = self.follower.end
        if head.height == 0:
            return Witness(url, Outcome.BEHIND, "There is no block to compare yet.", 0)
        client = JsonRpcClient(url)
        try:
            # A checkpoint that nothing was verified above is not kept.
            verified = self.follower.kept(head.height) or VerifiedHeader(
                head.header, head.block_hash, head.members, 0, (), way=Way.LINKED
            )
            comparison = Comparison(self.config, self.follower, self._settings.choices, patience)
            return comparison.with_source(LedgerSource(Ledger(client)), verified, now)
        finally:
            client.close()

    def _usual_age(self) -> int:
        """Give how old a head may be before the network seems to stand still: empty blocks may come more rarely."""
        head = self.follower.end.header
        kept = [self.follower.kept(height) for height in range(max(1, head.number - RECENT), head.number + 1)]
        gaps = _gaps([one.header for one in kept if one is not None])
        if not gaps and head.number > 1:
            # After a skip the blocks just below are not kept; what they were is only wanted for a warning.
            with contextlib.suppress(LightNodeError):
                lowest = max(1, head.number - BELOW)
                below = [one.header for one in walk_down(self.config, self.source, head, lowest)]
                gaps = _gaps([*reversed(below), head])
        period = self.config.schedule.period_seconds(head.number + 1)
        return max(60, 10 * period, 3 * max(gaps, default=0))


def _gaps(headers: Sequence[Header]) -> list[int]:
    """Give the seconds between neighbours."""
    return [
        later.timestamp - earlier.timestamp
        for earlier, later in pairwise(headers)
        if later.number == earlier.number + 1
    ]
