"""Which records are not in force after all acts on them; pure (foundations section 6, ADR 0011).

The one set of rules for the list by number, from the act registry's log, and for lists by commitment, on EBSI's Timestamp.
In the ledger's order, for each record:
- suspend, supersede and revoke by a key entitled in that block take effect; the last two are final;
- by a key not entitled in that block, or in doubt, each of them counts as suspended;
- a reinstatement lifts a suspension only by an entitled key, and only where its maker had seen that suspension: where it
  stands among the first acts on the record, as many as the maker had seen;
- k of n administrators put a record into the state that they name, but not one that an entitled key made final: they
  restore what a key not entitled, or in doubt, withdrew.

Invariants: an act without full weight makes nothing final and lifts nothing; one of no weight only takes its place.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lightnode.verdict.entitlement import Entitlement, entitlement
from lightnode.wire.network_facts import IN_FORCE, REVOKED, SUPERSEDED, SUSPENDED
from lightnode.wire.registry import Verb
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Hash32

RecordName = TypeVar("RecordName", int, Hash32)
# The state that each verb asks for; the others ask for none.
STATES = {Verb.SUPERSEDE: SUPERSEDED, Verb.SUSPEND: SUSPENDED, Verb.REINSTATE: IN_FORCE, Verb.REVOKE: REVOKED}


class Weight(enum.Enum):
    """How much an act on a record counts."""

    NOTHING = "says nothing"
    CAUTION = "by a key not entitled, or in doubt"
    FULL = "by an entitled key"
    DECISION = "by k of n administrators"


@dataclass(frozen=True, slots=True)
class ActOnRecord(Generic[RecordName]):
    """One act on an existing record.

    Attributes:
        record: its number or commitment.
        state: that the act asks for: `IN_FORCE`, `SUSPENDED`, `SUPERSEDED` or `REVOKED`; None for none.
        weight: how much it counts.
        height: block of the act.
        seen: how many acts on the record its maker had seen, as its act count says.
    """

    record: RecordName
    state: int | None
    weight: Weight
    height: int
    seen: int


@dataclass(frozen=True, slots=True)
class RecordState(Generic[RecordName]):
    """A record that is not in force: its number or commitment, the state, and the block of the act that made it so."""

    record: RecordName
    state: int
    height: int


@dataclass(frozen=True, slots=True)
class _Withdrawn:
    """A state, its block, and the place among the acts on the record of the one that made it so, from 0."""

    state: int
    height: int
    place: int


def weight_of(key: KeyEntry, verb: int, height: int) -> Weight:
    """Give the weight of an act by a key that the statement of the authority names for which it acted.

    Args:
        key: its entry.
        verb: number of the verb, 1 to 6.
        height: block of the act.
    """
    return Weight.FULL if entitlement(key, verb, height) is Entitlement.ENTITLED else Weight.CAUTION


def not_in_force(acts: Iterable[ActOnRecord[RecordName]]) -> tuple[RecordState[RecordName], ...]:
    """Give the records that are not in force, ascending.

    Args:
        acts: all on existing records, in the ledger's order.
    """
    counted: dict[RecordName, int] = {}
    states: dict[RecordName, _Withdrawn] = {}
    for act in acts:
        place = counted.get(act.record, 0)
        counted[act.record] = place + 1
        after = _after(states.pop(act.record, None), act, place)
        if after is not None:
            states[act.record] = after
    return tuple(RecordState(name, states[name].state, states[name].height) for name in sorted(states))


def _after(before: _Withdrawn | None, act: ActOnRecord[RecordName], place: int) -> _Withdrawn | None:
    """Give a record's state after one more act, None while in force."""
    final = before is not None and before.state != SUSPENDED
    if final or act.state is None or act.weight is Weight.NOTHING:
        return before
    if act.state != IN_FORCE:
        return _Withdrawn(SUSPENDED if act.weight is Weight.CAUTION else act.state, act.height, place)
    seen = before is not None and before.place < act.seen <= place
    lifts = act.weight is Weight.DECISION or (act.weight is Weight.FULL and seen)
    return None if lifts else before
