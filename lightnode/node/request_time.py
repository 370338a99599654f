"""How long one request may go on asking the node behind, however many questions its answer takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lightnode.rpc.errors import DeadlineError


class RequestTime:
    """The end of the request that each thread is answering."""

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        """Give every request so long.

        Args:
            seconds: from its beginning to its last question.
            now: monotonic seconds.
        """
        self._seconds, self._now = seconds, now
        self._local = threading.local()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Answer a request in this thread."""
        self._local.end = self._now() + self._seconds
        try:
            yield
        finally:
            self._local.end = None

    def demand(self) -> None:
        """Demand that there is time for one more question; outside a request there always is.

        Raises:
            DeadlineError: there is not.
        """
        end = getattr(self._local, "end", None)
        if end is not None and self._now() > end:
            raise DeadlineError(f"The node did not give all that the answer takes within {self._seconds:g} seconds.")
