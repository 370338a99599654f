"""The signer's display in a window: draws the lines that the signer folded, whole, or says that it cannot.

Invariants: every line of a page is drawn within the widget, in one size, with a picture for each of its letters; only then is
the page said to be drawn. The widget breaks, shortens and clips nothing: its smallest size holds the widest page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.qt.theme.tokens import THEME
from firmware_bridge.signer.approval import Shown
from firmware_bridge.signer.pages import COLUMNS, LINES
from firmware_bridge.signer.screens import TITLE_COLUMNS

MARGIN = 24
# Letters of other fonts may be wider or higher than the cells that were reckoned with; smaller ones cannot be read.
_SMALLEST = 0.5
_STEPS = 11
# Room for marks above and below a letter.
_LEADING = 1.3
CANNOT = "This text cannot be drawn here. Press No."


@dataclass(frozen=True, slots=True)
class _Line:
    """A text laid out: what it needs, and whether each of its letters has a picture."""

    layout: QTextLayout
    width: float
    height: float
    whole: bool


def _laid_out(text: str, font: QFont, *, right_to_left: bool = False) -> _Line:
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight)
    option.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(1e6)
    line.setPosition(QPointF(0, 0))
    layout.endLayout()
    # Glyph 0 is the box that stands for a letter that no font has: two such letters look the same.
    whole = all(index != 0 for run in layout.glyphRuns() for index in run.glyphIndexes())
    return _Line(layout, line.naturalTextWidth(), max(line.height(), QFontMetricsF(font).height() * _LEADING), whole)


class DeviceGlass(QWidget):
    """Title, label and the lines of one page."""

    def __init__(self, drawn: Callable[[Shown], None]) -> None:
        """Start dark.

        Args:
            drawn: told each time a page was drawn whole.
        """
        super().__init__()
        self._drawn = drawn
        self._shown: Shown | None = None
        self._idle = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        THEME.changed.connect(self._resize)
        self._resize()

    def show_page(self, shown: Shown | None, idle: str) -> None:
        """Show a page, or a word while there is none."""
        self._shown, self._idle = shown, idle
        self.setAccessibleName(idle if shown is None else f"{self.head()} {shown.screen.label}: {self.text()}")
        self.update()

    @property
    def page(self) -> Shown | None:
        """Give what is shown."""
        return self._shown

    def text(self) -> str:
        """Give the lines that are shown."""
        return self._idle if self._shown is None else "\n".join(self._shown.screen.lines)

    def head(self) -> str:
        """Give the title with the place of the row."""
        shown = self._shown
        return "" if shown is None else f"{shown.screen.title}  {shown.number}/{shown.count}"

    def label(self) -> str:
        """Give what the value is, and which part of it is shown."""
        shown = self._shown
        if shown is None:
            return ""
        part = f"  {shown.screen.page}/{shown.screen.pages}" if shown.screen.pages > 1 else ""
        return f"{shown.screen.label}{part}"

    def _fonts(self, factor: float) -> tuple[QFont, QFont, QFont]:
        made = []
        for role, family in (("body_strong", "mono"), ("lead", "mono"), ("h2", "mono_strong")):
            font = THEME.font(family)
            font.setPointSizeF(THEME.font(role).pointSizeF() * factor)
            made.append(font)
        return made[0], made[1], made[2]

    def _resize(self) -> None:
        title, label, value = (QFontMetricsF(font) for font in self._fonts(1.0))
        place = len("  1000/1000")
        wide = max(
            title.horizontalAdvance("0" * (TITLE_COLUMNS + place)), label.horizontalAdvance("0" * (COLUMNS + place)),
            value.horizontalAdvance("0" * (COLUMNS + 1)),
        )  # fmt: skip
        high = _LEADING * (title.height() + label.height() + LINES * value.height())
        self.setMinimumSize(QSize(round(wide) + 2 * MARGIN + 2, round(high) + 2 * MARGIN + 2))
        self.update()

    def _fitting(self) -> list[_Line] | None:
        """Lay the page out in the greatest size that fits; None where none does, or a letter has no picture."""
        for step in range(_STEPS):
            lines = self._lines(1.0 - (1.0 - _SMALLEST) * step / (_STEPS - 1))
            wide, high = max(line.width for line in lines), sum(line.height for line in lines)
            if not all(line.whole for line in lines):
                return None
            if wide <= self.width() - 2 * MARGIN and high <= self.height() - 2 * MARGIN:
                return lines
        return None

    def _lines(self, factor: float) -> list[_Line]:
        title, label, value = self._fonts(factor)
        shown = self._shown
        if shown is None:
            return [_laid_out(self._idle, value)]
        rtl = shown.screen.right_to_left
        return [
            _laid_out(self.head(), title), _laid_out(self.label(), label),
            *(_laid_out(line, value, right_to_left=rtl) for line in shown.screen.lines),
        ]  # fmt: skip

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the page, and say so where all of it was drawn."""
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), THEME.color("device_glass"))
        painter.setPen(THEME.color("device_pixel"))
        lines = self._fitting()
        if lines is None:
            painter.setFont(self._fonts(_SMALLEST)[2])
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, CANNOT)
            painter.end()
            return
        top = float(MARGIN)
        for line in lines:
            line.layout.draw(painter, QPointF(MARGIN, top))
            top += line.height
        painter.end()
        if self._shown is not None and event.rect().contains(self.rect()):
            self._drawn(self._shown)
