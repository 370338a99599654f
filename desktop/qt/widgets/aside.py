"""Two columns where there is room, one under the other where there is not: effective width is width by text size."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from desktop.qt.theme.tokens import THEME

BREAKPOINT = 860


class MainAndAside(QWidget):
    """A main column and an aside of fixed width; `main` and `aside` take their content."""

    def __init__(self, width: int = 328, *, aside_first: bool = False) -> None:
        """Make both columns empty.

        Args:
            width: of the aside in logical px at text size 100 %.
            aside_first: whether the aside stands above when there is one column.
        """
        super().__init__()
        self._width, self._aside_first = width, aside_first
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(24)
        left, right = QWidget(), QWidget()
        self._right = right
        self.main, self.aside = QVBoxLayout(left), QVBoxLayout(right)
        for column in (self.main, self.aside):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(16)
        self._row.addWidget(left, 1)
        self._row.addWidget(right)
        self._fit(1280)

    def finish(self) -> None:
        """Push the content of both columns up."""
        self.main.addStretch(1)
        self.aside.addStretch(1)

    def _fit(self, width: int) -> None:
        wide = width / THEME.scale >= BREAKPOINT - 64
        if wide:
            self._row.setDirection(QBoxLayout.Direction.LeftToRight)
            self._right.setFixedWidth(THEME.scaled(self._width))
        else:
            up = QBoxLayout.Direction.BottomToTop if self._aside_first else QBoxLayout.Direction.TopToBottom
            self._row.setDirection(up)
            self._right.setMinimumWidth(0)
            self._right.setMaximumWidth(16_777_215)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose one column or two."""
        super().resizeEvent(event)
        self._fit(event.size().width())
