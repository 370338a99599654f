"""A registry's value as complete scans of verified blocks show it, over the route that proves no state (Q4, Q7).

Invariants: a value is told only from a scan that begins with the registry's first block, unless its type says otherwise;
beside it stands what is known of the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from lightnode.registries.errors import LogRangeError
from lightnode.registries.pin import RegistryPin
from lightnode.registries.program import ProgramState, demand_no_upgrade
from lightnode.registries.proven_logs import ProvenLogs
from lightnode.wire.types import Hash32, Height

BY_LOGS = "logs"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LoggedReading(Generic[T]):
    """A value told by logs.

    Attributes:
        value: what they tell.
        first: first block of the scan.
        height: last block of it, after which the value holds.
        block_hash: of that block.
        time: of that block, unix seconds.
        program: what is known of the program.
    """

    value: T
    first: Height
    height: Height
    block_hash: Hash32
    time: int
    program: ProgramState

    @property
    def route(self) -> str:
        """Give the route's name."""
        return BY_LOGS

    def age(self, now: int) -> int:
        """Give how many seconds old the statement is; never negative."""
        return max(now - self.time, 0)


def logged(pin: RegistryPin, found: ProvenLogs, upgrades: ProvenLogs | None, value: T) -> LoggedReading[T]:
    """Put a value beside the scan that it was told by.

    Raises:
        LogRangeError: the scan for exchanged programs covers other blocks.
        ProgramChangedError: the program was exchanged in these blocks.
    """
    program = watched_program(pin, found, upgrades)
    return LoggedReading(value, found.first, found.last, found.last_hash, found.last_time, program)


def watched_program(pin: RegistryPin, found: ProvenLogs, upgrades: ProvenLogs | None) -> ProgramState:
    """Tell what is known of the program over a scan's blocks.

    Args:
        pin: of the registry.
        found: the scan.
        upgrades: a complete scan of the same blocks with `program.upgrade_filter`, if there is one.

    Raises:
        LogRangeError: it covers other blocks.
        ProgramChangedError: the program was exchanged in these blocks.
    """
    if upgrades is None:
        return ProgramState.UNPROVEN
    if (upgrades.first, upgrades.last_hash) != (found.first, found.last_hash):
        raise LogRangeError("The scan for exchanged programs covers other blocks.")
    demand_no_upgrade(pin, upgrades)
    return ProgramState.WATCHED


def demand_whole_history(pin: RegistryPin, found: ProvenLogs) -> None:
    """Demand that a scan begins no later than with the registry's first block.

    Raises:
        LogRangeError: it begins later.
    """
    if found.first > max(pin.born, 1):
        raise LogRangeError(f"The scan begins with block {found.first}; the registry is older than that.")
