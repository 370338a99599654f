"""Asking again after trouble that passes: with growing pauses, some of each by chance, and an end to all of it.

Invariants:
- Only what may be otherwise next time is asked again: a busy server, a broken connection, a time limit, an answer that a
  node does not have yet. A refusal, a wrong, a malformed or an oversized answer is final.
- No attempt begins after the budget of its call is spent; a server's wish for a longer pause is heard within it.
- A server that never yet answered is not waited for: then the address is wrong, or nobody is there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from lightnode.rpc.errors import (
    BrokenError,
    BusyError,
    DeadlineError,
    MissingAnswerError,
    RpcError,
    UnreachableError,
)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Pauses:
    """How often and how long is waited, in seconds.

    Attributes:
        tries: attempts at one question.
        first: pause after the first attempt; each later one is twice as long.
        longest: longest pause, also where a server names one.
        budget: for one call with all its questions.
    """

    tries: int = 5
    first: float = 0.25
    longest: float = 10.0
    budget: float = 60.0


class Retrying:
    """Asks one server, again where that may help. Belongs to one thread at a time."""

    def __init__(
        self,
        pauses: Pauses | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what waiting needs.

        Args:
            pauses: how long; the usual ones where not given.
            sleep: waits some seconds.
            chance: gives a number from 0 up to 1: clients that failed together shall not come back together.
            monotonic: gives seconds that only grow.
        """
        self._pauses = pauses or Pauses()
        self._sleep, self._chance, self._monotonic = sleep, chance, monotonic
        self._answered = False

    def begin(self) -> Attempts:
        """Begin a call with a budget of its own."""
        return Attempts(self, self._monotonic() + self._pauses.budget)

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Ask one question as a call of its own.

        Raises:
            RpcError: the last attempt's.
        """
        return self.begin().ask(question)

    def attempt(self, question: Callable[[], Answer], end: float) -> Answer:
        """Ask until there is an answer, trouble that is final, or no time; use `Attempts`."""
        for number in range(self._pauses.tries):
            try:
                found = question()
            except RpcError as error:
                self._answered |= not isinstance(error, (UnreachableError, DeadlineError))
                pause = self._pause(number, error)
                if pause is None or number + 1 == self._pauses.tries or self._monotonic() + pause > end:
                    raise
                self._sleep(pause)
            else:
                self._answered = True
                return found
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, number: int, error: RpcError) -> float | None:
        """Give the pause before the next attempt; None where none is to be made."""
        passing = isinstance(error, (BusyError, BrokenError, MissingAnswerError)) or (
            self._answered and isinstance(error, (UnreachableError, DeadlineError))
        )
        if not passing:
            return None
        pause = min(self._pauses.first * 2.0**number * (0.5 + self._chance() / 2), self._pauses.longest)
        if isinstance(error, BusyError) and error.after is not None:
            pause = max(pause, min(error.after, self._pauses.longest))
        return pause


class Attempts:
    """The attempts at all questions of one call."""

    def __init__(self, retrying: Retrying, end: float) -> None:
        """Begin; use `Retrying.begin`."""
        self._retrying, self._end = retrying, end

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Ask one of the call's questions.

        Raises:
            RpcError: the last attempt's.
        """
        return self._retrying.attempt(question, self._end)
