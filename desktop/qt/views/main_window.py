"""The main window: banner, navigation with the places that are real now, the page, and the status line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.qt.appearance import Appearance
from desktop.qt.office_work import OfficeWork
from desktop.qt.sign_work import SignWork
from desktop.qt.theme import icons
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.sign_page import SignPage
from desktop.qt.views.verify_page import Judge, VerifyPage
from desktop.qt.widgets.banner import TrainingBanner
from desktop.qt.widgets.focus_ring import FocusRing
from desktop.qt.widgets.plain_label import PictureLabel, PlainLabel
from desktop.qt.widgets.settings_menu import settings_menu
from desktop.qt.widgets.sidebar import Sidebar
from desktop.services.office_status import OfficeStatus

PLACES = (("sign", "Sign", "file-pen-line", "Ctrl+2"), ("verify", "Verify", "file-search", "Ctrl+3"))

NARROW = 960
_ROOM_FOR_THREE = 720
_MINUTE_MS = 60_000


class MainWindow(QMainWindow):
    """Shell and pages."""

    def __init__(
        self,
        work: SignWork,
        judge: Judge,
        *,
        office: str,
        environment: str,
        status: Callable[[], OfficeStatus],
        take_list: Callable[[Path], None] | None = None,
        look: Appearance | None = None,
    ) -> None:
        """Show the shell.

        Args:
            work: behind the Sign page.
            judge: behind the Verify page.
            office: name shown at the bottom left.
            environment: training, test or production; empty where not known.
            status: gives the line at the bottom: device, register, trust list; asked anew each minute.
            take_list: takes another trust list; None where that is not done here.
            look: colours and size of text; None to leave them alone and remember nothing.
        """
        super().__init__()
        suffix = " - training" if environment == "training" else ""
        self.setWindowTitle(f"Chancery{suffix}")
        self.setMinimumSize(800, 540)
        self.resize(1180, 760)
        self._office, self._environment, self._status_words = office, environment, status
        self._look = look or Appearance(None, self.font())
        self._place = "verify"
        self.sign = SignPage(work, self.refresh_status)
        self.verify = VerifyPage(judge, take_list, self.refresh_status)
        self._build()
        self._ring = FocusRing(self)
        for name, _, _, keys in PLACES:
            QShortcut(QKeySequence(keys), self, partial(self.go, name))
        for keys, steps in (("Ctrl++", 1), ("Ctrl+=", 1), ("Ctrl+-", -1)):
            QShortcut(QKeySequence(keys), self, partial(self._step_text, steps))
        QShortcut(QKeySequence("Ctrl+0"), self, partial(self._step_text, 0))
        QShortcut(QKeySequence("Ctrl+,"), self, lambda: self._settings(self._sidebar.settings))
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.refresh_status)
        self._timer.start(_MINUTE_MS)
        self.go("verify")

    @classmethod
    def for_office(cls, work: OfficeWork, look: Appearance | None = None) -> MainWindow:
        """Make the window of an office."""
        return cls(
            work, work.judge, office=work.office.name, environment=work.environment(), status=work.status,
            take_list=work.take_list, look=look,
        )  # fmt: skip

    def _build(self) -> None:
        """Put banner, navigation, pages and status line together, in the theme of now."""
        self.sign.setParent(None)
        self.verify.setParent(None)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.sign)
        self._stack.addWidget(self.verify)
        self._sidebar = Sidebar(PLACES, self._office, self.go, self._settings)
        outer = QVBoxLayout()
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        if self._environment == "training":
            outer.addWidget(TrainingBanner())
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._sidebar)
        page = QVBoxLayout()
        page.setSpacing(0)
        page.addWidget(self._stack, 1)
        page.addWidget(self._status())
        middle.addLayout(page, 1)
        outer.addLayout(middle, 1)
        holder = QWidget()
        holder.setObjectName("page")
        holder.setLayout(outer)
        self.setCentralWidget(holder)
        self._fit(self.width())

    def _fit(self, width: int) -> None:
        """Make the navigation a rail, and keep the trust list alone at the foot, where there is little room."""
        self._sidebar.set_narrow(width / THEME.scale < NARROW)
        for widget in self._beside_list:
            widget.setVisible(width / THEME.scale >= _ROOM_FOR_THREE)

    def _status(self) -> QWidget:
        bar = QWidget()
        bar.setObjectName("statusbar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(20, 8, 20, 8)
        row.setSpacing(8)
        color = THEME.hex("text_muted")
        self.device, self.register, self.status = (PlainLabel("", "caption") for _ in range(3))
        self._beside_list: list[QWidget] = []
        for icon, label in (("usb", self.device), ("refresh-cw", self.register), ("list-checks", self.status)):
            picture = PictureLabel(icons.pixmap(icon, color, THEME.scaled(16)), "")
            row.addWidget(picture)
            row.addWidget(label, 3 if label is self.status else 2)
            if label is not self.status:
                self._beside_list += [picture, label]
        self.refresh_status()
        if self._environment in ("training", "test"):
            word = "Training network" if self._environment == "training" else "Test network"
            row.addWidget(PictureLabel(icons.pixmap("graduation-cap", color, THEME.scaled(16)), ""))
            row.addWidget(PlainLabel(word, "caption"))
        bar.setMinimumHeight(THEME.scaled(36))
        return bar

    def refresh_status(self) -> None:
        """Say anew how device, register and trust list stand."""
        now = self._status_words()
        for label, text in ((self.device, now.device), (self.register, now.register), (self.status, now.trust_list)):
            label.setText(text)

    def _settings(self, opener: QPushButton) -> None:
        menu = settings_menu(self, self._look, lambda: QTimer.singleShot(0, self.restyle))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(opener.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _step_text(self, steps: int) -> None:
        if steps:
            self._look.step_text_size(steps)
        else:
            self._look.choose_text_size(None)
        self.restyle()

    def follow_system(self) -> None:
        """Take over what the system changed, as far as this office follows it."""
        self._look.apply()
        self.restyle()

    def restyle(self) -> None:
        """Draw everything anew in the theme of now; where one is and what was entered stays."""
        self._build()
        self.sign.redraw()
        self.verify.redraw()
        self.go(self._place)

    def go(self, place: str) -> None:
        """Show a place and take the focus to the first thing to do there."""
        self._place = place
        page = self.sign if place == "sign" else self.verify
        self._stack.setCurrentWidget(page)
        self._sidebar.mark(place)
        page.take_focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room there is for the text's size."""
        super().resizeEvent(event)
        self._fit(event.size().width())
