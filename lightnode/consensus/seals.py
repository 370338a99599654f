"""Recovering who sealed a header.

Invariants:
- v is 0 or 1; r and s are in range; a high s is accepted, because nodes accept it: signers are counted by address.
- On P-256, where recovery is slow, a key once recovered for an address is tried first for that address.
"""

from __future__ import annotations

from collections.abc import Sequence

from lightnode.consensus.errors import QuorumError, SealError
from lightnode.consensus.quorum import quorum
from lightnode.errors import WireError
from lightnode.wire.curve import Curve, address_of, recover_address, recover_public_key, verify_signature
from lightnode.wire.types import Address, Hash32

_MAX_KNOWN_KEYS = 4096


class SealVerifier:
    """Recovers signers on one curve; keeps the P-256 keys it has seen, by address."""

    def __init__(self, curve: Curve) -> None:
        """Start without any key.

        Args:
            curve: of the network.
        """
        self.curve = curve
        self._keys: dict[Address, bytes] = {}

    def signer(self, digest: Hash32, seal: bytes, members: Sequence[Address] = ()) -> Address:
        """Recover who made a seal.

        Args:
            digest: what it signs.
            seal: 65 bytes r, s, v.
            members: who may have made it; only a hint for speed.

        Raises:
            SealError: no key made it.
        """
        r, s, v = int.from_bytes(seal[:32], "big"), int.from_bytes(seal[32:64], "big"), seal[64]
        if v > 1:
            raise SealError("A seal's v is 0 or 1.")
        try:
            if self.curve is Curve.SECP256K1:
                return recover_address(self.curve, digest, v, r, s)
            return self._p256_signer(digest, v, r, s, members)
        except WireError as cause:
            raise SealError(f"A seal is malformed: {cause.text}") from cause

    def _p256_signer(self, digest: Hash32, v: int, r: int, s: int, members: Sequence[Address]) -> Address:
        for member in members:
            key = self._keys.get(member)
            if key is None:
                continue
            try:
                verify_signature(self.curve, key, digest, r, s)
            except WireError:
                continue
            # Both parities verify under their own keys; v must be the one that leads to this key.
            if recover_public_key(self.curve, digest, v, r, s) == key:
                return member
        key = recover_public_key(self.curve, digest, v, r, s)
        found = address_of(key)
        if found in members and len(self._keys) < _MAX_KNOWN_KEYS:
            self._keys[found] = key
        return found

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
            signer = self.signer(digest, seal, members)
            if signer not in members:
                raise SealError(f"A seal is by 0x{signer.hex()}, which is no member.")
            if signer in signers:
                raise SealError(f"Two seals are by 0x{signer.hex()}.")
            signers.append(signer)
        return tuple(signers)
