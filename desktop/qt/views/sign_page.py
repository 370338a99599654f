"""Sign: choose, fill in and check, confirm on the device, done. The window never draws what the device displays."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.errors import DesktopError
from desktop.qt.sign_work import SignedRecord, SignWork
from desktop.qt.tasks import Task
from desktop.qt.theme import marks
from desktop.qt.views.sign_endings import failure_card, result_cards
from desktop.qt.views.sign_form import SignForm
from desktop.qt.widgets.answer import answer
from desktop.qt.widgets.aside import MainAndAside
from desktop.qt.widgets.controls import Card, button, clear
from desktop.qt.widgets.field_row import NOW, PASSED, TODO, FieldRow, field_rows
from desktop.qt.widgets.focus import announce, focus_first
from desktop.qt.widgets.plain_label import PlainLabel
from desktop.qt.widgets.stepper import Stepper
from firmware_bridge.errors import BridgeError
from firmware_bridge.signer.screens import Screen
from lightnode.errors import LightNodeError
from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.field_value import FieldProblem
from lightnode.wire.template import Template

STEPS = ("Choose", "Fill in and check", "Confirm on device", "Done")
MAX_DOCUMENT = 64 * 1024 * 1024


class SignPage(QWidget):
    """The page; `work` does what is slow."""

    def __init__(self, work: SignWork) -> None:
        """Begin with the choice."""
        super().__init__()
        self.setObjectName("page")
        self._work = work
        self.document: Path | None = None
        self.form: SignForm | None = None
        self.task: Task | None = None
        self._given: tuple[Template, dict[str, str], Path | None] | None = None
        self._rows: list[tuple[int, FieldRow]] = []
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget()
        holder.setObjectName("scrolled")
        self._body = QVBoxLayout(holder)
        self._body.setContentsMargins(32, 20, 32, 20)
        self._body.setSpacing(12)
        scroll.setWidget(holder)
        outer.addWidget(scroll, 1)
        self._actions = QWidget()
        self._actions.setObjectName("actionbar")
        self._action_row = QHBoxLayout(self._actions)
        self._action_row.setContentsMargins(32, 10, 32, 10)
        outer.addWidget(self._actions)
        QShortcut(QKeySequence("Esc"), self, self._cancel)
        self.show_choice()

    def _begin(self, step: int, title: str) -> None:
        clear(self._body)
        clear(self._action_row)
        self._body.addWidget(Stepper(STEPS, step))
        self._body.addWidget(PlainLabel(title, "h1"))
        announce(self, f"Step {step + 1} of {len(STEPS)}. {title}")

    def take_focus(self) -> None:
        """Take the focus to the first thing to do, unless it is on this page already."""
        if not self.isVisible() or self.isAncestorOf(QApplication.focusWidget() or self.window()):
            return
        focus_first(self)

    def show_choice(self) -> None:
        """Let the person choose a kind of record."""
        self._given = None
        self._begin(0, "What do you want to sign?")
        for name in BUILT_IN:
            template = built_in(name)
            card = Card(template.title)
            card.body.addWidget(
                PlainLabel(f"{len(template.fields)} fields. Kind of record {template.id}.", "body", "text_muted")
            )
            row = QHBoxLayout()
            row.addWidget(
                button(f"Sign a new {template.title}", "primary", partial(self.show_form, template), "file-pen-line")
            )
            row.addStretch(1)
            card.body.addLayout(row)
            self._body.addWidget(card)
        self._body.addStretch(1)
        QTimer.singleShot(0, self.take_focus)

    def show_form(self, template: Template) -> None:
        """Let the person fill in the details; the preview follows."""
        self._begin(1, f"Sign a {template.title}")
        self._summary = Card("There is a problem", "problem")
        self._summary.hide()
        self._body.addWidget(self._summary)
        columns = MainAndAside(340)
        columns.main.setSpacing(12)
        columns.main.addWidget(self._document_card())
        self.form = SignForm(template, self.refresh)
        columns.main.addWidget(self.form)
        self._preview = Card("Your device will show")
        self._preview.body.setSpacing(2)
        columns.aside.addWidget(self._preview)
        columns.finish()
        self._body.addWidget(columns)
        self._body.addStretch(1)
        self._action_row.addWidget(button("Back", "secondary", self.show_choice))
        self._action_row.addStretch(1)
        self._action_row.addWidget(button("Continue to device", "primary", self.proceed, "usb"))
        self.refresh()
        QTimer.singleShot(0, self.take_focus)

    def _document_card(self) -> Card:
        card = Card()
        # A document belongs to one record only.
        self.document = None
        row = QHBoxLayout()
        self._file = PlainLabel("No document chosen. A record may be without one.", "body_medium")
        row.addWidget(self._file, 1)
        row.addWidget(button("Choose document", "secondary", self._choose_document, "folder-open"))
        card.body.addLayout(row)
        return card

    def _choose_document(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose the document")
        if name:
            self.take_document(Path(name))

    def take_document(self, path: Path) -> None:
        """Take a document into the record."""
        self.document = path
        self._file.setText(f"{path.name}, {path.stat().st_size // 1024} KB")
        self.refresh()

    def refresh(self) -> None:
        """Draw the preview anew from what stands in the form."""
        if self.form is None:
            return
        values, problems = self.form.read()
        wrong = {problem.name for problem in problems}
        known = tuple(None if field.name in wrong else value
                      for field, value in zip(self.form.template.fields, values, strict=True))  # fmt: skip
        clear(self._preview.body, keep=1)
        try:
            screens = self._work.preview(self.form.template, known, self._document_bytes())
        except (DesktopError, BridgeError, LightNodeError, OSError) as error:
            self._preview.body.addWidget(PlainLabel(f"No preview: {error}", "caption", "invalid_soft_text"))
            return
        self._preview.body.addWidget(
            PlainLabel("In this order and these words; then key, register and fee.", "caption", "text_muted")
        )
        for _, row in field_rows(screens):
            self._preview.body.addWidget(row)

    def _document_bytes(self) -> bytes | None:
        if self.document is None or self.document.stat().st_size > MAX_DOCUMENT:
            return None
        return self.document.read_bytes()

    def proceed(self) -> None:
        """Go on to the device, or show what is wrong and take the focus there."""
        if self.form is None:
            return
        _, problems = self.form.read()
        self.form.show_problems(problems)
        if problems:
            self._show_summary(problems)
            return
        self._summary.hide()
        template, typed, document = self.form.template, self.form.typed(), self.document
        try:
            screens = self._work.preview(template, self.form.read()[0], self._document_bytes())
        except (DesktopError, BridgeError, LightNodeError, OSError) as error:
            self.show_failure(error)
            return
        self._given = (template, typed, document)
        self.show_device(template, screens)
        self.task = Task(lambda task: self._work.sign(template, typed, document, task))
        self.task.start(self.show_result, self.show_failure, self._progress)

    def _show_summary(self, problems: tuple[FieldProblem, ...]) -> None:
        clear(self._summary.body, keep=1)
        first = None
        for problem in problems:
            line = button(f"{problem.label}: {problem.text}", "quiet", partial(self._go, problem.name))
            first = first or line
            self._summary.body.addWidget(line, 0, Qt.AlignmentFlag.AlignLeft)
        self._summary.show()
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go(self, name: str) -> None:
        if self.form is not None and name in self.form.inputs:
            self.form.inputs[name].setFocus(Qt.FocusReason.OtherFocusReason)

    def show_device(self, template: Template, screens: tuple[Screen, ...]) -> None:
        """Ask the person to compare and press the device's buttons."""
        self._begin(2, "Check on your device")
        columns = MainAndAside(400, aside_first=True)
        self._device = Card("On your device now")
        self._device.body.setSpacing(2)
        self._show_rows(screens)
        columns.main.addWidget(self._device)
        prompt = Card("Does the device show the same words?", "prompt")
        prompt.body.setSpacing(12)
        prompt.body.addWidget(answer(marks.VALID, "Same", "Press Next."))
        prompt.body.addWidget(answer(marks.NOT_VALID, "Different", "Press the cross. Nothing is signed."))
        for text in (
            "Trust the device. It shows what would really be signed.",
            "Take your time. The device waits, and signs nothing before the last screen.",
            "With a card and no display: confirm in the window named Chancery signer.",
        ):
            prompt.body.addWidget(PlainLabel(text, "caption", "text_muted"))
        self.waiting = PlainLabel("Waiting for your device", "body_strong")
        prompt.body.addWidget(self.waiting)
        columns.aside.addWidget(prompt)
        columns.finish()
        self._body.addWidget(columns)
        self._body.addStretch(1)
        self._action_row.addWidget(button("Cancel signing", "secondary", self._cancel, "", "Cancel signing", "Esc"))
        self._action_row.addStretch(1)
        QTimer.singleShot(0, self.take_focus)

    def _show_rows(self, screens: tuple[Screen, ...]) -> None:
        clear(self._device.body, keep=1)
        self._rows = field_rows(screens)
        for _, row in self._rows:
            self._device.body.addWidget(row)

    def _cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()

    def _progress(self, what: Any) -> None:
        if isinstance(what, tuple) and isinstance(what[0], Screen):
            # The job is drafted: now every row is known as the device will show it.
            self._show_rows(what)
        elif isinstance(what, tuple):
            screen, screens = what
            self.waiting.setText(f"Row {screen} of {screens}")
            for at, row in self._rows:
                row.set_state(PASSED if at < screen else NOW if at == screen else TODO)
                if at == screen:
                    self._scroll.ensureWidgetVisible(row)
        else:
            self.waiting.setText(str(what))

    def show_details(self) -> None:
        """Let the person correct what was filled in before; what is signed then is a new act."""
        if self._given is None:
            return
        template, typed, document = self._given
        self.show_form(template)
        if self.form is not None:
            self.form.fill(typed)
        if document is not None and document.exists():
            self.take_document(document)
        else:
            self.refresh()

    def show_failure(self, error: Exception) -> None:
        """Say how it ended; a declined request is an ending, not an error."""
        declined = getattr(error, "code", "") == "DEVICE-DECLINED"
        self._begin(2, "You declined. Nothing was signed." if declined else "Signing stopped")
        self._body.addWidget(failure_card(error, declined=declined))
        self._body.addStretch(1)
        if self._given is not None:
            self._action_row.addWidget(button("Back to the details", "secondary", self.show_details))
        self._action_row.addStretch(1)
        self._action_row.addWidget(button("Sign another", "primary", self.show_choice, "file-pen-line"))
        QTimer.singleShot(0, self.take_focus)

    def show_result(self, record: SignedRecord) -> None:
        """Say that it is done, what was checked, and where the evidence is."""
        self._begin(3, "Registered and proven")
        for card in result_cards(record):
            self._body.addWidget(card)
        self._body.addStretch(1)
        self._action_row.addStretch(1)
        self._action_row.addWidget(button("Sign another", "primary", self.show_choice, "file-pen-line"))
        QTimer.singleShot(0, self.take_focus)
