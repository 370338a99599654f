"""HandshakeState of the Noise framework (section 5.3) for the one pattern XX: `-> e`, `<- e, ee, s, es`, `-> s, se`.

Invariants: sans-I/O, the ephemeral secret is an argument; messages come in order and once each; after an error the
handshake is of no further use; a public key that makes the all-zero secret is refused (RFC 7748 section 6.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware_bridge.errors import ChannelError
from firmware_bridge.noise.cipher_state import TAG_BYTES, CipherState
from firmware_bridge.noise.symmetric_state import SymmetricState

KEY_BYTES = 32
# The framework's own bound on one message.
MAX_MESSAGE = 65535
_PATTERN = (("e",), ("e", "ee", "s", "es"), ("s", "se"))


@dataclass(frozen=True, slots=True)
class Split:
    """A finished handshake.

    Attributes:
        send: what we say.
        receive: what the other side says.
        hash: of the whole handshake, prologue included; 32 bytes, the same on both sides and on no other channel.
        remote: the other side's static public key, proven to be its own.
    """

    send: CipherState
    receive: CipherState
    hash: bytes
    remote: bytes


def public_of(secret: bytes) -> bytes:
    """Give the public key of a secret one, 32 bytes each."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class Handshake:
    """One side of one handshake."""

    def __init__(self, *, initiator: bool, static: bytes, ephemeral: bytes, prologue: bytes) -> None:
        """Begin.

        Args:
            initiator: whether we speak first.
            static: our secret key, 32 bytes.
            ephemeral: a secret key for this handshake alone, 32 random bytes.
            prologue: what both sides must have seen alike before.
        """
        self._initiator = initiator
        self._mine = {
            "s": X25519PrivateKey.from_private_bytes(static),
            "e": X25519PrivateKey.from_private_bytes(ephemeral),
        }
        self._public = {"s": public_of(static), "e": public_of(ephemeral)}
        self._theirs: dict[str, bytes] = {}
        self._state = SymmetricState(prologue)
        self._at = 0

    @property
    def finished(self) -> bool:
        """Whether all three messages have passed."""
        return self._at == len(_PATTERN)

    def write(self, payload: bytes = b"") -> bytes:
        """Give our next message.

        Raises:
            ChannelError: it is not our turn.
        """
        out = bytearray()
        for step in self._turn(ours=True):
            if step == "e":
                out += self._public["e"]
                self._state.mix_hash(self._public["e"])
            elif step == "s":
                out += self._state.encrypt_and_hash(self._public["s"])
            else:
                self._mix(step)
        return bytes(out + self._state.encrypt_and_hash(payload))

    def read(self, message: bytes) -> bytes:
        """Take the other side's next message; gives its payload.

        Raises:
            ChannelError: it is not its turn, too short, or was changed on the way.
        """
        if len(message) > MAX_MESSAGE:
            raise ChannelError("A message of the handshake is too long.")
        rest = message
        for step in self._turn(ours=False):
            if step == "e":
                self._theirs["e"], rest = _cut(rest, KEY_BYTES)
                self._state.mix_hash(self._theirs["e"])
            elif step == "s":
                sealed, rest = _cut(rest, KEY_BYTES + TAG_BYTES)
                self._theirs["s"] = self._state.decrypt_and_hash(sealed)
            else:
                self._mix(step)
        return self._state.decrypt_and_hash(rest)

    def split(self) -> Split:
        """End the handshake.

        Raises:
            ChannelError: it is not finished.
        """
        if not self.finished:
            raise ChannelError("The handshake is not finished.")
        forth, back = self._state.split()
        send, receive = (forth, back) if self._initiator else (back, forth)
        return Split(send, receive, self._state.hash, self._theirs["s"])

    def _turn(self, *, ours: bool) -> tuple[str, ...]:
        if self.finished or ours is not (self._initiator is (self._at % 2 == 0)):
            raise ChannelError("A message of the handshake comes out of turn.")
        self._at += 1
        return _PATTERN[self._at - 1]

    def _mix(self, step: str) -> None:
        # The first letter is the initiator's key, the second the responder's (section 7.1).
        own, other = (step[0], step[1]) if self._initiator else (step[1], step[0])
        try:
            secret = self._mine[own].exchange(X25519PublicKey.from_public_bytes(self._theirs[other]))
        except ValueError as cause:
            raise ChannelError("The other side's key is of no use.") from cause
        self._state.mix_key(secret)


def _cut(message: bytes, size: int) -> tuple[bytes, bytes]:
    if len(message) < size:
        raise ChannelError("A message of the handshake is too short.")
    return message[:size], message[size:]
