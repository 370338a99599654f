"""The training banner: above everything, violet with stripes, cannot be closed."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.qt.theme import icons
from desktop.qt.theme.tokens import THEME

TEXT = "Training: nothing here has legal effect."


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
        """Draw stripes, faint enough for the words over them."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), THEME.color("training"))
        stripe = THEME.color("training_on")
        stripe.setAlphaF(0.14)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(stripe, 6))
        for at in range(-self.height(), self.width(), 22):
            painter.drawLine(at, self.height(), at + self.height(), 0)
        size = THEME.scaled(20)
        cap = icons.pixmap("graduation-cap", THEME.hex("training_on"), size)
        painter.drawPixmap(20, (self.height() - size) // 2, cap)
        painter.setPen(THEME.color("training_on"))
        painter.setFont(THEME.font("body_strong"))
        words = QRect(32 + size, 0, self.width() - 44 - size, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, TEXT)
        painter.end()
