"""What a genesis file settles for each height: engine, block period, epoch, and where the validator set comes from.

Invariants: every question is answered for a height by the last change at or before it; the two clients differ in the
height from which a change of selection mode counts (consensus notes 3.4 and 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lightnode.consensus.extra_data import BftRules
from lightnode.wire.curve import Curve
from lightnode.wire.types import Address

BESU = "besu"
GOQUORUM = "goquorum"


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine from a height on.

    Attributes:
        start: first height.
        rules: the engine.
        epoch_length: blocks.
        epoch_base: height from which epochs count; Besu counts a migrated engine's from the block before its start.
    """

    start: int
    rules: BftRules
    epoch_length: int
    epoch_base: int


@dataclass(frozen=True, slots=True)
class Change:
    """A setting from a height on; None leaves it as it was.

    Attributes:
        start: first height it counts for.
        period_seconds: least seconds between blocks; 0 where blocks may share a second.
        contract: validator contract; the zero address means back to votes in headers.
        validators: a set that replaces the tallied one.
    """

    start: int
    period_seconds: int | None = None
    contract: Address | None = None
    validators: tuple[Address, ...] | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """All settings of a network by height.

    Attributes:
        client: `besu` or `goquorum`.
        curve: of every signature on the network.
        engines: ascending by start, the first at 0.
        changes: ascending by start, the first at 0.
        london_block: first height with a base fee, if any; the gas limit may double there.
        spacing_milliseconds: least time between two blocks on average, where the profile says more than the block periods
            do; bounds of height by time (K3) count on it, H5 does not.
    """

    client: str
    curve: Curve
    engines: tuple[Engine, ...]
    changes: tuple[Change, ...]
    london_block: int | None
    spacing_milliseconds: int = 0

    def engine(self, height: int) -> Engine:
        """Give the engine that made a height."""
        return _last(self.engines, height)

    def rules(self, height: int) -> BftRules:
        """Give the rule set of a height."""
        return self.engine(height).rules

    def possible_rules(self) -> frozenset[BftRules]:
        """Give all rule sets of the network."""
        return frozenset(engine.rules for engine in self.engines)

    def is_epoch(self, height: int) -> bool:
        """Tell whether pending votes are dropped at a height."""
        if self.client == BESU:
            # The engine of the next block is asked: a migration begins with an epoch.
            following = self.engine(height + 1)
            if height + 1 == following.start and height > 0:
                return True
        engine = self.engine(height)
        return height >= engine.epoch_base and (height - engine.epoch_base) % engine.epoch_length == 0

    def period_seconds(self, height: int) -> int:
        """Give the least seconds between a block and its parent."""
        periods = [c.period_seconds for c in self.changes if c.start <= height and c.period_seconds is not None]
        return periods[-1] if periods else 0

    def contract(self, height: int) -> Address | None:
        """Give the contract whose state after the parent is the set for a height; None in header mode."""
        at = height if self.client == BESU else height - 1
        found = [c.contract for c in self.changes if c.start <= at and c.contract is not None]
        return found[-1] if found and any(found[-1]) else None

    def override(self, height: int) -> tuple[Address, ...] | None:
        """Give a set that the configuration puts in force at a height."""
        found = [c.validators for c in self.changes if c.start == height and c.validators is not None]
        return found[-1] if found else None


def _last(engines: Sequence[Engine], height: int) -> Engine:
    return [engine for engine in engines if engine.start <= height][-1]
