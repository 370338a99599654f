"""Tokens behind a PKCS#11 module: SoftHSM2, SmartCard-HSM, YubiHSM 2, NetHSM, through python-pkcs11.

Invariants: the bare ECDSA mechanism is always named, so that no library hashes; keys are made non-extractable; the purpose
stands in the label, as `purpose/label`, because that is the one attribute every token keeps.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hsm.errors import (
    DigestLengthError,
    HsmError,
    KeyExistsError,
    KeyNotFoundError,
    ModuleError,
    PinBlockedError,
    PinNeededError,
    PinWrongError,
    TokenGoneError,
    UnsupportedError,
)
from hsm.pkcs11_errors import translate
from hsm.public_point import PARAMETERS, curve_of, read_point
from hsm.token import CURVES, PURPOSES, KeyInfo, PinStatus, RawSignature, SignatureForm, SigningContext, TokenInfo, wipe

_LIBRARY = "pkcs11"


class Pkcs11Token:
    """One token of a module, found by its label."""

    def __init__(self, module: str, label: str) -> None:
        """Load the module and find the token; it is locked.

        Args:
            module: path of the shared library.
            label: of the token.

        Raises:
            ModuleError: the module or python-pkcs11 is missing.
            TokenGoneError: no token has this label.
        """
        try:
            self._api: Any = importlib.import_module(_LIBRARY)
        except ImportError as cause:
            raise ModuleError("python-pkcs11 is not installed; install the extra pkcs11.") from cause
        with self._translated():
            try:
                self._library = self._api.lib(module)
                self._library.reinitialize()
            except (OSError, RuntimeError) as cause:
                raise ModuleError("The PKCS#11 module cannot be loaded.") from cause
            self._token = self._library.get_token(token_label=label)
        self._label = label
        self._session: Any = None

    def info(self) -> TokenInfo:
        """Say what it is."""
        token = self._token
        firmware = ".".join(str(part) for part in token.firmware_version)
        return TokenInfo("pkcs11", _text(token.model), _text(token.serial), firmware, self._label, training_only=False)

    def pin_status(self) -> PinStatus:
        """Say what the token's flags tell of the PIN, without trying it."""
        flags = self._flags()
        low, final, locked = (self._flag(flags, name) for name in ("PIN_COUNT_LOW", "PIN_FINAL_TRY", "PIN_LOCKED"))
        tries = 0 if locked else 1 if final else None
        return PinStatus(self._session is None, tries, final or (low and tries == 1), locked)

    def _flags(self) -> int:
        # Asked anew each time: the flags change with every try.
        with self._translated():
            fresh = self._library.get_token(token_label=self._label)
            self._token = fresh
            return int(fresh.flags)

    def _flag(self, flags: int, name: str) -> bool:
        # CKF_USER_PIN_COUNT_LOW, _FINAL_TRY, _LOCKED of PKCS#11 2.40, section 3.2.
        values = {"PIN_COUNT_LOW": 0x10000, "PIN_FINAL_TRY": 0x20000, "PIN_LOCKED": 0x40000}
        return bool(flags & values[name])

    def login(self, pin: bytearray) -> None:
        """Open it; the PIN is wiped afterwards and never tried twice.

        Raises:
            PinWrongError: wrong.
            PinBlockedError: no try is left.
        """
        try:
            if self.pin_status().blocked:
                raise PinBlockedError("The token's PIN is blocked.")
            with self._translated():
                self._session = self._token.open(rw=True, user_pin=pin.decode("utf-8"))
        except UnicodeDecodeError as cause:
            raise PinWrongError("The PIN is not text.") from cause
        finally:
            wipe(pin)

    def logout(self) -> None:
        """Lock it."""
        session, self._session = self._session, None
        if session is not None:
            try:
                session.close()
            except Exception as cause:
                raise translate(cause) from cause

    def keys(self) -> tuple[KeyInfo, ...]:
        """List its keys, by label."""
        session = self._open_session()
        found = []
        with self._translated():
            for item in session.get_objects({self._api.Attribute.CLASS: self._api.ObjectClass.PUBLIC_KEY}):
                key = self._describe(item)
                if key is not None:
                    found.append(key)
        return tuple(sorted(found, key=lambda key: key.label))

    def _describe(self, item: Any) -> KeyInfo | None:
        """Describe a key of ours; what others keep on the token is none of our business."""
        purpose, _, label = str(item[self._api.Attribute.LABEL]).partition("/")
        if purpose not in PURPOSES or not label or item.key_type != self._api.KeyType.EC:
            return None
        try:
            curve = curve_of(bytes(item[self._api.Attribute.EC_PARAMS]))
        except UnsupportedError:
            return None
        return KeyInfo(label, curve, read_point(bytes(item[self._api.Attribute.EC_POINT]), curve), purpose)

    def generate_key(self, label: str, curve: str, purpose: str) -> KeyInfo:
        """Make a key that never leaves it.

        Raises:
            KeyExistsError: the label is taken.
            UnsupportedError: it cannot do this curve or purpose.
        """
        if curve not in CURVES or purpose not in PURPOSES or not 1 <= len(label) <= 32 or not label.isprintable():
            raise UnsupportedError("The label, curve or purpose of the key is not supported.")
        if any(key.label == label for key in self.keys()):
            raise KeyExistsError(f"The token already has a key {label}.")
        session = self._open_session()
        attribute = self._api.Attribute
        with self._translated():
            parameters = session.create_domain_parameters(
                self._api.KeyType.EC, {attribute.EC_PARAMS: PARAMETERS[curve]}, local=True
            )
            public, _ = parameters.generate_keypair(
                label=f"{purpose}/{label}",
                store=True,
                capabilities=self._api.MechanismFlag.SIGN | self._api.MechanismFlag.VERIFY,
                private_template={attribute.SENSITIVE: True, attribute.EXTRACTABLE: False, attribute.PRIVATE: True},
            )
            made = self._describe(public)
        if made is None:
            raise UnsupportedError("The token made a key that it does not describe.")
        return made

    def sign_digest(self, key: KeyInfo, digest: bytes, context: SigningContext) -> RawSignature:
        """Sign 32 bytes with the bare mechanism.

        Raises:
            DigestLengthError: not 32 bytes.
            KeyNotFoundError: the token does not hold the key.
            TokenGoneError: it vanished.
        """
        del context
        if len(digest) != 32:
            raise DigestLengthError(f"A digest has 32 bytes, found {len(digest)}.")
        session = self._open_session()
        with self._translated():
            try:
                private = session.get_key(
                    object_class=self._api.ObjectClass.PRIVATE_KEY, label=f"{key.purpose}/{key.label}"
                )
            except self._api.exceptions.NoSuchKey as cause:
                # A token whose storage vanished shows no key either: ask whether it is still there.
                self._demand_present()
                raise KeyNotFoundError("The token does not hold this key.") from cause
            return RawSignature(bytes(private.sign(digest, mechanism=self._api.Mechanism.ECDSA)), SignatureForm.RAW)

    def _demand_present(self) -> None:
        if not list(self._open_session().get_objects({})):
            raise TokenGoneError("The token vanished, or holds nothing any more.")

    def close(self) -> None:
        """Lock and release it; a token that is gone already is released all the same."""
        with contextlib.suppress(HsmError):
            self.logout()

    def _open_session(self) -> Any:
        if self._session is None:
            raise PinNeededError("The token is locked.")
        return self._session

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the library's exceptions into ours."""
        try:
            yield
        except self._api.exceptions.PKCS11Error as cause:
            raise translate(cause) from cause


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else str(value).strip()
