"""Recovering who sealed a header.

Invariants:
- v is 0 or 1; r and s are in range; a high s is accepted, because nodes accept it: signers are counted by address.
- Each seal is recovered anew from its own header's digest: a cache by the seal alone once let old seals count again.
"""

from __future__ import annotations

from collections.abc import Sequence

from lightnode.consensus.errors import QuorumError, SealError
from lightnode.consensus.quorum import quorum
from lightnode.errors import WireError
from lightnode.wire.curve import Curve, recover_address
from lightnode.wire.types import Address, Hash32


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
