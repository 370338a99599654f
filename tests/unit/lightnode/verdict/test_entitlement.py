"""A key is judged for the block of the act: before, at and after each of the blocks that its entry names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lightnode.verdict.entitlement import Entitlement, entitlement
from lightnode.wire.approval import APPROVES
from lightnode.wire.registry import Verb
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address

KEY = KeyEntry(Address(b"\1" * 20), 1 << Verb.REVOKE, 10, 40, 1, "card")
YES, NO, DOUBT = Entitlement.ENTITLED, Entitlement.OUTSIDE, Entitlement.DOUBTED


@pytest.mark.parametrize(
    ("changes", "height", "expected"),
    [
        ({}, 9, NO), ({}, 10, YES), ({}, 40, YES), ({}, 41, NO), ({"last": None}, 10**9, YES),
        ({"withdrawn_from": 20}, 19, YES), ({"withdrawn_from": 20}, 20, NO),
        ({"doubt_since": 20}, 19, YES), ({"doubt_since": 20}, 20, DOUBT),
        ({"doubt_since": 0, "withdrawn_from": 20}, 19, DOUBT), ({"doubt_since": 0, "withdrawn_from": 20}, 20, NO),
        ({"doubt_since": 0}, 41, NO), ({"verbs": 1 << Verb.SUSPEND}, 20, NO), ({"verbs": APPROVES}, 20, NO),
    ],
)  # fmt: skip
def test_judged_for_its_block(changes: dict[str, int], height: int, expected: Entitlement) -> None:
    assert entitlement(replace(KEY, **changes), Verb.REVOKE, height) is expected  # type: ignore[arg-type]


def test_approving_is_the_bit_that_no_verb_has() -> None:
    assert entitlement(replace(KEY, verbs=APPROVES), 0, 20) is YES
    assert entitlement(KEY, 0, 20) is NO
