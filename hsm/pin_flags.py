"""What a PKCS#11 token's flags tell of its PIN (PKCS#11 2.40, section 3.2: CK_TOKEN_INFO)."""

from __future__ import annotations

from hsm.token import PinStatus

# CKF_USER_PIN_COUNT_LOW, _FINAL_TRY and _LOCKED.
_COUNT_LOW, _FINAL_TRY, _PIN_LOCKED = 0x10000, 0x20000, 0x40000


def read_pin_flags(flags: int, *, needed: bool) -> PinStatus:
    """Give the state of a PIN.

    Args:
        flags: of the token.
        needed: whether it wants the PIN.
    """
    low, final, locked = bool(flags & _COUNT_LOW), bool(flags & _FINAL_TRY), bool(flags & _PIN_LOCKED)
    tries = 0 if locked else 1 if final else None
    return PinStatus(needed, tries, final and not locked, locked, low or final or locked)
