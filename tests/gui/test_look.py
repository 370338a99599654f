"""What the pages look like where it is narrow, how the device's rows move, and where the focus goes."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed", exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea

from desktop.qt.app import application
from desktop.qt.sample_screens import FORM, SampleWork, device_screens, status_of, verdict
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.main_window import MainWindow
from desktop.qt.widgets.freshness import DUE, EXPIRED, FRESH, FreshnessScale, freshness_word
from lightnode.templates import built_in
from lightnode.verdict.judgement import Freshness

pytestmark = [pytest.mark.gui]


@pytest.fixture
def window(qtbot: object) -> MainWindow:
    application()
    made = MainWindow(
        SampleWork(), lambda *_: verdict("OK"), office="Lisbon", environment="training", status=lambda: status_of("OK")
    )
    qtbot.addWidget(made)
    made.show()
    return made


def test_no_page_is_wider_than_a_small_window(window: MainWindow, qtbot: object) -> None:
    window.resize(800, 540)
    window.sign.show_form(built_in("eessi.pda1.v1"))
    window.verify.show_verdict(verdict("OK"), "a.cev")
    for place in ("sign", "verify"):
        window.go(place)
        qtbot.wait(20)
        for area in (*window.sign.findChildren(QScrollArea), window.verify):
            if area.isVisible():
                inside = area.widget()
                assert inside.minimumSizeHint().width() <= area.viewport().width(), place
    assert window.width() == 800


def test_rows_follow_the_device(window: MainWindow) -> None:
    page = window.sign
    page.show_device(device_screens())
    page.device.progress((3, len(device_screens())))
    assert [row.state for _, row in page.device.rows[:4]] == ["passed", "passed", "on the device now", "to come"]
    assert page.device.rows[2][1].accessibleName().endswith("on the device now")


def test_escape_cancels(window: MainWindow, qtbot: object) -> None:
    asked = []

    class Slow(SampleWork):
        def sign(self, template, typed, document, task):  # type: ignore[no-untyped-def]
            asked.append(task.cancelled.wait(5))
            return super().sign(template, typed, document, task)

    page = window.sign
    window.go("sign")
    page._work = Slow()
    page.show_form(built_in("eessi.pda1.v1"))
    page.form.fill(FORM)
    page.proceed()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: asked == [True])


def test_the_focus_goes_to_the_verdict(window: MainWindow) -> None:
    window.verify.show_verdict(verdict("DOC-DIFF"), "a.cev")
    window.go("verify")
    assert window.focusWidget() is window.verify.card


def test_the_focus_goes_into_each_page(window: MainWindow, qtbot: object) -> None:
    window.go("sign")
    assert window.sign.isAncestorOf(window.focusWidget())
    window.sign.show_form(built_in("eessi.pda1.v1"))
    qtbot.waitUntil(lambda: window.sign.isAncestorOf(window.focusWidget()))


def test_freshness_words_and_places() -> None:
    dates = Freshness(1, 0, 100, 200)
    assert [freshness_word(dates, now) for now in (50, 150, 250)] == [FRESH, DUE, EXPIRED]


@pytest.mark.parametrize(("now", "low", "high"), [(0, 0, 0.01), (150, 0.4, 0.6), (900, 0.9, 1)])
def test_the_marker_stands_in_its_segment(qtbot: object, now: int, low: float, high: float) -> None:
    application()
    scale = FreshnessScale(Freshness(1, 0, 100, 200), now)
    qtbot.addWidget(scale)
    assert low <= scale.position() <= high


def test_a_document_that_cannot_be_read_is_said(window: MainWindow, tmp_path: Path) -> None:
    page = window.sign
    page.show_form(built_in("eessi.pda1.v1"))
    path = tmp_path / "a.pdf"
    path.write_bytes(b"x")
    page.take_document(path)
    path.unlink()
    page.entry.refresh()
    page.form.fill(FORM)
    page.proceed()
    assert page.task is None


def test_palettes_have_every_colour() -> None:
    try:
        for palette in ("light", "dark", "high_contrast"):
            THEME.choose(palette, 1.0)
            assert THEME.color("valid_mark").isValid()
            assert "{" in THEME.stylesheet()
    finally:
        THEME.choose("light", 1.0)
