"""The third step of signing: what to compare with the device. The window never draws what the device displays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.qt.theme import marks
from desktop.qt.widgets.answer import answer
from desktop.qt.widgets.aside import MainAndAside
from desktop.qt.widgets.controls import Card, clear
from desktop.qt.widgets.field_row import NOW, PASSED, TODO, FieldRow, field_rows
from desktop.qt.widgets.plain_label import PlainLabel
from firmware_bridge.signer.screens import Screen

_ADVICE = (
    "Trust the device. It shows what would really be signed.",
    "Take your time. The device waits, and signs nothing before the last screen.",
    "With a card and no display: confirm in the window named Chancery signer.",
)


class DeviceStep(QWidget):
    """Rows that follow the device, and the one question."""

    def __init__(self, screens: tuple[Screen, ...], reveal: Callable[[QWidget], None]) -> None:
        """Show the rows of a job.

        Args:
            screens: as the device will show them.
            reveal: brings a row into view.
        """
        super().__init__()
        self._reveal = reveal
        self.screens, self.at = screens, (0, 0)
        self.rows: list[tuple[int, FieldRow]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        columns = MainAndAside(400, aside_first=True)
        self._card = Card("On your device now")
        self._card.body.setSpacing(2)
        columns.main.addWidget(self._card)
        prompt = Card("Does the device show the same words?", "prompt")
        prompt.body.setSpacing(12)
        prompt.body.addWidget(answer(marks.VALID, "Same", "Press Next."))
        prompt.body.addWidget(answer(marks.NOT_VALID, "Different", "Press the cross. Nothing is signed."))
        for text in _ADVICE:
            prompt.body.addWidget(PlainLabel(text, "caption", "text_muted"))
        self.waiting = PlainLabel("Waiting for your device", "body_strong")
        prompt.body.addWidget(self.waiting)
        columns.aside.addWidget(prompt)
        columns.finish()
        column.addWidget(columns)
        self._show_rows(screens)

    def _show_rows(self, screens: tuple[Screen, ...]) -> None:
        clear(self._card.body, keep=1)
        self.screens, self.rows = screens, field_rows(screens)
        for _, row in self.rows:
            self._card.body.addWidget(row)

    def progress(self, what: Any) -> None:
        """Follow what the work says: the drafted job's screens, (row, rows) of the device, or a sentence."""
        if isinstance(what, tuple) and isinstance(what[0], Screen):
            # The job is drafted: now every row is known as the device will show it.
            self._show_rows(what)
        elif isinstance(what, tuple):
            self.at = (int(what[0]), int(what[1]))
            self.waiting.setText(f"Row {self.at[0]} of {self.at[1]}")
            for number, row in self.rows:
                row.set_state(PASSED if number < self.at[0] else NOW if number == self.at[0] else TODO)
                if number == self.at[0]:
                    self._reveal(row)
        else:
            self.waiting.setText(str(what))
