"""One line of the small display: its pixels over the whole width, and how close it may stand under the line before.

Invariants: a strip has `HEIGHT` rows of `WIDTH` bits; nothing is cut, a text that is too wide makes no strip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_bridge.signer.display.font import text_glyphs
from firmware_bridge.signer.display.glyph import HEIGHT, Glyph

WIDTH = 128
# The last column tells that this is not production; the one before it stays dark.
RIGHT = WIDTH - 2
LEFT = 1
# Between what stands on the left and what stands on the right.
_BETWEEN = 5
_STRIPES = 4


@dataclass(frozen=True, slots=True)
class Strip:
    """The pixels of one line.

    Attributes:
        rows: from top to bottom; the highest bit is the leftmost pixel.
        solid: a bar, lit all around its letters, so that what is under it needs no distance from its letters.
        tagged: it says the environment in a tag.
    """

    rows: tuple[int, ...]
    solid: bool = False
    tagged: bool = False

    @property
    def above(self) -> int:
        """Rows without ink above the letters."""
        return next((at for at, row in enumerate(self.rows) if row), len(self.rows))

    def pitch_to(self, other: Strip) -> int:
        """Give the least rows from the top of this line to that of the next one, so that their letters do not touch."""
        height = len(self.rows)
        if self.solid:
            return height + max(0, 1 - other.above)
        for pitch in (height - 2, height - 1):
            if not self._touches(other, pitch):
                return pitch
        return height

    def _touches(self, other: Strip, pitch: int) -> bool:
        for at, row in enumerate(self.rows[pitch - 1 :], -1):
            near = row | row << 1 | row >> 1
            if any(near & other.rows[below] for below in (at - 1, at, at + 1) if 0 <= below < len(other.rows)):
                return True
        return False


def width_of(glyphs: Sequence[Glyph]) -> int:
    """Give the pixels that glyphs take, without the gap after the last one."""
    return max(sum(glyph.width for glyph in glyphs) - 1, 0)


def in_line(*parts: tuple[int, Sequence[Glyph]]) -> Strip:
    """Give a line with glyphs from given columns on."""
    rows = [0] * HEIGHT
    for x, glyphs in parts:
        for glyph in glyphs:
            shift = WIDTH - x - glyph.width
            for at, row in enumerate(glyph.rows):
                rows[at] |= row << shift if shift >= 0 else row >> -shift
            x += glyph.width
    return Strip(tuple(rows))


def pair(left: str, right: Sequence[Glyph], room: tuple[int, int] = (LEFT, RIGHT)) -> Strip | None:
    """Give a line with a text on the left and glyphs on the right; letters stand closer where they must.

    Args:
        left: may be empty.
        right: may be empty.
        room: from which column on, and before which one.

    Returns:
        None where both do not fit.
    """
    space = room[1] - room[0] - (width_of(right) + _BETWEEN if right and left else width_of(right))
    for tight in (False, True):
        glyphs = text_glyphs(left, tight=tight)
        if width_of(glyphs) <= space:
            return in_line((room[0], glyphs), (room[1] - width_of(right), right))
    return None


def bar(strip: Strip) -> Strip:
    """Turn a line into a lit bar with dark letters, as low as its letters allow."""
    first = 0 if strip.rows[0] else 1
    last = HEIGHT if strip.rows[-1] else HEIGHT - 1
    lit = (1 << WIDTH) - 1
    return Strip(tuple(row ^ lit for row in strip.rows[first:last]), solid=True)


def tagged(strip: Strip, x: int) -> Strip:
    """Turn what stands from a column on to the right into a lit tag with dark letters."""
    mask = (1 << (RIGHT + 1 - x)) - 1 << (WIDTH - 1 - RIGHT)
    inked = [at for at, row in enumerate(strip.rows) if row & mask]
    lit = range(max(inked[0] - 1, 0), min(inked[-1] + 2, HEIGHT))
    return Strip(tuple(row ^ mask if at in lit else row for at, row in enumerate(strip.rows)), tagged=True)


def joined(one: Strip, other: Strip) -> Strip:
    """Put two lines over each other."""
    return Strip(tuple(a | b for a, b in zip(one.rows, other.rows, strict=True)))


def banner(text: str) -> Strip | None:
    """Give a word between stripes, the whole width; None where it does not fit."""
    for tight in (False, True):
        glyphs = text_glyphs(text, tight=tight)
        width = width_of(glyphs)
        start = (WIDTH - width) // 2
        if start < LEFT + _BETWEEN:
            continue
        word = in_line((start, glyphs))
        rows = []
        for at, row in enumerate(word.rows):
            # Slanted stripes beside the word, on the rows of its capitals.
            columns = [x for x in range(WIDTH - 1) if not start - _BETWEEN < x < start + width + _BETWEEN - 1]
            stripes = (
                sum(1 << (WIDTH - 1 - x) for x in columns if (x + at) % _STRIPES < 1) if 1 < at < HEIGHT - 2 else 0
            )
            rows.append(row | stripes)
        return Strip(tuple(rows))
    return None
