"""The schedule's answers, remembered for the span of heights in which no setting changes: they are asked at every block.

Invariants: every answer is the schedule's own for that height (a test compares them around each change); for a height
outside the span that is remembered the schedule is asked anew.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TypeAlias

from lightnode.consensus.extra_data import BftRules
from lightnode.consensus.schedule import Schedule
from lightnode.wire.types import Address

_FOREVER = 1 << 65


class SteadySchedule:
    """A schedule that is asked for one height after another; its methods are those of `Schedule`.

    Attributes:
        client: as in the schedule.
        london_block: as in the schedule.
    """

    __slots__ = (
        "_bounds", "_contract", "_end", "_engine", "_first", "_period", "_possible", "_schedule", "client", "london_block",
    )  # fmt: skip

    def __init__(self, schedule: Schedule) -> None:
        """Take a schedule."""
        self._schedule = schedule
        self.client = schedule.client
        self.london_block = schedule.london_block
        self._possible = schedule.possible_rules()
        # A change counts from its height on, on GoQuorum for contracts from the height after.
        starts = {engine.start for engine in schedule.engines} | {change.start for change in schedule.changes}
        self._bounds = sorted({0, _FOREVER} | starts | {start + 1 for start in starts})
        self._settle(0)

    def rules(self, height: int) -> BftRules:
        """Give the rule set of a height."""
        if not self._first <= height < self._end:
            self._settle(height)
        return self._engine.rules

    def possible_rules(self) -> frozenset[BftRules]:
        """Give all rule sets of the network."""
        return self._possible

    def is_epoch(self, height: int) -> bool:
        """Tell whether pending votes are dropped at a height."""
        # Where another engine may begin with the next block, the schedule knows.
        if not self._first <= height < self._end - 1:
            return self._schedule.is_epoch(height)
        engine = self._engine
        return height >= engine.epoch_base and (height - engine.epoch_base) % engine.epoch_length == 0

    def period_seconds(self, height: int) -> int:
        """Give the least seconds between a block and its parent."""
        if not self._first <= height < self._end:
            self._settle(height)
        return self._period

    def contract(self, height: int) -> Address | None:
        """Give the contract whose state after the parent is the set for a height; None in header mode."""
        if not self._first <= height < self._end:
            self._settle(height)
        return self._contract

    def override(self, height: int) -> tuple[Address, ...] | None:
        """Give a set that the configuration puts in force at a height."""
        # A set counts at the first height of a span only.
        return None if self._first < height < self._end else self._schedule.override(height)

    def _settle(self, height: int) -> None:
        """Take up the answers for the span that a height lies in."""
        after = bisect_right(self._bounds, height)
        self._first, self._end = self._bounds[after - 1], self._bounds[after]
        self._engine = self._schedule.engine(height)
        self._period = self._schedule.period_seconds(height)
        self._contract = self._schedule.contract(height)


# Both give the same answers.
Settings: TypeAlias = Schedule | SteadySchedule
