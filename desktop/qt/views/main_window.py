"""The main window: banner, navigation with the places that are real now, the page, and the status line."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
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
from desktop.qt.widgets.controls import button
from desktop.qt.widgets.plain_label import PictureLabel, PlainLabel

PLACES = (("sign", "Sign", "file-pen-line", "Ctrl+2"), ("verify", "Verify", "file-search", "Ctrl+3"))


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
        self._buttons: dict[str, QPushButton] = {}
        outer = QVBoxLayout()
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        if environment == "training":
            outer.addWidget(TrainingBanner())
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._sidebar(office))
        page = QVBoxLayout()
        page.setSpacing(0)
        page.addWidget(self._stack, 1)
        page.addWidget(self._status(status))
        middle.addLayout(page, 1)
        outer.addLayout(middle, 1)
        holder = QWidget()
        holder.setObjectName("page")
        holder.setLayout(outer)
        self.setCentralWidget(holder)
        for name, _, _, keys in PLACES:
            QShortcut(QKeySequence(keys), self, partial(self.go, name))
        self.go("verify")

    def _sidebar(self, office: str) -> QWidget:
        bar = QWidget()
        bar.setObjectName("sidebar")
        bar.setFixedWidth(THEME.scaled(232))
        column = QVBoxLayout(bar)
        column.setContentsMargins(12, 20, 12, 20)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(PictureLabel(icons.pixmap("landmark", THEME.hex("accent"), 28), ""))
        head.addWidget(PlainLabel("Chancery", "h3"), 1)
        column.addLayout(head)
        column.addSpacing(16)
        column.addWidget(PlainLabel("Records", "caption_strong", "text_muted"))
        group = QButtonGroup(bar)
        group.setExclusive(True)
        for name, title, picture, keys in PLACES:
            made = button(title, "nav", partial(self.go, name), picture, f"{title}, {keys}")
            made.setCheckable(True)
            made.setMinimumHeight(THEME.scaled(40))
            group.addButton(made)
            self._buttons[name] = made
            column.addWidget(made)
        column.addStretch(1)
        column.addWidget(PlainLabel(office or "No office set up", "caption_strong"))
        return bar

    def _status(self, text: str) -> QWidget:
        bar = QWidget()
        bar.setObjectName("statusbar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(20, 8, 20, 8)
        row.addWidget(PlainLabel(text, "caption", "text_muted"))
        bar.setMinimumHeight(THEME.scaled(36))
        return bar

    def go(self, place: str) -> None:
        """Show a place."""
        self._stack.setCurrentWidget(self.sign if place == "sign" else self.verify)
        self._buttons[place].setChecked(True)
