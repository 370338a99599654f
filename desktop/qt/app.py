"""Starting the windows."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.qt.office_work import OfficeWork
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.main_window import MainWindow
from desktop.services import data_folder, office


def application() -> QApplication:
    """Give the one application object, styled."""
    running = QApplication.instance()
    made = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    made.setStyle("Fusion")
    made.setApplicationName("Chancery")
    made.setFont(THEME.font("body"))
    made.setStyleSheet(THEME.stylesheet())
    return made


def make_window(home: Path | None) -> MainWindow:
    """Make the main window for the office of a data folder."""
    known = office.load(data_folder.base_folder(home))
    work = OfficeWork(known, home)
    status = "Trust list set" if known.trust is not None else "No trust list"
    return MainWindow(work, work.judge, office=known.name, environment=work.environment(), status=status)


def run(page: str = "home", home: Path | None = None) -> int:
    """Open the main window and stay until it is closed."""
    made = application()
    if made.styleHints().colorScheme() == Qt.ColorScheme.Dark:
        THEME.choose("dark", 1.0)
        made.setStyleSheet(THEME.stylesheet())
    window = make_window(home)
    window.go("sign" if page == "sign" else "verify")
    window.show()
    return int(made.exec())
