"""Buttons, cards and rows in the design's roles."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QFrame, QPushButton, QVBoxLayout, QWidget

from desktop.qt.theme import icons, marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.plain_label import PlainLabel

MARK_COLORS = {
    marks.VALID: ("valid_mark", "surface"),
    marks.NOT_VALID: ("invalid_mark", "surface"),
    marks.CANNOT_TELL: ("unknown", "unknown_on"),
    marks.SKIPPED: ("border_strong", "border_strong"),
}


def button(
    text: str, role: str, action: Callable[[], object], icon: str = "", name: str = "", key: str = ""
) -> QPushButton:
    """Make a button.

    Args:
        text: verb and noun.
        role: primary, secondary, quiet, nav or row.
        action: called on click.
        icon: of the set; none if empty.
        name: accessible name where the text does not say enough.
        key: shown in a small box.
    """
    made = ThemedButton(f" {text}" if icon else text, key)
    made.setProperty("role", role)
    made.setAccessibleName(name or text)
    made.setAutoDefault(role == "primary")
    made.clicked.connect(lambda: action())
    if icon:
        color = "text_on_accent" if role == "primary" else "text"
        picture = icons.icon(icon, THEME.hex(color))
        picture.addPixmap(icons.pixmap(icon, THEME.hex("text_disabled"), 20), QIcon.Mode.Disabled)
        made.setIcon(picture)
        made.setIconSize(QSize(THEME.scaled(18), THEME.scaled(18)))
    return made


class ThemedButton(QPushButton):
    """A button whose text follows the text size; it may show its key in a small box."""

    def __init__(self, text: str, key: str = "") -> None:
        """Make a button with a text and perhaps a key."""
        super().__init__(text)
        self.key = key
        self.restyle()
        THEME.changed.connect(self.restyle)

    def _box(self) -> int:
        return QFontMetrics(THEME.font("micro")).horizontalAdvance(self.key) + 12

    def restyle(self) -> None:
        """Take the font from the theme again, and room for the key."""
        self.setFont(THEME.font("body_medium"))
        if self.key:
            self.setStyleSheet(f"QPushButton {{ padding-right: {self._box() + 26}px; }}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button, then its key."""
        super().paintEvent(event)
        if not self.key:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = THEME.color("text_on_accent" if self.property("role") == "primary" else "text_muted")
        height = THEME.scaled(20)
        box = QRectF(self.width() - self._box() - 14, (self.height() - height) / 2, self._box(), height)
        painter.setPen(QPen(color, 1))
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(THEME.font("micro"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.key)
        painter.end()


class Card(QFrame):
    """A white area with a hairline; `body` takes its content."""

    def __init__(self, title: str = "", name: str = "card") -> None:
        """Make an empty card.

        Args:
            title: shown above the content.
            name: object name, for the stylesheet.
        """
        super().__init__()
        self.setObjectName(name)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16, 14, 16, 16)
        self.body.setSpacing(8)
        if title:
            self.body.addWidget(PlainLabel(title, "h3"))


class Mark(QWidget):
    """A check's mark."""

    def __init__(self, kind: str, size: int = 24) -> None:
        """Show a mark of a kind."""
        super().__init__()
        self._kind = kind
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        fill, glyph = MARK_COLORS[self._kind]
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        marks.draw_mark(painter, self._kind, area, THEME.color(fill), THEME.color(glyph))
        painter.end()


def clear(layout: QBoxLayout, keep: int = 0) -> None:
    """Take every widget but the first few out of a layout: from the eye at once, from memory when no event runs in it."""
    while layout.count() > keep:
        item = layout.takeAt(keep)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            QTimer.singleShot(0, partial(_let_go, widget))


def _let_go(widget: QWidget) -> None:
    widget.deleteLater()
