"""One request at work: what it waits for, and whether it can still be withdrawn (docs/protocol.md section 5).

Invariants: between `begin` and `commit` the token may be signing, and nobody can hold it up: what it makes after a withdrawal
is thrown away. After `commit` a withdrawal comes too late, and says so. Both are decided under one lock.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable

from firmware_bridge.errors import CancelledError
from firmware_bridge.messages import Pending


class Withdrawal(enum.IntEnum):
    """What became of a withdrawal: the result of CANCEL."""

    WITHDRAWN = 0
    DISCARDED = 1
    TOO_LATE = 2


class Work:
    """A request from its arrival to its answer; `withdraw` may be called from any thread."""

    def __init__(self, report: Callable[[Pending], None] = lambda _: None) -> None:
        """Begin with nothing done.

        Args:
            report: told what the request waits for.
        """
        self.report = report
        self._lock = threading.Lock()
        self._withdrawn = self._begun = self._committed = False

    def begin(self) -> None:
        """Hand something over to the token that cannot be held up.

        Raises:
            CancelledError: the request was withdrawn.
        """
        with self._lock:
            self._demand_wanted()
            self._begun = True

    def commit(self) -> None:
        """Make the outcome count; to be called before any of it is stored.

        Raises:
            CancelledError: the request was withdrawn; the outcome is to be thrown away.
        """
        with self._lock:
            self._demand_wanted()
            self._committed = True

    def withdraw(self) -> Withdrawal:
        """Withdraw the request, where that is still possible."""
        with self._lock:
            if self._committed:
                return Withdrawal.TOO_LATE
            self._withdrawn = True
            return Withdrawal.DISCARDED if self._begun else Withdrawal.WITHDRAWN

    def _demand_wanted(self) -> None:
        if self._withdrawn:
            raise CancelledError("The request was withdrawn.")
