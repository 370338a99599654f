"""The navigation: names beside icons; a rail with small names where it is narrow, and icons alone at big text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.qt.theme import icons
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.controls import button
from desktop.qt.widgets.plain_label import PictureLabel, PlainLabel

Place = tuple[str, str, str, str]
_BIG_TEXT = 1.5


class Sidebar(QWidget):
    """Places to go to, and the office at the bottom."""

    def __init__(
        self, places: Sequence[Place], office: str, go: Callable[[str], None], settings: Callable[[QPushButton], None]
    ) -> None:
        """Show places.

        Args:
            places: name, title, icon and keys of each.
            office: shown at the bottom.
            go: called with a place's name.
            settings: called with the button that opens them.
        """
        super().__init__()
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._buttons: dict[str, QPushButton] = {}
        self._titles = {name: title for name, title, _, _ in places}
        self._pictures = {name: picture for name, _, picture, _ in places}
        self._small: list[PlainLabel] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 20, 10, 20)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(PictureLabel(icons.pixmap("landmark", THEME.hex("accent"), THEME.scaled(26)), ""))
        self._wide: list[QWidget] = [
            PlainLabel("Chancery", "h3"),
            PlainLabel("Records", "caption_strong", "text_muted"),
        ]
        head.addWidget(self._wide[0], 1)
        column.addLayout(head)
        column.addSpacing(16)
        column.addWidget(self._wide[1])
        group = QButtonGroup(self)
        group.setExclusive(True)
        for name, title, picture, keys in places:
            self._add(column, group, (name, title, picture, keys), go)
        column.addStretch(1)
        self.settings = self._settings(settings)
        self._wide.append(PlainLabel(office or "No office set up", "caption_strong"))
        column.addWidget(self.settings)
        column.addWidget(self._wide[2])
        self.set_narrow(False)

    def _add(self, column: QVBoxLayout, group: QButtonGroup, place: Place, go: Callable[[str], None]) -> None:
        name, title, picture, keys = place
        made = button(title, "nav", partial(go, name), picture, f"{title}, {keys}")
        made.setCheckable(True)
        made.setMinimumHeight(THEME.scaled(40))
        made.toggled.connect(partial(self._tint, name))
        group.addButton(made)
        self._buttons[name] = made
        column.addWidget(made)
        small = PlainLabel(title, "micro")
        small.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._small.append(small)
        column.addWidget(small)

    def _settings(self, settings: Callable[[QPushButton], None]) -> QPushButton:
        made = button("Settings", "nav", lambda: settings(made), "settings", "Settings, Ctrl+comma")
        made.setMinimumHeight(THEME.scaled(40))
        return made

    def _tint(self, name: str, chosen: bool) -> None:
        color = "nav_active_text" if chosen else "text"
        self._buttons[name].setIcon(icons.icon(self._pictures[name], THEME.hex(color)))

    def mark(self, place: str) -> None:
        """Show which place one is at."""
        self._buttons[place].setChecked(True)

    def set_narrow(self, narrow: bool) -> None:
        """Become a rail, or wide again."""
        self.setFixedWidth(THEME.scaled(82 if narrow and THEME.scale < _BIG_TEXT else 56 if narrow else 232))
        for widget in self._wide:
            widget.setVisible(not narrow)
        for small in self._small:
            small.setVisible(narrow and THEME.scale < _BIG_TEXT)
        for name, made in (*self._buttons.items(), ("", self.settings)):
            made.setText("" if narrow else f" {self._titles.get(name, 'Settings')}")
            made.setIconSize(QSize(THEME.scaled(18), THEME.scaled(18)))
            made.setProperty("rail", "true" if narrow else "false")
            made.style().unpolish(made)
            made.style().polish(made)
