"""The token contract: what a signer asks of whatever holds a key (docs/adr/0005).

Invariants:
- `sign_digest` signs exactly the 32 bytes it is given, never a hash of them, and says in which form it answers.
- A key has one purpose, stored with it, and one curve. The private key never leaves.
- A token that vanished raises `TokenGoneError`, however it shows.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

CURVES = ("secp256k1", "secp256r1")
PURPOSES = ("transaction", "envelope", "approval", "vp-token", "cache", "attestation")


class SignatureForm(enum.Enum):
    """How a token writes a signature."""

    RAW = "raw"
    DER = "der"


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What a token says of itself.

    Attributes:
        kind: software or pkcs11.
        model: maker's name for it.
        serial: of the device.
        firmware: version, where it says one.
        label: for people.
        in_software: its keys lie in this computer's files or memory, not in a device.
        training_only: it signs in training only.
    """

    kind: str
    model: str
    serial: str
    firmware: str
    label: str
    in_software: bool
    training_only: bool


@dataclass(frozen=True, slots=True)
class PinStatus:
    """What is known of the PIN before asking for it.

    Attributes:
        needed: the token is locked.
        tries_left: None where the token does not say.
        last_try: the next wrong PIN blocks it.
        blocked: no PIN opens it any more.
        warned: a wrong PIN was entered since the last right one, as far as the token says; to be shown before asking.
    """

    needed: bool
    tries_left: int | None
    last_try: bool
    blocked: bool
    warned: bool = False


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key on a token.

    Attributes:
        label: unique on the token.
        curve: secp256k1 or secp256r1.
        public_key: 65 bytes.
        purpose: what it may sign.
    """

    label: str
    curve: str
    public_key: bytes
    purpose: str


@dataclass(frozen=True, slots=True)
class SigningContext:
    """For which world a digest is signed: what the fence of the software token judges.

    Attributes:
        environment: training, test or production.
        chain_id: of a transaction; None for an envelope.
    """

    environment: str
    chain_id: int | None


@dataclass(frozen=True, slots=True)
class RawSignature:
    """What a token answered.

    Attributes:
        data: its bytes.
        form: how they are written.
    """

    data: bytes
    form: SignatureForm


class Token(Protocol):
    """A place where keys live."""

    def info(self) -> TokenInfo:
        """Say what it is."""

    def pin_status(self) -> PinStatus:
        """Say what is known of the PIN, without trying it."""

    def login(self, pin: bytearray) -> None:
        """Open it; the PIN is wiped afterwards.

        Raises:
            PinWrongError: with the tries left.
            PinBlockedError: no try is left.
        """

    def logout(self) -> None:
        """Lock it."""

    def keys(self) -> tuple[KeyInfo, ...]:
        """List its keys, by label.

        Raises:
            PinNeededError: it is locked and shows no key then.
            TokenGoneError: it vanished.
        """

    def generate_key(self, label: str, curve: str, purpose: str) -> KeyInfo:
        """Make a key that never leaves it.

        Raises:
            KeyExistsError: the label is taken.
            UnsupportedError: it cannot do this curve or purpose.
        """

    def sign_digest(self, key: KeyInfo, digest: bytes, context: SigningContext) -> RawSignature:
        """Sign 32 bytes.

        Raises:
            FenceError: outside the world that the token is for.
            DigestLengthError: not 32 bytes.
            KeyNotFoundError: the token does not hold the key.
            PinNeededError: it is locked, or wants its PIN for each signature.
            TokenGoneError: it vanished.
        """

    def close(self) -> None:
        """Release it."""


def is_sound_label(label: str) -> bool:
    """Say whether a key may bear a label: 1 to 32 printable characters."""
    return 1 <= len(label) <= 32 and label.isprintable()


def wipe(secret: bytearray) -> None:
    """Overwrite a secret in place."""
    for at in range(len(secret)):
        secret[at] = 0
