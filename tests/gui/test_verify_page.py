"""What stands on the Verify page beside the word: code, age, caveats, remedies, and in which order one gets to them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed", exc_type=ImportError)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from desktop.qt.app import application
from desktop.qt.appearance import dress
from desktop.qt.sample_screens import SampleWork, dates_of, status_of, verdict
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.main_window import MainWindow
from desktop.qt.views.remedy import Remedy
from desktop.qt.widgets.check_list import CheckHeader, CheckList, state_of
from desktop.services import list_age
from desktop.services.file_access import read_bytes
from desktop.services.office_status import OfficeStatus
from lightnode.verdict.judgement import CheckState, Group

pytestmark = [pytest.mark.gui]
NAMES = ("OK", "UNCROSSED", "OK-NEW", "DOC-DIFF", "LIST-OLD")
FILES = (Path("a.cev"), Path("a.pdf"))


@pytest.fixture
def window(qtbot: object) -> MainWindow:
    application()
    taken: list[Path] = []
    made = MainWindow(
        SampleWork(), lambda *_: verdict("OK"), office="Lisbon", environment="training",
        status=lambda: status_of("OK"), take_list=taken.append,
    )  # fmt: skip
    qtbot.addWidget(made)
    made.taken = taken
    made.resize(1280, 800)
    made.show()
    return made


def texts(widget: QWidget) -> list[str]:
    QApplication.processEvents()
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def shown(window: MainWindow, name: str) -> object:
    window.verify.show_answer(verdict(name), *FILES)
    QApplication.processEvents()
    return window.verify.card


@pytest.mark.parametrize("name", NAMES)
def test_code_age_and_caveats_are_seen_and_spoken(window: MainWindow, name: str) -> None:
    card, found = shown(window, name), verdict(name)
    page = " ".join(texts(window.verify))
    age = "17 days old" if name == "LIST-OLD" else "6 hours old"
    assert found.code in page
    assert any(age in text for text in texts(card))
    for part in (found.code, age, *found.caveats):
        assert part in card.spoken
    assert card.accessibleName() == card.spoken


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_stands_twice_in_the_card(window: MainWindow, name: str) -> None:
    said = " ".join(texts(shown(window, name)))
    sentences = [one.strip() for one in said.replace("; ", ". ").split(". ") if len(one.strip()) > 12]
    assert len(sentences) == len({one.rstrip(".").lower() for one in sentences}), sentences


@pytest.mark.parametrize("name", ["UNCROSSED", "OK-NEW"])
def test_what_is_valid_is_genuine_with_its_caveat(name: str) -> None:
    state, clause = state_of(Group.GENUINE, verdict(name))
    assert state is CheckState.PASSED
    assert clause == ("The evidence carries no path in the log" if name == "UNCROSSED" else
                      "15 of 22, from 9 countries. Needed: 15")  # fmt: skip
    standing = state_of(Group.STANDING, verdict(name))[0]
    assert standing is (CheckState.SKIPPED if name == "OK-NEW" else CheckState.PASSED), "not known is no pass"


def test_not_valid_says_what_to_tell_and_compares_nothing(window: MainWindow) -> None:
    shown(window, "DOC-DIFF")
    said = texts(window.verify)
    for part in ("What you can tell the person", "Issuing office", "Social Security Institute, Portugal", "Reference",
                 "Record 118\u00a0204, block 4\u00a0182\u00a0377", "Help-desk code", "DOC-DIFF"):  # fmt: skip
        assert part in said
    assert not any("Compare with the person" in text for text in said)
    shown(window, "OK")
    assert any("Compare with the person" in text for text in texts(window.verify))


@pytest.mark.parametrize(("name", "remedy"), [("DOC-DIFF", Remedy.DOCUMENT), ("LIST-OLD", Remedy.TRUST_LIST)])
def test_the_remedy_leads(window: MainWindow, name: str, remedy: Remedy) -> None:
    shown(window, name)
    leads = [one.text().strip() for one in window.verify.findChildren(QAbstractButton)
             if one.property("role") == "primary" and one.isVisible()]  # fmt: skip
    assert leads == [remedy.value]


def test_a_newer_list_is_taken_and_the_same_files_are_judged_by_it(window: MainWindow, qtbot: object) -> None:
    asked: list[tuple[Path, Path | None]] = []
    window.verify._judge = lambda *files: (asked.append(files), verdict("OK"))[1]
    shown(window, "LIST-OLD")
    window.verify.take_list(Path("newer.cenv"))
    qtbot.waitUntil(lambda: window.verify.verdict is not None and window.verify.verdict.code == "OK")
    assert window.taken == [Path("newer.cenv")]
    assert asked == [FILES]


def test_tab_goes_from_the_verdict_to_the_next_action_and_then_the_reasons(window: MainWindow, qtbot: object) -> None:
    for name, first in (("OK", "Next document"), ("LIST-OLD", Remedy.TRUST_LIST.value)):
        card = shown(window, name)
        order: list[QWidget] = []
        at = card.nextInFocusChain()
        while at is not card and len(order) < 3:
            if at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.isVisibleTo(window.verify) and at.isEnabled():
                order.append(at)
            at = at.nextInFocusChain()
        assert order[0].text().strip() == first
        assert any(isinstance(one, CheckHeader) for one in order)


def test_nothing_that_tab_reaches_is_without_a_name(window: MainWindow) -> None:
    shown(window, "LIST-OLD")
    window.sign.show_choice()
    for widget in window.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            assert widget.accessibleName(), widget


def test_each_row_says_whether_it_is_open(window: MainWindow) -> None:
    shown(window, "OK")
    headers = window.verify.findChild(CheckList).headers
    assert [one.accessibleDescription() for one in headers] == ["expanded", *["collapsed"] * 3]
    headers[1].click()
    assert headers[1].accessibleDescription() == "expanded"


@pytest.mark.parametrize("name", ["A.CEV", "a.Cev"])
def test_capitals_in_the_files_name_are_taken(window: MainWindow, qtbot: object, name: str) -> None:
    window.verify.take([Path(name), Path("a.pdf")])
    qtbot.waitUntil(lambda: window.verify.card is not None)


def test_no_line_of_a_check_is_clipped_at_200_percent_in_a_small_window(window: MainWindow, qtbot: object) -> None:
    try:
        THEME.choose("light", 2.0)
        dress()
        window.resize(800, 540)
        window.restyle()
        for name in NAMES:
            shown(window, name)
            qtbot.wait(30)
            for header in window.verify.findChild(CheckList).headers:
                for label in header.findChildren(QLabel):
                    assert label.height() >= label.heightForWidth(label.width()), label.text()
                    bottom = label.mapTo(header, QPoint(0, label.height())).y()
                    assert bottom <= header.height(), label.text()
    finally:
        THEME.choose("light", 1.0)
        dress()


def test_the_words_are_for_people(window: MainWindow) -> None:
    for name in NAMES:
        shown(window, name)
        said = " ".join(texts(window.verify))
        assert "eessi.pda1.v1" not in said
        assert "337" not in said, "a list is known by its date"
        assert "1 countries" not in said


@pytest.mark.parametrize(
    ("at", "said"),
    [(6 * 3600, "Trust list 6 hours old, update due 4 Dec 2026"), (3 * 86400, "Trust list 3 days old, update was due 4 Dec 2026"),
     (15 * 86400, "Trust list expired 24 hours ago")],
)  # fmt: skip
def test_the_status_bar_says_age_and_due_date(at: int, said: str) -> None:
    assert list_age.words(dates_of("OK"), dates_of("OK").issued + at) == said


def test_the_status_bar_is_asked_anew(window: MainWindow) -> None:
    assert window.status.text() == "Trust list 6 hours old, update due 4 Dec 2026"
    assert (window.device.text(), window.register.text()) == ("Signing device ready", "Register checked 2 min ago")
    later = OfficeStatus("Signing device not connected", "Register checked 3 min ago", "Trust list 7 hours old")
    window._status_words = lambda: later
    window._timer.timeout.emit()
    assert window.status.text() == "Trust list 7 hours old"
    assert (window.device.text(), window.register.text()) == (later.device, later.register)


def test_the_foot_keeps_the_trust_list_where_there_is_little_room(window: MainWindow) -> None:
    assert not window.device.isHidden() and not window.register.isHidden()
    window.resize(800, 540)
    assert not window.device.isHidden(), "three short sentences have room there"
    THEME.choose("light", 2.0)
    try:
        window.restyle()
        assert not window.status.isHidden()
        assert window.device.isHidden() and window.register.isHidden()
    finally:
        THEME.choose("light", 1.0)


def test_the_verdict_keeps_the_focus_once_it_is_drawn(window: MainWindow, qtbot: object) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    card = shown(window, "OK")
    qtbot.wait(30)
    assert QApplication.focusWidget() is card


@pytest.mark.parametrize("error", [FileNotFoundError(2, "No such file or directory"), ValueError("embedded null byte")])
def test_what_hinders_judging_is_said_in_our_words(window: MainWindow, qtbot: object, error: Exception) -> None:
    def fail(*_: object) -> object:
        raise error

    window.verify._judge = fail
    window.verify.take([Path("gone.cev")])
    qtbot.waitUntil(lambda: window.verify.failure is not None)
    said = " ".join(texts(window.verify))
    assert type(error).__name__ not in said
    assert "Errno" not in said
    assert window.verify.failure.code in said
    assert window.verify.failure.advice in said


@pytest.mark.parametrize("kind", ["gone", "folder"])
def test_evidence_that_cannot_be_read_has_a_code_of_ours(
    window: MainWindow, qtbot: object, tmp_path: Path, kind: str
) -> None:
    place = tmp_path / "a.cev"
    if kind == "folder":
        place.mkdir()
    window.verify._judge = lambda evidence, _: read_bytes(evidence)
    window.verify.take([place])
    qtbot.waitUntil(lambda: window.verify.failure is not None)
    assert window.verify.failure.code == "INPUT-FILE"
    assert "INPUT-FILE" in " ".join(texts(window.verify))
