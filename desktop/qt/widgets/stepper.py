"""The steps of a flow on one line; only the step at hand where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.qt.theme import marks
from desktop.qt.theme.tokens import THEME

_LINE = 28
_GAP = 8


class Stepper(QWidget):
    """Says which step of how many this is."""

    def __init__(self, steps: tuple[str, ...], at: int) -> None:
        """Show steps.

        Args:
            steps: names in order.
            at: index of the step at hand.
        """
        super().__init__()
        self._steps, self._at = steps, at
        self.setAccessibleName(f"Step {at + 1} of {len(steps)}: {steps[at]}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(THEME.scaled(26))

    def sizeHint(self) -> QSize:
        """Give the height of one line."""
        return QSize(200, THEME.scaled(26))

    def _width(self) -> int:
        metrics = QFontMetrics(THEME.font("body_strong"))
        dot = THEME.scaled(22)
        return sum(dot + _GAP + metrics.horizontalAdvance(name) + _LINE + 2 * _GAP for name in self._steps)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw dots, names and the lines between."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, dot, x = self.height() / 2, THEME.scaled(22), 0.0
        if self._width() > self.width():
            painter.setPen(THEME.color("text"))
            painter.setFont(THEME.font("body_strong"))
            text = f"{self._at + 1} of {len(self._steps)}: {self._steps[self._at]}"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
            painter.end()
            return
        for at, name in enumerate(self._steps):
            area = QRectF(x, middle - dot / 2, dot, dot).adjusted(1, 1, -1, -1)
            self._dot(painter, area, at)
            x += dot + _GAP
            font = THEME.font("body_strong" if at == self._at else "body")
            width = QFontMetrics(font).horizontalAdvance(name) + 2
            painter.setFont(font)
            painter.setPen(THEME.color("text" if at <= self._at else "text_muted"))
            painter.drawText(QRectF(x, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, name)
            x += width + _GAP
            if at + 1 < len(self._steps):
                painter.setPen(QPen(THEME.color("border_strong"), 1))
                painter.drawLine(QPointF(x, middle), QPointF(x + _LINE, middle))
                x += _LINE + _GAP
        painter.end()

    def _dot(self, painter: QPainter, area: QRectF, at: int) -> None:
        last_done = at == self._at == len(self._steps) - 1
        if at < self._at or last_done:
            marks.draw_mark(painter, marks.VALID, area, THEME.color("valid_mark"), THEME.color("surface"))
            return
        now = at == self._at
        painter.setPen(QPen(THEME.color("accent" if now else "border_strong"), 1.5))
        painter.setBrush(THEME.color("accent") if now else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(area)
        painter.setPen(THEME.color("text_on_accent" if now else "text_muted"))
        painter.setFont(THEME.font("micro"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(at + 1))
