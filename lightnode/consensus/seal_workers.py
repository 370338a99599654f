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
from lightnode.wire.types import Hash32

_MOST_WORKERS = 9
_DIGEST = 32
_ADDRESS = 20
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
        reply: for each request its digest and, for each seal, a byte 1 and the signer or 21 zero bytes.
    """
    answers: list[SealAnswer] = []
    at = 0
    for request in requests:
        layout = _reply_layout(len(request.seals))
        if at + layout.size > len(reply):
            break
        digest, *parts = layout.unpack_from(reply, at)
        if digest != request.digest:
            break
        signers = parts[1::2]
        if b"\0" in parts[::2]:
            signers = [signer if made == b"\1" else None for made, signer in zip(parts[::2], signers, strict=True)]
        answers.append(SealAnswer(request, signers))
        at += layout.size
    return answers


@lru_cache(maxsize=64)
def _reply_layout(seals: int) -> Struct:
    return Struct(f"{_DIGEST}s" + f"c{_ADDRESS}s" * seals)


def _pack(curve: Curve, requests: Sequence[SealRequest]) -> bytes:
    """Write a job: the curve's name in 9 bytes; for each request its digest, the number of seals, the seals."""
    parts = [curve.value.encode()]
    for digest, seals in requests:
        parts += (digest, len(seals).to_bytes(2, "big"), *seals)
    return b"".join(parts)


def _answer(packed: bytes) -> bytes:
    """Give a worker's reply to a job."""
    curve, at = Curve(packed[:9].decode()), 9
    requests: list[SealRequest] = []
    while at < len(packed):
        digest, count = (
            Hash32(packed[at : at + _DIGEST]),
            int.from_bytes(packed[at + _DIGEST : at + _DIGEST + 2], "big"),
        )
        start = at + _DIGEST + 2
        at = start + count * SEAL_BYTES
        seals = tuple([packed[place : place + SEAL_BYTES] for place in range(start, at, SEAL_BYTES)])
        requests.append(SealRequest(digest, seals))
    parts: list[bytes] = []
    for request, signers in recover_all(curve, requests):
        parts.append(request.digest)
        parts += [bytes(_ADDRESS + 1) if signer is None else b"\1" + signer for signer in signers]
    return b"".join(parts)


def _work(jobs: Connection) -> None:
    """Answer jobs until the other end closes; a person's Ctrl-C is the caller's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            jobs.send_bytes(_answer(jobs.recv_bytes()))
    except (EOFError, OSError):
        return
