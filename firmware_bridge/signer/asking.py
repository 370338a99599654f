"""Putting a question to the person: screens, then the last one that says what the tick does."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_bridge.errors import CancelledError, DeclinedError, UserTimeoutError
from firmware_bridge.messages import Pending, Reason
from firmware_bridge.signer.approval import ApprovalPort, Decision
from firmware_bridge.signer.screens import Screen, closing
from firmware_bridge.signer.work import Work


def demand_approval(
    approval: ApprovalPort, screens: Sequence[Screen], chain_id: int | None, work: Work, last: Screen | None = None
) -> None:
    """Show screens and demand that the person approves.

    Args:
        approval: display and buttons.
        screens: at least one.
        chain_id: of a transaction, for the debug channel's fence.
        work: told which screen is shown.
        last: what the tick does; None where it signs.

    Raises:
        DeclinedError: the person would not.
        UserTimeoutError: nobody pressed a button in time.
        CancelledError: the host withdrew its request.
    """
    decision = approval.ask(
        [*screens, closing(screens[-1].title) if last is None else last],
        chain_id,
        lambda at, count: work.report(Pending(Reason.PERSON, at, count)),
    )
    if decision is Decision.DECLINED:
        raise DeclinedError("It was declined on the signer.")
    if decision is Decision.TIMED_OUT:
        raise UserTimeoutError("Nobody pressed a button on the signer in time.")
    if decision is Decision.CANCELLED:
        raise CancelledError("The request was withdrawn.")
