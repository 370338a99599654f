"""Asking the person: screens one by one, buttons from a board, the local window, or in training the debug channel.

One object stands between the signer's request and whoever draws and presses; all three ways use it alike. No message of
the bridge reaches it.

Invariants:
- What is asked is cut into pages here; a press counts only for the page it was meant for, and only once whoever draws has
  said that this page stands on the display, and has stood there for a moment. So approve counts only on the last page,
  after every page before it was drawn.
- Each page has its own time; a PIN is taken only while the display asks for one, and goes to the asker alone.
"""

from __future__ import annotations

import enum
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from firmware_bridge.signer.build import SCREEN_SECONDS
from firmware_bridge.signer.screens import Screen, paged

# One series of clicks must not pass two pages: desktops take up to 0.4 s for a double click.
DWELL_SECONDS = 0.4
# The press that signs: longer than any series of clicks, and time to take the hand off Next.
SIGN_DWELL_SECONDS = 1.0


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
        screen: the page.
        number: of its row, from 1.
        count: of all rows.
        chain_id: of the transaction that is asked about; None for anything else.
        last: whether approve counts here.
        question: tells one request from the next.
        place: of the page among all pages, from 0.
        wants_pin: a PIN is asked for; approve counts for nothing.
    """

    screen: Screen
    number: int
    count: int
    chain_id: int | None
    last: bool
    question: int
    place: int
    wants_pin: bool = False


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
        self._question = 0
        self._ready = (math.inf, math.inf)
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
        """Give what is to be on the display; None while it is dark."""
        with self._condition:
            return self._current()

    def _current(self) -> Shown | None:
        if not self._screens:
            return None
        numbers = list(accumulate(0 if screen.caution or screen.page > 1 else 1 for screen in self._screens))
        return Shown(
            self._screens[self._at], max(numbers[self._at], 1), numbers[-1], self._chain_id,
            self._at == len(self._screens) - 1, self._question, self._at, self._wants_pin,
        )  # fmt: skip

    def drawn(self, shown: Shown) -> None:
        """Say that a page stands whole on the display, for an eye to read; presses count a moment later."""
        now = time.monotonic()
        self._stands(shown, now + DWELL_SECONDS, now + SIGN_DWELL_SECONDS)

    def read(self) -> Shown | None:
        """Give what is on the display to a program that reads it: for it, reading is drawing, and takes no time."""
        shown = self.current()
        if shown is not None:
            self._stands(shown, 0.0, 0.0)
        return shown

    def _stands(self, shown: Shown, next_at: float, sign_at: float) -> None:
        with self._condition:
            if shown == self._current():
                self._ready = (min(self._ready[0], next_at), min(self._ready[1], sign_at))

    def press(self, button: str, on: Shown | None = None) -> bool:
        """Press a button.

        Args:
            button: one of `BUTTONS`.
            on: the page that the person saw while pressing; None for whatever is there.

        Returns:
            Whether it did anything.
        """
        with self._condition:
            if not self._screens or self._decision is not None or (on is not None and on != self._current()):
                return False
            last, now = self._at == len(self._screens) - 1, time.monotonic()
            if button == "reject":
                self._decision = Decision.DECLINED
            elif button == "approve" and last and not self._wants_pin and now >= self._ready[1]:
                self._decision = Decision.APPROVED
            elif button == "next" and not last and now >= self._ready[0]:
                self._turn(self._at + 1)
            elif button == "back" and self._at > 0:
                self._turn(self._at - 1)
            else:
                return False
            self._deadline = now + self._screen_seconds
            self._condition.notify_all()
        self._tell()
        return True

    def _turn(self, page: int) -> None:
        self._at, self._ready = page, (math.inf, math.inf)

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
            progress: told which row of how many is shown, each time a page is turned.
        """
        return self._ask(paged(screens), chain_id, progress, wants_pin=False)

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
            self._screens, self._chain_id, self._decision = screens, chain_id, None
            self._question += 1
            self._turn(0)
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
                at, shown = self._at, self._current()
                if self._decision is not None or shown is None:
                    return self._decision or Decision.CANCELLED
                left = self._deadline - time.monotonic()
                if left <= 0:
                    return Decision.TIMED_OUT
                if at == told:
                    self._condition.wait(min(left, 0.25))
                    continue
            told = at
            progress(shown.number, shown.count)

    def _tell(self) -> None:
        for callback in list(self._watchers):
            callback()
