"""Buttons, cards and rows in the design's roles."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.qt.theme import icons, marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.plain_label import PlainLabel

MARK_COLORS = {
    marks.VALID: ("valid_mark", "surface"),
    marks.NOT_VALID: ("invalid_mark", "surface"),
    marks.CANNOT_TELL: ("unknown", "unknown_on"),
    marks.SKIPPED: ("border_strong", "border_strong"),
}


def button(text: str, role: str, action: Callable[[], object], icon: str = "", name: str = "") -> QPushButton:
    """Make a button.

    Args:
        text: verb and noun.
        role: primary, secondary, quiet, nav or row.
        action: called on click.
        icon: of the set; none if empty.
        name: accessible name where the text does not say enough.
    """
    made = ThemedButton(text)
    made.setProperty("role", role)
    made.setAccessibleName(name or text)
    made.setAutoDefault(role == "primary")
    made.clicked.connect(lambda: action())
    if icon:
        color = "text_on_accent" if role == "primary" else "text"
        made.setIcon(icons.icon(icon, THEME.hex(color)))
        made.setIconSize(QSize(20, 20))
    return made


class ThemedButton(QPushButton):
    """A button whose text follows the text size."""

    def __init__(self, text: str) -> None:
        """Make a button with a text."""
        super().__init__(text)
        self.restyle()
        THEME.changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take the font from the theme again."""
        self.setFont(THEME.font("body_medium"))


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


def labelled_row(label: str, value: str, number: str = "") -> QWidget:
    """Make a row of label and value, as the device's preview has them."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 2, 0, 2)
    layout.setSpacing(10)
    if number:
        counted = PlainLabel(number, "micro", "text_muted")
        counted.setFixedWidth(THEME.scaled(22))
        layout.addWidget(counted)
    left = PlainLabel(label, "caption", "text_muted")
    left.setFixedWidth(THEME.scaled(126))
    right = PlainLabel(value, "caption_strong")
    right.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    layout.addWidget(left)
    layout.addWidget(right, 1)
    row.setAccessibleName(f"{label}: {value}")
    return row


def clear(layout: QBoxLayout, keep: int = 0) -> None:
    """Take every widget but the first few out of a layout and let it go at once from the eye, later from memory."""
    while layout.count() > keep:
        item = layout.takeAt(keep)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
