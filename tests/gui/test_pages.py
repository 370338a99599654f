"""The two pages and the signer's window, with real widgets offscreen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed", exc_type=ImportError)

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from desktop.qt.app import application
from desktop.qt.sample_screens import FORM, SampleWork, device_screens, status_of, verdict
from desktop.qt.screens import draw_all
from desktop.qt.signer_window import IDLE, SignerWindow
from desktop.qt.tasks import Task
from desktop.qt.views.main_window import MainWindow
from desktop.qt.widgets.field_row import NOW, PASSED, TODO
from firmware_bridge.errors import DeclinedError
from firmware_bridge.signer.approval import ApprovalPort, Decision
from lightnode.templates import built_in

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


def test_a_chosen_file_becomes_a_verdict_and_space_asks_for_the_next(
    window: MainWindow, qtbot: object, tmp_path: Path
) -> None:
    window.go("verify")
    window.verify.take([tmp_path / "a.cev", tmp_path / "a.pdf"])
    qtbot.waitUntil(lambda: window.verify.card is not None)
    card = window.verify.card
    assert "registered on 23 Nov 2026" in card.accessibleName()
    assert card.accessibleName().startswith("Valid.")
    qtbot.keyClick(card, Qt.Key.Key_Space)
    assert window.verify.card is None


def test_two_evidence_files_at_once_are_asked_about(window: MainWindow, tmp_path: Path) -> None:
    window.verify.take([tmp_path / "a.cev", tmp_path / "b.cev"])
    assert window.verify.card is None
    window.verify.take([tmp_path / "a.pdf"])
    assert window.verify.card is None


def test_an_error_is_said_with_its_code(window: MainWindow, qtbot: object, tmp_path: Path) -> None:
    def fail(*_: object) -> object:
        raise DeclinedError("It was declined on the signer.")

    window.verify._judge = fail
    window.verify.take([tmp_path / "a.cev"])
    qtbot.waitUntil(lambda: "DEVICE-DECLINED" in texts(window.verify))


def texts(widget: QWidget) -> str:
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_the_form_shows_what_is_wrong_and_the_preview_follows(window: MainWindow) -> None:
    window.go("sign")
    page = window.sign
    page.show_form(built_in("eessi.pda1.v1"))
    page.proceed()
    assert page.task is None, "nothing goes to the device while a field is wrong"
    assert "Fill in this field." in texts(page)
    page.form.fill(FORM)
    page.entry.refresh()
    assert "30 Nov 2027" in texts(page)
    assert page.form.read()[1] == ()


def test_signing_goes_on_to_the_result(window: MainWindow, qtbot: object) -> None:
    page = window.sign
    page.show_form(built_in("eessi.pda1.v1"))
    page.form.fill(FORM)
    page.proceed()
    qtbot.waitUntil(lambda: "Registered and proven" in texts(page))


def test_declining_is_an_ending(window: MainWindow) -> None:
    window.sign.show_failure(DeclinedError("It was declined on the signer."))
    assert "You declined. Nothing was signed." in texts(window.sign)


def press(page: QWidget, text: str) -> None:
    found = [one for one in page.findChildren(QAbstractButton) if one.text().strip() == text]
    assert len(found) == 1, (text, [one.text() for one in page.findChildren(QAbstractButton)])
    found[0].click()


def test_after_a_refusal_one_goes_back_to_the_details_or_signs_another(
    window: MainWindow, qtbot: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[dict[str, str], Path | None]] = []
    truth = window.sign._work.sign

    def sign(template: object, typed: dict[str, str], document: Path | None, task: Task) -> object:
        asked.append((typed, document))
        if len(asked) == 1:
            raise DeclinedError("It was declined on the signer.")
        return truth(template, typed, document, task)

    monkeypatch.setattr(window.sign._work, "sign", sign)
    window.go("sign")
    page = window.sign
    page.show_form(built_in("eessi.pda1.v1"))
    page.form.fill(FORM)
    (tmp_path / "a1.pdf").write_bytes(b"a1")
    page.take_document(tmp_path / "a1.pdf")
    page.proceed()
    qtbot.waitUntil(lambda: "You declined. Nothing was signed." in texts(page))
    press(page, "Back to the details")
    assert page.form.typed() == asked[0][0]
    assert page.document == tmp_path / "a1.pdf"
    page.proceed()
    qtbot.waitUntil(lambda: "Registered and proven" in texts(page))
    assert asked[1] == asked[0]
    press(page, "Sign another")
    assert "What do you want to sign?" in texts(page)
    page.show_form(built_in("eessi.pda1.v1"))
    assert page.document is None, "a document belongs to one record only"


def test_after_a_refusal_another_act_can_be_signed(window: MainWindow, qtbot: object) -> None:
    window.go("sign")
    page = window.sign
    page.show_failure(DeclinedError("It was declined on the signer."))
    press(page, "Sign another")
    page.show_form(built_in("eessi.pda1.v1"))
    page.form.fill(FORM)
    page.proceed()
    qtbot.waitUntil(lambda: "Registered and proven" in texts(page))


def test_screens_passed_are_told(window: MainWindow) -> None:
    page = window.sign
    page.show_device(device_screens())
    page.device.progress((3, len(device_screens())))
    assert page.device.waiting.text() == f"Row 3 of {len(device_screens())}"
    assert [row.state for _, row in page.device.rows[:4]] == [PASSED, PASSED, NOW, TODO]
    page.device.progress(device_screens()[:5])
    assert len(page.device.rows) == 5, "the drafted job's own rows take the preview's place"


def test_keys_alone_reach_both_pages(window: MainWindow, qtbot: object) -> None:
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    window.go("sign")
    assert window.sign.isVisible()
    window.go("verify")
    assert window.verify.isVisible()
    assert window.verify.first.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_everything_that_takes_the_focus_has_a_name(window: MainWindow) -> None:
    window.sign.show_form(built_in("customs.ata-event.v1"))
    window.verify.show_verdict(verdict("LIST-OLD"), "a")
    for page in (window.sign, window.verify, window):
        for kind in (QAbstractButton, QLineEdit, QComboBox):
            for widget in page.findChildren(kind):
                if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(page):
                    assert widget.accessibleName() or widget.text(), widget


def test_outside_text_is_never_markup(window: MainWindow) -> None:
    from PySide6.QtWidgets import QLabel

    window.verify.show_problem("<b>bold</b>", "<img src=x>")
    assert all(
        label.textFormat() == Qt.TextFormat.PlainText for label in window.verify.findChildren(QLabel) if label.text()
    )


def test_tasks_answer_in_the_ui_thread(qtbot: object) -> None:
    import threading

    application()
    got: list[object] = []
    task = Task(lambda t: (t.say("on the way"), threading.current_thread())[1])
    task.start(lambda thread: got.append((thread, threading.current_thread())), got.append, got.append)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert got[0] == "on the way"
    worker, ui = got[1]
    assert worker is not ui
    assert ui is threading.main_thread()


def test_the_signers_window_shows_and_presses(qtbot: object) -> None:
    import threading

    application()
    port = ApprovalPort()
    window = SignerWindow(port)
    qtbot.addWidget(window)
    window.show()
    assert window.glass.text() == IDLE
    ended: list[Decision] = []
    screens = device_screens()[:3]
    threading.Thread(target=lambda: ended.append(port.ask(screens, None, lambda *_: None)), daemon=True).start()
    qtbot.waitUntil(lambda: window.glass.text() == "\n".join(screens[0].lines))
    for screen in screens[1:]:
        qtbot.waitUntil(lambda shown=screen: window.forward.click() or window.glass.text() == "\n".join(shown.lines))
    qtbot.waitUntil(window.sign.isEnabled)
    window.sign.click()
    qtbot.waitUntil(lambda: ended == [Decision.APPROVED])
    qtbot.waitUntil(lambda: window.glass.text() == IDLE)


def test_every_screen_can_be_drawn(qtbot: object, tmp_path: Path) -> None:
    drawn = draw_all(tmp_path)
    assert len(drawn) >= 19
    assert all(path.stat().st_size > 3000 for path in drawn)


def test_void_calls_cost_no_reference(qtbot: object) -> None:
    timer = QTimer()
    before = sys.getrefcount(None)
    for _ in range(1000):
        timer.setInterval(10)
    assert sys.getrefcount(None) > before - 500
