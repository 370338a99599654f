"""How many members must have sealed (consensus note 2.5)."""

from __future__ import annotations


def faulty(members: int) -> int:
    """Give f = floor((n - 1) / 3), the members that may be faulty."""
    return (members - 1) // 3


def quorum(members: int) -> int:
    """Give ceil(2n / 3), as Besu's header rule and the QBFT specification have it; never the F + 1 of GoQuorum's import."""
    return -(-2 * members // 3)
