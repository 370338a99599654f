"""Tokens behind a PKCS#11 module: SoftHSM2, SmartCard-HSM, YubiHSM 2, NetHSM, through python-pkcs11.

Invariants: the bare ECDSA mechanism is always named, so that no library hashes; keys are made non-extractable; the purpose
stands in the label, as `purpose/label`, because that is the one attribute every token keeps; a process holds one token of a
module, because log-in and finalisation are the module's, for the whole process (docs/adr/0005).
"""

from __future__ import annotations

import contextlib
import importlib
import os
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
from hsm.pin_flags import read_pin_flags
from hsm.pkcs11_errors import translate
from hsm.public_point import PARAMETERS, curve_of, read_point
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
        self._session: Any = None
        # Some keys want the PIN for each signature (CKA_ALWAYS_AUTHENTICATE): one log-in then serves one of them.
        self._each_time = False
        self._once: bytearray | None = None
        self._removed = False
        with self._translated():
            try:
                self._library = self._api.lib(module)
                self._library.reinitialize()
            except (OSError, RuntimeError) as cause:
                raise ModuleError(f"The PKCS#11 module cannot be loaded: {cause!s:.200}.") from cause
            self._token = self._library.get_token(token_label=label)
        self._label = label

    def info(self) -> TokenInfo:
        """Say what it is."""
        token, firmware = self._token, ".".join(str(part) for part in self._token.firmware_version)
        # A slot that is a device says so (PKCS#11 2.40, CKF_HW_SLOT); SoftHSM's does not.
        software = not token.slot.flags & self._api.SlotFlag.HW_SLOT
        return TokenInfo("pkcs11", _text(token.model), _text(token.serial), firmware, self._label, software, False)

    def pin_status(self) -> PinStatus:
        """Say what the token's flags tell of the PIN, without trying it."""
        flags = self._flags()
        return read_pin_flags(flags, needed=self._session is None or (self._each_time and self._once is None))

    def _flags(self) -> int:
        # Asked anew each time: the flags change with every try, and a token that is gone says so here.
        with self._translated():
            if self._removed:
                # Modules remember a removal until they are started anew; no session is open that this could end.
                self._library.reinitialize()
            fresh = self._library.get_token(token_label=self._label)
            self._removed = False
            if fresh.serial != self._token.serial:
                self._drop()
                raise TokenGoneError("Another token of the same label took the place of this one.")
            self._token = fresh
            return int(fresh.flags)

    def login(self, pin: bytearray) -> None:
        """Open it; the PIN is wiped afterwards and never tried twice.

        Raises:
            PinNeededError: it is empty; no try is spent.
            PinWrongError: wrong.
            PinBlockedError: no try is left.
        """
        try:
            if not pin:
                raise PinNeededError("An empty PIN is none; it was not tried.")
            # A session of before a removal cannot be closed any more; that must not stand in the way of the next.
            with contextlib.suppress(HsmError):
                self.logout()
            with self._translated():
                # Modules remember a removal, and sessions whose log-in failed, until they are started anew.
                self._library.reinitialize()
            if self.pin_status().blocked:
                raise PinBlockedError("The token's PIN is blocked.")
            text = pin.decode("utf-8")
            with self._translated():
                self._session = self._token.open(rw=True, user_pin=text)
                self._each_time = self._wants_pin_each_time()
            if self._each_time:
                self._once = bytearray(pin)
        except UnicodeDecodeError as cause:
            raise PinWrongError("The PIN is not text.") from cause
        except PinWrongError as cause:
            raise PinWrongError(cause.text, self._tries_after_failure()) from cause
        finally:
            wipe(pin)

    def _tries_after_failure(self) -> int | None:
        try:
            return self.pin_status().tries_left
        except HsmError:
            return None

    def _wants_pin_each_time(self) -> bool:
        attribute = self._api.Attribute
        wanted = {attribute.CLASS: self._api.ObjectClass.PRIVATE_KEY, attribute.ALWAYS_AUTHENTICATE: True}
        try:
            return bool(list(self._session.get_objects(wanted)))
        except (self._api.exceptions.AttributeTypeInvalid, self._api.exceptions.AttributeValueInvalid):
            # The module does not know the attribute, so that no key of it can have it.
            return False

    def logout(self) -> None:
        """Lock it."""
        session = self._session
        self._drop()
        if session is not None:
            with self._translated():
                session.close()

    def _drop(self) -> None:
        self._session = None
        self._forget_pin()

    def _forget_pin(self) -> None:
        if self._once is not None:
            wipe(self._once)
        self._once = None

    def keys(self) -> tuple[KeyInfo, ...]:
        """List its keys, by label.

        Raises:
            PinNeededError: it is locked.
            TokenGoneError: it vanished.
        """
        session = self._open_session()
        found = []
        with self._translated():
            for item in session.get_objects({self._api.Attribute.CLASS: self._api.ObjectClass.PUBLIC_KEY}):
                key = self._describe(item)
                if key is not None:
                    found.append(key)
        if not found:
            # A module whose token vanished shows an empty one: ask whether it is still there.
            self._flags()
        return tuple(sorted(found, key=lambda key: key.label))

    def _describe(self, item: Any) -> KeyInfo | None:
        """Describe a key of ours; what others keep on the token is none of our business."""
        try:
            purpose, _, label = str(item[self._api.Attribute.LABEL]).partition("/")
            if purpose not in PURPOSES or not is_sound_label(label) or item.key_type != self._api.KeyType.EC:
                return None
            curve = curve_of(bytes(item[self._api.Attribute.EC_PARAMS]))
        except (UnsupportedError, UnicodeDecodeError, self._api.exceptions.AttributeTypeInvalid):
            return None
        return KeyInfo(label, curve, read_point(bytes(item[self._api.Attribute.EC_POINT]), curve), purpose)

    def generate_key(self, label: str, curve: str, purpose: str) -> KeyInfo:
        """Make a key that never leaves it.

        Raises:
            KeyExistsError: the label is taken.
            UnsupportedError: it cannot do this curve or purpose.
        """
        if curve not in CURVES or purpose not in PURPOSES or not is_sound_label(label):
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
                # Binds the two halves for other programs; ours finds keys by label.
                id=os.urandom(16),
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
            PinNeededError: it is locked, or the key wants the PIN for each signature.
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
                self._flags()
                raise KeyNotFoundError("The token does not hold this key.") from cause
            pin = self._pin_for(private)
            answer = private.sign(digest, mechanism=self._api.Mechanism.ECDSA, pin=pin)
        return RawSignature(bytes(answer), SignatureForm.RAW)

    def _pin_for(self, private: Any) -> str | None:
        """Give the PIN to a key that wants it for each signature, once for each log-in; others need none."""
        try:
            if not self._each_time or not private[self._api.Attribute.ALWAYS_AUTHENTICATE]:
                return None
        except self._api.exceptions.AttributeTypeInvalid:
            return None
        if self._once is None:
            raise PinNeededError("This key wants the PIN for each signature.")
        text = self._once.decode("utf-8")
        self._forget_pin()
        return text

    def close(self) -> None:
        """Lock and release it; a token that is gone already is released all the same."""
        with contextlib.suppress(HsmError):
            self.logout()
        with contextlib.suppress(self._api.exceptions.PKCS11Error):
            self._library.finalize()

    def _open_session(self) -> Any:
        if self._session is None:
            if self._removed:
                self._flags()
            raise PinNeededError("The token is locked.")
        return self._session

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the library's exceptions into ours."""
        try:
            yield
        except self._api.exceptions.PKCS11Error as cause:
            error = translate(cause)
            if isinstance(error, TokenGoneError):
                # Its session is dead: put back, it is opened anew.
                self._drop()
                self._removed = True
            raise error from cause
        except UnicodeDecodeError as cause:
            raise ModuleError("The module answered with text that is none.") from cause


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else str(value).strip()
