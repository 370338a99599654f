"""What the Sign page keeps and what it forgets, and that what it says about a document is what is signed."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed", exc_type=ImportError)

from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QRadioButton, QWidget

from desktop.errors import InputFileError
from desktop.qt.app import application
from desktop.qt.error_words import words_for
from desktop.qt.sample_screens import FORM, SampleWork
from desktop.qt.views.sign_entry import NO_DOCUMENT
from desktop.qt.views.sign_page import SignPage
from desktop.qt.widgets.controls import Mark
from desktop.services import chosen_document
from desktop.services.chosen_document import DocumentChangedError
from firmware_bridge.errors import DeclinedError
from lightnode.templates import built_in

pytestmark = [pytest.mark.gui]
PDA1 = built_in("eessi.pda1.v1")


class Recorder(SampleWork):
    """Remembers what it was asked to sign, and reads the document as the real work does."""

    def __init__(self, ending: Exception | None = None) -> None:
        self.asked: list[tuple[dict[str, str], bytes | None]] = []
        self.ending = ending

    def sign(self, template, typed, document, task):  # type: ignore[no-untyped-def]
        self.asked.append((typed, None if document is None else chosen_document.read_again(document)))
        if self.ending is not None:
            raise self.ending
        return super().sign(template, typed, document, task)


def opened(qtbot: object, work: SampleWork) -> SignPage:
    application()
    page = SignPage(work)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    page.show_form(PDA1)
    page.form.fill(FORM)
    return page


def texts(widget: QWidget) -> str:
    QApplication.processEvents()
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def named(page: QWidget, text: str) -> QAbstractButton:
    QApplication.processEvents()
    return next(one for one in page.findChildren(QAbstractButton) if one.text().strip() == text and one.isVisible())


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "a1.json"
    path.write_bytes(b'{"a": 1}')
    return path


def test_a_new_act_begins_with_nothing_of_the_earlier_one(qtbot: object, document: Path) -> None:
    work = Recorder()
    page = opened(qtbot, work)
    page.take_document(document)
    page.proceed()
    qtbot.waitUntil(lambda: "Registered and proven" in texts(page))
    named(page, "Sign another").click()
    assert "Not signed yet" not in texts(page)
    named(page, "Continue").click()
    assert not any(page.form.typed().values())
    assert NO_DOCUMENT in texts(page)
    assert "Fingerprint" not in texts(page)
    page.form.fill({**FORM, "forename": "Ana"})
    page.proceed()
    qtbot.waitUntil(lambda: len(work.asked) == 2)
    assert [content for _, content in work.asked] == [b'{"a": 1}', None], "the page said: no document chosen"
    assert work.asked[1][0]["forename"] == "Ana"


def test_declining_keeps_everything_typed_and_chosen(qtbot: object, document: Path) -> None:
    work = Recorder(DeclinedError("It was declined on the signer."))
    page = opened(qtbot, work)
    page.take_document(document)
    page.proceed()
    qtbot.waitUntil(lambda: "You declined. Nothing was signed." in texts(page))
    named(page, "Back to the details").click()
    assert {name: text for name, text in page.form.typed().items() if text} == FORM
    assert "a1.json" in texts(page)
    assert page.entry.document.path == document
    work.ending = None
    page.proceed()
    qtbot.waitUntil(lambda: "Registered and proven" in texts(page))
    assert work.asked[1] == work.asked[0]


def test_what_is_not_signed_can_be_gone_on_with(qtbot: object, document: Path) -> None:
    page = opened(qtbot, Recorder())
    page.take_document(document)
    named(page, "Back").click()
    assert "Not signed yet" in texts(page)
    named(page, "Go on with it").click()
    assert page.form.typed()["forename"] == FORM["forename"]
    assert page.entry.document.path == document


def test_a_document_that_changed_is_not_signed_under_its_old_name(qtbot: object, document: Path) -> None:
    work = Recorder()
    page = opened(qtbot, work)
    page.take_document(document)
    document.write_bytes(b"another")
    page.proceed()
    assert page.task is None
    assert DocumentChangedError.code in texts(page)
    with pytest.raises(DocumentChangedError):
        chosen_document.read_again(page.entry.document)
    page.take_document(document)
    assert DocumentChangedError.code not in texts(page)
    page.proceed()
    qtbot.waitUntil(lambda: [content for _, content in work.asked] == [b"another"])


def test_the_preview_holds_the_documents_own_fingerprint(qtbot: object, document: Path) -> None:
    page = opened(qtbot, Recorder())
    page.take_document(document)
    whole = page.entry.document.digest.hex().upper()
    assert whole in texts(page).replace(" ", "").replace("\n", "")


def test_one_limit_of_size_for_choosing_preview_and_signing(
    qtbot: object, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(qtbot, Recorder())
    page.take_document(document)
    monkeypatch.setattr(chosen_document, "MAX_DOCUMENT", 4)
    larger = document.with_name("larger.pdf")
    larger.write_bytes(b"12345")
    page.take_document(larger)
    assert "INPUT-SIZE" in texts(page)
    assert page.entry.document.path == document, "the earlier choice stays"
    with pytest.raises(Exception, match="larger than 4 bytes"):
        chosen_document.read_again(page.entry.document)
    for view in Path(chosen_document.__file__).parents[1].joinpath("qt").rglob("*.py"):
        assert "1024 * 1024" not in view.read_text(encoding="utf-8"), "a limit of its own"


@pytest.mark.parametrize("kind", ["gone", "folder"])
def test_a_document_that_cannot_be_read_is_said_in_our_words(qtbot: object, tmp_path: Path, kind: str) -> None:
    page = opened(qtbot, Recorder())
    path = tmp_path / "scan.pdf"
    if kind == "folder":
        path.mkdir()
    page.take_document(path)
    said = texts(page)
    assert InputFileError.code in said
    assert InputFileError.advice in said
    assert "Errno" not in said
    assert "Error" not in said
    assert page.form.typed()["forename"] == FORM["forename"]


def test_no_class_names_in_what_is_said_about_errors() -> None:
    for error in (FileNotFoundError(2, "No such file or directory", "/x"), PermissionError(13, "Permission denied"),
                  ValueError("could not convert"), KeyError("secret")):  # fmt: skip
        words = words_for(error)
        assert words.code in ("SYSTEM", "INTERNAL")
        assert "Error" not in words.text
        assert "Errno" not in words.text
        assert "secret" not in words.text
    assert words_for(DeclinedError("It was declined on the signer.")).code == "DEVICE-DECLINED"


def test_yes_or_no_is_chosen_and_a_wrong_field_bears_a_cross(qtbot: object) -> None:
    page = opened(qtbot, Recorder())
    box = page.form.inputs["a_fixed_place_of_work_exist"]
    assert isinstance(box, QComboBox)
    assert [box.itemText(at) for at in range(box.count())] == ["Choose", "Yes", "No"]
    assert page.form.typed()["a_fixed_place_of_work_exist"] == "yes"
    QApplication.processEvents()
    assert not [mark for mark in page.form.findChildren(Mark) if mark.isVisible()]
    page.form.fill({"family_name": ""})
    page.proceed()
    QApplication.processEvents()
    assert len([mark for mark in page.form.findChildren(Mark) if mark.isVisible()]) == 1


def test_one_primary_button_on_each_step(qtbot: object) -> None:
    page = opened(qtbot, Recorder())

    def primary() -> int:
        QApplication.processEvents()
        return len([one for one in page.findChildren(QAbstractButton)
                    if one.property("role") == "primary" and one.isVisible()])  # fmt: skip

    assert primary() == 1
    page.show_failure(DeclinedError("It was declined on the signer."))
    assert primary() == 1
    page.show_choice()
    assert primary() == 1
    assert len(page.findChildren(QRadioButton)) >= 2
