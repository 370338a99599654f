"""The folder of one network on this computer: its encrypted store, its genesis file, its signing jobs.

Invariants: one folder for each environment and genesis hash; the store is opened by one process at a time for writing;
a job's step is stored before the next one begins.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from desktop.services import data_folder, file_access, job_format, opening_lock, passphrase
from desktop.services.job import Job, JobState
from lightnode.store import store_files
from lightnode.store.cache import Store, create_store
from lightnode.wire.types import Hash32

GENESIS_NAME = "genesis.json"
STORE_FOLDER = "store"


@dataclass(frozen=True, slots=True)
class StoredStep:
    """A job as stored, with the number of its last step.

    Attributes:
        job: after that step.
        revision: of the step.
    """

    job: Job
    revision: int


class Workspace:
    """One network's folder with its store open; a context manager."""

    def __init__(self, folder: Path, store: Store, clock: Callable[[], int]) -> None:
        """Take over an open store; use `open`."""
        self.folder = folder
        self.store = store
        self.clock = clock

    @classmethod
    def open(
        cls,
        base: Path,
        environment: str,
        genesis: Hash32,
        *,
        passphrase_fd: int | None = None,
        clock: Callable[[], int] = lambda: int(time.time()),
        accept_loss: bool = False,
    ) -> Workspace:
        """Open the store of a network, making it at first use.

        Args:
            base: the application's data folder.
            environment: of the profile.
            genesis: hash of the network's genesis block.
            passphrase_fd: descriptor that holds the store's passphrase, or None.
            clock: gives unix seconds.
            accept_loss: go on where the store has lost its newest changes.

        Raises:
            StoreError: the store cannot be opened; its leaf says why.
            PassphraseMissingError: there is no passphrase.
            PassphraseLostError: the file with a training store's passphrase is gone.
        """
        folder = data_folder.network_folder(base, environment, genesis)
        # A person may take long to type it: nobody else waits for that.
        given = passphrase.given(environment, passphrase_fd)
        place = folder / STORE_FOLDER
        with opening_lock.held(folder):
            known = store_files.exists(place)
            words = passphrase.of_training(folder, store_exists=known) if given is None else given
            if known:
                return cls(folder, Store.open(place, words, accept_loss=accept_loss), clock)
            return cls(folder, create_store(place, words, secrets.token_bytes), clock)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def keep_genesis(self, data: bytes) -> None:
        """Keep the genesis file of this network, from which its rules follow."""
        path = self.folder / GENESIS_NAME
        if not path.exists():
            file_access.write_bytes(path, data, private=True)

    def begin(self, job: Job) -> StoredStep:
        """Store a new job."""
        return StoredStep(job, self._save(job, 0))

    def step(self, before: StoredStep, job: Job) -> StoredStep:
        """Store a job's next step.

        Raises:
            StoreConflictError: another program took a step since.
        """
        return StoredStep(job, self._save(job, before.revision))

    def load(self, identifier: str) -> StoredStep:
        """Give a stored job.

        Raises:
            MissingRowError: there is none of this name.
            JobFormatError: it cannot be read.
        """
        row = self.store.job(identifier)
        return StoredStep(job_format.decode(row.body), row.revision)

    def unfinished(self) -> tuple[StoredStep, ...]:
        """Give all jobs that are neither proven nor failed, the newest first."""
        ended = (JobState.PROVEN.value, JobState.FAILED.value)
        rows = [row for row in self.store.jobs() if row.state not in ended]
        return tuple(StoredStep(job_format.decode(row.body), row.revision) for row in rows)

    def _save(self, job: Job, revision: int) -> int:
        return self.store.save_job(
            job.identifier, job.state.value, job_format.encode(job), revision=revision, at=self.clock(), code=job.code
        )
