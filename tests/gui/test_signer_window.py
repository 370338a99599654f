"""The signer's window draws every page whole, and a hand that clicks on one spot signs nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed", exc_type=ImportError)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.qt.app import application
from desktop.qt.signer_window import SignerWindow
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.device_glass import MARGIN
from firmware_bridge.signer import approval
from firmware_bridge.signer.approval import ApprovalPort, Decision
from firmware_bridge.signer.screens import Screen, paged
from lightnode.wire.root import show_fingerprint

pytestmark = [pytest.mark.gui]

# Each pair differs in its last letter only; the refuter's cases and the widest and longest values that a field may hold.
PAIRS = {
    "unspaced number": ("PDA1-0048213-" + "0" * 40, "PDA1-0048213-" + "0" * 39 + "9"),
    "wide letters": ("W" * 200, "W" * 199 + "M"),
    "longest with spaces": ("Wagner Werke " * 15 + "A", "Wagner Werke " * 15 + "B"),
    "sixteen items": ("; ".join(["10000-20000"] * 16), "; ".join([*["10000-20000"] * 15, "1-99999"])),
    "longest list": ("; ".join(["N" * 200] * 16), "; ".join([*["N" * 200] * 15, "N" * 199 + "M"])),
    "fingerprint": (show_fingerprint(bytes(32)), show_fingerprint(bytes(31) + b"\1")),
    "marks": ("x\u0323\u0307" * 60 + "a", "x\u0323\u0307" * 60 + "b"),
    "right to left": ("\u05d0\u05d1 " * 30 + "\u05d0", "\u05d0\u05d1 " * 30 + "\u05d1"),
    "space or none": ("a" * 20 + " b", "a" * 20 + "b"),
}


class Still(ApprovalPort):
    """A display that stands on one page, and keeps what was said to be drawn."""

    def __init__(self, page: Screen) -> None:
        super().__init__()
        self._screens = (page, Screen("T", "Sign?", "x"))


@pytest.fixture(params=[1.0, 2.0])
def scale(request: pytest.FixtureRequest) -> Iterator[float]:
    application()
    THEME.choose("light", request.param)
    yield request.param
    THEME.choose("light", 1.0)


def picture(qtbot: object, page: Screen) -> bytes:
    port = Still(page)
    window = SignerWindow(port)
    qtbot.addWidget(window)
    window.show()
    window.resize(1, 1)
    qtbot.wait(1)
    window.glass.repaint()
    glass = window.glass
    assert glass.size() == glass.minimumSize() or window.width() > 1
    lines = glass._fitting()
    assert lines is not None, (page.label, page.lines)
    assert max(line.width for line in lines) <= glass.width() - 2 * MARGIN
    assert sum(line.height for line in lines) <= glass.height() - 2 * MARGIN
    assert port._ready[0] < float("inf"), "the page was said to be drawn"
    image = glass.grab().toImage()
    window.close()
    return bytes(image.constBits())


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_values_that_differ_are_drawn_differently_at_the_smallest_size(qtbot: object, scale: float, name: str) -> None:
    one, other = (paged([Screen("Register PDA1", "Employer's numbers..", value)]) for value in PAIRS[name])
    # Only the last page differs; all pages must fit.
    pages = one if name != "longest list" else one[-2:]
    drawn = [picture(qtbot, page) for page in (*pages, other[-1])]
    assert drawn[-1] != drawn[-2] or len(one) != len(other)


def test_the_smallest_window_holds_twenty_wide_letters(qtbot: object, scale: float) -> None:
    window = SignerWindow(Still(Screen("T", "L", "W" * 20)))
    qtbot.addWidget(window)
    window.show()
    window.resize(1, 1)
    qtbot.wait(1)
    font = window.glass._fonts(1.0)[2]
    assert QFontMetricsF(font).horizontalAdvance("W" * 20) <= window.glass.width() - 2 * MARGIN
    assert window.glass.width() >= window.glass.minimumWidth()


def test_a_letter_without_a_picture_is_not_passed(qtbot: object) -> None:
    application()
    port = Still(Screen("T", "L", "\U000e0fff"))
    window = SignerWindow(port)
    qtbot.addWidget(window)
    window.show()
    window.glass.repaint()
    assert port._ready[0] == float("inf")


@pytest.fixture
def asked(qtbot: object) -> Iterator[tuple[SignerWindow, ApprovalPort, list[Decision]]]:
    application()
    port, ended = ApprovalPort(), list[Decision]()
    window = SignerWindow(port)
    qtbot.addWidget(window)
    window.show()
    screens = [Screen("T", str(at), str(at)) for at in range(24)] + [Screen("T", "Sign?", "x")]
    thread = threading.Thread(target=lambda: ended.append(port.ask(screens, None, lambda *_: None)), daemon=True)
    thread.start()
    qtbot.waitUntil(lambda: window.glass.page is not None)
    yield window, port, ended
    port.cancel()
    thread.join(2)


def test_clicks_on_one_spot_pass_one_page_at_most(qtbot: object, asked: tuple) -> None:
    window, port, ended = asked
    window.glass.repaint()
    begun = time.monotonic()
    for _ in range(25):
        QTest.mouseClick(window.forward, Qt.MouseButton.LeftButton)
    passed = int((time.monotonic() - begun) / approval.DWELL_SECONDS) + 1
    assert ended == []
    assert port.current().place <= passed


def test_presses_before_the_paint_count_for_nothing(asked: tuple) -> None:
    window, port, _ = asked
    # Events are not processed here: the window never draws the next page.
    window.glass.repaint()
    time.sleep(approval.DWELL_SECONDS + 0.05)
    for _ in range(5):
        window.forward.click()
        time.sleep(approval.DWELL_SECONDS / 4)
    assert port.current().place == 1


def spots(window: SignerWindow) -> dict[str, tuple[QPoint, QPushButton]]:
    named = {"sign": window.sign, "next": window.forward, "back": window.back, "no": window.reject}
    return {name: (made.mapTo(window, QPoint(0, 0)), made) for name, made in named.items()}


def test_sign_is_elsewhere_asleep_and_not_under_the_keyboard(qtbot: object, asked: tuple) -> None:
    window, port, ended = asked
    window.forward.setFocus()
    while not port.current().last:
        port.read()
        port.press("next")
    qtbot.waitUntil(lambda: window.glass.page.last and window.sign.isVisible())
    assert not window.sign.isEnabled()
    assert not window.forward.isVisible()
    assert not window.sign.hasFocus()
    places = spots(window)
    boxes = [made.geometry() for _, made in places.values()]
    assert not any(one.intersects(other) for one, other in pairwise(sorted(boxes, key=lambda box: box.x())))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space) * 5:
        QTest.keyClick(window.focusWidget() or window, key)
    assert ended == []
    begun = time.monotonic()
    qtbot.waitUntil(window.sign.isEnabled, timeout=4000)
    assert time.monotonic() - begun > approval.SIGN_DWELL_SECONDS / 3
    QTest.mouseClick(window.sign, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ended == [Decision.APPROVED])


@pytest.mark.parametrize("tick", ["Sign", "Pair", "Forget"])
def test_the_tick_says_what_it_does(qtbot: object, tick: str) -> None:
    port = Still(Screen("T", "Row", "x"))
    port._screens = (Screen("T", "Row?", "x", tick=tick),)
    window = SignerWindow(port)
    qtbot.addWidget(window)
    window.show()
    assert (window.sign.text().strip(), window.sign.accessibleName()) == (tick, tick)
