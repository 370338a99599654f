"""A line with a mark, a title, and what it means."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.controls import Mark
from desktop.qt.widgets.plain_label import PlainLabel


def answer(kind: str, title: str, text: str, size: int = 22, role: str = "body_strong") -> QWidget:
    """Make the line.

    Args:
        kind: of the mark.
        title: in one or a few words.
        text: what it means.
        size: of the mark in logical px.
        role: of the title.
    """
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(14)
    row.addWidget(Mark(kind, THEME.scaled(size)), 0, Qt.AlignmentFlag.AlignTop)
    texts = QVBoxLayout()
    texts.setSpacing(2)
    texts.addWidget(PlainLabel(title, role))
    texts.addWidget(PlainLabel(text, "body"))
    row.addLayout(texts, 1)
    return line
