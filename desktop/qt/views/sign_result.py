"""The last step of signing: that it is done, what was checked, and where the evidence is."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.qt.sign_work import SignedRecord
from desktop.qt.theme import marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.answer import answer
from desktop.qt.widgets.controls import Card, Mark, button
from desktop.qt.widgets.plain_label import PlainLabel


def result_cards(record: SignedRecord) -> tuple[QWidget, ...]:
    """Make the cards of a signed record."""
    done = Card(name="done")
    done.body.addWidget(answer(marks.VALID, record.title, f"Registered on {record.registered}.", 40, "h3"))
    card = Card("What was checked")
    for what, detail in record.checks:
        row = QHBoxLayout()
        row.addWidget(Mark(marks.VALID, THEME.scaled(22)))
        row.addWidget(PlainLabel(what, "body_medium"), 1)
        row.addWidget(PlainLabel(detail, "caption", "text_muted"), 1)
        card.body.addLayout(row)
    place = Card("The evidence file")
    place.body.addWidget(PlainLabel(str(record.evidence), "mono"))
    place.body.addWidget(PlainLabel("Give it to the person together with the document.", "body", "text_muted"))
    opens = button("Open folder", "secondary", partial(_open, record.evidence.parent), "folder-open")
    place.body.addWidget(opens, 0, Qt.AlignmentFlag.AlignLeft)
    return done, card, place


def _open(folder: Path) -> None:
    """Have the system's own file manager show a folder."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
