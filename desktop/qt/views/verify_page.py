"""Verify: choose or drop evidence and document, and read the answer, the reason and the evidence, in this order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.qt.error_words import ErrorWords, words_for
from desktop.qt.tasks import Task
from desktop.qt.theme import icons
from desktop.qt.theme.tokens import THEME
from desktop.qt.views.remedy import Remedy, remedy_for
from desktop.qt.views.verdict_aside import fill_aside
from desktop.qt.widgets.aside import MainAndAside
from desktop.qt.widgets.check_list import CheckList
from desktop.qt.widgets.controls import Card, button, clear
from desktop.qt.widgets.focus import focus_on
from desktop.qt.widgets.page_head import PageHead
from desktop.qt.widgets.plain_label import PictureLabel, PlainLabel
from desktop.qt.widgets.verdict_card import VerdictCard
from lightnode.verdict import Outcome, Verdict

Judge = Callable[[Path, Path | None], Verdict]


class VerifyPage(QScrollArea):
    """The page; `judge` runs in a thread of its own."""

    def __init__(
        self,
        judge: Judge,
        take_list: Callable[[Path], None] | None = None,
        list_taken: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin empty.

        Args:
            judge: judges evidence and document; slow, may raise.
            take_list: takes another trust list for this office; None where that is not done here.
            list_taken: called when one was taken.
        """
        super().__init__()
        self._judge, self._take_list, self._list_taken = judge, take_list, list_taken
        self._evidence: Path | None = None
        self._document: Path | None = None
        self.verdict: Verdict | None = None
        self.failure: ErrorWords | None = None
        self._again: Callable[[], None] = self.show_empty
        self._task: Task | None = None
        self.card: VerdictCard | None = None
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Verify")
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
        evidence = [path for path in files if path.suffix.lower() == ".cev"]
        others = [path for path in files if path.suffix.lower() != ".cev"]
        if len(evidence) != 1 or len(others) > 1:
            self.show_problem(
                "Choose one evidence file", "An evidence file ends in .cev. Add at most one document to it."
            )
            return
        self._ask(evidence[0], others[0] if others else None)

    def _ask(self, evidence: Path, document: Path | None) -> None:
        self._evidence, self._document = evidence, document
        self._busy()
        self._task = Task(lambda _: self._judge(evidence, document))
        self._task.start(lambda verdict: self.show_answer(verdict, evidence, document), self._failed)

    def show_answer(self, verdict: Verdict, evidence: Path, document: Path | None) -> None:
        """Show a verdict about these files."""
        self._evidence, self._document = evidence, document
        self.show_verdict(verdict, evidence.name if document is None else f"{document.name} with {evidence.name}")

    def _failed(self, error: Exception) -> None:
        words = words_for(error)
        self.show_problem(words.text, f"{words.advice} ({words.code})")
        self.failure = words

    def redraw(self) -> None:
        """Draw what is shown anew, in other colours or another size of text."""
        self._again()

    def _busy(self) -> None:
        name = "" if self._evidence is None else self._evidence.name
        self._title("Verify", f"Checking {name}", self._busy)
        self.first = button("Choose files", "secondary", self.choose, "folder-open")
        self._body.addWidget(self.first, 0, Qt.AlignmentFlag.AlignLeft)
        self._body.addStretch(1)

    def _title(self, title: str, text: str, again: Callable[[], None]) -> PageHead:
        clear(self._body)
        self.card = self.verdict = self.failure = None
        self._again = again
        head = PageHead(title, text)
        self._body.addWidget(head)
        return head

    def take_focus(self) -> None:
        """Take the focus to the verdict, or to what there is to do."""
        focus_on(self.card or self.first)

    def show_empty(self) -> None:
        """Say what belongs here and the one thing to do."""
        self._title(
            "Verify", "Check a record against this office's trust list. Nothing leaves this computer.", self.show_empty
        )
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
        focus_on(self.first)

    def show_problem(self, title: str, advice: str) -> None:
        """Say what happened and what to do."""
        self._title("Verify", "Nothing was checked.", partial(self.show_problem, title, advice))
        card = Card(title, "problem")
        card.body.addWidget(PlainLabel(advice, "body"))
        self.first = again = button("Choose files", "primary", self.choose, "folder-open")
        row = QHBoxLayout()
        row.addWidget(again)
        row.addStretch(1)
        card.body.addLayout(row)
        self._body.addWidget(card)
        self._body.addStretch(1)
        focus_on(again)

    def show_verdict(self, verdict: Verdict, names: str) -> None:
        """Show a verdict with its checks, the details to compare and the age of the list."""
        head = self._title("Verify", f"{names}", partial(self.show_verdict, verdict, names))
        self.verdict = verdict
        remedy = remedy_for(verdict, with_document=self._document is not None, takes_list=self._take_list is not None)
        leads = remedy is not None and verdict.outcome is not Outcome.VALID
        helps = None if remedy is None else self._remedy_button(remedy, "primary" if leads else "secondary")
        after = button(
            "Next document", "secondary" if leads else "primary", self.show_empty, "", "Next document", "Space"
        )
        columns = MainAndAside()
        self.card = VerdictCard(verdict, self.show_empty, helps)
        checks = CheckList(verdict)
        columns.main.addWidget(self.card)
        columns.main.addWidget(checks)
        fill_aside(columns.aside, verdict)
        columns.finish()
        self._body.addWidget(columns)
        self._body.addStretch(1)
        head.add_action(after)
        # From the verdict to what is done next, then to the reasons.
        order: list[QWidget] = [self.card, *([helps] if leads and helps else []), after]
        order += [*([helps] if helps and not leads else []), *checks.headers]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)
        self.card.announce()

    def _remedy_button(self, remedy: Remedy, role: str) -> QPushButton:
        act = {
            Remedy.TRUST_LIST: self._choose_list, Remedy.DOCUMENT: self._choose_document, Remedy.EVIDENCE: self.choose,
        }[remedy]  # fmt: skip
        return button(remedy.value, role, act, "folder-open")

    def _choose_list(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose a newer trust list")
        if name:
            self.take_list(Path(name))

    def take_list(self, path: Path) -> None:
        """Take another trust list for this office, and judge the same files by it."""
        if self._take_list is None or self._evidence is None:
            return
        try:
            self._take_list(path)
        except Exception as error:  # noqa: BLE001 - said in words, whatever it is
            self._failed(error)
            return
        self._list_taken()
        self._ask(self._evidence, self._document)

    def _choose_document(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose the document")
        if name and self._evidence is not None:
            self._ask(self._evidence, Path(name))
