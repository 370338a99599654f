"""A registry's value as proven after one block: under the pinned program, every word under one header (Q1 to Q3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.registries.pin import RegistryPin
from lightnode.registries.program import Program, StateRoute, demand_program
from lightnode.registries.storage_walk import Plan, Prove, WalkLimits, walk
from lightnode.wire.types import Address, Hash32, Height

# Nodes take far more; an answer stays small.
SLOTS_AT_ONCE = 128

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """A proven value.

    Attributes:
        value: what was read.
        height: of the block after which it holds.
        block_hash: of that block.
        time: of that block, unix seconds.
        route: name of the way by which it was proven.
        program: in force there, the pinned one.
    """

    value: T
    height: Height
    block_hash: Hash32
    time: int
    route: str
    program: Program

    def age(self, now: int) -> int:
        """Give how many seconds old the statement is; never negative."""
        return max(now - self.time, 0)


def prove_words(route: StateRoute, header: VerifiedHeader, account: Address) -> Prove:
    """Give a prover of one account's words after one block, in questions of a bounded size."""

    def prove(slots: tuple[int, ...]) -> Mapping[int, int]:
        found: dict[int, int] = {}
        for start in range(0, len(slots), SLOTS_AT_ONCE):
            found |= route.state(header, account, slots[start : start + SLOTS_AT_ONCE]).storage
        return found

    return prove


def read_registry(
    route: StateRoute, header: VerifiedHeader, pin: RegistryPin, plan: Plan[T], limits: WalkLimits | None = None
) -> Reading[T]:
    """Read a value of a registry.

    Args:
        route: proves state.
        header: of the block after which it is read.
        pin: of the registry.
        plan: of the value.
        limits: of the reading.

    Raises:
        ProgramChangedError: another program than the pinned one is in force.
        RegistryReadingError: the words are no value of the layout, or too many.
        LightNodeError: the state cannot be proven.
    """
    program = demand_program(route, header, pin)
    value = walk(plan, prove_words(route, header, pin.address), limits)
    return Reading(value, header.height, header.block_hash, header.header.timestamp, route.name, program)
