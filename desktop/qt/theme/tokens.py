"""The design's tokens, and the one object that widgets ask for colours and sizes at paint time."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase

PALETTES = ("light", "dark", "high_contrast")
TEXT_SIZES = (0.9, 1.0, 1.25, 1.5, 2.0)
_WEIGHTS = {400: QFont.Weight.Normal, 500: QFont.Weight.Medium, 600: QFont.Weight.DemiBold, 700: QFont.Weight.Bold}


@cache
def _tokens() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("tokens.json").read_text(encoding="utf-8")
    tokens: dict[str, Any] = json.loads(text)
    return tokens


class Theme(QObject):
    """Palette and text size; `changed` tells widgets to draw anew."""

    changed = Signal()

    def __init__(self) -> None:
        """Begin light, at 100 %."""
        super().__init__()
        self.palette_name = "light"
        self.scale = 1.0

    def choose(self, palette: str, scale: float) -> None:
        """Change palette and text size.

        Args:
            palette: one of `PALETTES`.
            scale: one of `TEXT_SIZES`.
        """
        self.palette_name, self.scale = palette, scale
        self.changed.emit()

    def color(self, name: str) -> QColor:
        """Give a colour of the palette."""
        return QColor(_tokens()["color"][self.palette_name][name])

    def hex(self, name: str) -> str:
        """Give a colour of the palette as text."""
        return str(_tokens()["color"][self.palette_name][name])

    def size(self, name: str) -> int:
        """Give a size in logical px."""
        return int(_tokens()["size"][name])

    def scaled(self, px: float) -> int:
        """Give a length that grows with the text."""
        return round(px * self.scale)

    def font(self, role: str) -> QFont:
        """Give the font of a text role."""
        entry = _tokens()["type"]["roles"][role]
        mono = role.startswith("mono")
        family = _tokens()["type"]["family_mono" if mono else "family"]
        font = QFont(family if family in QFontDatabase.families() else ("monospace" if mono else "sans-serif"))
        font.setPointSizeF(_tokens()["type"]["base_pt"] * entry["factor"] * self.scale)
        font.setWeight(_WEIGHTS.get(entry["weight"], QFont.Weight.Normal))
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def stylesheet(self) -> str:
        """Give the application's stylesheet: geometry and colours of standard controls, never font sizes."""
        c = self.hex
        edge = 2 if self.palette_name == "high_contrast" else 1
        pad, radius = self.scaled(9), 6
        return f"""
        QMainWindow, QDialog, #page, #scrolled {{ background: {c("window")}; }}
        QScrollArea {{ border: none; background: {c("window")}; }}
        QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
        QScrollBar::handle:vertical {{ background: {c("border_strong")}; border-radius: 4px; min-height: 32px; margin: 2px; }}
        QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
        QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
        #sidebar {{ background: {c("sidebar")}; border-right: {edge}px solid {c("border")}; }}
        #statusbar, #actionbar {{ background: {c("surface")}; border-top: {edge}px solid {c("border")}; }}
        #card {{ background: {c("surface")}; border: {edge}px solid {c("border")}; border-radius: 10px; }}
        #prompt {{ background: {c("accent_soft")}; border: {edge}px solid {c("accent_soft")}; border-radius: 10px; }}
        QLineEdit, QComboBox {{ background: {c("surface")}; color: {c("text")}; border: {edge}px solid {c("border_strong")};
            border-radius: {radius}px; padding: {pad}px 12px; selection-background-color: {c("selection")};
            selection-color: {c("selection_text")}; }}
        QLineEdit[wrong="true"], QComboBox[wrong="true"] {{ border: 2px solid {c("danger")}; }}
        QComboBox::drop-down {{ border: none; width: 28px; }}
        QComboBox::down-arrow {{ image: none; }}
        #drop {{ background: {c("surface")}; border: 2px dashed {c("border_strong")}; border-radius: 10px; }}
        #done {{ background: {c("valid_soft")}; border: {edge}px solid {c("valid_mark")}; border-radius: 12px; }}
        #problem {{ background: {c("surface")}; border: 2px solid {c("danger")}; border-radius: 10px; }}
        #problem QPushButton {{ color: {c("danger") if self.palette_name == "light" else c("invalid_soft_text")}; }}
        QComboBox QAbstractItemView {{ background: {c("surface")}; color: {c("text")};
            selection-background-color: {c("selection")}; selection-color: {c("selection_text")}; }}
        QPushButton {{ border-radius: {radius}px; padding: {pad}px 16px; color: {c("text")};
            background: {c("surface")}; border: {max(edge, 1)}px solid {c("border_strong")}; }}
        QPushButton[role="primary"] {{ background: {c("accent")}; color: {c("text_on_accent")};
            border: 1px solid {c("accent")}; }}
        QPushButton[role="primary"]:hover {{ background: {c("accent_hover")}; }}
        QPushButton:disabled, QPushButton[role="primary"]:disabled {{ background: {c("surface")};
            color: {c("text_muted")}; border: {max(edge, 1)}px dashed {c("border_strong")}; }}
        QPushButton[role="quiet"] {{ background: transparent; border: 1px solid transparent; color: {c("link")}; }}
        QPushButton:disabled, QPushButton[role="primary"]:disabled {{ background: {c("surface_sunken")};
            color: {c("text_disabled")}; border: {max(edge, 1)}px dashed {c("border_strong")}; }}
        QPushButton[role="nav"] {{ background: transparent; border: none; text-align: left; padding: {pad}px 12px;
            border-radius: 8px; color: {c("text")}; }}
        QPushButton[role="nav"]:checked {{ background: {c("nav_active")}; color: {c("nav_active_text")};
            border-left: 3px solid {c("accent")}; }}
        QPushButton[role="nav"][rail="true"] {{ text-align: center; padding: {pad}px 4px; }}
        QPushButton[role="row"] {{ background: transparent; border: none; text-align: left; padding: 10px 4px;
            border-top: {edge}px solid {c("border")}; border-radius: 0; }}
        QPushButton[role="row"][first="true"] {{ border-top: none; }}
        QPushButton:focus, QLineEdit:focus, QComboBox:focus, QRadioButton:focus {{ outline: none; }}
        {self._choices_sheet(edge)}
        """

    def _choices_sheet(self, edge: int) -> str:
        """Give the part for choices and menus."""
        c = self.hex
        return f"""
        QRadioButton {{ color: {c("text")}; spacing: 10px; background: transparent; }}
        QRadioButton::indicator {{ width: {self.scaled(8)}px; height: {self.scaled(8)}px;
            border: {self.scaled(6)}px solid {c("surface")}; border-radius: {self.scaled(10)}px;
            background: {c("surface")}; }}
        QRadioButton::indicator:unchecked {{ width: {self.scaled(16)}px; height: {self.scaled(16)}px;
            border: 2px solid {c("border_strong")}; }}
        QRadioButton::indicator:checked {{ border: {self.scaled(6)}px solid {c("accent")}; }}
        QMenu {{ background: {c("surface")}; color: {c("text")}; border: {edge}px solid {c("border_strong")}; }}
        QMenu::item {{ padding: {self.scaled(6)}px 24px; }}
        QMenu::item:selected {{ background: {c("selection")}; color: {c("selection_text")}; }}
        """


THEME = Theme()
