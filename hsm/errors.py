"""The error tree of `hsm`: one leaf for each thing that can be wrong with a token or its signatures."""

from __future__ import annotations

from typing import ClassVar


class HsmError(Exception):
    """Base of everything `hsm` raises on purpose.

    Attributes:
        code: stable identifier.
        advice: what to do now.
    """

    code: ClassVar[str] = "HSM"
    advice: ClassVar[str] = "Take the device out, put it in again, and try once more."

    def __init__(self, text: str) -> None:
        """Store what happened, without secrets."""
        super().__init__(text)
        self.text = text


class TokenGoneError(HsmError):
    """The token vanished, however its module says so."""

    code = "TOKEN-GONE"
    advice = "Put the card or device in again; nothing was signed."


class PinNeededError(HsmError):
    """The token wants its PIN first."""

    code = "PIN-NEEDED"
    advice = "Enter the PIN on the signer, then try again."


class PinWrongError(HsmError):
    """The PIN is wrong.

    Attributes:
        tries_left: None where the token does not say.
    """

    code = "PIN-WRONG"
    advice = "Enter the PIN again with care; after too many tries it is blocked."

    def __init__(self, text: str, tries_left: int | None = None) -> None:
        """Store how many tries are left."""
        super().__init__(text)
        self.tries_left = tries_left


class PinBlockedError(HsmError):
    """The PIN is blocked."""

    code = "PIN-BLOCKED"
    advice = "Ask your IT staff to unblock the card."


class PinLastTryError(HsmError):
    """One try is left, and nobody was warned of it."""

    code = "PIN-LAST-TRY"
    advice = "Start the signer with its window and enter the PIN there, with care; a wrong one blocks the token."


class KeyNotFoundError(HsmError):
    """The token has no such key."""

    code = "TOKEN-KEY"
    advice = "List the keys of the token and name one of them."


class KeyExistsError(HsmError):
    """A key of this label is already on the token."""

    code = "TOKEN-KEY-EXISTS"
    advice = "Choose another label; keys are never overwritten."


class UnsupportedError(HsmError):
    """The token cannot do what is asked."""

    code = "TOKEN-UNSUPPORTED"
    advice = "Use a token that can, or another curve."


class DigestLengthError(HsmError):
    """Something other than a digest of 32 bytes was to be signed."""

    code = "DIGEST-LENGTH"
    advice = "Report this; nothing was sent to the token."


class SignatureFormError(HsmError):
    """The token answered with bytes that are no signature."""

    code = "TOKEN-SIGNATURE"
    advice = "Take the token out of use and report it with its model and firmware."


class SignatureRangeError(HsmError):
    """A number of the token's signature is out of the curve's range."""

    code = "TOKEN-SIGNATURE-RANGE"
    advice = "Take the token out of use and report it with its model and firmware."


class WrongKeyOrDigestError(HsmError):
    """The token's signature does not belong to the pinned key and the digest."""

    code = "TOKEN-WRONG-KEY"
    advice = "Do not try again; the token was swapped, used another key, or hashed the digest. Report it."


class FenceError(HsmError):
    """The software token was asked to sign outside the training network."""

    code = "TOKEN-FENCE"
    advice = "Use a card or an HSM; the software token is for training only."


class TokenStoreError(HsmError):
    """The software token's file is missing or damaged."""

    code = "TOKEN-STORE"
    advice = "Name the folder of a training token; `chancery signer start --provisioning --pin-fd N` makes a new one."


class ModuleError(HsmError):
    """A PKCS#11 module cannot be loaded, or answered with an error of its own."""

    code = "PKCS11-MODULE"
    advice = "Check the module's path and its configuration; the message says what it answered."


class TokenUrlError(HsmError):
    """A token's URL is malformed or of an unknown kind."""

    code = "TOKEN-URL"
    advice = "Write software:FOLDER or pkcs11:MODULE?token=LABEL."
