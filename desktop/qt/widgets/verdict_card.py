"""The verdict card: mark, word, sentence, age, and what to do now; one focusable object, announced whole."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.qt.theme import marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.plain_label import PlainLabel
from lightnode.verdict import Outcome, Verdict

_KINDS = {Outcome.VALID: marks.VALID, Outcome.NOT_VALID: marks.NOT_VALID, Outcome.CANNOT_TELL: marks.CANNOT_TELL}


class VerdictCard(QFrame):
    """Shows one verdict; Space or Enter on it asks for the next document."""

    def __init__(self, verdict: Verdict, next_document: Callable[[], None]) -> None:
        """Show a verdict.

        Args:
            verdict: to show.
            next_document: called by key.
        """
        super().__init__()
        self._kind, self._next = _KINDS[verdict.outcome], next_document
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        word = verdict.outcome.value
        if verdict.environment not in ("", "production"):
            word = f"{verdict.environment.upper()} \u00b7 {word}"
        on, soft = f"{self._kind}_on", f"{self._kind}_soft_text"
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._band = QWidget()
        band = QHBoxLayout(self._band)
        band.setContentsMargins(24, 20, 24, 20)
        band.setSpacing(22)
        band.addSpacing(THEME.scaled(72) + 18)
        texts = QVBoxLayout()
        texts.setSpacing(6)
        texts.addWidget(PlainLabel(word, "verdict", on))
        texts.addWidget(PlainLabel(verdict.message, "lead", on))
        for line in verdict.caveats:
            texts.addWidget(PlainLabel(line, "body", on))
        band.addLayout(texts, 1)
        outer.addWidget(self._band)
        todo = QVBoxLayout()
        todo.setContentsMargins(24, 12, 24, 14)
        todo.setSpacing(2)
        todo.addWidget(PlainLabel("What to do now", "caption_strong", soft))
        todo.addWidget(PlainLabel(verdict.next_step, "body", soft))
        todo.addWidget(PlainLabel(f"What you can tell the person: {verdict.tell}", "caption", soft))
        outer.addLayout(todo)
        self.spoken = f"{word.capitalize()}. {verdict.message} Next: {verdict.next_step}"
        self.setAccessibleName(self.spoken)

    def announce(self) -> None:
        """Take the focus and have the verdict read aloud."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        event = QAccessibleAnnouncementEvent(self, self.spoken)
        QAccessible.updateAccessibility(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on to the next document on Space or Enter."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._next()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw band, tint, outline and mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        shape = QPainterPath()
        shape.addRoundedRect(area, 12, 12)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), THEME.color(f"{self._kind}_soft"))
        painter.fillRect(self._band.geometry(), THEME.color(self._kind))
        painter.setClipping(False)
        focus = self.hasFocus()
        painter.setPen(QPen(THEME.color("focus" if focus else f"{self._kind}_mark"), 3 if focus else 2))
        painter.drawPath(shape)
        size = THEME.scaled(72)
        place = QRectF(24, max(20.0, self._band.geometry().center().y() - size / 2), size, size)
        marks.draw_mark(painter, self._kind, place, THEME.color(f"{self._kind}_on"), THEME.color(self._kind))
        painter.end()
