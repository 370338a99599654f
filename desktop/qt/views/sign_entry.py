"""The second step of signing: the document, the form, and beside them what the device will show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.errors import InputError
from desktop.qt.error_words import words_for
from desktop.qt.sign_work import SignWork
from desktop.qt.theme import marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.sign_form import SignForm
from desktop.qt.widgets.aside import MainAndAside
from desktop.qt.widgets.controls import Card, Mark, button, clear
from desktop.qt.widgets.field_row import field_rows
from desktop.qt.widgets.focus import focus_on
from desktop.qt.widgets.plain_label import PlainLabel
from desktop.qt.widgets.sizes import show_size
from desktop.services import chosen_document
from desktop.services.chosen_document import ChosenDocument
from firmware_bridge.signer.screens import Screen
from lightnode.wire.field_value import FieldProblem
from lightnode.wire.template import Template

NO_DOCUMENT = "No document chosen. A record may be without one."


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person chose and typed for one act; kept until it is signed or another act is begun.

    Attributes:
        template: kind of record.
        typed: texts by field name.
        document: chosen; None without one.
    """

    template: Template
    typed: dict[str, str] = field(default_factory=dict)
    document: ChosenDocument | None = None

    @property
    def begun(self) -> bool:
        """Whether anything would be lost."""
        return self.document is not None or any(self.typed.values())


class EntryStep(QWidget):
    """Takes document and fields; the preview follows."""

    def __init__(self, work: SignWork, entered: Entered) -> None:
        """Show what was entered before.

        Args:
            work: gives the preview.
            entered: kind of record, and what is known of it.
        """
        super().__init__()
        self._work, self._template = work, entered.template
        self.document = entered.document
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.summary = Card("There is a problem", "problem")
        self.summary.hide()
        column.addWidget(self.summary)
        columns = MainAndAside(340)
        columns.main.setSpacing(12)
        columns.main.addWidget(self._document_card())
        self.form = SignForm(entered.template, self.refresh)
        self.form.fill(entered.typed)
        columns.main.addWidget(self.form)
        self._preview = Card("Your device will show")
        self._preview.body.setSpacing(2)
        columns.aside.addWidget(self._preview)
        columns.finish()
        column.addWidget(columns)
        self._say_document()
        self.refresh()

    def _document_card(self) -> Card:
        card = Card()
        row = QHBoxLayout()
        texts = QVBoxLayout()
        self.file = PlainLabel("", "body_medium")
        self._fingerprint = PlainLabel("", "caption", "text_muted")
        texts.addWidget(self.file)
        texts.addWidget(self._fingerprint)
        row.addLayout(texts, 1)
        choose = button("Choose document", "secondary", self._choose_document, "folder-open")
        row.addWidget(choose)
        self._remove = button("Remove", "quiet", self._drop_document, "", "Remove the document")
        row.addWidget(self._remove)
        card.body.addLayout(row)
        self._trouble = QWidget()
        line = QHBoxLayout(self._trouble)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(Mark(marks.NOT_VALID, THEME.scaled(16)), 0, Qt.AlignmentFlag.AlignTop)
        self.trouble = PlainLabel("", "caption", "danger")
        line.addWidget(self.trouble, 1)
        self._trouble.hide()
        card.body.addWidget(self._trouble)
        return card

    @property
    def entered(self) -> Entered:
        """Give what stands here now."""
        return Entered(self._template, self.form.typed(), self.document)

    def _choose_document(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose the document")
        if name:
            self.take_document(Path(name))

    def _drop_document(self) -> None:
        self.document = None
        self._say_document()
        self.refresh()

    def take_document(self, path: Path) -> None:
        """Take a document into the record; where it cannot be read, say so and keep what was there."""
        try:
            self.document = chosen_document.choose(path)
        except InputError as error:
            self.say_trouble(error)
            return
        self._say_document()
        self.refresh()

    def say_trouble(self, error: Exception) -> None:
        """Say what is wrong with the document."""
        words = words_for(error)
        self.trouble.setText(f"{words.text} {words.advice} ({words.code})")
        self._trouble.show()

    def _say_document(self) -> None:
        chosen = self.document
        self._trouble.hide()
        self._remove.setVisible(chosen is not None)
        self._fingerprint.setVisible(chosen is not None)
        if chosen is None:
            self.file.setText(NO_DOCUMENT)
            return
        self.file.setText(f"{chosen.path.name}, {show_size(chosen.size)}")
        text = chosen.digest.hex().upper()
        self._fingerprint.setText(f"Fingerprint {text[:4]} {text[4:8]} \u2026 {text[-4:]}")

    def refresh(self) -> None:
        """Draw the preview anew from what stands in the form."""
        values, problems = self.form.read()
        wrong = {problem.name for problem in problems}
        known = tuple(None if entry.name in wrong else value
                      for entry, value in zip(self._template.fields, values, strict=True))  # fmt: skip
        clear(self._preview.body, keep=1)
        digest = None if self.document is None else self.document.digest
        try:
            screens = self._work.preview(self._template, known, digest)
        except Exception as error:  # noqa: BLE001 - a preview that cannot be made is said, whatever hinders it
            text = f"No preview: {words_for(error).text}"
            self._preview.body.addWidget(PlainLabel(text, "caption", "invalid_soft_text"))
            return
        self._preview.body.addWidget(
            PlainLabel("In this order and these words; then key, register and fee.", "caption", "text_muted")
        )
        for _, row in field_rows(screens):
            self._preview.body.addWidget(row)

    def ready(self) -> tuple[Screen, ...] | None:
        """Give the screens of a form that is filled in rightly; else show what is wrong and take the focus there."""
        values, problems = self.form.read()
        self.form.show_problems(problems)
        if problems:
            self._show_summary(problems)
            return None
        self.summary.hide()
        if self.document is not None:
            try:
                chosen_document.read_again(self.document)
            except InputError as error:
                self.say_trouble(error)
                self._show_lines([(words_for(error).text, self._choose_document)])
                return None
        return self._work.preview(self._template, values, None if self.document is None else self.document.digest)

    def _show_summary(self, problems: tuple[FieldProblem, ...]) -> None:
        self._show_lines([(f"{one.label}: {one.text}", partial(self._go, one.name)) for one in problems])

    def _show_lines(self, lines: list[tuple[str, Callable[[], None]]]) -> None:
        clear(self.summary.body, keep=1)
        made = [button(text, "quiet", action) for text, action in lines]
        for line in made:
            self.summary.body.addWidget(line, 0, Qt.AlignmentFlag.AlignLeft)
        self.summary.show()
        focus_on(made[0])

    def _go(self, name: str) -> None:
        if name in self.form.inputs:
            self.form.inputs[name].setFocus(Qt.FocusReason.OtherFocusReason)
