"""The main window: banner, navigation with the places that are real now, the page, and the status line."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.qt.sign_work import SignWork
from desktop.qt.theme import icons
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.sign_page import SignPage
from desktop.qt.views.verify_page import Judge, VerifyPage
from desktop.qt.widgets.banner import TrainingBanner
from desktop.qt.widgets.plain_label import PictureLabel, PlainLabel
from desktop.qt.widgets.sidebar import Sidebar

PLACES = (("sign", "Sign", "file-pen-line", "Ctrl+2"), ("verify", "Verify", "file-search", "Ctrl+3"))

NARROW = 960


class MainWindow(QMainWindow):
    """Shell and pages."""

    def __init__(self, work: SignWork, judge: Judge, *, office: str, environment: str, status: str) -> None:
        """Show the shell.

        Args:
            work: behind the Sign page.
            judge: behind the Verify page.
            office: name shown at the bottom left.
            environment: training, test or production; empty where not known.
            status: line at the bottom.
        """
        super().__init__()
        suffix = " - training" if environment == "training" else ""
        self.setWindowTitle(f"Chancery{suffix}")
        self.setMinimumSize(800, 540)
        self.resize(1180, 760)
        self.sign, self.verify = SignPage(work), VerifyPage(judge)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.sign)
        self._stack.addWidget(self.verify)
        self._sidebar = Sidebar(PLACES, office, self.go)
        outer = QVBoxLayout()
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        if environment == "training":
            outer.addWidget(TrainingBanner())
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._sidebar)
        page = QVBoxLayout()
        page.setSpacing(0)
        page.addWidget(self._stack, 1)
        page.addWidget(self._status(status, environment))
        middle.addLayout(page, 1)
        outer.addLayout(middle, 1)
        holder = QWidget()
        holder.setObjectName("page")
        holder.setLayout(outer)
        self.setCentralWidget(holder)
        for name, _, _, keys in PLACES:
            QShortcut(QKeySequence(keys), self, partial(self.go, name))
        self.go("verify")

    def _status(self, text: str, environment: str) -> QWidget:
        bar = QWidget()
        bar.setObjectName("statusbar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(20, 8, 20, 8)
        row.setSpacing(8)
        color = THEME.hex("text_muted")
        row.addWidget(PictureLabel(icons.pixmap("list-checks", color, THEME.scaled(16)), ""))
        row.addWidget(PlainLabel(text, "caption"), 1)
        if environment in ("training", "test"):
            row.addWidget(PictureLabel(icons.pixmap("graduation-cap", color, THEME.scaled(16)), ""))
            row.addWidget(PlainLabel("Training network" if environment == "training" else "Test network", "caption"))
        bar.setMinimumHeight(THEME.scaled(36))
        return bar

    def go(self, place: str) -> None:
        """Show a place and take the focus to the first thing to do there."""
        page = self.sign if place == "sign" else self.verify
        self._stack.setCurrentWidget(page)
        self._sidebar.mark(place)
        page.take_focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the navigation a rail where there is little room for the text's size."""
        super().resizeEvent(event)
        self._sidebar.set_narrow(event.size().width() / THEME.scale < NARROW)
