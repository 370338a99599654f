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
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.qt.theme import marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.focus import focus_on
from desktop.qt.widgets.plain_label import PlainLabel
from lightnode.verdict import Outcome, Verdict
from lightnode.verdict.judgement import show_age, show_day

_KINDS = {Outcome.VALID: marks.VALID, Outcome.NOT_VALID: marks.NOT_VALID, Outcome.CANNOT_TELL: marks.CANNOT_TELL}


def said_once(verdict: Verdict) -> str:
    """Give the message without the sentences that a caveat says again, and says more fully."""
    first, *others = verdict.message.split(". ")
    kept = [one for one in others if not any(line.startswith(one.rstrip(".")) for line in verdict.caveats)]
    return ". ".join([first, *kept]).rstrip(".") + "."


def age_line(verdict: Verdict) -> tuple[str, ...]:
    """Say by which list the answer was given and how old that is; nothing where no list could be read."""
    if verdict.freshness is None or verdict.age_seconds is None:
        return ()
    return (
        f"Checked against the trust list of {show_day(verdict.freshness.issued)}, {show_age(verdict.age_seconds)} old.",
    )


class VerdictCard(QFrame):
    """Shows one verdict; Space or Enter on it asks for the next document."""

    def __init__(self, verdict: Verdict, next_document: Callable[[], None], remedy: QPushButton | None = None) -> None:
        """Show a verdict.

        Args:
            verdict: to show.
            next_document: called by key.
            remedy: what helps against it; None where there is nothing.
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
        message, age = said_once(verdict), age_line(verdict)
        texts.addWidget(PlainLabel(message, "lead", on))
        for line in (*verdict.caveats, *age):
            texts.addWidget(PlainLabel(line, "body", on))
        band.addLayout(texts, 1)
        outer.addWidget(self._band)
        below = QHBoxLayout()
        below.setContentsMargins(24, 12, 24, 14)
        below.setSpacing(16)
        todo = QVBoxLayout()
        todo.setSpacing(2)
        todo.addWidget(PlainLabel("What to do now", "caption_strong", soft))
        todo.addWidget(PlainLabel(verdict.next_step, "body", soft))
        if verdict.outcome is Outcome.VALID:
            # Beside other verdicts this stands in a card of its own.
            todo.addWidget(PlainLabel(f"What you can tell the person: {verdict.tell}", "caption", soft))
            todo.addWidget(PlainLabel(f"Help-desk code {verdict.code}", "micro", soft))
        below.addLayout(todo, 1)
        if remedy is not None:
            below.addWidget(remedy, 0, Qt.AlignmentFlag.AlignVCenter)
        outer.addLayout(below)
        spoken = [f"{word.capitalize()}.", message, *verdict.caveats, *age, f"Next: {verdict.next_step}"]
        self.spoken = " ".join([*spoken, f"Help-desk code {verdict.code}."])
        self.setAccessibleName(self.spoken)

    def announce(self) -> None:
        """Take the focus and have the verdict read aloud."""
        focus_on(self)
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
        painter.setPen(QPen(THEME.color(f"{self._kind}_mark"), 2))
        painter.drawPath(shape)
        size = THEME.scaled(72)
        place = QRectF(24, max(20.0, self._band.geometry().center().y() - size / 2), size, size)
        marks.draw_mark(painter, self._kind, place, THEME.color(f"{self._kind}_on"), THEME.color(self._kind))
        painter.end()
