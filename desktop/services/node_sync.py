"""Following a network by itself: up to the head, compared with other nodes, halted where members misbehaved.

Invariants: the follower begins where it ended, or at a checkpoint that the operator gave; the evidence of misbehaviour is
stored and written before anything is said of it; nothing here is asked of a node that the profile does not describe.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from desktop.services import data_folder, file_access
from desktop.services.height_exceptions import config_with_exceptions
from desktop.services.network_session import LoadedProfile
from desktop.services.workspace import Workspace
from lightnode.consensus.checkpoint import Checkpoint
from lightnode.light_client import halt, misbehaviour
from lightnode.light_client.backwards import demand_linked
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.follower import Follower, Progress, Reached
from lightnode.light_client.given_checkpoint import NamedBlock, start_from
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.light_client.memory import StoreMemory
from lightnode.light_client.network_profile import config_of
from lightnode.light_client.next_set import with_tally
from lightnode.light_client.trusted import Trusted
from lightnode.light_client.witnesses import Comparison, Outcome, Patience, Witness
from lightnode.rpc.backoff import Backoff
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.store.rows import StoredHalt
from lightnode.wire.types import Hash32

LAG_SECONDS = 10.0
EVIDENCE_FOLDER = "misbehaviour"


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
        standing_still: whether the network seems to stand still.
        witnesses: outcome of each.
        linked: headers linked below skips; None where that was not asked for.
        evidence: file with evidence of misbehaviour; None where there is none.
    """

    reached: Reached
    block_hash: Hash32
    head_time: int
    age: int
    standing_still: bool
    witnesses: tuple[Witness, ...]
    linked: int | None
    evidence: Path | None


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
        self.source = LedgerSource(Ledger(self._client), Backoff())
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
        self, progress: Progress | None = None, sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> SyncResult:  # fmt: skip
        """Follow, link and compare.

        Args:
            progress: told height and target as it goes.
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
        reached = self.follower.follow(self.source.head() if given.target is None else given.target, now, progress)
        linked = None
        if given.link:
            linked = demand_linked(self.config, self.source, self.follower.end.header, before.height, before.block_hash)
        patience = Patience(2 * given.choices.max_drift + LAG_SECONDS, sleep, monotonic)
        witnesses = tuple(self._compare(url, now, patience) for url in given.witnesses)
        head = self.follower.end.header
        age = max(0, now - head.timestamp)
        still = age > self._patience_with_blocks()
        return SyncResult(
            reached,
            self.follower.end.block_hash,
            head.timestamp,
            age,
            still,
            witnesses,
            linked,
            keep_conflict(self._workspace, given.loaded, given.rpc, witnesses, now),
        )

    @property
    def rules_digest(self) -> Hash32:
        """The digest that checkpoints and files of this network carry."""
        return self._settings.loaded.profile.rules_digest

    def checkpoint(self) -> Checkpoint:
        """Give where this office stands as a checkpoint, with every vote that counts."""
        end = with_tally(self.config, self.source, self.follower.end)
        return Checkpoint(end.height, end.block_hash, end.following, end.pending or (), self.rules_digest)

    def _compare(self, url: str, now: int, patience: Patience) -> Witness:
        head = self.follower.end
        if head.height == 0:
            return Witness(url, Outcome.BEHIND, "There is no block to compare yet.", 0)
        client = JsonRpcClient(url)
        try:
            verified = self.follower.header(head.height, now)
            comparison = Comparison(self.config, self.follower, self._settings.choices, patience)
            return comparison.with_source(LedgerSource(Ledger(client)), verified, now)
        finally:
            client.close()

    def _patience_with_blocks(self) -> int:
        """Give how old a head may be before the network seems to stand still: empty blocks may come more rarely."""
        end = self.follower.end.height
        times = []
        for height in range(max(1, end - 16), end + 1):
            kept = self.follower.kept(height)
            if kept is not None:
                times.append((kept.header.number, kept.header.timestamp))
        gaps = [later[1] - earlier[1] for earlier, later in pairwise(times) if later[0] == earlier[0] + 1]
        period = self.config.schedule.period_seconds(end + 1)
        return max(60, 10 * period, 3 * max(gaps, default=0))


def keep_conflict(
    workspace: Workspace, loaded: LoadedProfile, rpc: str, witnesses: Sequence[Witness], now: int
) -> Path | None:
    """Store and write the evidence of the first conflict among some outcomes; the network is halted by that (M5).

    Args:
        workspace: of the network.
        loaded: its profile.
        rpc: the node that our block came from.
        witnesses: outcomes.
        now: unix seconds.

    Returns:
        The file; None where there is no conflict.
    """
    found = next((one for one in witnesses if one.outcome is Outcome.CONFLICT), None)
    if found is None or found.ours is None or found.other is None:
        return None
    config, digest = config_of(loaded.profile), loaded.profile.rules_digest
    evidence = misbehaviour.collect(config, digest, found.ours, found.other, (rpc, found.name), now)
    report = misbehaviour.verify_misbehaviour(config, evidence.encode())
    halt.halt(workspace.store, evidence, report, now)
    folder = workspace.folder / EVIDENCE_FOLDER
    data_folder.make_folder(folder, private=True)
    path = folder / f"{report.height}-{report.digest.hex()[:16]}.cmb"
    file_access.write_bytes(path, evidence.encode(), private=True)
    return path


@dataclass(frozen=True, slots=True)
class Status:
    """How far this office is, without asking anybody.

    Attributes:
        height: verified to.
        block_hash: of that block.
        age: seconds since it was made.
        halts: every one, the oldest first.
    """

    height: int
    block_hash: Hash32
    age: int
    halts: tuple[StoredHalt, ...]

    @property
    def halted(self) -> bool:
        """Whether an operator has to say how to go on."""
        return any(one.lifted is None for one in self.halts)


def status(loaded: LoadedProfile, base: Path, passphrase_fd: int | None, now: int) -> Status:
    """Say how far this office has verified a network.

    Args:
        loaded: profile.
        base: the application's data folder.
        passphrase_fd: descriptor with the store's passphrase, or None.
        now: unix seconds.
    """
    profile = loaded.profile
    with Workspace.open(base, profile.environment, profile.genesis_hash, passphrase_fd=passphrase_fd) as workspace:
        config = config_with_exceptions(loaded, workspace.folder)
        end = StoreMemory(workspace.store, config, lambda: now).latest() or Trusted.at_genesis(config)
        return Status(end.height, end.block_hash, max(0, now - end.header.timestamp), workspace.store.halts())


def go_on(
    loaded: LoadedProfile, base: Path, passphrase_fd: int | None, by: str, reason: str, chosen: Hash32, at: int
) -> bool:
    """Lift the halt of a network.

    Returns:
        Whether headers were dropped, because they follow the other block.

    Raises:
        NotHaltedError: it is not halted.
        FollowedBlockError: the evidence shows no such block.
    """
    profile, config = loaded.profile, config_of(loaded.profile)
    with Workspace.open(base, profile.environment, profile.genesis_hash, passphrase_fd=passphrase_fd) as workspace:
        open_ones = [one for one in workspace.store.halts() if one.lifted is None]
        if not open_ones:
            raise halt.NotHaltedError("This network is not halted here.")
        report = misbehaviour.verify_misbehaviour(config, open_ones[0].evidence)
        held = StoreMemory(workspace.store, config, lambda: at).header(report.height)
        return halt.go_on(
            workspace.store, at, by, reason, chosen, None if held is None else held.block_hash, report.hashes
        )
