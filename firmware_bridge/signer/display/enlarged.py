"""Glyphs two or three times as large, with the steps of slanted strokes filled.

Invariant: two glyphs that differ still differ when enlarged (tested for the whole repertoire).
Source: the rules known as Scale2x (A. Mazzoleni): a corner takes its two neighbours' state where those agree.
"""

from __future__ import annotations

from functools import lru_cache

from firmware_bridge.signer.display.glyph import Glyph

_CACHED = 4096


@lru_cache(maxsize=_CACHED)
def enlarged(glyph: Glyph, factor: int) -> tuple[tuple[int, ...], int]:
    """Give a glyph's rows and width, `factor` times as large; 1, 2 or 3."""
    if factor == 1:
        return glyph.rows, glyph.width
    if factor == 2:
        return _doubled(glyph), 2 * glyph.width
    rows = [_spread(row, glyph.width, factor) for row in glyph.rows for _ in range(factor)]
    return tuple(rows), factor * glyph.width


def _doubled(glyph: Glyph) -> tuple[int, ...]:
    def lit(x: int, y: int) -> bool:
        inside = 0 <= x < glyph.width and 0 <= y < len(glyph.rows)
        return inside and bool(glyph.rows[y] >> (glyph.width - 1 - x) & 1)

    rows: list[int] = []
    for y in range(len(glyph.rows)):
        upper = lower = 0
        for x in range(glyph.width):
            here, up, down, left, right = lit(x, y), lit(x, y - 1), lit(x, y + 1), lit(x - 1, y), lit(x + 1, y)
            corners = [here] * 4
            if up != down and left != right:
                corners = [
                    up if left == up else here, up if right == up else here,
                    down if left == down else here, down if right == down else here,
                ]  # fmt: skip
            upper = upper << 2 | corners[0] << 1 | corners[1]
            lower = lower << 2 | corners[2] << 1 | corners[3]
        rows += [upper, lower]
    return tuple(rows)


def _spread(row: int, width: int, factor: int) -> int:
    wide, dot = 0, (1 << factor) - 1
    for at in range(width - 1, -1, -1):
        wide = wide << factor | (dot if row >> at & 1 else 0)
    return wide
