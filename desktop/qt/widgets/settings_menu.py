"""The entry Settings: size of text and colours; each choice takes effect at once and is remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from desktop.qt.appearance import PALETTE_WORDS, Appearance
from desktop.qt.theme.tokens import TEXT_SIZES, THEME


def settings_menu(parent: QWidget, look: Appearance, changed: Callable[[], None]) -> QMenu:
    """Make the menu.

    Args:
        parent: Qt's owner.
        look: what is chosen.
        changed: called after a choice.
    """
    menu = QMenu(parent)
    menu.setAccessibleName("Settings")
    menu.setFont(THEME.font("body"))

    def choose(act: Callable[[], None]) -> None:
        act()
        changed()

    sizes: list[tuple[str, float | None]] = [("Text as the system", None)]
    sizes += [(f"Text {round(size * 100)} %", size) for size in TEXT_SIZES]
    menu.addSection("Size of text (Ctrl and plus, minus, 0)")
    group = QActionGroup(menu)
    for text, size in sizes:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(look.text_size == size)
        action.triggered.connect(partial(choose, partial(look.choose_text_size, size)))
        group.addAction(action)
    menu.addSection("Colours")
    colours = QActionGroup(menu)
    for name, text in PALETTE_WORDS.items():
        action = menu.addAction(f"Colours: {text[:1].lower()}{text[1:]}")
        action.setCheckable(True)
        action.setChecked(look.palette == name)
        action.triggered.connect(partial(choose, partial(look.choose_palette, name)))
        colours.addAction(action)
    return menu
