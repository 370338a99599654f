"""Reads drawings of glyphs from text: blocks of rows of `#` and `.` under the characters that they draw.

    rows from 2
    A     B
    ..#.. ####.
    ...

Invariants: every row of a drawing is `INK` pixels wide; no character is drawn twice; what is not understood is an error.
"""

from __future__ import annotations

import re

from firmware_bridge.signer.display.glyph import HEIGHT, INK, Glyph

_HEAD = re.compile(r"rows from (\d{1,2})")
_ROW = re.compile(rf"[.#]{{{INK}}}( [.#]{{{INK}}})*")
_CODE = re.compile(r"[0-9A-F]{4}")


def read_glyphs(text: str) -> dict[str, Glyph]:
    """Read a file of drawings.

    Args:
        text: the whole file; `# ` begins a remark.

    Returns:
        Drawings by character; a character may be given by four hexadecimal digits.

    Raises:
        ValueError: malformed, which is a defect of the package and never of what is shown.
    """
    drawn: dict[str, Glyph] = {}
    lines = [line for line in text.splitlines() if not line.startswith("# ")]
    for block in "\n".join(lines).split("\n\n"):
        if not block.strip():
            continue
        for char, glyph in _read_block(block.strip("\n").split("\n")):
            if char in drawn:
                raise ValueError(f"U+{ord(char):04X} is drawn twice.")
            drawn[char] = glyph
    return drawn


def _read_block(lines: list[str]) -> list[tuple[str, Glyph]]:
    head = _HEAD.fullmatch(lines[0])
    if head is None or len(lines) < 3:
        raise ValueError(f"A block begins with {lines[0][:40]!r}.")
    first, chars, rows = int(head[1]), [_char(word) for word in lines[1].split()], lines[2:]
    if first + len(rows) > HEIGHT:
        raise ValueError(f"The block of {lines[1][:40]!r} is too high.")
    if any(not _ROW.fullmatch(row) or len(row.split(" ")) != len(chars) for row in rows):
        raise ValueError(f"The block of {lines[1][:40]!r} has a row that does not fit.")
    columns = zip(*(row.split(" ") for row in rows), strict=True)
    return [(char, _glyph(first, column)) for char, column in zip(chars, columns, strict=True)]


def _char(word: str) -> str:
    if len(word) == 1:
        return word
    if not _CODE.fullmatch(word):
        raise ValueError(f"{word[:40]!r} is no character.")
    return chr(int(word, 16))


def _glyph(first: int, column: tuple[str, ...]) -> Glyph:
    rows = [int(row.replace("#", "1").replace(".", "0"), 2) << 1 for row in column]
    return Glyph((*(0,) * first, *rows, *(0,) * (HEIGHT - first - len(rows))))
