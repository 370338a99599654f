"""Every PKCS#11 return code as one of our errors; a vanished token is one error however it shows."""

from __future__ import annotations

from hsm.errors import (
    HsmError,
    KeyNotFoundError,
    ModuleError,
    PinBlockedError,
    PinNeededError,
    PinWrongError,
    TokenGoneError,
    UnsupportedError,
)

# Class names of python-pkcs11, which has one for each return code (PKCS#11 2.40, section 11.1).
_GONE = {
    "TokenNotPresent", "TokenNotRecognised", "DeviceRemoved", "DeviceError", "ObjectHandleInvalid",
    "SessionHandleInvalid", "SessionClosed", "SlotIDInvalid", "GeneralError", "KeyHandleInvalid",
}  # fmt: skip
_PIN_WRONG = {"PinIncorrect", "PinInvalid", "PinLenRange"}
_LOCKED = {"UserNotLoggedIn", "UserPinNotInitialized"}
# CKR_DEVICE_MEMORY is a full token, not a vanished one.
_UNSUPPORTED = {
    "DeviceMemory", "KeySizeRange", "TemplateIncomplete", "SessionReadOnly", "AttributeReadOnly",
    "MechanismInvalid", "MechanismParamInvalid", "CurveNotSupported", "DomainParamsInvalid", "FunctionNotSupported",
    "TemplateInconsistent", "AttributeValueInvalid", "AttributeTypeInvalid", "TokenWriteProtected", "KeyTypeInconsistent",
}  # fmt: skip


def translate(error: Exception) -> HsmError:
    """Give our error for one of the library's.

    Args:
        error: raised by python-pkcs11.
    """
    name = type(error).__name__
    if name in _GONE:
        return TokenGoneError("The token vanished.")
    if name in _PIN_WRONG:
        return PinWrongError("The PIN is wrong.")
    if name == "PinLocked":
        return PinBlockedError("The token's PIN is blocked.")
    if name in _LOCKED:
        return PinNeededError("The token is locked.")
    if name in ("NoSuchKey", "MultipleObjectsReturned"):
        return KeyNotFoundError("The token does not hold this key.")
    if name in ("NoSuchToken", "MultipleTokensReturned"):
        return TokenGoneError("No token, or more than one, has this label.")
    if name in _UNSUPPORTED:
        return UnsupportedError(f"The token cannot do this ({name}).")
    return ModuleError(f"The module answered {name}.")
