"""One drawing of the display's font, and what is made of drawings by rule: lowered, moved, put over each other.

Invariants: a glyph has `HEIGHT` rows; bit `width - 1` of a row is its leftmost pixel; the last column is the gap to the
next one, and holds no ink.
"""

from __future__ import annotations

from dataclasses import dataclass

HEIGHT = 11
CELL = 6
INK = CELL - 1
# Rows of a cell, from 0 at the top.
CAPITAL_TOP = 2
SMALL_TOP = 4
BASE = 8
# Between two words, where letters stand as close as they can.
_TIGHT_SPACE = 4


@dataclass(frozen=True, slots=True)
class Glyph:
    """A drawing.

    Attributes:
        rows: `HEIGHT` numbers, one bit for each pixel.
        width: pixels, the gap included.
    """

    rows: tuple[int, ...]
    width: int = CELL

    @property
    def empty(self) -> bool:
        """Whether nothing is drawn."""
        return not any(self.rows)

    def has_ink(self, first: int, last: int) -> bool:
        """Tell whether something is drawn on the rows from `first` to `last`, both included."""
        return any(self.rows[first : last + 1])

    def over(self, other: Glyph) -> Glyph:
        """Put two drawings of one width over each other."""
        return Glyph(tuple(a | b for a, b in zip(self.rows, other.rows, strict=True)), self.width)

    def lower(self) -> Glyph | None:
        """Give a high letter without one of two equal rows that follow each other; None where there are no two."""
        for row in range(CAPITAL_TOP, BASE):
            if self.rows[row] and self.rows[row] == self.rows[row + 1]:
                return Glyph((0, *self.rows[:row], *self.rows[row + 1 :]), self.width)
        return None

    def moved_down(self) -> Glyph:
        """Give the drawing one row lower; its last row must be empty."""
        return Glyph((0, *self.rows[:-1]), self.width)

    def tight(self) -> Glyph:
        """Give the drawing without empty columns but the gap."""
        ink = 0
        for row in self.rows:
            ink |= row
        if not ink:
            return Glyph(self.rows, min(self.width, _TIGHT_SPACE))
        spare = (ink & -ink).bit_length() - 2
        rows = tuple(row >> spare if spare > 0 else row << -spare for row in self.rows)
        return Glyph(rows, ink.bit_length() - spare)
