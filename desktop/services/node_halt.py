"""Halted for misbehaviour: keeping the evidence, judging a file of it, saying how this office stands, and going on.

Invariants: evidence is written as a private file, whole or not at all, before the network is halted, and the network is halted
also where no file can be written: the store holds the evidence too. Judging a file asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.services import data_folder, file_access
from desktop.services.height_exceptions import config_with_exceptions
from desktop.services.loaded_profile import LoadedProfile
from desktop.services.workspace import Workspace
from lightnode.consensus.chain import HeaderChain
from lightnode.light_client import halt, misbehaviour
from lightnode.light_client.memory import StoreMemory
from lightnode.light_client.network_profile import config_of
from lightnode.light_client.trusted import Trusted
from lightnode.light_client.witnesses import Outcome, Witness
from lightnode.store.rows import StoredHalt
from lightnode.wire.types import Hash32

EVIDENCE_FOLDER = "misbehaviour"


def keep_conflict(
    workspace: Workspace,
    loaded: LoadedProfile,
    rpc: str,
    witnesses: Sequence[Witness],
    now: int,
    begin: tuple[int, Hash32],
) -> Path | None:
    """Write and store the evidence of the first conflict among some outcomes; the network is halted by that (M5).

    Args:
        workspace: of the network.
        loaded: its profile.
        rpc: the node that our block came from.
        witnesses: outcomes.
        now: unix seconds.
        begin: height and hash of the block that this run began at.

    Returns:
        The file; None where there is no conflict, or an operator has decided between these very two blocks.
    """
    found = next((one for one in witnesses if one.outcome is Outcome.CONFLICT), None)
    if found is None or found.ours is None or found.other is None:
        return None
    config, digest = config_of(loaded.profile), loaded.profile.rules_digest
    if halt.is_decided(workspace.store, config, found.ours, found.other):
        return None
    evidence = misbehaviour.collect(config, digest, found.ours, found.other, (rpc, found.name), now, begin)
    report = misbehaviour.verify_misbehaviour(config, evidence.encode())
    try:
        return write_evidence(workspace.folder, report.height, report.digest, evidence.encode())
    finally:
        # Also where the disk takes no more files: the store holds the evidence too.
        halt.halt(workspace.store, evidence, report, now)


def write_evidence(folder: Path, height: int, digest: Hash32, data: bytes) -> Path:
    """Write evidence into a network's folder, where it is not there yet.

    Args:
        folder: of the network.
        height: of the two blocks.
        digest: of the file.
        data: the file.

    Raises:
        OutputFileError: it cannot be written.
    """
    path = folder / EVIDENCE_FOLDER / f"{height}-{digest.hex()[:16]}.cmb"
    if not path.exists():
        data_folder.make_folder(path.parent, private=True)
        file_access.write_bytes(path, data, private=True)
    return path


@dataclass(frozen=True, slots=True)
class Status:
    """How far this office is, without asking anybody.

    Attributes:
        height: verified to.
        block_hash: of that block.
        age: seconds since it was made.
        halts: every one, the oldest first.
        files: the evidence of those that are not lifted.
    """

    height: int
    block_hash: Hash32
    age: int
    halts: tuple[StoredHalt, ...]
    files: tuple[Path, ...]

    @property
    def halted(self) -> bool:
        """Whether an operator has to say how to go on."""
        return any(one.lifted is None for one in self.halts)


def status(loaded: LoadedProfile, base: Path, passphrase_fd: int | None, now: int) -> Status:
    """Say how far this office has verified a network, and write evidence whose file is missing anew.

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
        halts = workspace.store.halts()
        files = [
            write_evidence(workspace.folder, one.height, one.digest, one.evidence)
            for one in halts
            if one.lifted is None
        ]
        return Status(end.height, end.block_hash, max(0, now - end.header.timestamp), halts, tuple(files))


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
    profile = loaded.profile
    config = config_of(profile)
    with Workspace.open(base, profile.environment, profile.genesis_hash, passphrase_fd=passphrase_fd) as workspace:
        open_ones = [one for one in workspace.store.halts() if one.lifted is None]
        if not open_ones:
            raise halt.NotHaltedError("This network is not halted here.")
        report = misbehaviour.verify_misbehaviour(config, open_ones[0].evidence)
        held = StoreMemory(workspace.store, config, lambda: at).header(report.height)
        return halt.go_on(
            workspace.store, at, by, reason, chosen, None if held is None else held.block_hash, report.hashes
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What a file with evidence of misbehaviour shows.

    Attributes:
        file: what it says.
        report: what was verified of it.
        genesis_set: whether the members named are those that the network began with.
        same_rules: whether the file names the rules of this profile.
    """

    file: misbehaviour.Misbehaviour
    report: misbehaviour.MisbehaviourReport
    genesis_set: bool
    same_rules: bool


def judge(loaded: LoadedProfile, data: bytes) -> Judged:
    """Verify evidence of misbehaviour, asking nobody (M1 to M4).

    Args:
        loaded: profile of the network.
        data: the file.

    Raises:
        MisbehaviourError: it proves nothing.
    """
    config = config_of(loaded.profile)
    report = misbehaviour.verify_misbehaviour(config, data)
    file = misbehaviour.decode_misbehaviour(data)
    first = HeaderChain(config).validators_for_next()
    return Judged(file, report, first == file.members, file.rules_digest == loaded.profile.rules_digest)
