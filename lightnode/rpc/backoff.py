"""Asking again after trouble that passes: longer pauses each time, a little by chance, and an end to all of it.

Invariants: only what may be another time otherwise is asked again: no answer in time, no connection, a server that says it is
busy. A refusal, a lie or an answer too large is never asked for again. Pauses and their sum are bounded, whatever the server asks for.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from lightnode.rpc.errors import BusyServerError, DeadlineError, UnreachableError

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How trouble that passes is waited out.

    Attributes:
        tries: questions at most, the first included.
        first: seconds of the first pause; each next one is twice as long.
        longest: seconds of a pause at most, also where a server asks for more.
        budget: seconds of all pauses together at most.
        sleep: waits some seconds.
        chance: gives a number from 0 to 1; a pause is shortened by up to half, so that many clients do not come back at once.
    """

    tries: int = 5
    first: float = 0.5
    longest: float = 8.0
    budget: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def again(self, ask: Callable[[], Answer]) -> Answer:
        """Ask until there is an answer.

        Args:
            ask: puts the question anew.

        Raises:
            RpcError: the last trouble, or any other at once.
        """
        spent, pause = 0.0, self.first
        for left in range(self.tries - 1, -1, -1):
            try:
                return ask()
            except (DeadlineError, UnreachableError, BusyServerError) as trouble:
                wanted = trouble.retry_after if isinstance(trouble, BusyServerError) else None
                seconds = min(self.longest, pause * (1 - self.chance() / 2) if wanted is None else wanted)
                if left == 0 or spent + seconds > self.budget:
                    raise
            self.sleep(seconds)
            spent, pause = spent + seconds, 2 * pause
        raise AssertionError("a backoff has at least one try")
