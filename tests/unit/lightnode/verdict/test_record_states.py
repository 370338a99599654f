"""Foundations section 6, sentence by sentence: an act by a key not entitled, or in doubt, suspends if it withdraws and lifts nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest

from lightnode.verdict.record_states import ActOnRecord, RecordState, Weight, not_in_force, weight_of
from lightnode.wire.network_facts import IN_FORCE, REVOKED, SUPERSEDED, SUSPENDED
from lightnode.wire.registry import Verb
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address

FULL, CAUTION, NOTHING, DECISION = Weight.FULL, Weight.CAUTION, Weight.NOTHING, Weight.DECISION
Step = tuple[int | None, Weight]


def after(*steps: Step) -> int | None:
    """The state of record 5 after these acts on it, each by a maker who had seen the ones before; None in force."""
    acts = [ActOnRecord(5, state, weight, 30 + at, at) for at, (state, weight) in enumerate(steps)]
    found = not_in_force(acts)
    assert [one.record for one in found] in ([], [5])
    return found[0].state if found else None


CASES: dict[str, tuple[Sequence[Step], int | None]] = {
    "nothing": ([], None),
    "entitled suspends": ([(SUSPENDED, FULL)], SUSPENDED),
    "entitled supersedes": ([(SUPERSEDED, FULL)], SUPERSEDED),
    "entitled revokes": ([(REVOKED, FULL)], REVOKED),
    "not entitled or in doubt suspends": ([(SUSPENDED, CAUTION)], SUSPENDED),
    "not entitled or in doubt supersedes": ([(SUPERSEDED, CAUTION)], SUSPENDED),
    "not entitled or in doubt revokes": ([(REVOKED, CAUTION)], SUSPENDED),
    "entitled reinstates": ([(SUSPENDED, FULL), (IN_FORCE, FULL)], None),
    "not entitled or in doubt reinstates": ([(SUSPENDED, FULL), (IN_FORCE, CAUTION)], SUSPENDED),
    "entitled lifts what counted as suspended": ([(REVOKED, CAUTION), (IN_FORCE, FULL)], None),
    "entitled confirms what counted as suspended": ([(SUSPENDED, CAUTION), (REVOKED, FULL)], REVOKED),
    "a reinstatement that did not count, then one that does": (
        [(SUSPENDED, FULL), (IN_FORCE, CAUTION), (SUSPENDED, FULL), (IN_FORCE, FULL)], None,
    ),
    "revoked after a reinstatement that did not count": (
        [(SUSPENDED, FULL), (IN_FORCE, CAUTION), (REVOKED, FULL)], REVOKED,
    ),
    "a final state is not softened": ([(REVOKED, FULL), (SUSPENDED, CAUTION)], REVOKED),
    "a final state is not reinstated": ([(SUPERSEDED, FULL), (IN_FORCE, FULL)], SUPERSEDED),
    "the first final state stays": ([(SUPERSEDED, FULL), (REVOKED, FULL)], SUPERSEDED),
    "administrators bring back what counted as suspended": ([(REVOKED, CAUTION), (IN_FORCE, DECISION)], None),
    "administrators bring back what an entitled key suspended": ([(SUSPENDED, FULL), (IN_FORCE, DECISION)], None),
    "administrators bring back suspended": ([(SUPERSEDED, CAUTION), (SUSPENDED, DECISION)], SUSPENDED),
    "administrators do not undo what an entitled key revoked": ([(REVOKED, FULL), (IN_FORCE, DECISION)], REVOKED),
    "administrators do not soften what an entitled key superseded": (
        [(SUPERSEDED, FULL), (SUSPENDED, DECISION)], SUPERSEDED,
    ),
    "reinstated after they brought back suspended": (
        [(REVOKED, CAUTION), (SUSPENDED, DECISION), (IN_FORCE, FULL)], None,
    ),
    "withdrawn again after they brought it back": (
        [(REVOKED, CAUTION), (IN_FORCE, DECISION), (REVOKED, FULL)], REVOKED,
    ),
    "withdrawn again by a key in doubt after they brought it back": (
        [(REVOKED, CAUTION), (IN_FORCE, DECISION), (REVOKED, CAUTION)], SUSPENDED,
    ),
    "what says nothing changes nothing": ([(REVOKED, NOTHING), (IN_FORCE, NOTHING)], None),
    "what says nothing lifts nothing": ([(SUSPENDED, FULL), (IN_FORCE, NOTHING)], SUSPENDED),
    "an acknowledgement changes nothing": ([(SUSPENDED, FULL), (None, FULL)], SUSPENDED),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_state(name: str) -> None:
    steps, state = CASES[name]
    assert after(*steps) == state


def test_who_had_not_seen_a_suspension_does_not_lift_it() -> None:
    def lifted(seen: int) -> bool:
        first = ActOnRecord(5, SUSPENDED, FULL, 30, 1)
        acts = [ActOnRecord(5, None, NOTHING, 29, 0), first, ActOnRecord(5, IN_FORCE, FULL, 31, seen)]
        return not not_in_force(acts)

    # Two acts stand before it; the suspension is the second, and there is no third to have seen.
    assert [lifted(seen) for seen in range(4)] == [False, False, True, False]


def test_each_record_by_itself_ascending_with_the_block_of_the_act() -> None:
    acts = [
        ActOnRecord(9, REVOKED, FULL, 30, 0), ActOnRecord(2, REVOKED, CAUTION, 31, 0), ActOnRecord(4, SUSPENDED, FULL, 32, 0),
        ActOnRecord(4, IN_FORCE, FULL, 33, 1), ActOnRecord(2, SUSPENDED, FULL, 34, 1),
    ]  # fmt: skip
    assert not_in_force(acts) == (RecordState(2, SUSPENDED, 34), RecordState(9, REVOKED, 30))


def test_acts_without_full_weight_never_make_final_nor_lift() -> None:
    """Every line of four acts without a full one ends suspended if anything withdrew, and in force if nothing did."""
    choices = [(state, CAUTION) for state in (IN_FORCE, SUSPENDED, SUPERSEDED, REVOKED, None)]
    for steps in product(choices, repeat=4):
        withdrew = any(state in (SUSPENDED, SUPERSEDED, REVOKED) for state, _ in steps)
        assert after(*steps) == (SUSPENDED if withdrew else None)


KEY = KeyEntry(Address(b"\1" * 20), 1 << Verb.REVOKE, 10, 40, 1, "card", withdrawn_from=30, doubt_since=20)


@pytest.mark.parametrize(
    ("verb", "height", "weight"),
    [
        (Verb.REVOKE, 9, CAUTION), (Verb.REVOKE, 10, FULL), (Verb.REVOKE, 19, FULL), (Verb.REVOKE, 20, CAUTION),
        (Verb.REVOKE, 30, CAUTION), (Verb.REVOKE, 41, CAUTION), (Verb.SUSPEND, 15, CAUTION),
    ],
)  # fmt: skip
def test_weight_of_a_named_key(verb: Verb, height: int, weight: Weight) -> None:
    assert weight_of(KEY, verb, height) is weight
