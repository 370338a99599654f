"""Numbered rows of label and value in the device's order: one row for each of its screens."""

from __future__ import annotations

from itertools import accumulate

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.qt.theme import marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.plain_label import PlainLabel
from firmware_bridge.signer.screens import Screen

TODO, NOW, PASSED = "to come", "on the device now", "passed"


class NumberDot(QWidget):
    """A number in a circle: hollow to come, filled now, a tick when passed."""

    def __init__(self, number: int) -> None:
        """Show a number."""
        super().__init__()
        self._number, self.state = number, TODO
        self.setFixedSize(THEME.scaled(22), THEME.scaled(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self.state == PASSED:
            marks.draw_mark(painter, marks.VALID, area, THEME.color("valid_mark"), THEME.color("surface"))
        else:
            now = self.state == NOW
            painter.setPen(QPen(THEME.color("accent" if now else "border_strong"), 1))
            painter.setBrush(THEME.color("accent" if now else "surface"))
            painter.drawEllipse(area)
            painter.setPen(THEME.color("text_on_accent" if now else "text_muted"))
            painter.setFont(THEME.font("micro"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.end()


class FieldRow(QWidget):
    """Label and value of one screen of the device."""

    def __init__(self, number: int, label: str, value: str) -> None:
        """Show a row.

        Args:
            number: of the screen, from 1.
            label: as the device shows it.
            value: as the device shows it.
        """
        super().__init__()
        self._text = f"{number}. {label}: {value}"
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 3, 6, 3)
        layout.setSpacing(10)
        self._dot = NumberDot(number)
        layout.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        left = PlainLabel(label, "caption", "text_muted")
        left.setFixedWidth(THEME.scaled(112))
        right = PlainLabel(value, "caption_strong")
        right.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        layout.addWidget(left, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(right, 1, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(self._text)

    @property
    def state(self) -> str:
        """Give where the device is with this row."""
        return self._dot.state

    def set_state(self, state: str) -> None:
        """Mark the row as to come, on the device now, or passed."""
        self._dot.state = state
        self.setAccessibleName(f"{self._text}, {state}")
        self.update()
        self._dot.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tint the row that is on the device now."""
        if self._dot.state == NOW:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(
                QPen(THEME.color("accent"), 2) if THEME.palette_name == "high_contrast" else Qt.PenStyle.NoPen
            )
            painter.setBrush(THEME.color("accent_soft"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
            painter.end()


def field_rows(screens: tuple[Screen, ...]) -> list[tuple[int, FieldRow]]:
    """Give a row for each screen with the device's own number for it; a caution bears that of the row before it."""
    numbers = accumulate(0 if screen.caution else 1 for screen in screens)
    return [(at, FieldRow(at, screen.label, screen.value)) for at, screen in zip(numbers, screens, strict=True)]
