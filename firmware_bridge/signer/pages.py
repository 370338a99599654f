"""How a value stands on a display: lines of equal cells, as many to a page as the smallest display has.

The smallest display has 128x64 pixels; at 6 pixels a cell and 10 a line it holds 21 cells in 6 lines: one line says what
the value is, one where in the request it stands, four are the value's. The last cell is kept for `CONTINUED`. A character that
the reference display does not draw takes the cells of the box with its code point.

Invariants: `unfold(fold(text)) == text` for every plain text, so that two values never give the same lines; a line is
never wider than `COLUMNS`, nor a page higher than `LINES`; every display shows these lines, and breaks none of its own.
"""

from __future__ import annotations

from firmware_bridge.signer.display.font import places
from lightnode.wire.plain_text import CONTINUED, cells

COLUMNS = 20
LINES = 4


def fold(text: str) -> tuple[str, ...]:
    """Break a text into lines: at spaces where there are some, otherwise at the width, marked as going on."""
    lines: list[str] = []
    line, taken = "", 0
    for word in text.split(" "):
        width = places(word)
        if line and taken + 1 + width <= COLUMNS:
            line, taken = f"{line} {word}", taken + 1 + width
            continue
        if line:
            lines.append(line)
        *broken, line = _break(word)
        taken = places(line)
        lines += [f"{part}{CONTINUED}" for part in broken]
    return (*lines, line)


def unfold(lines: tuple[str, ...]) -> str:
    """Put lines together again."""
    whole = "".join(line[: -len(CONTINUED)] if line.endswith(CONTINUED) else f"{line} " for line in lines)
    return whole[:-1]


def _break(word: str) -> list[str]:
    parts, part, taken = [], "", 0
    for cell in cells(word):
        width = places(cell)
        if taken + width > COLUMNS:
            parts.append(part)
            part, taken = "", 0
        part, taken = part + cell, taken + width
    return [*parts, part]
