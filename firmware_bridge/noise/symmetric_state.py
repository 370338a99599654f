"""SymmetricState of the Noise framework (section 5.2): chaining key, handshake hash, and the key of the moment.

Invariant: everything that either side sends in the handshake, and the prologue, goes into the handshake hash.
"""

from __future__ import annotations

import hashlib
import hmac

from firmware_bridge.noise.cipher_state import CipherState

# 32 bytes, so that it begins the hash as it stands (section 5.2, InitializeSymmetric).
NAME = b"Noise_XX_25519_ChaChaPoly_SHA256"


class SymmetricState:
    """What both sides of a handshake hold in common."""

    def __init__(self, prologue: bytes) -> None:
        """Begin with the protocol's name and the prologue."""
        self._chaining_key = self.hash = NAME
        self._cipher: CipherState | None = None
        self.mix_hash(prologue)

    def mix_hash(self, data: bytes) -> None:
        """Bind data into the handshake hash."""
        self.hash = hashlib.sha256(self.hash + data).digest()

    def mix_key(self, secret: bytes) -> None:
        """Bind a Diffie-Hellman result into the keys."""
        self._chaining_key, key = _derive(self._chaining_key, secret)
        self._cipher = CipherState(key)

    def encrypt_and_hash(self, plaintext: bytes) -> bytes:
        """Seal, as soon as there is a key, and bind what is sent."""
        sealed = plaintext if self._cipher is None else self._cipher.encrypt(self.hash, plaintext)
        self.mix_hash(sealed)
        return sealed

    def decrypt_and_hash(self, sealed: bytes) -> bytes:
        """Open what the other side sealed, and bind it.

        Raises:
            ChannelError: it was changed on the way.
        """
        plaintext = sealed if self._cipher is None else self._cipher.decrypt(self.hash, sealed)
        self.mix_hash(sealed)
        return plaintext

    def split(self) -> tuple[CipherState, CipherState]:
        """Give the two directions: from the initiator, and to it."""
        one, other = _derive(self._chaining_key, b"")
        return CipherState(one), CipherState(other)


def _derive(chaining_key: bytes, material: bytes) -> tuple[bytes, bytes]:
    """HKDF with two outputs (section 4.3)."""
    extracted = hmac.digest(chaining_key, material, "sha256")
    first = hmac.digest(extracted, b"\1", "sha256")
    return first, hmac.digest(extracted, first + b"\2", "sha256")
