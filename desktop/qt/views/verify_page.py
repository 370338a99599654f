"""Verify: choose or drop evidence and document, and read the answer, the reason and the evidence, in this order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.qt.tasks import Task
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.check_list import CheckList
from desktop.qt.widgets.controls import Card, button, clear
from desktop.qt.widgets.plain_label import PlainLabel
from desktop.qt.widgets.verdict_card import VerdictCard
from lightnode.verdict import Verdict
from lightnode.verdict.judgement import show_age, show_day

Judge = Callable[[Path, Path | None], Verdict]


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

    def show_empty(self) -> None:
        """Say what belongs here and the one thing to do."""
        self._title("Verify", "Check a record against this office's trust list. No network is used.")
        card = Card("Drop an evidence file and its document here")
        card.body.addWidget(
            PlainLabel("Or choose them: one file ending in .cev, and the document it is about.", "body", "text_muted")
        )
        self.first = button("Choose files  Ctrl+O", "primary", self.choose, "folder-open", "Choose files")
        row = QHBoxLayout()
        row.addWidget(self.first)
        row.addStretch(1)
        card.body.addLayout(row)
        self._body.addWidget(card)
        self._body.addStretch(1)

    def show_problem(self, title: str, advice: str) -> None:
        """Say what happened and what to do."""
        self._title("Verify", "Nothing was checked.")
        card = Card(title)
        card.body.addWidget(PlainLabel(advice, "body"))
        again = button("Choose files", "primary", self.choose, "folder-open")
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
        row.addWidget(button("Next document  Space", "primary", self.show_empty, name="Next document"))
        columns = QHBoxLayout()
        columns.setSpacing(24)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.setSpacing(16)
        right.setSpacing(16)
        self.card = VerdictCard(verdict, self.show_empty)
        left.addWidget(self.card)
        left.addWidget(CheckList(verdict.checks))
        left.addStretch(1)
        if verdict.fields:
            right.addWidget(self._compare(verdict))
        right.addWidget(self._freshness(verdict))
        right.addStretch(1)
        columns.addLayout(left, 1)
        aside = QWidget()
        aside.setLayout(right)
        right.setContentsMargins(0, 0, 0, 0)
        if self.width() / THEME.scale >= 900:
            aside.setFixedWidth(THEME.scaled(328))
            columns.addWidget(aside)
        else:
            left.insertWidget(1, aside)
        holder = QWidget()
        holder.setLayout(columns)
        columns.setContentsMargins(0, 0, 0, 0)
        self._body.addWidget(holder)
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
        word = "Fresh" if now <= dates.next_update else "Update due" if now <= dates.not_after else "Expired"
        card.body.addWidget(PlainLabel(f"{show_age(verdict.age_seconds)} old. {word}.", "body_strong"))
        text = f"Update due {show_day(dates.next_update)}. Expires {show_day(dates.not_after)}."
        card.body.addWidget(PlainLabel(text, "caption", "text_muted"))
        card.body.addWidget(
            PlainLabel(f"Trust list {dates.serial} of {show_day(dates.issued)}.", "caption", "text_muted")
        )
        return card
