"""Verify: choose or drop evidence and document, and read the answer, the reason and the evidence, in this order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.qt.tasks import Task
from desktop.qt.theme import icons
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.aside import MainAndAside
from desktop.qt.widgets.check_list import CheckList
from desktop.qt.widgets.controls import Card, button, clear
from desktop.qt.widgets.freshness import EXPIRED, FreshnessPill, FreshnessScale, freshness_word
from desktop.qt.widgets.plain_label import PictureLabel, PlainLabel
from desktop.qt.widgets.verdict_card import VerdictCard
from lightnode.verdict import Outcome, Verdict
from lightnode.verdict.judgement import show_age, show_day

Judge = Callable[[Path, Path | None], Verdict]
_NEXT = {Outcome.VALID: "primary", Outcome.NOT_VALID: "secondary", Outcome.CANNOT_TELL: "secondary"}


class VerifyPage(QScrollArea):
    """The page; `judge` runs in a thread of its own."""

    def __init__(self, judge: Judge) -> None:
        """Begin empty.

        Args:
            judge: judges evidence and document; slow, may raise.
        """
        super().__init__()
        self._judge = judge
        self._task: Task | None = None
        self.card: VerdictCard | None = None
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAcceptDrops(True)
        holder = QWidget()
        holder.setObjectName("scrolled")
        self._body = QVBoxLayout(holder)
        self._body.setContentsMargins(32, 28, 32, 28)
        self._body.setSpacing(16)
        self.setWidget(holder)
        QShortcut(QKeySequence("Ctrl+O"), self, self.choose)
        self.show_empty()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Judge dropped files."""
        self.take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def choose(self) -> None:
        """Let the person choose files."""
        names, _ = QFileDialog.getOpenFileNames(self, "Choose an evidence file and its document")
        if names:
            self.take([Path(name) for name in names])

    def take(self, files: list[Path]) -> None:
        """Judge one evidence file and at most one document."""
        evidence = [path for path in files if path.suffix == ".cev"]
        others = [path for path in files if path.suffix != ".cev"]
        if len(evidence) != 1 or len(others) > 1:
            self.show_problem(
                "Choose one evidence file", "An evidence file ends in .cev. Add at most one document to it."
            )
            return
        document = others[0] if others else None
        self._busy(evidence[0], document)
        self._task = Task(lambda _: self._judge(evidence[0], document))
        names = evidence[0].name if document is None else f"{document.name} with {evidence[0].name}"
        self._task.start(lambda verdict: self.show_verdict(verdict, names), self._failed)

    def _failed(self, error: Exception) -> None:
        code = getattr(error, "code", type(error).__name__)
        self.show_problem(str(error), f"{getattr(error, 'advice', 'Try again.')} ({code})")

    def _busy(self, evidence: Path, document: Path | None) -> None:
        self._title("Verify", f"Checking {evidence.name}")
        self.first = button("Choose files", "secondary", self.choose, "folder-open")
        self._body.addWidget(self.first, 0, Qt.AlignmentFlag.AlignLeft)
        self._body.addStretch(1)

    def _title(self, title: str, text: str) -> QHBoxLayout:
        clear(self._body)
        self.card = None
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        texts = QVBoxLayout()
        texts.addWidget(PlainLabel(title, "h1"))
        texts.addWidget(PlainLabel(text, "body", "text_muted"))
        row.addLayout(texts, 1)
        self._body.addWidget(head)
        return row

    def take_focus(self) -> None:
        """Take the focus to the verdict, or to what there is to do."""
        (self.card or self.first).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_empty(self) -> None:
        """Say what belongs here and the one thing to do."""
        self._title("Verify", "Check a record against this office's trust list. Nothing leaves this computer.")
        card = Card(name="drop")
        card.body.setSpacing(10)
        card.body.addStretch(1)
        middle = Qt.AlignmentFlag.AlignHCenter
        picture = PictureLabel(icons.pixmap("scan-text", THEME.hex("accent"), THEME.scaled(48)), "")
        card.body.addWidget(picture, 0, middle)
        for text, role, color in (
            ("Drop an evidence file and its document here", "h2", "text"),
            ("The evidence file ends in .cev. The document is the one it is about.", "body", "text_muted"),
        ):
            label = PlainLabel(text, role, color)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            card.body.addWidget(label)
        self.first = button("Choose files", "primary", self.choose, "folder-open", "Choose files", "Ctrl+O")
        card.body.addSpacing(8)
        card.body.addWidget(self.first, 0, middle)
        card.body.addStretch(1)
        self._body.addWidget(card, 1)
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problem(self, title: str, advice: str) -> None:
        """Say what happened and what to do."""
        self._title("Verify", "Nothing was checked.")
        card = Card(title, "problem")
        card.body.addWidget(PlainLabel(advice, "body"))
        self.first = again = button("Choose files", "primary", self.choose, "folder-open")
        row = QHBoxLayout()
        row.addWidget(again)
        row.addStretch(1)
        card.body.addLayout(row)
        self._body.addWidget(card)
        self._body.addStretch(1)
        again.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_verdict(self, verdict: Verdict, names: str) -> None:
        """Show a verdict with its checks, the details to compare and the age of the list."""
        row = self._title("Verify", f"{names}")
        row.addWidget(button("Next document", _NEXT[verdict.outcome], self.show_empty, "", "Next document", "Space"))
        columns = MainAndAside()
        self.card = VerdictCard(verdict, self.show_empty)
        columns.main.addWidget(self.card)
        columns.main.addWidget(CheckList(verdict.checks))
        if verdict.fields:
            columns.aside.addWidget(self._compare(verdict))
        columns.aside.addWidget(self._freshness(verdict))
        columns.finish()
        self._body.addWidget(columns)
        self._body.addStretch(1)
        self.card.announce()

    def _compare(self, verdict: Verdict) -> Card:
        card = Card("Compare with the person or goods")
        for shown in verdict.fields:
            card.body.addWidget(PlainLabel(shown.label, "caption", "text_muted"))
            card.body.addWidget(PlainLabel(shown.value, "body_medium"))
        return card

    def _freshness(self, verdict: Verdict) -> Card:
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
        card.body.addWidget(FreshnessScale(dates, now))
        due, end = ("Was due", "Expired") if word == EXPIRED else ("Update due", "Expires")
        text = f"{due} {show_day(dates.next_update)}. {end} {show_day(dates.not_after)}."
        card.body.addWidget(PlainLabel(text, "caption"))
        card.body.addWidget(
            PlainLabel(f"Trust list {dates.serial} of {show_day(dates.issued)}.", "caption", "text_muted")
        )
        return card
