"""Every letter that the product can show has a drawing of its own; what has none is shown as its code point."""

from __future__ import annotations

import json
import unicodedata
from importlib.resources import files
from itertools import combinations, product

import pytest

from firmware_bridge.signer.display.enlarged import enlarged
from firmware_bridge.signer.display.font import code_box, drawn, glyphs_of, has_glyph, places, text_glyphs
from firmware_bridge.signer.display.glyph import CELL, HEIGHT, INK, Glyph
from firmware_bridge.signer.display.glyph_file import read_glyphs
from firmware_bridge.signer.display.layout import Words
from firmware_bridge.signer.display.repertoire import REPERTOIRE
from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.plain_text import cells, is_plain
from tests.support.display_pages import FOLDER, VALUES, WORDS

ALPHABETS: dict[str, str] = json.loads((FOLDER / "alphabets.json").read_text(encoding="utf-8"))
GLYPHS = files("firmware_bridge.signer.display").joinpath("glyphs")
MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030b\u030c\u0311\u0323\u0326\u0327\u0328\u0331"


def single(cell: str) -> Glyph:
    (glyph,) = glyphs_of(cell)
    return glyph


def test_the_repertoire_is_drawn_and_no_two_look_the_same() -> None:
    assert [hex(ord(char)) for char in REPERTOIRE if not has_glyph(char)] == []
    by_look: dict[Glyph, str] = {}
    for char in sorted(REPERTOIRE):
        assert by_look.setdefault(single(char), char) == char, (char, by_look[single(char)])
    assert {char for char in REPERTOIRE if single(char).empty} == {" "}


@pytest.mark.parametrize("size", [2, 3])
def test_enlarged_they_still_differ(size: int) -> None:
    assert len({enlarged(single(char), size) for char in REPERTOIRE}) == len(REPERTOIRE)


def test_set_close_they_still_differ() -> None:
    found: dict[Glyph, list[str]] = {}
    for char in REPERTOIRE:
        found.setdefault(text_glyphs(char, tight=True)[0], []).append(char)
    assert [chars for chars in found.values() if len(chars) > 1] == []


def test_letters_with_marks_that_unicode_has_no_letter_for_differ_too() -> None:
    """Every letter with every mark that can be put on it: no two of all these look the same."""
    letters = [char for char in REPERTOIRE if unicodedata.category(char)[0] == "L"]
    cells_made = {unicodedata.normalize("NFC", char + mark) for char, mark in product(letters, MARKS)}
    seen: dict[Glyph, str] = {}
    for cell in sorted(REPERTOIRE | cells_made):
        if len(cells(cell)) == 1 and has_glyph(cell):
            other = seen.setdefault(single(cell), cell)
            assert other == cell, (cell, other)
    assert len(seen) > 1500


def test_all_24_languages_can_be_written() -> None:
    assert set(ALPHABETS) == set(WORDS) and len(ALPHABETS) == 24
    for language, letters in ALPHABETS.items():
        both = {char for char in letters + letters.upper() if not unicodedata.combining(char)}
        assert len(both) > 40
        missing = {char for char in both if char not in REPERTOIRE or not has_glyph(char)}
        assert missing == set(), language


def test_all_texts_of_the_display_are_in_the_repertoire() -> None:
    texts = [text for row in WORDS.values() for text in row.values()]
    texts += [text for row in VALUES.values() for text in row]
    texts += [getattr(Words(), name) for name in Words.__dataclass_fields__]
    for template in (built_in(name) for name in BUILT_IN):
        texts += [template.title, *(field.label for field in template.fields)]
    assert len(texts) > 700
    assert {char for text in texts for char in text} - REPERTOIRE == set()


def test_what_texts_from_outside_may_hold_is_drawn_or_boxed() -> None:
    """Of every character that the policy lets through: its own drawing, or a box that is no other character's."""
    boxes: set[Glyph] = set()
    drawings = {single(char) for char in REPERTOIRE}
    count = 0
    for code in (*range(0x3000), 0x4E00, 0xAC00, 0xFFFD, 0x20000, 0x1F600):
        char = chr(code)
        if not (is_plain(f"a{char}b") or is_plain(char)) or has_glyph(char) or has_glyph(f"a{char}"):
            continue
        count += 1
        box = single(char) if not unicodedata.combining(char) else glyphs_of(f"a{char}")[-1]
        assert box == code_box(char) and box not in boxes and box not in drawings
        boxes.add(box)
    assert count > 3000


@pytest.mark.parametrize("char", ["\x00", "\n", "\x7f", "\u00a0", "\u200b", "\u202e", "\ufeff", "\ue000", "\U000e0041"])
def test_what_prints_nothing_is_a_box_too(char: str) -> None:
    assert glyphs_of(char) == (code_box(char),)


def test_a_box_holds_its_digits() -> None:
    box = code_box("\u0531")
    assert box.width == 3 * CELL and code_box("\U0001f600").width == 4 * CELL
    digits = read_glyphs(GLYPHS.joinpath("digits_small.txt").read_text(encoding="utf-8"))
    for at, digit in enumerate("0531"):
        for row in range(3, 8):
            dark = ~box.rows[row] >> (box.width - 4 - 4 * at) & 0b111
            assert dark == digits[digit].rows[row] >> 3
    assert places("\u0531b") == 4


def test_a_mark_that_cannot_stand_is_not_dropped() -> None:
    assert len(glyphs_of("a\u0301\u0302")) > 1
    assert glyphs_of("k\u0326")[-1] == code_box("\u0326")
    assert glyphs_of("\u0301") == (code_box("\u0301"),)


def test_a_glyph_keeps_to_its_cell() -> None:
    for char in REPERTOIRE:
        glyph = single(char)
        assert glyph.width == CELL and len(glyph.rows) == HEIGHT
        assert all(row & 1 == 0 and row < 1 << CELL for row in glyph.rows)


@pytest.mark.parametrize("pair", list(combinations("0OoDQ", 2)) + list(combinations("1lI|i!", 2)) + [
    ("5", "S"), ("8", "B"), ("2", "Z"), ("6", "G"), ("6", "b"), ("9", "g"), ("u", "v"), ("\u0430", "a"), ("\u0391", "A"),
    ("\u0410", "A"), ("\u0410", "\u0391"), ("\u041e", "O"), ("\u039f", "O"), ("\u039f", "\u041e"), ("\u043e", "o"),
    ("\u03bf", "o"), ("\u03bf", "\u043e"), ("\u03bd", "v"), ("\u0440", "p"), ("\u0441", "c"), ("\u0435", "e"), ("\u0445", "x"),
    ("\u0443", "y"), ("\u0456", "i"), ("\u0455", "s"), ("\u0417", "3"), ("\u2013", "-"), ("\u2019", "'"), ("\u037e", ";"),
    ("\u0219", "\u015f"), ("\u021b", "\u0163"), ("\u0111", "d"), ("\u0142", "l"), ("\u0127", "h"), ("\u00df", "\u03b2"),
])  # fmt: skip
def test_look_alikes_differ_by_more_than_a_speck(pair: tuple[str, str]) -> None:
    one, other = (glyphs_of(unicodedata.normalize("NFC", char))[0] for char in pair)
    if pair[0] == "\u037e":
        assert one == other, "the Greek question mark is a semicolon in NFC"
        return
    assert sum((a ^ b).bit_count() for a, b in zip(one.rows, other.rows, strict=True)) >= 2


def test_the_drawings_are_of_characters_as_texts_hold_them() -> None:
    assert [char for char in drawn() if not unicodedata.is_normalized("NFC", char)] == []


@pytest.mark.parametrize(
    "text",
    [
        "rows from 2\nA\n..#.\n",
        "rows from 2\nA B\n..#..\n",
        "rows from 2\nA\n..x..\n",
        "rows from 9\nA\n..#..\n..#..\n..#..\n",
        "rows of 2\nA\n..#..\n",
        "rows from 2\nAB\n..#..\n",
        "rows from 2\nA A\n..#.. ..#..\n",
        "rows from 2\nA\n",
    ],
)
def test_a_spoilt_file_of_drawings_is_refused(text: str) -> None:
    assert set(read_glyphs("rows from 2\nA\n..#..\n")) == {"A"}
    with pytest.raises(ValueError, match=r"block|row|character|twice"):
        read_glyphs(text)


def test_ink_is_five_pixels() -> None:
    assert INK == 5 and single("M").rows[2] == 0b100010
