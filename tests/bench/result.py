"""One measured figure with its goal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """A figure.

    Attributes:
        name: what was measured.
        value: the figure.
        unit: "ratio", or "loops" for multiples of the calibration loop.
        goal: bound that the figure must hold; None where it only informs.
        at_most: the goal is an upper bound; else a lower one.
    """

    name: str
    value: float
    unit: str
    goal: float | None
    at_most: bool = True

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its goal."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def as_json(self) -> dict[str, object]:
        """Give the row of the result file."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "goal": self.goal,
            "holds": self.holds,
        }
