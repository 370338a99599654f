"""Recovering who sealed a header.

Invariants:
- v is 0 or 1; r and s are in range; a high s is accepted, because nodes accept it: signers are counted by address.
- Each seal is recovered from its own header's digest. What was recovered ahead counts for exactly the digest and the
  seals it was recovered from: a cache by the seal alone once let old seals count again (Kaia, consensus note 4.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from lightnode.consensus.errors import QuorumError, SealError
from lightnode.consensus.quorum import quorum
from lightnode.consensus.seal_counting import SealCounting
from lightnode.errors import WireError
from lightnode.wire import k1_recovery
from lightnode.wire.curve import Curve, recover_address
from lightnode.wire.types import Address, Hash32


class SealRequest(NamedTuple):
    """Seals whose signers are wanted.

    Attributes:
        digest: what they sign.
        seals: 65 bytes each.
    """

    digest: Hash32
    seals: tuple[bytes, ...]


class SealAnswer(NamedTuple):
    """Who made the seals of one request.

    Attributes:
        request: what was asked.
        signers: in the seals' order; None where no key made one.
    """

    request: SealRequest
    signers: Sequence[Address | None]


class SealCount(NamedTuple):
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
        self._ahead: dict[Hash32, SealAnswer] = {}

    def expect(self, answers: Iterable[SealAnswer]) -> None:
        """Take what was recovered ahead for the headers that come next, instead of what is left of earlier answers.

        Args:
            answers: made by `recover` of a verifier on this curve, in this process or in one of `seal_workers`.
        """
        self._ahead = {answer.request.digest: answer for answer in answers}

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

    def recover(self, digest: Hash32, seals: Sequence[bytes]) -> Sequence[Address | None]:
        """Recover who made seals, each over this digest; None where `signer` would say that no key made it.

        Args:
            digest: what they sign.
            seals: 65 bytes each.
        """
        ahead = self._ahead.pop(digest, None) if self._ahead else None
        if ahead is not None and ahead.request == (digest, seals) and len(ahead.signers) == len(seals):
            return ahead.signers
        if self.curve is Curve.SECP256K1:
            return k1_recovery.recover_addresses(digest, seals)
        return [self._signer_or_none(digest, seal) for seal in seals]

    def _signer_or_none(self, digest: Hash32, seal: bytes) -> Address | None:
        try:
            return self.signer(digest, seal)
        except SealError:
            return None

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
        found = self.recover(digest, seals)
        distinct = set(found)
        # None is no member.
        if len(distinct) == len(seals) and distinct.issubset(members):
            return cast("tuple[Address, ...]", tuple(found))
        return self._one_by_one(digest, seals, found, members)

    def _one_by_one(
        self, digest: Hash32, seals: Sequence[bytes], found: Sequence[Address | None], members: Sequence[Address]
    ) -> tuple[Address, ...]:
        """Say what is wrong with the first seal that is not good (H12)."""
        signers: dict[Address, None] = {}
        for seal, known in zip(seals, found, strict=True):
            # By itself a seal that could not be recovered says why not.
            signer = known or self.signer(digest, seal)
            if signer not in members:
                raise SealError(f"A seal is by 0x{signer.hex()}, which is no member.")
            if signer in signers:
                raise SealError(f"Two seals are by 0x{signer.hex()}.")
            signers[signer] = None
        return tuple(signers)

    def _count_good(self, digest: Hash32, seals: Sequence[bytes], members: Sequence[Address]) -> SealCount:
        """Count distinct members' good seals and remark on the others (G4, tolerant)."""
        needed = quorum(len(members))
        signers: dict[Address, None] = {}
        remarks: list[str] = []
        for place, (seal, found) in enumerate(zip(seals, self.recover(digest, seals), strict=True)):
            try:
                signer = found or self.signer(digest, seal)
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
