"""Asking the person: screens one by one, buttons from a board, the local window, or in training the debug channel.

One object stands between the signer's request and whoever draws and presses; all three ways use it alike. No message of
the bridge reaches it.

Invariants: approve counts only on the last screen, after every screen before it was shown; each screen has its own time;
a PIN is taken only while the display asks for one, and goes to the asker alone.
"""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware_bridge.signer.build import SCREEN_SECONDS
from firmware_bridge.signer.screens import Screen


class Decision(enum.Enum):
    """How it ended."""

    APPROVED = "approved"
    DECLINED = "declined"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the display.

    Attributes:
        screen: its text.
        number: from 1.
        count: of all screens.
        chain_id: of the transaction that is asked about; None for anything else.
        wants_pin: a PIN is asked for; approve counts for nothing.
    """

    screen: Screen
    number: int
    count: int
    chain_id: int | None
    wants_pin: bool = False

    @property
    def last(self) -> bool:
        """Whether approve counts here."""
        return self.number == self.count


class ApprovalPort:
    """The display and the buttons; every method may be called from any thread."""

    BUTTONS = ("next", "back", "approve", "reject")

    def __init__(self, screen_seconds: float = SCREEN_SECONDS) -> None:
        """Start with a dark display."""
        self._condition = threading.Condition()
        self._screen_seconds = screen_seconds
        self._screens: tuple[Screen, ...] = ()
        self._at = 0
        self._chain_id: int | None = None
        self._decision: Decision | None = None
        self._deadline = 0.0
        self._withdrawn = False
        self._wants_pin = False
        self._pin = bytearray()
        self._watchers: list[Callable[[], None]] = []
        self.attended = False

    def attend(self) -> None:
        """Say that somebody can read the display and press its buttons."""
        self.attended = True

    def on_change(self, callback: Callable[[], None]) -> None:
        """Be told, from whatever thread, each time the display changes."""
        self._watchers.append(callback)

    def current(self) -> Shown | None:
        """Give what is on the display; None while it is dark."""
        with self._condition:
            if not self._screens:
                return None
            return Shown(self._screens[self._at], self._at + 1, len(self._screens), self._chain_id, self._wants_pin)

    def press(self, button: str) -> bool:
        """Press a button.

        Args:
            button: one of `BUTTONS`.

        Returns:
            Whether it did anything.
        """
        with self._condition:
            if not self._screens or self._decision is not None:
                return False
            last = self._at == len(self._screens) - 1
            if button == "reject":
                self._decision = Decision.DECLINED
            elif button == "approve" and last and not self._wants_pin:
                self._decision = Decision.APPROVED
            elif button == "next" and not last:
                self._at += 1
            elif button == "back" and self._at > 0:
                self._at -= 1
            else:
                return False
            self._deadline = time.monotonic() + self._screen_seconds
            self._condition.notify_all()
        self._tell()
        return True

    def enter_pin(self, pin: bytearray) -> bool:
        """Enter a PIN, where the display asks for one.

        Args:
            pin: taken over; wiped here where nobody asked.

        Returns:
            Whether it was taken.
        """
        with self._condition:
            wanted = self._wants_pin and self._decision is None and bool(pin)
            if wanted:
                self._pin, self._decision = pin, Decision.APPROVED
                self._condition.notify_all()
        if not wanted:
            pin[:] = bytes(len(pin))
        return wanted

    def begin(self) -> None:
        """Forget that an earlier request was withdrawn."""
        with self._condition:
            self._withdrawn = False

    def cancel(self) -> None:
        """Take the question back, also one that is about to be asked."""
        with self._condition:
            self._withdrawn = True
            if self._screens and self._decision is None:
                self._decision = Decision.CANCELLED
                self._condition.notify_all()

    def ask(self, screens: Sequence[Screen], chain_id: int | None, progress: Callable[[int, int], None]) -> Decision:
        """Show screens and wait for the person.

        Args:
            screens: at least one.
            chain_id: of the transaction, for the debug channel's fence.
            progress: told which screen of how many is shown.
        """
        return self._ask(tuple(screens), chain_id, progress, wants_pin=False)

    def ask_pin(self, screen: Screen, progress: Callable[[int, int], None]) -> bytearray | Decision:
        """Show a screen and wait for a PIN.

        Args:
            screen: says which token asks and what it tells of its tries.
            progress: told once that the display waits.

        Returns:
            The PIN, to be wiped by whoever tries it; otherwise how it ended.
        """
        decision = self._ask((screen,), None, progress, wants_pin=True)
        with self._condition:
            pin, self._pin = self._pin, bytearray()
        if decision is Decision.APPROVED:
            return pin
        return decision

    def _ask(
        self,
        screens: tuple[Screen, ...],
        chain_id: int | None,
        progress: Callable[[int, int], None],
        *,
        wants_pin: bool,
    ) -> Decision:
        with self._condition:
            if self._withdrawn:
                return Decision.CANCELLED
            self._screens, self._at, self._chain_id, self._decision = screens, 0, chain_id, None
            self._wants_pin = wants_pin
            self._deadline = time.monotonic() + self._screen_seconds
        self._tell()
        try:
            return self._wait(progress)
        finally:
            with self._condition:
                self._screens, self._chain_id, self._wants_pin = (), None, False
            self._tell()

    def _wait(self, progress: Callable[[int, int], None]) -> Decision:
        told = -1
        while True:
            with self._condition:
                at, count = self._at, len(self._screens)
                if self._decision is not None:
                    return self._decision
                left = self._deadline - time.monotonic()
                if left <= 0:
                    return Decision.TIMED_OUT
                if at == told:
                    self._condition.wait(min(left, 0.25))
                    continue
            told = at
            progress(at + 1, count)

    def _tell(self) -> None:
        for callback in list(self._watchers):
            callback()
