"""Processes that recover signers ahead, one for each core.

Invariants:
- A worker is given digests and seals and gives back signers; it decides nothing. Its answer repeats the digest it is about
  and is joined to the very request it was asked with, so that no answer can count for another digest or other seals.
- A worker has one job at a time and is sent the next only when its answer has been read: neither side can wait for the
  other with a full pipe.
- What a worker does not answer, for whatever reason, the caller's process recovers itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from struct import Struct
from types import TracebackType
from typing import Self

from lightnode.consensus.extra_data import SEAL_BYTES
from lightnode.consensus.recovery_ahead import PendingAnswers, recover_all
from lightnode.consensus.seals import SealAnswer, SealRequest
from lightnode.wire.curve import Curve
from lightnode.wire.types import ZERO_ADDRESS

_MOST_WORKERS = 9
_DIGEST = 32
_ADDRESS = 20
_CURVE = 9
_END_SECONDS = 2.0


class SealWorkers:
    """Worker processes; a context manager that ends them.

    Attributes:
        processes: the workers.
    """

    def __init__(self, count: int | None = None) -> None:
        """Start the processes.

        Args:
            count: how many; where not given one more than there are cores, so that none stands still while another
                worker waits to be read.
        """
        self._queue: deque[_Job] = deque()
        self._jobs: dict[Connection, _Job | None] = {}
        self.processes: list[BaseProcess] = []
        # "spawn" shares no lock, thread or open file with this process, and is the same on every system.
        context = multiprocessing.get_context("spawn")
        for _ in range(min(count or (os.cpu_count() or 1) + 1, _MOST_WORKERS)):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs,), daemon=True, name="chancery-seals")
            process.start()
            theirs.close()
            self.processes.append(process)
            self._jobs[ours] = None

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes."""
        self.close()

    def close(self) -> None:
        """End the processes; what they were asked and nobody waited for is dropped."""
        for connection in self._jobs:
            connection.close()
        for process in self.processes:
            process.join(_END_SECONDS)
            if process.is_alive():
                process.terminate()
                process.join()
        self._jobs = {}

    def ask(self, curve: Curve, requests: list[SealRequest]) -> PendingAnswers:
        """Have a worker recover signers as soon as one is free.

        Args:
            curve: of the network.
            requests: digests and seals.
        """
        job = _Job(self, requests, _pack(curve, requests))
        self._queue.append(job)
        self.turn(0)
        return job

    def turn(self, seconds: float | None) -> None:
        """Read what workers answered and give the free ones something to do.

        Args:
            seconds: longest to wait for an answer; None for as long as it takes.
        """
        self._give()
        busy = [connection for connection, job in self._jobs.items() if job is not None]
        for ready in wait(busy, seconds) if busy else []:
            assert isinstance(ready, Connection)
            job = self._jobs[ready]
            try:
                reply = ready.recv_bytes()
            except (EOFError, OSError):
                self._lose(ready)
                reply = b""
            else:
                self._jobs[ready] = None
            if job is not None:
                job.answers = joined(job.requests, reply)
        self._give()

    def _give(self) -> None:
        for connection, job in list(self._jobs.items()):
            if job is None and self._queue:
                following = self._queue.popleft()
                try:
                    connection.send_bytes(following.packed)
                except OSError:
                    self._lose(connection)
                    following.answers = []
                else:
                    self._jobs[connection] = following
        if not self._jobs:
            while self._queue:
                self._queue.popleft().answers = []

    def _lose(self, connection: Connection) -> None:
        """Go on without a worker that has ended."""
        connection.close()
        self._jobs.pop(connection, None)


class _Job:
    """Requests that one worker answers at once."""

    def __init__(self, workers: SealWorkers, requests: list[SealRequest], packed: bytes) -> None:
        self.requests = requests
        self.packed = packed
        self.answers: list[SealAnswer] | None = None
        self._workers = workers

    def wait(self) -> list[SealAnswer]:
        while self.answers is None:
            self._workers.turn(None)
        return self.answers


def joined(requests: Sequence[SealRequest], reply: bytes) -> list[SealAnswer]:
    """Join a worker's reply to what it was asked; what is about another digest, or cut off, is dropped.

    Args:
        requests: what was asked.
        reply: for each request its digest and the signer of each seal, zeros where there is none.
    """
    answers: list[SealAnswer] = []
    at = 0
    for request in requests:
        layout = _layout(_ADDRESS, len(request.seals))
        if at + layout.size > len(reply):
            break
        digest, *signers = layout.unpack_from(reply, at)
        if digest != request.digest:
            break
        if ZERO_ADDRESS in signers:
            signers = [None if signer == ZERO_ADDRESS else signer for signer in signers]
        answers.append(SealAnswer(request, signers))
        at += layout.size
    return answers


def _pack(curve: Curve, requests: Sequence[SealRequest]) -> bytes:
    """Write a job: the curve's name in 9 bytes; for each request the number of seals, the digest, the seals."""
    parts = [curve.value.encode()]
    for digest, seals in requests:
        parts += (len(seals).to_bytes(2, "big"), digest, *seals)
    return b"".join(parts)


def _answer(packed: bytes) -> bytes:
    """Give a worker's reply to a job."""
    curve, at = Curve(packed[:_CURVE].decode()), _CURVE
    requests: list[SealRequest] = []
    while at < len(packed):
        layout = _layout(SEAL_BYTES, int.from_bytes(packed[at : at + 2], "big"))
        digest, *seals = layout.unpack_from(packed, at + 2)
        requests.append(SealRequest(digest, tuple(seals)))
        at += 2 + layout.size
    parts: list[bytes] = []
    for request, signers in recover_all(curve, requests):
        parts.append(request.digest)
        parts += [signer or ZERO_ADDRESS for signer in signers]
    return b"".join(parts)


@lru_cache(maxsize=64)
def _layout(width: int, count: int) -> Struct:
    """A digest, and after it some items of one width."""
    return Struct(f"{_DIGEST}s" + f"{width}s" * count)


def _work(jobs: Connection) -> None:
    """Answer jobs until the other end closes; a person's Ctrl-C is the caller's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            jobs.send_bytes(_answer(jobs.recv_bytes()))
    except (EOFError, OSError):
        return
