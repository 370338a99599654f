"""Which candidates came and went: the ports are listed again and again, at most twice in a second.

Systems tell of new devices in three different ways, and some ports not at all; listing is the same everywhere and costs
little. Listing while another thread talks to a device breaks some devices (hardware study, section 1.4): it rests while one
is at work.

Invariants: `THROTTLE_SECONDS` from the end of a listing to the next; none begins while anything is at work, and work begins
only once a running one has ended.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from firmware_bridge.link.candidates import Candidate, look

THROTTLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Change:
    """What is different since the listing before.

    Attributes:
        arrived: new candidates, in the order of the listing.
        gone: those that are no longer there.
    """

    arrived: tuple[Candidate, ...]
    gone: tuple[Candidate, ...]


class HotPlug:
    """Watches the ports for one program."""

    def __init__(
        self, listing: Callable[[], tuple[Candidate, ...]] = look, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with nothing known.

        Args:
            listing: gives the candidates that are there.
            clock: seconds.
        """
        self._listing, self._clock = listing, clock
        self._known: tuple[Candidate, ...] = ()
        self._listed_at: float | None = None
        self._lock = threading.Lock()
        self._at_work = 0

    def poll(self) -> Change | None:
        """Give what changed; None where nothing did, where it is too early, and while a device is at work."""
        with self._lock:
            early = self._listed_at is not None and self._clock() - self._listed_at < THROTTLE_SECONDS
            if self._at_work or early:
                return None
            try:
                found = self._listing()
            finally:
                self._listed_at = self._clock()
            before, self._known = self._known, found
        arrived = tuple(item for item in found if item not in before)
        gone = tuple(item for item in before if item not in found)
        return Change(arrived, gone) if arrived or gone else None

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Talk to a device undisturbed; waits for a listing that is running. May be entered by several threads."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    def watch(self, stop: threading.Event, tell: Callable[[Change], None]) -> None:
        """Poll until told to stop, on the caller's own thread; `tell` is called on it too."""
        while not stop.is_set():
            change = self.poll()
            if change is not None:
                tell(change)
            stop.wait(THROTTLE_SECONDS)
