"""How many calls a second a server takes: a bucket that fills steadily and holds a burst."""

from __future__ import annotations

import threading
from collections.abc import Callable


class CallRate:
    """Counts calls of all clients together: on one computer they look alike."""

    def __init__(self, per_second: float, burst: int, now: Callable[[], float]) -> None:
        """Begin with a full bucket.

        Args:
            per_second: calls that may go on for ever.
            burst: calls at once.
            now: monotonic seconds.
        """
        self._per_second, self._burst, self._now = per_second, burst, now
        self._lock = threading.Lock()
        self._left, self._at = float(burst), now()

    def take(self) -> bool:
        """Count one call; false where there have been too many."""
        with self._lock:
            moment = self._now()
            self._left = min(self._burst, self._left + (moment - self._at) * self._per_second)
            self._at = moment
            if self._left < 1:
                return False
            self._left -= 1
            return True
