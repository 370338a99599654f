"""The trust package: with any bit of any byte flipped, nobody can tell."""

from __future__ import annotations

import pytest

from lightnode.verdict import Outcome
from tests.support.every_change import SHARES, flipped, places
from tests.support.sealed_world import World


@pytest.mark.full
@pytest.mark.parametrize("share", range(SHARES))
def test_no_flipped_bit_of_any_byte_of_the_trust_package_is_valid(share: int) -> None:
    world = World()
    evidence, good, root = world.evidence(), world.trust(), world.root()
    for at in places(good, share):
        for bit, bad in enumerate(flipped(good, at)):
            assert world.judge(evidence=evidence, trust=bad, root=root).outcome is Outcome.CANNOT_TELL, (at, bit)
