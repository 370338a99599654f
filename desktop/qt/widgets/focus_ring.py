"""The focus ring: one overlay for each window, 3 px outside a gap of 2 px around whatever has the focus.

Invariants: it takes no click and no focus; it moves with its widget, and in a scrolled page with the page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMainWindow, QWidget

from desktop.qt.theme.tokens import THEME

RING, GAP = 3, 2
_REACH = RING + GAP
_MOVES = (
    QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest,
)  # fmt: skip


class FocusRing(QObject):
    """Follows the focus within one window."""

    def __init__(self, window: QMainWindow) -> None:
        """Begin with no ring."""
        super().__init__(window)
        self._window = window
        self._around: QWidget | None = None
        self._watched: list[QWidget] = []
        self.overlay: _Overlay | None = None
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._moved)

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        self._let_go()
        if now is None or now.window() is not self._window or now is self._window:
            return
        # A click shows by itself where one is; only where one types the ring is wanted all the same.
        if QApplication.mouseButtons() and not isinstance(now, (QLineEdit, QComboBox)):
            return
        holder = _holder(now)
        if holder is now:
            return
        self._around = now
        self.overlay = _Overlay(holder)
        widget: QWidget | None = now
        while widget is not None and widget is not holder:
            widget.installEventFilter(self)
            self._watched.append(widget)
            widget = widget.parentWidget()
        self._place()

    def _let_go(self) -> None:
        for widget in self._watched:
            _quietly(partial(widget.removeEventFilter, self))
        self._watched, self._around = [], None
        if self.overlay is not None:
            overlay, self.overlay = self.overlay, None
            _quietly(overlay.hide)
            _quietly(overlay.deleteLater)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widget's moves; hold back nothing."""
        if event.type() in _MOVES:
            _quietly(self._place)
        return False

    def _place(self) -> None:
        if self.overlay is None or self._around is None:
            return
        holder = self.overlay.holder
        corner = self._around.mapTo(holder, QPoint(0, 0))
        area = QRect(corner, self._around.size()).adjusted(-_REACH, -_REACH, _REACH, _REACH)
        self.overlay.setGeometry(area)
        self.overlay.setVisible(self._around.isVisible())
        self.overlay.raise_()


def _quietly(act: Callable[[], object]) -> None:
    """Act on an object that Qt may have taken away already."""
    with contextlib.suppress(RuntimeError):
        act()


def _holder(widget: QWidget) -> QWidget:
    """Give the page that is scrolled, or the window's content: the ring lies in it."""
    found = widget
    while (parent := found.parentWidget()) is not None and not isinstance(parent, QMainWindow):
        found = parent
        if found.objectName() == "scrolled":
            break
    return found


class _Overlay(QWidget):
    """The ring itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.holder = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw gap and ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = RING + GAP / 2
        painter.setPen(QPen(THEME.color("focus_gap"), GAP))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(middle, middle, -middle, -middle), 7, 7)
        painter.setPen(QPen(THEME.color("focus"), RING))
        half = RING / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), 9, 9)
        painter.end()
