"""The one thread that owns the light client and its store, and what other threads may ask of it.

A store belongs to the thread that opened it, and headers are verified in order; so one thread does both. Between two steps
of following it answers what others ask about headers; a long catch-up keeps nobody waiting for more than one step.

Invariants: the head that others see was verified and kept before they see it; trouble with a node ends nothing, it is
noted and the step tried again later; after `close` nobody waits.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import LightNodeError
from lightnode.node.errors import NodeStoppedError
from lightnode.wire.types import Hash32

ANSWER_SECONDS = 30.0
# Pauses after trouble: doubled each time, up to so many times the usual one.
_LONGEST = 32

Answer = TypeVar("Answer")


class LightClient(Protocol):
    """What the owner's thread owns; nothing of it is called from another thread."""

    def advance(self) -> bool:
        """Verify a bounded number of further headers; tell whether there are more at once.

        Raises:
            LightNodeError: the node gives trouble, or its headers break a rule.
        """

    def head(self) -> VerifiedHeader:
        """Give the newest verified header."""

    def header(self, height: int) -> VerifiedHeader:
        """Give a verified header not above the head."""

    def run(self, heights: Sequence[int]) -> dict[int, VerifiedHeader]:
        """Give verified headers, none above the head; of those that were skipped, the seals need not be looked at."""

    def height_of(self, block_hash: Hash32) -> int | None:
        """Give the height of a kept header."""

    def close(self) -> None:
        """Release store and connections."""


Client = TypeVar("Client", bound=LightClient)


class Owner(Generic[Client]):
    """Runs a light client in a thread of its own."""

    def __init__(self, open_client: Callable[[], Client], period: float) -> None:
        """Take the way to open a light client; `start` does it.

        Args:
            open_client: called in the owner's thread.
            period: seconds between two looks for new blocks.
        """
        self._open = open_client
        self._period = period
        self._asked: queue.Queue[tuple[Callable[[Client], Any], Future[Any]] | None] = queue.Queue()
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="light-client", daemon=True)
        self._ended = threading.Event()
        self._caught_up = threading.Event()
        self._head: VerifiedHeader | None = None
        self._trouble: LightNodeError | None = None
        self._fault: Exception | None = None

    def start(self) -> None:
        """Open the light client.

        Raises:
            Exception: whatever opening it raises.
        """
        self._thread.start()
        self._opened.result()

    def close(self) -> None:
        """End the thread; what is asked from now on is refused."""
        self._ended.set()
        self._asked.put(None)
        if self._thread.is_alive():
            self._thread.join(ANSWER_SECONDS)

    @property
    def head(self) -> VerifiedHeader:
        """The newest verified header.

        Raises:
            NodeStoppedError: there is none, because the client was never opened.
        """
        if self._head is None:
            raise NodeStoppedError("The light client is not open.")
        return self._head

    @property
    def trouble(self) -> LightNodeError | None:
        """What went wrong when new blocks were last looked for; None where nothing did."""
        return self._trouble

    @property
    def fault(self) -> Exception | None:
        """The fault of the program that ended the thread; None where none did."""
        return self._fault

    @property
    def alive(self) -> bool:
        """Whether the light client still runs."""
        return self._thread.is_alive() and not self._ended.is_set()

    def wait_until_caught_up(self, seconds: float | None = None) -> bool:
        """Wait until the client was once as far as its node."""
        return self._caught_up.wait(seconds)

    @property
    def caught_up(self) -> bool:
        """Whether it ever was as far as its node."""
        return self._caught_up.is_set()

    def ask(self, question: Callable[[Client], Answer]) -> Answer:
        """Put a question to the light client in its own thread.

        Raises:
            NodeStoppedError: it has ended, or is at its step for too long.
            LightNodeError: as the question raises.
        """
        if not self.alive:
            raise NodeStoppedError("The light client has ended.")
        answer: Future[Answer] = Future()
        self._asked.put((question, answer))
        try:
            return answer.result(ANSWER_SECONDS)
        except TimeoutError as cause:
            answer.cancel()
            raise NodeStoppedError(f"The light client gave no answer within {ANSWER_SECONDS:g} seconds.") from cause

    def _run(self) -> None:
        try:
            client = self._open()
            self._head = client.head()
        except BaseException as error:  # noqa: BLE001 - handed to whoever starts the owner
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        try:
            self._follow(client)
        except Exception as error:  # noqa: BLE001 - a fault of ours; whoever serves by this thread says so
            self._fault = error
        finally:
            self._ended.set()
            self._refuse_the_rest()
            with suppress(LightNodeError):
                client.close()

    def _follow(self, client: Client) -> None:
        pause = self._period
        while not self._ended.is_set():
            more = False
            try:
                more = client.advance()
                self._head, self._trouble, pause = client.head(), None, self._period
                if not more:
                    self._caught_up.set()
            except LightNodeError as error:
                # What was verified before the fault stays and may be more than was known.
                self._head, self._trouble = client.head(), error
                pause = min(pause * 2, self._period * _LONGEST)
            self._serve(client, 0.0 if more else pause)

    def _serve(self, client: Client, seconds: float) -> None:
        """Answer what is asked, for so long; with no time, one question that waits already."""
        end = time.monotonic() + seconds
        left = seconds
        while not self._ended.is_set():
            try:
                item = self._asked.get(timeout=left) if left > 0 else self._asked.get_nowait()
            except queue.Empty:
                return
            if item is not None:
                _settle(client, *item)
            left = end - time.monotonic()
            if left <= 0:
                return

    def _refuse_the_rest(self) -> None:
        while True:
            try:
                item = self._asked.get_nowait()
            except queue.Empty:
                return
            if item is not None and item[1].set_running_or_notify_cancel():
                item[1].set_exception(NodeStoppedError("The light client has ended."))


def _settle(client: Any, question: Callable[[Any], Any], answer: Future[Any]) -> None:
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(question(client))
    except Exception as error:  # noqa: BLE001 - whoever asked gets it
        answer.set_exception(error)
