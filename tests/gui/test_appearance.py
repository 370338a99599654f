"""The focus ring as it is drawn, and colours and size of text as they are chosen and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed", exc_type=ImportError)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget

from desktop.qt.app import application
from desktop.qt.appearance import Appearance, dress
from desktop.qt.sample_screens import FORM, SampleWork, status_of, verdict
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.main_window import MainWindow
from desktop.qt.widgets.focus_ring import GAP, RING
from desktop.qt.widgets.settings_menu import settings_menu
from desktop.services import office
from lightnode.templates import built_in

pytestmark = [pytest.mark.gui]


@pytest.fixture(autouse=True)
def _light_again() -> Iterator[None]:
    application()
    yield
    THEME.choose("light", 1.0)
    dress()


def opened(qtbot: object, base: Path | None = None) -> MainWindow:
    made = MainWindow(
        SampleWork(), lambda *_: verdict("OK"), office="Lisbon", environment="training", status=lambda: status_of("OK"),
        look=Appearance(base, QApplication.font()),
    )  # fmt: skip
    qtbot.addWidget(made)
    made.resize(1180, 760)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def contrast(one: QColor, other: QColor) -> float:
    def light(color: QColor) -> float:
        parts = [color.redF(), color.greenF(), color.blueF()]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def across(image: QImage, window: QWidget, widget: QWidget) -> list[QColor]:
    """Pixels from well outside the left edge of a widget into its gap, at its middle height."""
    corner = widget.mapTo(window, QPoint(0, widget.height() // 2))
    return [image.pixelColor(corner.x() - away, corner.y()) for away in range(RING + GAP + 2, 0, -1)]


@pytest.mark.parametrize("palette", ["light", "dark", "high_contrast"])
def test_the_focus_ring_is_seen_in_every_palette(qtbot: object, palette: str) -> None:
    THEME.choose(palette, 1.0)
    dress()
    window = opened(qtbot)
    window.verify.show_verdict(verdict("LIST-OLD"), "a.cev")
    primary = next(one for one in window.verify.findChildren(QWidget) if one.property("role") == "primary")
    after = window.verify.first if window.verify.first.isVisible() else primary
    for widget in (window.verify.card, primary, after, window._sidebar.settings):
        QApplication.processEvents()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        outside, _, *ring, first_gap, last_gap = across(window.grab().toImage(), window, widget)
        assert len(ring) == RING
        assert min(contrast(color, outside) for color in ring) >= 3, (widget, outside.name(), [c.name() for c in ring])
        assert min(contrast(ring[1], gap) for gap in (first_gap, last_gap)) >= 3, widget


def test_the_ring_moves_with_its_widget_and_takes_no_click(qtbot: object) -> None:
    window = opened(qtbot)
    window.go("sign")
    window.sign.show_form(built_in("eessi.pda1.v1"))
    QApplication.processEvents()
    field = window.sign.form.inputs["employer_name"]
    field.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: window._ring.overlay is not None)
    overlay = window._ring.overlay
    for size in ((1180, 760), (900, 640)):
        window.resize(*size)
        qtbot.wait(30)
        corner = field.mapTo(overlay.holder, QPoint(0, 0))
        assert overlay.pos() == corner - QPoint(RING + GAP, RING + GAP)
        assert overlay.width() == field.width() + 2 * (RING + GAP)
    assert overlay.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_keys_change_the_text_and_lose_nothing(qtbot: object, tmp_path: Path) -> None:
    window = opened(qtbot, tmp_path)
    window.go("sign")
    window.sign.show_form(built_in("eessi.pda1.v1"))
    window.sign.form.fill(FORM)
    document = tmp_path / "a.pdf"
    document.write_bytes(b"x")
    window.sign.take_document(document)
    before = window.sign.form.inputs["forename"].font().pointSizeF()
    qtbot.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: THEME.scale == 1.25)
    assert window.sign.form.inputs["forename"].font().pointSizeF() == pytest.approx(before * 1.25)
    assert window.sign.form.typed()["family_name"] == FORM["family_name"]
    assert window.sign.entry.document.path == document
    qtbot.waitUntil(window.sign.isVisible)
    qtbot.keyClick(window, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: THEME.scale == 1.0)
    for _ in range(9):
        window._step_text(1)
    assert THEME.scale == 2.0


def test_a_verdict_stays_when_colours_change(qtbot: object, tmp_path: Path) -> None:
    window = opened(qtbot, tmp_path)
    window.verify.show_verdict(verdict("DOC-DIFF"), "a.cev")
    window._look.choose_palette("high_contrast")
    window.restyle()
    assert window.verify.verdict.code == "DOC-DIFF"
    assert THEME.palette_name == "high_contrast"


def test_choices_are_remembered_with_the_office_and_nothing_else_changes(qtbot: object, tmp_path: Path) -> None:
    office.save(tmp_path, office.Office("Lisbon", key="official"))
    window = opened(qtbot, tmp_path)
    menu = settings_menu(window, window._look, lambda: None)
    named = {action.text(): action for action in menu.actions()}
    named["Text 150 %"].trigger()
    named["Colours: high contrast"].trigger()
    kept = office.load(tmp_path)
    assert (kept.text_size, kept.colours, kept.name, kept.key) == (1.5, "high_contrast", "Lisbon", "official")
    again = Appearance(tmp_path, QApplication.font())
    THEME.choose("light", 1.0)
    again.apply()
    assert (THEME.palette_name, THEME.scale) == ("high_contrast", 1.5)
    named["Text as the system"].trigger()
    named["Colours: as the system"].trigger()
    kept = office.load(tmp_path)
    assert (kept.text_size, kept.colours) == (None, None)


@pytest.mark.parametrize(("points", "size"), [(8.0, 1.0), (11.0, 1.0), (13.75, 1.25), (16.5, 1.5), (40.0, 2.0)])
def test_text_follows_the_systems(monkeypatch: pytest.MonkeyPatch, points: float, size: float) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    font = QApplication.font()
    font.setPointSizeF(points)
    assert Appearance(None, font).system_text_size() == size


def test_a_strange_choice_in_the_file_is_the_systems(tmp_path: Path) -> None:
    office.save(tmp_path, office.Office(colours="pink", text_size=7.5))
    look = Appearance(tmp_path, QApplication.font())
    assert look.palette == "system"
    assert look.text_size is None


@pytest.mark.parametrize(
    ("scheme", "contrast_wish", "palette"),
    [(Qt.ColorScheme.Light, Qt.ContrastPreference.NoPreference, "light"),
     (Qt.ColorScheme.Dark, Qt.ContrastPreference.NoPreference, "dark"),
     (Qt.ColorScheme.Dark, Qt.ContrastPreference.HighContrast, "high_contrast")],
)  # fmt: skip
def test_colours_follow_the_systems(
    monkeypatch: pytest.MonkeyPatch, scheme: Qt.ColorScheme, contrast_wish: Qt.ContrastPreference, palette: str
) -> None:
    class Hints:
        def colorScheme(self) -> Qt.ColorScheme:
            return scheme

        def accessibility(self) -> Hints:
            return self

        def contrastPreference(self) -> Qt.ContrastPreference:
            return contrast_wish

    monkeypatch.setattr("desktop.qt.appearance.QApplication.styleHints", Hints)
    look = Appearance(None, QApplication.font())
    look.apply()
    assert THEME.palette_name == palette
    look.choose_palette("light")
    assert THEME.palette_name == "light", "what is chosen goes before the system's"
