"""The first step of signing: which kind of record."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from desktop.qt.theme.tokens import THEME
from desktop.qt.views.sign_entry import Entered
from desktop.qt.widgets.controls import Card, button
from desktop.qt.widgets.plain_label import PlainLabel
from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.template import Template


class SignChoice(QWidget):
    """One of the kinds of record; above them what was begun and is not signed."""

    def __init__(self, unfinished: Entered | None, go_on: Callable[[Entered], None]) -> None:
        """Show the kinds of record.

        Args:
            unfinished: begun and not signed; None where there is nothing.
            go_on: called with it.
        """
        super().__init__()
        self._templates = [built_in(name) for name in BUILT_IN]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        if unfinished is not None:
            card = Card(f"Not signed yet: {unfinished.template.title}")
            card.body.addWidget(PlainLabel("What you entered is still here.", "body", "text_muted"))
            row = QHBoxLayout()
            row.addWidget(button("Go on with it", "secondary", partial(go_on, unfinished), "file-pen-line"))
            row.addStretch(1)
            card.body.addLayout(row)
            column.addWidget(card)
        self._group = QButtonGroup(self)
        for at, template in enumerate(self._templates):
            card = Card()
            card.body.setSpacing(4)
            choice = QRadioButton(template.title)
            choice.setFont(THEME.font("h3"))
            choice.setAccessibleName(f"{template.title}, {len(template.fields)} details")
            choice.setMinimumHeight(THEME.scaled(40))
            choice.setChecked(at == 0)
            self._group.addButton(choice, at)
            card.body.addWidget(choice)
            card.body.addWidget(PlainLabel(f"{len(template.fields)} details to fill in.", "body", "text_muted"))
            column.addWidget(card)

    @property
    def chosen(self) -> Template:
        """Give the kind that is chosen."""
        return self._templates[max(0, self._group.checkedId())]
