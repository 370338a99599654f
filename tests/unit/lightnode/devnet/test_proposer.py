"""Round robin, held to what genuine Besu networks did."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lightnode.consensus.extra_data import BftRules, decode_extra_data
from lightnode.devnet.proposer import proposer_of
from lightnode.wire.types import Address
from tests.support import recorded_networks

BESU_QBFT = ("besu-qbft-votes-london",)
A, B, C, D = (Address(bytes([number]) * 20) for number in (1, 2, 3, 4))


@pytest.mark.parametrize("network", BESU_QBFT)
def test_every_recorded_block_has_the_proposer_that_the_rule_names(network: str) -> None:
    headers = recorded_networks.headers(network)
    assert len(headers) > 20
    for parent, header in pairwise(headers):
        extra = decode_extra_data(BftRules.QBFT, header.extra_data)
        assert proposer_of(extra.validators, parent.beneficiary, extra.round) == header.beneficiary, header.number


def test_each_member_has_its_turn_and_each_round_passes_it_on() -> None:
    members = (A, B, C, D)
    assert [proposer_of(members, member, 0) for member in members] == [B, C, D, A]
    assert [proposer_of(members, A, number) for number in range(5)] == [B, C, D, A, B]


def test_after_one_that_left_comes_the_member_that_followed_it() -> None:
    assert proposer_of((A, C, D), B, 0) == C
    assert proposer_of((A, B, C), D, 0) == A
    assert proposer_of((B, C, D), Address(bytes(20)), 0) == B
    assert proposer_of((A,), D, 7) == A
