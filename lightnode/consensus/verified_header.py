"""A header that fulfils every rule: what everything else is proven under.

Invariants: made only by what verified the header (`chain`, `sealed_header`), or read back from what that stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.consensus.header import Header
from lightnode.wire.types import Address, Hash32, Height


@dataclass(frozen=True, slots=True)
class VerifiedHeader:
    """A header that fulfils every rule.

    Attributes:
        header: itself.
        block_hash: its hash.
        members: the set that had to seal it.
        round: in which it was sealed.
        signers: who sealed it.
        remarks: what stands beside the quorum of good seals, one sentence each; always empty where seals are counted
            strictly, because such a header is refused.
    """

    header: Header
    block_hash: Hash32
    members: tuple[Address, ...]
    round: int
    signers: tuple[Address, ...]
    remarks: tuple[str, ...] = ()

    @property
    def height(self) -> Height:
        """Its number."""
        return Height(self.header.number)
