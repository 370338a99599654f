"""Whose turn it is to propose: round robin after the parent's proposer, as Besu's selector does it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from lightnode.wire.types import Address


def proposer_of(members: Sequence[Address], previous: Address, round_number: int) -> Address:
    """Give the proposer of a round.

    Args:
        members: in force for the block, ascending, at least one.
        previous: proposer of the parent; block 0 names nobody.
        round_number: from 0.

    Returns:
        The next after `previous`, one further for each round. Where `previous` has left the set, the turn goes to the
        member that would have followed it.
    """
    # The place after `previous` is the same whether it is still a member or not.
    return members[(bisect_right(members, previous) + round_number) % len(members)]
