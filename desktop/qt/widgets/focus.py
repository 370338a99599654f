"""Where the focus goes when a page changes, and what a screen reader says then."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QStackedWidget, QWidget


def focus_first(page: QWidget) -> None:
    """Give the focus to the first control of a page."""
    for widget in page.findChildren(QWidget):
        if isinstance(widget, (QAbstractButton, QLineEdit, QComboBox)) and widget.isVisibleTo(page):
            focus_on(widget)
            return


def focus_on(widget: QWidget) -> None:
    """Give the focus to a widget that was just made: Qt takes it away again from one that is not shown yet."""
    hidden: list[QWidget] = []
    at: QWidget | None = widget
    while at is not None and not at.isVisible() and not at.isWindow():
        if isinstance(at.parentWidget(), QStackedWidget):
            # The whole page is not the one that is looked at; it is shown by whoever goes there.
            hidden = []
            break
        hidden.append(at)
        at = at.parentWidget()
    for one in reversed(hidden):
        one.show()
    widget.setFocus(Qt.FocusReason.OtherFocusReason)


def announce(widget: QWidget, text: str) -> None:
    """Have a text read aloud."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
