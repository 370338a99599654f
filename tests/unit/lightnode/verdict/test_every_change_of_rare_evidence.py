"""Evidence that shows a part, stands in a batch or brings its checkpoint: no change of any byte is valid."""

from __future__ import annotations

import pytest

from lightnode.verdict import Outcome
from tests.support.every_change import SHARES, flipped, moved, places
from tests.support.sealed_world import HEIGHT, World


@pytest.mark.full
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(
    "world",
    [World(shown=(1, 2, 3)), World(batch=(2, 5)), World(checkpoint=HEIGHT)],
    ids=["partial", "batch", "checkpoint"],
)
def test_no_change_of_any_byte_of_the_evidence_is_valid(world: World, share: int) -> None:
    good, trust, root = world.evidence(), world.trust(), world.root()

    def judged(bad: bytes) -> Outcome:
        return world.judge(evidence=bad, trust=trust, root=root).outcome

    assert judged(good) is Outcome.VALID
    for at in places(good, share):
        for number, bad in enumerate((*flipped(good, at), *moved(good, at))):
            assert judged(bad) is not Outcome.VALID, (at, number)
