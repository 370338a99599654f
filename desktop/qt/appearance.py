"""Colours and size of text: as the system has them, or as this office chose; remembered in the office's file."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication

from desktop.qt.theme.tokens import PALETTES, TEXT_SIZES, THEME
from desktop.services import office

SYSTEM = "system"
PALETTE_WORDS = {SYSTEM: "As the system", "light": "Light", "dark": "Dark", "high_contrast": "High contrast"}
# Size of the system's font, in points, where nobody changed it.
_USUAL_POINTS = {"win32": 9.0, "darwin": 13.0}
_USUAL_POINTS_ELSEWHERE = 11.0


class Appearance:
    """What is chosen, and what follows from it; `apply` puts it into effect."""

    def __init__(self, base: Path | None, system_font: QFont) -> None:
        """Take what the office chose before.

        Args:
            base: the data folder; None to remember nothing.
            system_font: as the system gave it, before ours was set.
        """
        self._base, self._system_points = base, system_font.pointSizeF()
        known = office.Office() if base is None else office.load(base)
        self.palette = known.colours if known.colours in PALETTES else SYSTEM
        self.text_size = known.text_size if known.text_size in TEXT_SIZES else None

    def system_palette(self) -> str:
        """Give the palette that the system asks for."""
        hints = QApplication.styleHints()
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return "high_contrast"
        return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"

    def system_text_size(self) -> float:
        """Give the size of text that the system's own font asks for."""
        usual = _USUAL_POINTS.get(sys.platform, _USUAL_POINTS_ELSEWHERE)
        wanted = max(1.0, self._system_points / usual) * 1.02
        return max(size for size in TEXT_SIZES if size <= wanted)

    def apply(self) -> None:
        """Give the theme, the application's font, palette and stylesheet what is chosen."""
        palette = self.system_palette() if self.palette == SYSTEM else self.palette
        THEME.choose(palette, self.text_size or self.system_text_size())
        dress()

    def choose_palette(self, palette: str) -> None:
        """Choose colours: a palette, or `SYSTEM`."""
        self.palette = palette
        self._take()

    def choose_text_size(self, size: float | None) -> None:
        """Choose a size of text; None for the system's."""
        self.text_size = size
        self._take()

    def step_text_size(self, steps: int) -> None:
        """Make the text larger or smaller by steps."""
        at = TEXT_SIZES.index(THEME.scale) + steps
        self.choose_text_size(TEXT_SIZES[min(max(at, 0), len(TEXT_SIZES) - 1)])

    def _take(self) -> None:
        self.apply()
        if self._base is not None:
            colours = None if self.palette == SYSTEM else self.palette
            office.save(self._base, replace(office.load(self._base), colours=colours, text_size=self.text_size))


def dress() -> None:
    """Give the application the theme's font, palette and stylesheet."""
    made = QApplication.instance()
    if not isinstance(made, QApplication):
        return
    made.setFont(THEME.font("body"))
    made.setPalette(_palette())
    made.setStyleSheet(THEME.stylesheet())


def _palette() -> QPalette:
    palette, role = QPalette(), QPalette.ColorRole
    for name, token in (
        (role.Window, "window"), (role.WindowText, "text"), (role.Base, "surface"), (role.Text, "text"),
        (role.AlternateBase, "surface_sunken"), (role.Button, "surface"), (role.ButtonText, "text"), (role.Link, "link"),
        (role.Highlight, "selection"), (role.HighlightedText, "selection_text"), (role.PlaceholderText, "text_muted"),
        (role.ToolTipBase, "surface"), (role.ToolTipText, "text"),
    ):  # fmt: skip
        palette.setColor(name, THEME.color(token))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, THEME.color("text_disabled"))
    return palette
