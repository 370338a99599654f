"""How old an answer is: a scale of three parts, the expired one hatched, with a marker at now; and a pill with the word."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.qt.theme.tokens import THEME
from lightnode.verdict.judgement import Freshness

FRESH, DUE, EXPIRED = "Fresh", "Update due", "Expired"
_PILLS = {FRESH: "valid", DUE: "unknown", EXPIRED: "unknown"}


def freshness_word(dates: Freshness, now: int) -> str:
    """Give the one word for an age."""
    return FRESH if now <= dates.next_update else DUE if now <= dates.not_after else EXPIRED


class FreshnessPill(QWidget):
    """The word in its tint."""

    def __init__(self, word: str) -> None:
        """Show one of the three words."""
        super().__init__()
        self._word = word
        self.setAccessibleName(word)
        metrics = QFontMetrics(THEME.font("micro"))
        self.setFixedSize(QSize(metrics.horizontalAdvance(word) + 24, THEME.scaled(24)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        kind = _PILLS[self._word]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(THEME.color(f"{kind}_mark"), 1))
        painter.setBrush(THEME.color(f"{kind}_soft"))
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.setPen(THEME.color(f"{kind}_soft_text"))
        painter.setFont(THEME.font("micro"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._word)
        painter.end()


class FreshnessScale(QWidget):
    """Three segments: until the update is due, until it expires, and after."""

    def __init__(self, dates: Freshness, now: int) -> None:
        """Show where now stands.

        Args:
            dates: of the trust list.
            now: unix seconds the answer was given at.
        """
        super().__init__()
        self._dates, self._now = dates, now
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(20)

    def position(self) -> float:
        """Give the marker's place between 0 and 1."""
        dates, now = self._dates, self._now
        edges = (dates.issued, dates.next_update, dates.not_after, 2 * dates.not_after - dates.next_update)
        for at in range(3):
            if now <= edges[at + 1] or at == 2:
                part = (now - edges[at]) / max(1, edges[at + 1] - edges[at])
                return min(0.99, (at + min(1.0, max(0.0, part))) / 3)
        return 0.99

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw segments and marker."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        third = self.width() / 3
        painter.setPen(Qt.PenStyle.NoPen)
        for at, color in enumerate(("valid_mark", "unknown")):
            painter.setBrush(THEME.color(color))
            painter.drawRect(QRectF(at * third, 11, third - 2, 6))
        expired = QRectF(2 * third, 11, third, 6)
        painter.setClipRect(expired)
        painter.setPen(QPen(THEME.color("text_muted"), 1.2))
        for x in range(int(expired.left()) - 6, self.width() + 6, 5):
            painter.drawLine(QPointF(x, 18), QPointF(x + 8, 10))
        painter.setClipping(False)
        place = max(5.0, self.position() * self.width())
        painter.setPen(QPen(THEME.color("text"), 2))
        painter.drawLine(QPointF(place, 6), QPointF(place, 19))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("text"))
        painter.drawPolygon(QPolygonF([QPointF(place - 5, 0), QPointF(place + 5, 0), QPointF(place, 7)]))
        painter.end()
