"""How far a run has come, as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass

# Before this many seconds a speed is a guess.
_SETTLED = 2.0


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a run.

    Attributes:
        start: height it began at.
        height: verified so far.
        target: height to reach.
        seconds: since it began.
        mode: how heights are reached, e.g. ``skipping``.
        source: name of the server that headers come from.
        fetched: headers that were asked for; None where nobody counts. Skipping, far fewer than heights.
    """

    start: int
    height: int
    target: int
    seconds: float
    mode: str = ""
    source: str = ""
    fetched: int | None = None

    @property
    def speed(self) -> float:
        """Heights gained in a second."""
        return (self.height - self.start) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Give the seconds that the rest takes at this speed; None while it is not known."""
        if self.seconds < _SETTLED or self.speed <= 0:
            return None
        return (self.target - self.height) / self.speed

    def text(self) -> str:
        """Give one line, as "Block 12 400 of 60 000, 1 450 a second, about 33 s left."."""
        line = f"Block {_number(self.height)} of {_number(self.target)}"
        if self.height >= self.target:
            return f"{line}: done in {_span(self.seconds)}."
        left = self.seconds_left
        if left is None:
            return f"{line}."
        return f"{line}, {_rate(self.speed)} a second, about {_span(left)} left."

    def where(self) -> str:
        """Give a second line on how and from whom, as "skipping, 31 headers from http://node:8545"; empty if unknown."""
        headers = "" if self.fetched is None else f"{_number(self.fetched)} headers "
        parts = [self.mode, f"{headers}from {self.source}" if self.source else ""]
        return ", ".join(part for part in parts if part)


def _number(value: int) -> str:
    """Write a number with spaces between thousands."""
    return f"{value:,}".replace(",", " ")


def _rate(speed: float) -> str:
    return _number(round(speed)) if speed >= 10 else f"{speed:.1f}"


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    if seconds < 100 * 60:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h"
