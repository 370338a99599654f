"""Sign: choose, fill in and check, confirm on the device, done.

Invariants: a new act begins with no document and no field of the earlier one; after anything but success, what was
entered is still there; what the page says about the document is what is signed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.qt.error_words import ErrorWords, words_for
from desktop.qt.sign_work import SignedRecord, SignWork
from desktop.qt.tasks import Task
from desktop.qt.views.sign_choice import SignChoice
from desktop.qt.views.sign_device import DeviceStep
from desktop.qt.views.sign_entry import Entered, EntryStep
from desktop.qt.views.sign_form import SignForm
from desktop.qt.views.sign_result import result_cards
from desktop.qt.widgets.controls import Card, button, clear
from desktop.qt.widgets.focus import announce, focus_first, focus_on
from desktop.qt.widgets.plain_label import PlainLabel
from desktop.qt.widgets.stepper import Stepper
from firmware_bridge.signer.screens import Screen
from lightnode.wire.template import Template

ALWAYS_ASKED = "Same words on the device? Go on there. Different? Press the cross there."
STEPS = ("Choose", "Fill in and check", "Confirm on device", "Done")


class SignPage(QWidget):
    """The page; `work` does what is slow."""

    def __init__(self, work: SignWork, asked: Callable[[], None] = lambda: None) -> None:
        """Begin with the choice.

        Args:
            work: does what is slow.
            asked: called when device and register have been asked, and may stand otherwise than before.
        """
        super().__init__()
        self._asked = asked
        self.setObjectName("page")
        self._work = work
        self.kept: Entered | None = None
        self.entry: EntryStep | None = None
        self.device: DeviceStep | None = None
        self.task: Task | None = None
        self.result: SignedRecord | None = None
        self.failure: ErrorWords | None = None
        self._again: Callable[[], None] = self.show_choice
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setAccessibleName("Sign")
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

    @property
    def form(self) -> SignForm | None:
        """Give the form, while it is shown."""
        return None if self.entry is None else self.entry.form

    @property
    def document(self) -> Path | None:
        """Give where the chosen document lies; None without one."""
        chosen = None if self.entry is None else self.entry.document
        return None if chosen is None else chosen.path

    def _begin(self, step: int, title: str, again: Callable[[], None]) -> None:
        if self.entry is not None:
            self.kept = self.entry.entered
        self.entry = self.device = self.result = self.failure = None
        self._again = again
        clear(self._body)
        clear(self._action_row)
        self._body.addWidget(Stepper(STEPS, step))
        self._body.addWidget(PlainLabel(title, "h1"))
        announce(self, f"Step {step + 1} of {len(STEPS)}. {title}")

    def _end(self, *widgets: QWidget) -> None:
        for widget in widgets:
            self._body.addWidget(widget)
        self._body.addStretch(1)
        QTimer.singleShot(0, self._arrive)

    def _arrive(self) -> None:
        """Begin a step at its top, whatever the one before had scrolled to."""
        if self.device is None:
            self._scroll.verticalScrollBar().setValue(0)
        self.take_focus()

    def redraw(self) -> None:
        """Draw the step at hand anew, in other colours or another size of text; nothing that was entered is lost."""
        self._again()

    def take_focus(self) -> None:
        """Take the focus to the first thing to do, unless it is on this page already."""
        if not self.isVisible() or self.isAncestorOf(self.window().focusWidget() or self.window()):
            return
        focus_first(self)

    def show_choice(self) -> None:
        """Let the person choose a kind of record, or go on with what is not finished."""
        self._begin(0, "What do you want to sign?", self.show_choice)
        unfinished = self.kept if self.kept is not None and self.kept.begun else None
        choice = SignChoice(unfinished, self.show_entry)
        self._action_row.addStretch(1)
        self._action_row.addWidget(button("Continue", "primary", lambda: self.show_form(choice.chosen)))
        self._end(choice)

    def show_form(self, template: Template) -> None:
        """Begin a new act: an empty form and no document."""
        self.show_entry(Entered(template))

    def show_entry(self, entered: Entered) -> None:
        """Let the person fill in the details, from what was entered before."""
        self._begin(1, f"Sign a {entered.template.title}", self._show_entry_again)
        self.kept = entered
        self.entry = EntryStep(self._work, entered)
        self._action_row.addWidget(button("Back", "secondary", self.show_choice))
        self._action_row.addStretch(1)
        self._action_row.addWidget(button("Continue to device", "primary", self.proceed, "usb"))
        self._end(self.entry)

    def _show_entry_again(self) -> None:
        if self.entry is not None:
            self.show_entry(self.entry.entered)

    def take_document(self, path: Path) -> None:
        """Take a document into the record that is being filled in."""
        if self.entry is not None:
            self.entry.take_document(path)

    def proceed(self) -> None:
        """Go on to the device, or show what is wrong and take the focus there."""
        if self.entry is None:
            return
        try:
            screens = self.entry.ready()
        except Exception as error:  # noqa: BLE001 - whatever hinders the preview is said in words
            self.show_failure(error)
            return
        if screens is None:
            return
        entered = self.entry.entered
        self.show_device(screens)
        template, typed, document = entered.template, entered.typed, entered.document
        self.task = Task(lambda task: self._work.sign(template, typed, document, task))
        self.task.start(self.show_result, self.show_failure, self._progress)

    def show_device(self, screens: tuple[Screen, ...]) -> None:
        """Ask the person to compare and press the device's buttons."""
        self._begin(2, "Check on your device", self._show_device_again)
        self.device = DeviceStep(screens, self._scroll.ensureWidgetVisible)
        self._action_row.addWidget(button("Cancel signing", "secondary", self._cancel, "", "Cancel signing", "Esc"))
        self._action_row.addSpacing(16)
        # The rows scroll with the device; the question stays in sight.
        self._action_row.addWidget(PlainLabel(ALWAYS_ASKED, "body_strong"), 1)
        self._end(self.device)

    def _show_device_again(self) -> None:
        if self.device is None:
            return
        screens, at, said = self.device.screens, self.device.at, self.device.waiting.text()
        self.show_device(screens)
        if at[0]:
            self.device.progress(at)
        self.device.waiting.setText(said)

    def _cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()

    def _progress(self, what: Any) -> None:
        if self.device is not None:
            self.device.progress(what)
        if isinstance(what, tuple) and isinstance(what[0], Screen):
            # The job is drafted: the register was asked.
            self._asked()

    def show_failure(self, error: Exception) -> None:
        """Say how it ended; a declined request is an ending, not an error, and loses nothing that was entered."""
        self._asked()
        words = words_for(error)
        declined = words.code == "DEVICE-DECLINED"
        title = "You declined. Nothing was signed." if declined else "Signing stopped"
        self._begin(2, title, partial(self.show_failure, error))
        self.failure = words
        card = Card(words.text, "card" if declined else "problem")
        card.body.addWidget(PlainLabel(words.advice, "body"))
        card.body.addWidget(PlainLabel(f"Code {words.code}", "caption", "text_muted"))
        if self.kept is None:
            leads = button("Sign another", "primary", self.show_choice)
        else:
            self._action_row.addWidget(button("Sign another", "secondary", self.show_choice))
            leads = button("Back to the details", "primary", partial(self.show_entry, self.kept))
        self._action_row.addStretch(1)
        self._action_row.addWidget(leads)
        self._end(card)
        focus_on(leads)

    def show_result(self, record: SignedRecord) -> None:
        """Say that it is done, what was checked, and where the evidence is."""
        self._begin(3, "Registered and proven", partial(self.show_result, record))
        self._asked()
        self.kept, self.result = None, record
        another = button("Sign another", "primary", self.show_choice, "file-pen-line")
        self._action_row.addStretch(1)
        self._action_row.addWidget(another)
        self._end(*result_cards(record))
        focus_on(another)
