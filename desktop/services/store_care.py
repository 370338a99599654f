"""Looking after the encrypted store of a network: check it whole, begin anew beside what is damaged or gone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop.services import data_folder, job_format
from desktop.services.workspace import STORE_FOLDER, Workspace
from lightnode.light_client.network_profile import config_of
from lightnode.light_client.stored_chain import check_stored
from lightnode.store import store_files
from lightnode.store.errors import StoreFolderError
from lightnode.wire.profile import Profile
from lightnode.wire.types import Height


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """What a check of the whole found sound.

    Attributes:
        jobs: signing jobs, each of which can be read.
        unfinished: those that are neither proven nor failed.
        records: of this office.
        height: of the highest verified header; 0 without one.
        headers: kept, each with its hash and its parent.
        spans: unbroken runs of their heights, as (first, last).
    """

    jobs: int
    unfinished: int
    records: int
    height: int
    headers: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning did.

    Attributes:
        headers: deleted.
        freed: bytes given back to the disk.
        lowest: first height from which headers stay.
    """

    headers: int
    freed: int
    lowest: int


def store_folder(base: Path, profile: Profile) -> Path:
    """Give where the store of a network lies."""
    return data_folder.network_folder(base, profile.environment, profile.genesis_hash) / STORE_FOLDER


def check(base: Path, profile: Profile, passphrase_fd: int | None) -> StoreCheck:
    """Check every page of a network's store and read every job; takes as long as the store is large.

    Raises:
        StoreError: what is wrong, or that there is no store.
        JobFormatError: a job cannot be read.
    """
    _demand_store(base, profile)
    with Workspace.open(base, profile.environment, profile.genesis_hash, passphrase_fd=passphrase_fd) as workspace:
        store = workspace.store
        store.check_integrity()
        jobs = [job_format.decode(row.body) for row in store.jobs()]
        head = store.head()
        unfinished = sum(not job.ended for job in jobs)
        chain = check_stored(config_of(profile), store)
        height = 0 if head is None else head.height
        return StoreCheck(len(jobs), unfinished, len(store.records()), height, chain.headers, chain.spans)


def prune(base: Path, profile: Profile, passphrase_fd: int | None, keep: int) -> Pruned:
    """Delete old headers of a network and give their space back.

    Args:
        base: the application's data folder.
        profile: of the network.
        passphrase_fd: descriptor with the store's passphrase, or None.
        keep: how many of the newest heights stay.

    Raises:
        StoreError: what is wrong, or that there is no store.
    """
    _demand_store(base, profile)
    folder = store_folder(base, profile)
    with Workspace.open(base, profile.environment, profile.genesis_hash, passphrase_fd=passphrase_fd) as workspace:
        head = workspace.store.head()
        lowest = Height(max(1, 0 if head is None else head.height - keep + 1))
        workspace.store.shrink()
        before = _bytes_of(folder)
        count = workspace.store.prune(lowest)
        workspace.store.shrink()
        return Pruned(count, max(0, before - _bytes_of(folder)), lowest)


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def accept_loss(base: Path, profile: Profile, passphrase_fd: int | None) -> None:
    """Go on with a store that has lost its newest changes, once the person has checked with the ledger.

    Raises:
        StoreError: what else is wrong, or that there is no store.
    """
    _demand_store(base, profile)
    Workspace.open(
        base, profile.environment, profile.genesis_hash, passphrase_fd=passphrase_fd, accept_loss=True
    ).close()


def begin_anew(base: Path, profile: Profile) -> Path:
    """Move a network's store aside, so that the next command makes a new one; nothing is deleted.

    Returns:
        Where the old one is now.

    Raises:
        StoreFolderError: there is none, or it cannot be moved.
    """
    return store_files.move_aside(store_folder(base, profile))


def _demand_store(base: Path, profile: Profile) -> None:
    if not store_files.exists(store_folder(base, profile)):
        raise StoreFolderError("There is no store of this network yet.")
