"""The display's font: a drawing for every letter of the repertoire, and a box with its code point for every other one.

Letters with marks are put together from a letter and a mark as Unicode takes them apart (NFD), unless they are drawn whole.

Invariants: every character gives at least one glyph, and none but the space an empty one; a character without a drawing
gives its code point in a filled box, three cells wide or four; a mark that cannot be put onto its letter gives its own box.
Source: Unicode 15 canonical decompositions, as in `unicodedata`.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

from firmware_bridge.signer.display.drawings import DRAWINGS
from firmware_bridge.signer.display.glyph import BASE, CAPITAL_TOP, CELL, HEIGHT, SMALL_TOP, Glyph
from lightnode.wire.plain_text import cells

_LETTERS = ("latin.txt", "greek.txt", "cyrillic.txt", "signs.txt")
_DOT, _CEDILLA, _COMMA = "\u0307", "\u0327", "\u0326"
_BELOW = frozenset("\u0323\u0326\u0327\u0328\u0331")
_DOTTED = {"i": "\u0131", "j": "\u0237"}
# Unicode says cedilla, but Latvian and Livonian write a comma below these.
_WITH_COMMA = frozenset("GKLNRgklnr")
_GREEK_CAPITALS = range(0x391, 0x3AA)
_CACHED = 4096


@cache
def drawn() -> dict[str, Glyph]:
    """Give all whole drawings, by character."""
    found: dict[str, Glyph] = {" ": Glyph((0,) * HEIGHT)}
    for name in _LETTERS:
        new = DRAWINGS[name]
        if found.keys() & new.keys():
            raise ValueError(f"{name} draws again what another file draws.")
        found |= new
    return found


@lru_cache(maxsize=_CACHED)
def glyphs_of(cell: str) -> tuple[Glyph, ...]:
    """Give the drawings of one letter with its marks, as `plain_text.cells` cuts them.

    Args:
        cell: a character and the marks on it, in NFC.

    Returns:
        One glyph where it can be drawn; otherwise those parts that can, and boxes for the rest.
    """
    whole = _composed(cell)
    if whole is not None:
        return (whole,)
    parts: list[Glyph] = []
    for char in cell:
        glyph = _composed(char) if not unicodedata.combining(char) else None
        parts.append(code_box(char) if glyph is None else glyph)
    return tuple(parts)


def has_glyph(cell: str) -> bool:
    """Tell whether a letter with its marks has a drawing of its own."""
    return _composed(cell) is not None


def text_glyphs(text: str, *, tight: bool = False) -> tuple[Glyph, ...]:
    """Give the drawings of a text, one after the other; in cells, or as close as they can stand."""
    found = [glyph for cell in cells(text) for glyph in glyphs_of(cell)]
    return tuple(_tight(glyph) for glyph in found) if tight else tuple(found)


def places(text: str) -> int:
    """Give the cells that a text takes on the display: boxes take three or four."""
    return sum(glyph.width // CELL for glyph in text_glyphs(text))


_tight = lru_cache(maxsize=_CACHED)(Glyph.tight)


def _composed(cell: str) -> Glyph | None:
    letters = drawn()
    if len(cell) == 1 and cell in letters:
        return letters[cell]
    apart = unicodedata.normalize("NFD", cell)
    base, marks = apart[:1], apart[1:]
    if not marks or base not in letters or unicodedata.category(base)[0] != "L":
        return None
    below = [mark for mark in marks if mark in _BELOW]
    above = [mark for mark in marks if mark not in _BELOW]
    if len(below) > 1 or len(above) > 1:
        return None
    glyph: Glyph | None = letters[base]
    if above:
        glyph = _with_above(base, above[0])
    if glyph is not None and below:
        glyph = _with_below(glyph, base, below[0])
    return glyph


def _with_above(base: str, mark: str) -> Glyph | None:
    name = "marks_greek.txt" if ord(base) in _GREEK_CAPITALS else "marks.txt"
    shape, letter = DRAWINGS[name].get(mark), drawn()[_DOTTED.get(base, base)]
    if base in _DOTTED.values() or (base in _DOTTED and mark == _DOT):
        # It would look like the letter with a dot, or like that letter with the mark.
        return None
    if shape is None or letter.has_ink(0, CAPITAL_TOP - 1):
        return None
    if not letter.has_ink(CAPITAL_TOP, SMALL_TOP - 1):
        return letter.over(shape.moved_down())
    lowered = DRAWINGS["lowered.txt"].get(base) or letter.lower()
    return None if lowered is None else lowered.over(shape)


def _with_below(glyph: Glyph, base: str, mark: str) -> Glyph | None:
    if base in _WITH_COMMA:
        # A letter with a true comma below would look the same.
        if mark == _COMMA:
            return None
        mark = _COMMA if mark == _CEDILLA else mark
    shape = DRAWINGS["marks.txt"].get(mark)
    if shape is None or glyph.has_ink(BASE + 1, HEIGHT - 1):
        return None
    return glyph.over(shape)


@lru_cache(maxsize=_CACHED)
def code_box(char: str) -> Glyph:
    """Give a filled box with a character's code point left out of it, in hexadecimal digits three pixels wide."""
    text = f"{ord(char):04X}"
    digits = DRAWINGS["digits_small.txt"]
    cells_wide = -(-(4 * len(text) + 2) // CELL)
    width = cells_wide * CELL
    filled = (1 << (4 * len(text) + 1)) - 1
    rows = [0] * HEIGHT
    for row in range(1, HEIGHT - 1):
        ink = filled
        for at, digit in enumerate(text):
            # Drawn in the left three of five pixels, of a cell of six.
            ink &= ~((digits[digit].rows[row] >> 3) << (4 * (len(text) - 1 - at) + 1))
        rows[row] = ink << (width - 4 * len(text) - 1)
    return Glyph(tuple(rows), width)
