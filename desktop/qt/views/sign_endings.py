"""How signing can end, as cards: refused or cut short, or done with what was checked and where the evidence is."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from desktop.qt.sign_work import SignedRecord
from desktop.qt.theme import marks
from desktop.qt.widgets.answer import answer
from desktop.qt.widgets.controls import Card, Mark
from desktop.qt.widgets.plain_label import PlainLabel


def failure_card(error: Exception, *, declined: bool) -> Card:
    """Give what happened, what to do now, and the code; a declined request is an ending, not an error."""
    card = Card(str(error), "card" if declined else "problem")
    card.body.addWidget(PlainLabel(getattr(error, "advice", "Try again."), "body"))
    card.body.addWidget(PlainLabel(f"Code {getattr(error, 'code', type(error).__name__)}", "caption", "text_muted"))
    return card


def result_cards(record: SignedRecord) -> tuple[Card, ...]:
    """Give what was made, what was checked on the way, and where the evidence is."""
    done = Card(name="done")
    done.body.addWidget(answer(marks.VALID, record.title, f"In block {record.block} of the register.", 40, "h3"))
    checked = Card("What was checked")
    for what, detail in record.checks:
        row = QHBoxLayout()
        row.addWidget(Mark(marks.VALID, 22))
        row.addWidget(PlainLabel(what, "body_medium"), 1)
        row.addWidget(PlainLabel(detail, "caption", "text_muted"), 1)
        checked.body.addLayout(row)
    place = Card("The evidence file")
    place.body.addWidget(PlainLabel(str(record.evidence), "mono"))
    place.body.addWidget(PlainLabel("Give it to the person together with the document.", "body", "text_muted"))
    return done, checked, place
