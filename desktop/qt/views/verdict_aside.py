"""What stands beside a verdict: the details to compare, or what to tell the person; and how fresh the answer is."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.controls import Card
from desktop.qt.widgets.freshness import EXPIRED, FreshnessPill, FreshnessScale, freshness_word
from desktop.qt.widgets.plain_label import PlainLabel
from lightnode.verdict import Outcome, Verdict
from lightnode.verdict.judgement import show_age, show_day


def fill_aside(aside: QVBoxLayout, verdict: Verdict) -> None:
    """Put the cards for a verdict into the aside, the one that is needed first above."""
    if verdict.outcome is Outcome.VALID:
        if verdict.fields:
            aside.addWidget(_compare(verdict))
        aside.addWidget(_freshness(verdict))
    elif verdict.outcome is Outcome.NOT_VALID:
        aside.addWidget(_tell(verdict))
        aside.addWidget(_freshness(verdict))
    else:
        aside.addWidget(_freshness(verdict))
        aside.addWidget(_tell(verdict))


def _pair(card: Card, label: str, value: str, role: str = "body_medium") -> None:
    card.body.addWidget(PlainLabel(label, "caption", "text_muted"))
    card.body.addWidget(PlainLabel(value, role))


def _compare(verdict: Verdict) -> Card:
    card = Card("Compare with the person or goods")
    for shown in verdict.fields:
        _pair(card, shown.label, shown.value)
    return card


def _tell(verdict: Verdict) -> Card:
    card = Card("What you can tell the person")
    card.body.addWidget(PlainLabel(verdict.tell, "body"))
    if verdict.issuer:
        _pair(card, "Issuing office", verdict.issuer)
    if verdict.reference:
        _pair(card, "Reference", verdict.reference)
    _pair(card, "Help-desk code", verdict.code, "mono_strong")
    return card


def _freshness(verdict: Verdict) -> Card:
    card = Card("How fresh is this answer?")
    dates = verdict.freshness
    if dates is None or verdict.age_seconds is None:
        card.body.addWidget(PlainLabel("No trust list could be read.", "body"))
        return card
    now = dates.issued + verdict.age_seconds
    word = freshness_word(dates, now)
    row = QHBoxLayout()
    row.addWidget(PlainLabel(f"{show_age(verdict.age_seconds)} old", "body_strong"), 1)
    row.addWidget(FreshnessPill(word))
    card.body.addLayout(row)
    scale = FreshnessScale(dates, now)
    scale.setAccessibleName(f"{word}, {show_age(verdict.age_seconds)} old")
    card.body.addWidget(scale)
    card.body.addSpacing(THEME.scaled(2))
    due, end = ("Was due", "Expired") if word == EXPIRED else ("Update due", "Expires")
    text = f"{due} {show_day(dates.next_update)}. {end} {show_day(dates.not_after)}."
    card.body.addWidget(PlainLabel(text, "caption"))
    card.body.addWidget(PlainLabel(f"Trust list of {show_day(dates.issued)}.", "caption", "text_muted"))
    return card
