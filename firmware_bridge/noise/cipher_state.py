"""CipherState of the Noise framework (section 5.1): one key, one direction, a counter that only rises.

Invariants: a nonce is used once; after a refused message the state is as before, so that the caller decides what a broken
channel means; no key leaves this object.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware_bridge.errors import ChannelError

TAG_BYTES = 16
# 2**64 - 1 is kept by the framework for rekeying.
_LAST_NONCE = 2**64 - 2


class CipherState:
    """Encrypts, or decrypts, one direction."""

    def __init__(self, key: bytes) -> None:
        """Begin at nonce 0.

        Args:
            key: 32 bytes.
        """
        self._aead = ChaCha20Poly1305(key)
        self._nonce = 0

    def encrypt(self, associated: bytes, plaintext: bytes) -> bytes:
        """Encrypt, and authenticate together with `associated`; 16 bytes longer than the plaintext.

        Raises:
            ChannelError: the counter has come to its end.
        """
        sealed = self._aead.encrypt(self._counted(), plaintext, associated)
        self._nonce += 1
        return sealed

    def decrypt(self, associated: bytes, ciphertext: bytes) -> bytes:
        """Decrypt what the other side sealed next.

        Raises:
            ChannelError: it was not made by the other side, not in this place, or was changed.
        """
        try:
            plaintext = self._aead.decrypt(self._counted(), ciphertext, associated)
        except InvalidTag as cause:
            raise ChannelError("What came over the channel was lost in part, or changed on the way.") from cause
        self._nonce += 1
        return plaintext

    def _counted(self) -> bytes:
        if self._nonce > _LAST_NONCE:
            raise ChannelError("The channel has carried all that it may.")
        # Section 12.3: 32 zero bits, then the counter with its lowest byte first.
        return bytes(4) + self._nonce.to_bytes(8, "little")
