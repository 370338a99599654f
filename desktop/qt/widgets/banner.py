"""The training banner: above everything, violet with stripes, cannot be closed."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.qt.theme.tokens import THEME

TEXT = "Training: nothing here has legal effect"


class TrainingBanner(QWidget):
    """Says that this is training."""

    def __init__(self) -> None:
        """Show it."""
        super().__init__()
        self.setAccessibleName(TEXT)
        self.restyle()
        THEME.changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take the height from the theme again."""
        self.setFixedHeight(THEME.scaled(40))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw stripes at both ends and the words between."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), THEME.color("training"))
        painter.setPen(THEME.color("training_on"))
        for at in range(0, 84, 14):
            for left in (at, self.width() - 84 + at):
                painter.drawLine(left, self.height(), left + self.height() // 2, 0)
        painter.setFont(THEME.font("body_strong"))
        painter.drawText(QRect(90, 0, self.width() - 180, self.height()), Qt.AlignmentFlag.AlignCenter, TEXT)
        painter.end()
