"""A page's title with what it is about, and one action beside them, or below where the text is large for the room."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.plain_label import PlainLabel

BREAKPOINT = 480


class PageHead(QWidget):
    """Title, text and at most one action."""

    def __init__(self, title: str, text: str) -> None:
        """Show title and text."""
        super().__init__()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        texts = QVBoxLayout()
        texts.addWidget(PlainLabel(title, "h1"))
        texts.addWidget(PlainLabel(text, "body", "text_muted"))
        self._row.addLayout(texts, 1)

    def add_action(self, action: QWidget) -> None:
        """Put the page's action in its place."""
        self._row.addWidget(action, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose beside or below."""
        super().resizeEvent(event)
        beside = event.size().width() / THEME.scale >= BREAKPOINT
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
