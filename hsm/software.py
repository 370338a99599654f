"""The software token: keys in a folder, encrypted under a PIN, for the training network and nothing else.

Invariants:
- It signs only in the training environment, and transactions only on training chain ids; no caller can widen that.
- Keys lie encrypted under scrypt of the PIN, each bound to its label, curve, purpose and public key; a wrong PIN is
  counted on disk before it is answered; the third blocks.
- The file is read again before each use: another process's tries count, and a folder taken away is a token gone.
- secp256k1 goes through libsecp256k1, P-256 through OpenSSL; never through `ecdsa`.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import coincurve
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from hsm.errors import (
    DigestLengthError,
    FenceError,
    KeyExistsError,
    KeyNotFoundError,
    PinBlockedError,
    PinNeededError,
    PinWrongError,
    TokenGoneError,
    TokenStoreError,
    UnsupportedError,
)
from hsm.signature_form import ORDERS
from hsm.software_store import FILE, MAX_TRIES, check_content, read_content, store_lock, write_content
from hsm.token import (
    CURVES,
    PURPOSES,
    KeyInfo,
    PinStatus,
    RawSignature,
    SignatureForm,
    SigningContext,
    TokenInfo,
    is_sound_label,
    wipe,
)

TRAINING_CHAIN_IDS = range(0x43480000, 0x43490000)
LABEL = "SOFTWARE TOKEN, TRAINING ONLY"
MIN_PIN = 4
MAX_PIN = 64
_CHECK = LABEL.encode()
_SCRYPT_LOG2_N = 14


class SoftwareToken:
    """A token in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open an existing token; it is locked.

        Raises:
            TokenStoreError: there is none, or it is damaged.
        """
        self._folder = folder
        self._wrapping: bytes | None = None
        self._content = read_content(folder)

    @classmethod
    def create(cls, folder: Path, pin: bytearray) -> SoftwareToken:
        """Make a new token.

        Args:
            folder: made if missing, mode 0700.
            pin: wiped afterwards.

        Raises:
            TokenStoreError: the folder holds one already or cannot be written.
            UnsupportedError: the PIN is too short or too long.
        """
        try:
            if (folder / FILE).exists():
                raise TokenStoreError("The folder already holds a token.")
            if not MIN_PIN <= len(pin) <= MAX_PIN:
                raise UnsupportedError(f"The PIN has {len(pin)} bytes; {MIN_PIN} to {MAX_PIN} are allowed.")
            salt = os.urandom(16)
            wrapping = _stretch(pin, salt)
        finally:
            wipe(pin)
        content = {
            "version": 1, "serial": os.urandom(4).hex().upper(), "salt": salt.hex(), "tries": MAX_TRIES,
            "check": _wrap(wrapping, b"check", _CHECK), "keys": [],
        }  # fmt: skip
        check_content(content)
        write_content(folder, content)
        return cls(folder)

    def info(self) -> TokenInfo:
        """Say what it is."""
        return TokenInfo(
            "software",
            "Chancery software token",
            self._content["serial"],
            "1",
            LABEL,
            in_software=True,
            training_only=True,
        )

    def pin_status(self) -> PinStatus:
        """Say what is known of the PIN, without trying it.

        Raises:
            TokenGoneError: its file was taken away.
        """
        with self._held():
            self._refresh()
        tries = self._content["tries"]
        return PinStatus(self._wrapping is None, tries, tries == 1, tries == 0, tries < MAX_TRIES)

    def login(self, pin: bytearray) -> None:
        """Open it; the PIN is wiped afterwards.

        Raises:
            PinNeededError: it is empty; no try is spent.
            PinWrongError: with the tries left.
            PinBlockedError: no try is left.
        """
        try:
            if not pin:
                raise PinNeededError("An empty PIN is none; it was not tried.")
            with self._held():
                self._refresh()
                tries = self._content["tries"]
                if tries == 0:
                    raise PinBlockedError("The token's PIN is blocked.")
                # Counted before it is tried, so that pulling the plug gains nothing.
                self._save(tries=tries - 1)
            wrapping = _stretch(pin, bytes.fromhex(self._content["salt"]))
        finally:
            wipe(pin)
        try:
            _unwrap(wrapping, self._content["check"], _CHECK)
        except InvalidTag:
            self._wrapping = None
            left = {1: "no try is left", 2: "1 try is left"}.get(tries, f"{tries - 1} tries are left")
            raise PinWrongError(f"The PIN is wrong; {left}.", tries - 1) from None
        with self._held():
            self._refresh()
            self._save(tries=MAX_TRIES)
        self._wrapping = wrapping

    def logout(self) -> None:
        """Lock it."""
        self._wrapping = None

    def keys(self) -> tuple[KeyInfo, ...]:
        """List its keys, by label; that needs no PIN."""
        self._refresh()
        return tuple(sorted((_describe(item) for item in self._content["keys"]), key=lambda key: key.label))

    def generate_key(self, label: str, curve: str, purpose: str) -> KeyInfo:
        """Make a key that never leaves it.

        Raises:
            KeyExistsError: the label is taken.
            UnsupportedError: it cannot do this curve or purpose.
            PinNeededError: it is locked.
        """
        if curve not in CURVES or purpose not in PURPOSES or not is_sound_label(label):
            raise UnsupportedError("The label, curve or purpose of the key is not supported.")
        with self._held():
            return self._generate(label, curve, purpose)

    def _generate(self, label: str, curve: str, purpose: str) -> KeyInfo:
        self._refresh()
        if any(item["label"] == label for item in self._content["keys"]):
            raise KeyExistsError(f"The token already has a key {label}.")
        wrapping = self._demand_open()
        secret, public = _draw(curve)
        made = KeyInfo(label, curve, public, purpose)
        entry = {
            "label": label, "curve": curve, "purpose": purpose, "public": public.hex(),
            "wrapped": _wrap(wrapping, secret, _binding(made)),
        }  # fmt: skip
        self._save(keys=[*self._content["keys"], entry])
        return made

    def sign_digest(self, key: KeyInfo, digest: bytes, context: SigningContext) -> RawSignature:
        """Sign 32 bytes, in training only.

        Raises:
            FenceError: outside training.
            KeyNotFoundError: no key has this label, curve, purpose and public key.
            TokenGoneError: its file was taken away.
            TokenStoreError: the key's entry was changed.
        """
        if context.environment != "training":
            raise FenceError("The software token signs in the training environment only.")
        if context.chain_id is not None and not _is_training(context.chain_id):
            raise FenceError(f"The software token signs on training chain ids only, not on {context.chain_id}.")
        if len(digest) != 32:
            raise DigestLengthError(f"A digest has 32 bytes, found {len(digest)}.")
        wrapping = self._demand_open()
        self._refresh()
        entry = next((item for item in self._content["keys"] if _describe(item) == key), None)
        if entry is None:
            raise KeyNotFoundError("The token does not hold this key.")
        try:
            secret = _unwrap(wrapping, entry["wrapped"], _binding(key))
        except InvalidTag as cause:
            raise TokenStoreError("The key's entry in the token's file was changed.") from cause
        if entry["curve"] == "secp256k1":
            signature = coincurve.PrivateKey(secret).sign_recoverable(digest, hasher=None)[:64]
            return RawSignature(signature, SignatureForm.RAW)
        private = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
        return RawSignature(private.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256()))), SignatureForm.DER)

    def close(self) -> None:
        """Lock and release it."""
        self.logout()

    def _demand_open(self) -> bytes:
        if self._wrapping is None:
            raise PinNeededError("The token is locked.")
        return self._wrapping

    def _held(self) -> AbstractContextManager[None]:
        self._demand_there()
        return store_lock(self._folder)

    def _demand_there(self) -> None:
        if not (self._folder / FILE).exists():
            self._wrapping = None
            raise TokenGoneError("The token's file was taken away.")

    def _refresh(self) -> None:
        self._demand_there()
        content = read_content(self._folder)
        if content["serial"] != self._content["serial"]:
            self._wrapping = None
            raise TokenGoneError("Another token took the place of this one.")
        self._content = content

    def _save(self, **changed: Any) -> None:
        content = {**self._content, **changed}
        write_content(self._folder, content)
        self._content = content


def _is_training(chain_id: int) -> bool:
    # The type is asked too: a float that equals a training chain id is no chain id.
    return type(chain_id) is int and chain_id in TRAINING_CHAIN_IDS


def _describe(item: dict[str, Any]) -> KeyInfo:
    return KeyInfo(item["label"], item["curve"], bytes.fromhex(item["public"]), item["purpose"])


def _binding(key: KeyInfo) -> bytes:
    return "\n".join((LABEL, key.label, key.curve, key.purpose, key.public_key.hex())).encode()


def _stretch(pin: bytearray, salt: bytes) -> bytes:
    return hashlib.scrypt(pin, salt=salt, n=1 << _SCRYPT_LOG2_N, r=8, p=1, maxmem=64 * 1024 * 1024, dklen=32)


def _wrap(wrapping: bytes, secret: bytes, binding: bytes) -> str:
    nonce = os.urandom(12)
    return (nonce + ChaCha20Poly1305(wrapping).encrypt(nonce, secret, binding)).hex()


def _unwrap(wrapping: bytes, wrapped: str, binding: bytes) -> bytes:
    raw = bytes.fromhex(wrapped)
    return ChaCha20Poly1305(wrapping).decrypt(raw[:12], raw[12:], binding)


def _draw(curve: str) -> tuple[bytes, bytes]:
    if curve == "secp256k1":
        private = coincurve.PrivateKey()
        return private.secret, private.public_key.format(compressed=False)
    made = ec.generate_private_key(ec.SECP256R1())
    number = made.private_numbers().private_value
    if not 1 <= number < ORDERS[curve]:
        raise UnsupportedError("The drawn key is out of range.")
    encoding, form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return number.to_bytes(32, "big"), made.public_key().public_bytes(encoding, form)
