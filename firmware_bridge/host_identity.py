"""What a computer brings to a channel: its own key, its name, and the signers that it trusts.

Invariant: the key authenticates the link and nothing else; it signs nothing and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_bridge.noise.handshake import public_of

NAME_LENGTH = 32


@dataclass(frozen=True, slots=True)
class HostIdentity:
    """A computer, as signers know it.

    Attributes:
        secret: X25519 secret key, 32 bytes.
        name: shown on a signer's display when it is paired; at most 32 printable characters.
        trusts: tells whether a signer's static public key is one that this computer was paired with.
    """

    secret: bytes = field(repr=False)
    name: str
    trusts: Callable[[bytes], bool] = field(repr=False, compare=False)

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return public_of(self.secret)
