"""Whether a key was entitled in a block, as its authority's statement says (foundations section 6).

The one answer for the verdict on an act, for a second person's approval and for status lists.

Invariants: the block of the act decides, never today; a withdrawal counts from its block on, and acts before it stay.
"""

from __future__ import annotations

import enum

from lightnode.wire.trust import KeyEntry


class Entitlement(enum.Enum):
    """What a statement says about one key, one verb and one block."""

    ENTITLED = "entitled"
    DOUBTED = "in doubt"
    OUTSIDE = "not entitled"


def entitlement(key: KeyEntry, verb: int, height: int) -> Entitlement:
    """Judge a key for a verb in a block.

    Args:
        key: entry of the statement of the authority for which the key acted.
        verb: number of the verb, 1 to 6; 0 for approving.
        height: block of the act.

    Returns:
        `OUTSIDE` where the verb or the block lies outside the entry, or the key was withdrawn by then; else `DOUBTED`
        from the block on since which the key's acts are in doubt.
    """
    ended = key.last is not None and height > key.last
    withdrawn = key.withdrawn_from is not None and height >= key.withdrawn_from
    if height < key.first or ended or withdrawn or not key.verbs & 1 << verb:
        return Entitlement.OUTSIDE
    if key.doubt_since is not None and height >= key.doubt_since:
        return Entitlement.DOUBTED
    return Entitlement.ENTITLED
