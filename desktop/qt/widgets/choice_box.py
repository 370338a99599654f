"""A list to choose from, no wider than its column, with a chevron in the text's colour."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox

from desktop.qt.theme import icons
from desktop.qt.theme.tokens import THEME


class ChoiceBox(QComboBox):
    """A combo box that the mouse wheel does not change by accident."""

    def __init__(self) -> None:
        """Make an empty list."""
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box, then the chevron."""
        super().paintEvent(event)
        painter = QPainter(self)
        size = 18
        painter.drawPixmap(
            self.width() - size - 10, (self.height() - size) // 2, icons.pixmap("chevron-down", THEME.hex("text"), size)
        )
        painter.end()
