"""The four lines under a verdict, each opening to its checks with their evidence."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.qt.theme import icons, marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.controls import Card, Mark
from desktop.qt.widgets.plain_label import PlainLabel
from lightnode.verdict import Outcome, Verdict
from lightnode.verdict.judgement import Check, CheckState, Group

_MARKS = {
    CheckState.PASSED: marks.VALID,
    CheckState.FAILED: marks.NOT_VALID,
    CheckState.UNKNOWN: marks.CANNOT_TELL,
    CheckState.SKIPPED: marks.SKIPPED,
}
_ORDER = (CheckState.FAILED, CheckState.UNKNOWN, CheckState.SKIPPED, CheckState.PASSED)
_WORDS = {
    CheckState.PASSED: "passed", CheckState.FAILED: "failed", CheckState.UNKNOWN: "cannot tell",
    CheckState.SKIPPED: "not checked",
}  # fmt: skip


_NOT_RUN = "Not checked, because an earlier check decided"


class Chevron(QWidget):
    """Points down on a closed header and up on an open one."""

    def __init__(self, header: QPushButton) -> None:
        """Follow a header."""
        super().__init__()
        self._header = header
        self.setFixedSize(18, 18)
        header.toggled.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        name = "chevron-up" if self._header.isChecked() else "chevron-down"
        painter.drawPixmap(0, 0, icons.pixmap(name, THEME.hex("text_muted"), 18))
        painter.end()


class CheckHeader(QPushButton):
    """A line that opens; as high as its texts need at its width, which a plain button would not be."""

    def __init__(self, *, first: bool) -> None:
        """Make an empty line.

        Args:
            first: whether no line stands above.
        """
        super().__init__()
        self.setProperty("role", "row")
        self.setProperty("first", "true" if first else "false")
        self.setCheckable(True)
        self.setMinimumHeight(THEME.scaled(62))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the texts need."""
        super().resizeEvent(event)
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            self.setMinimumHeight(max(THEME.scaled(62), layout.totalHeightForWidth(self.width())))


def state_of(group: Group, verdict: Verdict) -> tuple[CheckState, str]:
    """Give how a group ended, and the clause that says why.

    In a verdict that is VALID, what makes a record genuine has passed; a check beside it that did not run is its caveat.
    """
    checks = [check for check in verdict.checks if check.group is group]
    state = min((check.state for check in checks), key=_ORDER.index, default=CheckState.SKIPPED)
    clause = next((check.detail for check in checks if check.state is state), _NOT_RUN)
    passed = any(check.state is CheckState.PASSED for check in checks)
    if group is Group.GENUINE and state is CheckState.SKIPPED and passed and verdict.outcome is Outcome.VALID:
        return CheckState.PASSED, clause
    return state, clause


class CheckList(Card):
    """An accordion of the four groups; the deciding one is open."""

    def __init__(self, verdict: Verdict) -> None:
        """Show a verdict's checks in their groups."""
        super().__init__()
        self.body.setContentsMargins(16, 4, 16, 4)
        self.body.setSpacing(0)
        self.headers: list[QPushButton] = []
        for group in Group:
            self._add(group, *state_of(group, verdict), [check for check in verdict.checks if check.group is group])

    def _add(self, group: Group, state: CheckState, clause: str, checks: list[Check]) -> None:
        header = CheckHeader(first=not self.headers)
        header.setAccessibleName(f"{group.value}, {_WORDS[state]}, {clause}")
        row = QHBoxLayout(header)
        row.setContentsMargins(4, 8, 4, 8)
        row.setSpacing(14)
        row.addWidget(Mark(_MARKS[state], THEME.scaled(24)))
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(PlainLabel(group.value, "body_strong"))
        texts.addWidget(PlainLabel(clause, "caption", "text_muted"))
        row.addLayout(texts, 1)
        row.addWidget(Chevron(header))
        detail = self._detail(checks)
        # Into the card first: shown without a parent it would be a window of its own for a moment, and take the focus.
        self.body.addWidget(header)
        self.body.addWidget(detail)
        header.toggled.connect(detail.setVisible)
        header.toggled.connect(lambda on: header.setAccessibleDescription("expanded" if on else "collapsed"))
        opened = state in (CheckState.FAILED, CheckState.UNKNOWN) or (
            group is Group.GENUINE and state is CheckState.PASSED
        )
        detail.setVisible(opened)
        header.setChecked(opened)
        header.setAccessibleDescription("expanded" if opened else "collapsed")
        self.headers.append(header)

    def _detail(self, checks: list[Check]) -> QWidget:
        holder = QWidget()
        lines = QVBoxLayout(holder)
        lines.setContentsMargins(42, 0, 0, 10)
        lines.setSpacing(6)
        for check in checks:
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(10)
            row.addWidget(Mark(_MARKS[check.state], THEME.scaled(16)))
            row.addWidget(PlainLabel(check.title, "caption"), 1)
            row.addWidget(PlainLabel(check.detail, "caption", "text_muted"), 1)
            line.setAccessibleName(f"{check.title}: {_WORDS[check.state]}. {check.detail}")
            lines.addWidget(line)
        return holder
