"""The form of a record: a field for each of the template's, checked as one types, and the rows the device will show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.qt.theme import marks
from desktop.qt.theme.tokens import THEME
from desktop.qt.widgets.choice_box import ChoiceBox
from desktop.qt.widgets.controls import Card, Mark
from desktop.qt.widgets.plain_label import PlainLabel
from lightnode.wire.field_value import FieldProblem, Value, parse_form
from lightnode.wire.template import Field, FieldType, Template

_HINTS = {
    FieldType.DATE: "YYYY-MM-DD",
    FieldType.DATETIME: "YYYY-MM-DDThh:mm:ssZ",
    FieldType.TEXT_LIST: "separate with ;",
}
_DEBOUNCE_MS = 300
_WORDS_IN_A_COLUMN = 24


def _choices(field: Field) -> list[tuple[str, str]]:
    """Give the values of a field that is chosen from a list, each with its words; empty where one types."""
    if field.type is FieldType.BOOL:
        return [("yes", "Yes"), ("no", "No")]
    if field.type is FieldType.CODE:
        return [(code, f"{code} - {word}") for code, word in field.codes]
    return []


class _Problem(QWidget):
    """What is wrong with a field, with a cross; hidden where nothing is."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(Mark(marks.NOT_VALID, THEME.scaled(16)), 0, Qt.AlignmentFlag.AlignTop)
        self.label = PlainLabel("", "caption", "danger")
        row.addWidget(self.label, 1)
        self.hide()

    def say(self, text: str) -> None:
        """Say what is wrong; nothing where the text is empty."""
        self.label.setText(text)
        self.setVisible(bool(text))


class SignForm(Card):
    """Fields in two columns; tells of every change after a pause in typing."""

    def __init__(self, template: Template, changed: Callable[[], None]) -> None:
        """Show an empty form.

        Args:
            template: kind of record.
            changed: called after typing.
        """
        super().__init__("Details")
        self.template = template
        self.body.addWidget(PlainLabel("Private. The register gets only a fingerprint.", "caption", "text_muted"))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(changed)
        self.inputs: dict[str, QLineEdit | QComboBox] = {}
        self._errors: dict[str, _Problem] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(8)
        at = 0
        for field in template.fields:
            # What is chosen is read whole: long words take both columns.
            columns = 2 if max((len(word) for _, word in _choices(field)), default=0) > _WORDS_IN_A_COLUMN else 1
            at += at % 2 if columns == 2 else 0
            grid.addWidget(self._field(field), at // 2, at % 2, 1, columns)
            at += columns
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.body.addLayout(grid)

    def _field(self, field: Field) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        # A neighbour that says what is wrong is higher: the boxes stay in one line.
        column.addStretch(1)
        text = field.label if field.required else f"{field.label} (optional)"
        column.addWidget(PlainLabel(text, "body_medium"))
        problem = _Problem()
        column.addWidget(problem)
        made: QLineEdit | QComboBox
        choices = _choices(field)
        if choices:
            made = ChoiceBox()
            made.setMinimumContentsLength(8)
            made.addItem("Choose", "")
            for value, word in choices:
                made.addItem(word, value)
            made.currentIndexChanged.connect(lambda _: self._timer.start())
        else:
            made = QLineEdit()
            made.setMinimumWidth(THEME.scaled(90))
            made.setPlaceholderText(_HINTS.get(field.type, ""))
            made.textEdited.connect(lambda _: self._timer.start())
        made.setFont(THEME.font("body"))
        made.setAccessibleName(text)
        made.setMinimumHeight(THEME.scaled(40))
        column.addWidget(made)
        self.inputs[field.name], self._errors[field.name] = made, problem
        return holder

    def typed(self) -> dict[str, str]:
        """Give what stands in the fields."""
        return {
            name: str(made.currentData()) if isinstance(made, QComboBox) else made.text()
            for name, made in self.inputs.items()
        }

    def fill(self, values: dict[str, str]) -> None:
        """Put texts into the fields."""
        for name, text in values.items():
            made = self.inputs[name]
            if isinstance(made, QComboBox):
                made.setCurrentIndex(max(0, made.findData(text)))
            else:
                made.setText(text)
                made.setCursorPosition(0)

    def read(self) -> tuple[tuple[Value, ...], tuple[FieldProblem, ...]]:
        """Give the values and what is wrong with them."""
        return parse_form(self.template, self.typed())

    def show_problems(self, problems: tuple[FieldProblem, ...]) -> None:
        """Mark the fields that have problems and only those."""
        texts = {problem.name: problem.text for problem in problems}
        for name, label in self._errors.items():
            label.say(texts.get(name, ""))
            made = self.inputs[name]
            made.setProperty("wrong", "true" if name in texts else "false")
            made.setAccessibleDescription(texts.get(name, ""))
            made.style().unpolish(made)
            made.style().polish(made)
