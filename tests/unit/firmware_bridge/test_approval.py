"""A press counts for a page that stands on the display, and has stood there for a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from firmware_bridge.signer import approval
from firmware_bridge.signer.approval import ApprovalPort, Decision, Shown
from firmware_bridge.signer.screens import Screen

SCREENS = (Screen("T", "a", "1"), Screen("T", "b", "x" * 200), Screen("T", "Look closely", "y", caution=True),
           Screen("T", "Sign?", "z"))  # fmt: skip


class Asked:
    """A question on its way, in a thread of its own."""

    def __init__(self, screens: tuple[Screen, ...] = SCREENS) -> None:
        self.port, self.ended, self.told = ApprovalPort(20), list[Decision](), list[tuple[int, int]]()
        self.thread = threading.Thread(target=self._ask, args=(screens,), daemon=True)
        self.thread.start()
        while self.port.current() is None:
            time.sleep(0.001)

    def _ask(self, screens: tuple[Screen, ...]) -> None:
        self.ended.append(self.port.ask(screens, None, lambda at, count: self.told.append((at, count))))

    @property
    def now(self) -> Shown:
        shown = self.port.current()
        assert shown is not None
        return shown

    def stop(self) -> None:
        self.port.cancel()
        self.thread.join(2)


@pytest.fixture
def asked() -> Iterator[Asked]:
    made = Asked()
    yield made
    made.stop()


def until(true: Callable[[], bool], seconds: float = 3) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return False


def test_a_page_that_was_not_drawn_is_not_passed(asked: Asked) -> None:
    time.sleep(approval.DWELL_SECONDS + 0.05)
    assert not asked.port.press("next")
    assert asked.now.place == 0


def test_a_drawn_page_is_passed_after_a_moment(asked: Asked) -> None:
    begun = time.monotonic()
    asked.port.drawn(asked.now)
    assert not asked.port.press("next"), "one series of clicks does not pass two pages"
    assert until(lambda: asked.port.press("next"))
    assert time.monotonic() - begun >= approval.DWELL_SECONDS
    assert not asked.port.press("next"), "the new page was not drawn yet"


def test_a_press_meant_for_another_page_does_nothing(asked: Asked) -> None:
    first = asked.now
    asked.port.read()
    assert asked.port.press("next", first)
    asked.port.read()
    assert not asked.port.press("next", first)
    assert not asked.port.press("next", replace(asked.now, question=first.question + 1))
    asked.port.drawn(first)


def test_every_page_of_every_row_is_shown_before_approve_counts(asked: Asked) -> None:
    seen = []
    while not asked.now.last:
        assert not asked.port.press("approve")
        shown = asked.port.read()
        assert shown is not None
        seen.append((shown.screen.label, shown.screen.page, shown.number, shown.count))
        assert asked.port.press("next")
    assert seen == [("a", 1, 1, 3), ("b", 1, 2, 3), ("b", 2, 2, 3), ("b", 3, 2, 3), ("Look closely", 1, 2, 3)]
    assert not asked.port.press("approve"), "the last page was not drawn"
    asked.port.drawn(asked.now)
    begun = time.monotonic()
    assert until(lambda: asked.port.press("approve"))
    assert time.monotonic() - begun >= approval.SIGN_DWELL_SECONDS - 0.05
    asked.thread.join(2)
    assert asked.ended == [Decision.APPROVED]
    assert asked.told[-1] == (3, 3)


def test_going_back_asks_for_the_page_to_be_drawn_again(asked: Asked) -> None:
    asked.port.read()
    assert asked.port.press("next")
    assert asked.port.press("back")
    assert not asked.port.press("next")


def test_no_counts_always(asked: Asked) -> None:
    assert asked.port.press("reject")
    asked.thread.join(2)
    assert asked.ended == [Decision.DECLINED]
