"""The open connections of the JSON-RPC server: how many, and how long each may take over a request.

Invariant: an unfinished request never keeps out a finished one. Where too many are open, the one that has been at its
request the longest gives way.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable


class Connections:
    """Connections by what they do: reading a request (or idle before one), or being answered."""

    def __init__(self, limit: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with none.

        Args:
            limit: open at once.
            seconds: from the opening, or the last answer, to the end of the next request.
            now: monotonic seconds.
        """
        self._limit, self._seconds, self._now = limit, seconds, now
        self._lock = threading.Lock()
        # In order of time; None while a connection is being answered.
        self._since: dict[socket.socket, float | None] = {}

    def __len__(self) -> int:
        return len(self._since)

    def admit(self, one: socket.socket) -> bool:
        """Take a new connection; false where every place is taken by one that is being answered."""
        with self._lock:
            if len(self._since) >= self._limit:
                slowest = min(
                    ((since, at) for at, (_, since) in enumerate(self._since.items()) if since is not None),
                    default=None,
                )
                if slowest is None:
                    return False
                self._cut(list(self._since)[slowest[1]])
            self._since[one] = self._now()
            return True

    def reading(self, one: socket.socket) -> None:
        """Note that a connection may send its next request."""
        self._note(one, self._now())

    def answering(self, one: socket.socket) -> None:
        """Note that a connection's request is whole."""
        self._note(one, None)

    def _note(self, one: socket.socket, since: float | None) -> None:
        with self._lock:
            if one in self._since:
                self._since[one] = since

    def gone(self, one: socket.socket) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._since.pop(one, None)

    def cut_late(self) -> None:
        """Close every connection whose request is not whole in time."""
        with self._lock:
            oldest = self._now() - self._seconds
            for one in [one for one, since in self._since.items() if since is not None and since < oldest]:
                self._cut(one)

    def _cut(self, one: socket.socket) -> None:
        """End a connection; the thread that reads from it comes to an end by that."""
        del self._since[one]
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
