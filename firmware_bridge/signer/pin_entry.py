"""Taking the token's PIN on the signer's own display.

Invariants: what the token says of its tries is shown before the PIN is asked for (rule 11 of the adapter); a PIN is tried
once and never kept here; no message of the bridge carries one; the last try is only ever spent by a person who read so.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_bridge.errors import CancelledError, LockedError, UserTimeoutError
from firmware_bridge.messages import Pending, Reason
from firmware_bridge.signer.approval import ApprovalPort, Decision
from firmware_bridge.signer.screens import Screen
from hsm.errors import PinBlockedError, PinLastTryError, PinWrongError
from hsm.token import PinStatus, Token, wipe
from lightnode.wire.plain_text import is_sentence_part

TITLE = "PIN"


def unlock(
    token: Token, approval: ApprovalPort, report: Callable[[Pending], None], tried: Callable[[str], None]
) -> None:
    """Ask for the PIN until the token opens.

    Args:
        token: locked, or in want of its PIN for one more signature.
        approval: the display.
        report: told that the signer waits for a PIN.
        tried: told how each try went, for the audit log: "right" or "wrong".

    Raises:
        LockedError: nobody can enter it here, or the person would not.
        UserTimeoutError: nobody did in time.
        CancelledError: the host withdrew its request.
        PinBlockedError: no try is left.
        HsmError: the token is gone.
    """
    if not approval.attended:
        raise LockedError("The token is locked, and this signer has no display to enter its PIN on.")
    wrong = False
    while True:
        status = token.pin_status()
        if status.blocked:
            raise PinBlockedError("The token's PIN is blocked.")
        screen = Screen(TITLE, f"PIN of {_name(token)}", tries_text(status, wrong=wrong))
        pin = _taken(approval.ask_pin(screen, lambda at, count: report(Pending(Reason.PIN, at, count))))
        try:
            token.login(pin)
        except PinWrongError:
            # Asked again of the person; the same PIN is never tried twice by itself.
            wrong = True
            tried("wrong")
            continue
        tried("right")
        return


def unlock_with(token: Token, pin: bytearray) -> None:
    """Try a PIN that was handed over at the start; never the token's last try, for nobody was warned.

    Args:
        token: locked.
        pin: wiped afterwards.

    Raises:
        PinLastTryError: only one try is left.
        PinWrongError: wrong.
        PinBlockedError: no try is left.
    """
    if token.pin_status().last_try:
        wipe(pin)
        raise PinLastTryError("The token has one try left for its PIN; it was not spent.")
    token.login(pin)


def tries_text(status: PinStatus, *, wrong: bool) -> str:
    """Say what the token tells of its tries, in one or two sentences."""
    said = ["That PIN was wrong."] if wrong else []
    if status.last_try:
        said.append("This is the last try: a wrong PIN blocks the token.")
    elif status.warned and status.tries_left is not None:
        said.append(f"{status.tries_left} tries are left.")
    elif status.warned and not wrong:
        said.append("A wrong PIN was entered before; few tries are left.")
    return " ".join(said) or "Enter the PIN."


def _name(token: Token) -> str:
    """Name a token, where its label is fit for a display."""
    label = token.info().label
    return label if is_sentence_part(label) else "the token"


def _taken(answer: bytearray | Decision) -> bytearray:
    if isinstance(answer, bytearray):
        return answer
    if answer is Decision.TIMED_OUT:
        raise UserTimeoutError("Nobody entered the PIN on the signer in time.")
    if answer is Decision.CANCELLED:
        raise CancelledError("The request was withdrawn.")
    raise LockedError("The token is locked; its PIN was not entered.")
