"""The one place where a QLabel is made: plain text by construction, wrapped, in a text role and a token colour."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.qt.theme.tokens import THEME


class PlainLabel(QLabel):
    """A text in a role; follows palette and text size."""

    def __init__(self, text: str = "", role: str = "body", color: str = "text", parent: QWidget | None = None) -> None:
        """Show a text.

        Args:
            text: never taken for markup.
            role: of the type scale.
            color: name of a token.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._role, self._color = role, color
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setText(text)
        self.restyle()
        THEME.changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take font and colour from the theme again."""
        self.setFont(THEME.font(self._role))
        palette = self.palette()
        for role in (palette.ColorRole.WindowText, palette.ColorRole.ButtonText, palette.ColorRole.Text):
            palette.setColor(role, THEME.color(self._color))
        self.setPalette(palette)

    def recolor(self, color: str) -> None:
        """Change the token colour."""
        self._color = color
        self.restyle()


class PictureLabel(QLabel):
    """A small drawing with a name for those who cannot see it."""

    def __init__(self, picture: QPixmap, name: str, parent: QWidget | None = None) -> None:
        """Show a drawing.

        Args:
            picture: drawn.
            name: accessible; empty for mere decoration.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.setPixmap(picture)
        self.setAccessibleName(name)
