"""The four lines under a verdict, each opening to its checks with their evidence."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.qt.theme import icons, marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.controls import Card, Mark
from desktop.qt.widgets.plain_label import PlainLabel
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


class CheckList(Card):
    """An accordion of the four groups; the deciding one is open."""

    def __init__(self, checks: tuple[Check, ...]) -> None:
        """Show checks in their groups."""
        super().__init__()
        self.body.setContentsMargins(16, 4, 16, 4)
        self.body.setSpacing(0)
        self.headers: list[QPushButton] = []
        for group in Group:
            self._add(group, [check for check in checks if check.group is group])

    def _add(self, group: Group, checks: list[Check]) -> None:
        state = min((check.state for check in checks), key=_ORDER.index, default=CheckState.SKIPPED)
        clause = next((check.detail for check in checks if check.state is state), "No check of this kind ran")
        header = QPushButton()
        header.setProperty("role", "row")
        header.setCheckable(True)
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
        header.setMinimumHeight(THEME.scaled(62))
        detail = self._detail(checks)
        header.toggled.connect(detail.setVisible)
        header.toggled.connect(lambda on: header.setAccessibleDescription("expanded" if on else "collapsed"))
        opened = state in (CheckState.FAILED, CheckState.UNKNOWN) or group is Group.GENUINE
        detail.setVisible(opened)
        header.setChecked(opened)
        self.headers.append(header)
        self.body.addWidget(header)
        self.body.addWidget(detail)

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
