"""Where the focus goes when a page changes, and what a screen reader says then."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget


def focus_first(page: QWidget) -> None:
    """Give the focus to the first control of a page."""
    for widget in page.findChildren(QWidget):
        if isinstance(widget, (QAbstractButton, QLineEdit, QComboBox)) and widget.isVisibleTo(page):
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
            return


def announce(widget: QWidget, text: str) -> None:
    """Have a text read aloud."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
