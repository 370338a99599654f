"""Recovering who sealed a header.

Invariants:
- v is 0 or 1; r and s are in range; a high s is accepted, because nodes accept it: signers are counted by address.
- Each seal is recovered anew from its own header's digest: a cache by the seal alone once let old seals count again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lightnode.consensus.errors import QuorumError, SealError
from lightnode.consensus.quorum import quorum
from lightnode.consensus.seal_counting import SealCounting
from lightnode.errors import WireError
from lightnode.wire.curve import Curve, recover_address
from lightnode.wire.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class SealCount:
    """A quorum of good seals, and what stood beside it.

    Attributes:
        signers: the distinct members whose seals are good, in the seals' order.
        remarks: one sentence for each seal that was not counted, in their order; empty where counted strictly.
    """

    signers: tuple[Address, ...]
    remarks: tuple[str, ...]


class SealVerifier:
    """Recovers signers on one curve."""

    def __init__(self, curve: Curve) -> None:
        """Fix the curve.

        Args:
            curve: of the network.
        """
        self.curve = curve

    def signer(self, digest: Hash32, seal: bytes) -> Address:
        """Recover who made a seal.

        Args:
            digest: what it signs.
            seal: 65 bytes r, s, v.

        Raises:
            SealError: no key made it.
        """
        r, s, v = int.from_bytes(seal[:32], "big"), int.from_bytes(seal[32:64], "big"), seal[64]
        if v > 1:
            raise SealError("A seal's v is 0 or 1.")
        try:
            return recover_address(self.curve, digest, v, r, s)
        except WireError as cause:
            raise SealError(f"A seal is malformed: {cause.text}") from cause

    def count(
        self, digest: Hash32, seals: Sequence[bytes], members: Sequence[Address], counting: SealCounting
    ) -> SealCount:
        """Demand a quorum of seals as the operator chose to count them.

        Args:
            digest: what the seals sign.
            seals: 65 bytes each.
            members: the set in force.
            counting: strict or tolerant.

        Raises:
            SealError: counted strictly, a seal is malformed, repeated or foreign.
            QuorumError: too few.
        """
        if counting is SealCounting.TOLERANT:
            return self._count_good(digest, seals, members)
        return SealCount(self.demand_quorum(digest, seals, members), ())

    def demand_quorum(self, digest: Hash32, seals: Sequence[bytes], members: Sequence[Address]) -> tuple[Address, ...]:
        """Demand what the nodes demand: every seal good, distinct, a member's, and at least a quorum.

        Args:
            digest: what the seals sign.
            seals: 65 bytes each.
            members: the set in force.

        Returns:
            The signers, in the seals' order.

        Raises:
            SealError: a seal is malformed, repeated or foreign.
            QuorumError: too few.
        """
        needed = quorum(len(members))
        if len(seals) < needed or needed == 0:
            raise QuorumError(f"{len(seals)} of {len(members)} members sealed; {needed} are needed.")
        if len(seals) > len(members):
            raise SealError(f"There are {len(seals)} seals of {len(members)} members.")
        signers: list[Address] = []
        for seal in seals:
            signer = self.signer(digest, seal)
            if signer not in members:
                raise SealError(f"A seal is by 0x{signer.hex()}, which is no member.")
            if signer in signers:
                raise SealError(f"Two seals are by 0x{signer.hex()}.")
            signers.append(signer)
        return tuple(signers)

    def _count_good(self, digest: Hash32, seals: Sequence[bytes], members: Sequence[Address]) -> SealCount:
        """Count distinct members' good seals and remark on the others (G4, tolerant)."""
        needed = quorum(len(members))
        signers: dict[Address, None] = {}
        remarks: list[str] = []
        for place, seal in enumerate(seals):
            try:
                signer = self.signer(digest, seal)
            except SealError as error:
                remarks.append(f"Seal {place} was not counted: {error.text}")
                continue
            if signer not in members:
                remarks.append(f"Seal {place} was not counted: it is by 0x{signer.hex()}, which is no member.")
            elif signer in signers:
                remarks.append(f"Seal {place} was not counted: an earlier one is by 0x{signer.hex()} too.")
            else:
                signers[signer] = None
        if len(signers) < needed or needed == 0:
            raise QuorumError(
                f"{len(signers)} of {len(members)} members sealed; {needed} are needed. "
                f"{len(remarks)} seals were not counted."
            )
        return SealCount(tuple(signers), tuple(remarks))
