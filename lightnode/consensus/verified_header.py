"""A header that fulfils every rule: what everything else is proven under.

Invariants: made only by what verified the header (`chain`, `sealed_header`), or read back from what that stored.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from lightnode.consensus.header import Header
from lightnode.wire.types import Address, Hash32, Height


class Way(enum.Enum):
    """How a header was verified: after all before it, by the seals of a trusted set, or by the hash in a later one."""

    SEQUENTIAL = "sequential"
    SKIPPED = "skipped"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class VerifiedHeader:
    """A header that fulfils every rule.

    Attributes:
        header: itself.
        block_hash: its hash.
        members: the set that had to seal it; empty where it was linked and nobody asked who sealed it.
        round: in which it was sealed.
        signers: who sealed it; empty likewise.
        remarks: what stands beside the quorum of good seals, one sentence each; none where seals are counted strictly,
            because such a header is refused. Also that a signed exception let the header pass.
        way: how it was verified.
    """

    header: Header
    block_hash: Hash32
    members: tuple[Address, ...]
    round: int
    signers: tuple[Address, ...]
    remarks: tuple[str, ...] = ()
    way: Way = Way.SEQUENTIAL

    @property
    def height(self) -> Height:
        """Its number."""
        return Height(self.header.number)
