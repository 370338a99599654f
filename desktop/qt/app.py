"""Starting the windows."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.qt.appearance import Appearance, dress
from desktop.qt.office_work import OfficeWork
from desktop.qt.views.main_window import MainWindow
from desktop.services import data_folder, office


def application() -> QApplication:
    """Give the one application object, styled."""
    running = QApplication.instance()
    made = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    made.setStyle("Fusion")
    made.setApplicationName("Chancery")
    dress()
    return made


def run(page: str = "home", home: Path | None = None) -> int:
    """Open the main window and stay until it is closed."""
    running = QApplication.instance() or QApplication(sys.argv[:1])
    # The system's font says how large its text is; ours is set afterwards.
    system_font = QApplication.font()
    base = data_folder.base_folder(home)
    look = Appearance(base, system_font)
    application()
    look.apply()
    window = MainWindow.for_office(OfficeWork(office.load(base), home), look)
    hints = QApplication.styleHints()
    hints.colorSchemeChanged.connect(window.follow_system)
    hints.accessibility().contrastPreferenceChanged.connect(window.follow_system)
    window.go("sign" if page == "sign" else "verify")
    window.show()
    return int(running.exec())
