"""Texts that people compare on a display: one policy for every text from outside (docs/adr/0010).

Invariants:
- A plain text is NFC and of one direction; every character prints something; spaces are single and inside; a mark stands
  on a letter, at most `MAX_MARKS` in a row. `CONTINUED` is never part of one: displays mark broken words with it.
- What can still be mistaken for something else is named by `cautions`.
Source: Unicode's character database as in `unicodedata`, DerivedCoreProperties (default ignorable) for `_BLANK`.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

MAX_MARKS = 2
CONTINUED = "\u21b5"
# Labels of the signer's own rows about an act: no field of a template may pass for one of them.
DEVICE_LABELS = frozenset({
    "What", "Record", "Content", "Replaces", "Authority", "Authority number", "Authority id", "Document", "Receiver",
    "Receiver number", "Receiver id", "Entry valid until", "Approval", "Network", "Send by", "Signing key",
    "Key address", "Kind of record", "Acts on it", "Register", "Transaction", "Fee", "Sign?", "Signed before", "Look closely",
})  # fmt: skip
# Letters and marks that print nothing although their category says otherwise.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_SELECTORS = range(0xFE00, 0xFE10)
# Other forms of letters that have a plain form: mathematical, full width, circled, positional and the like.
_STYLED = re.compile(r"<(?:font|wide|narrow|circle|square|small|vertical|isolated|initial|medial|final|noBreak)>")
_ARROWS = 0x2190
_PLANES = (range(0x10000), range(0x20000, 0x32000))
_RIGHT_TO_LEFT = ("R", "AL")
_LEFT_TO_RIGHT = ("L", "EN", "AN")
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
_NO_SCRIPT = ("MODIFIER", "FEMININE", "MASCULINE")


def is_plain(text: str) -> bool:
    """Tell whether a text can be shown so that nobody takes it for another one, apart from `cautions`."""
    return (
        bool(text)
        and unicodedata.is_normalized("NFC", text)
        and all(_prints(char) for char in text)
        and text == text.strip(" ")
        and "  " not in text
        and _marks_stand(text)
        and not (is_right_to_left(text) and any(unicodedata.bidirectional(char) in _LEFT_TO_RIGHT for char in text))
    )


def is_sentence_part(text: str) -> bool:
    """Tell whether a text can stand within a line of the device's own words: plain, and from left to right."""
    return is_plain(text) and not is_right_to_left(text)


def is_device_label(label: str) -> bool:
    """Tell whether a signer's display uses a label itself, however it is written."""
    return label.casefold() in {own.casefold() for own in DEVICE_LABELS}


def is_right_to_left(text: str) -> bool:
    """Tell whether a text has letters that run from right to left."""
    return any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)


def is_mark(char: str) -> bool:
    """Tell whether a character is drawn onto the one before."""
    return unicodedata.category(char)[0] == "M"


def columns(text: str) -> int:
    """Give the width of a text on a display of equal cells: East Asian letters take two, marks none."""
    return sum(0 if is_mark(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _prints(char: str) -> bool:
    category, code = unicodedata.category(char), ord(char)
    if char == " ":
        return True
    if char in _BLANK or code in _SELECTORS or _STYLED.match(unicodedata.decomposition(char)):
        return False
    if category in ("Nd", "Nl"):
        return char.isascii()
    if category[0] == "S" or category == "No":
        return code < _ARROWS
    return category[0] in "LMP" and category != "Me" and any(code in plane for plane in _PLANES)


def _marks_stand(text: str) -> bool:
    row, before = 0, " "
    for char in text:
        row = row + 1 if is_mark(char) else 0
        if row > MAX_MARKS or (row == 1 and unicodedata.category(before)[0] != "L"):
            return False
        before = char
    return True


def scripts(text: str) -> tuple[str, ...]:
    """Name the scripts of a text's letters, in order; signs and digits belong to none."""
    found = {_script(char) for char in text if unicodedata.category(char)[0] == "L"}
    return tuple(sorted(found - {""}))


def has_mixed_word(text: str) -> bool:
    """Tell whether letters of two scripts stand in one word."""
    words, letters = [], ""
    for char in f"{text} ":
        if unicodedata.category(char)[0] in "LM":
            letters += char
        else:
            words.append(letters)
            letters = ""
    return any(len(scripts(word)) > 1 for word in words)


def _script(char: str) -> str:
    first = unicodedata.name(char, "UNNAMED").split(" ")[0]
    if first == "LATIN":
        # Phonetic and historical letters look like everyday ones.
        return "Latin" if ord(char) < 0x250 or 0x1E00 <= ord(char) < 0x1F00 else "rare Latin"
    if first in _EAST_ASIAN:
        return "East Asian"
    return "" if first in _NO_SCRIPT else "Greek" if first == "MICRO" else first.capitalize()


def cautions(text: str) -> tuple[str, ...]:
    """Say in sentences what an eye cannot tell apart: other letters than Latin ones, and signs that have doubles."""
    found, said = scripts(text), []
    if has_mixed_word(text):
        said.append(f"One word mixes letters: {', '.join(found)}.")
    elif any(name != "Latin" for name in found):
        said.append(f"Letters used: {', '.join(found)}.")
    names = [unicodedata.name(char, "UNNAMED") for char in text if ord(char) > 0xFF and _is_sign(char)]
    if names:
        said.append(f"Special signs, in order: {', '.join(names)}.")
    return tuple(said)


def _is_sign(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] != "L" or category == "Lm"


def cells(text: str) -> tuple[str, ...]:
    """Cut a text into letters with their marks."""
    starts = [at for at, char in enumerate(text) if not (at and is_mark(char))]
    return tuple(text[start:end] for start, end in pairwise([*starts, len(text)]))
