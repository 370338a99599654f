"""Pixels of a display: one bit each, or red, green and blue.

Invariants: drawing outside the frame is an error, never cut off, for what is cut off is not shown; a frame's size is fixed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from firmware_bridge.errors import UnknownContractError

_RUN = re.compile("1+")
Colour = tuple[int, int, int]


class Frame:
    """What both displays share: a size, and drawing within it."""

    def __init__(self, width: int, height: int) -> None:
        """Set the size, in pixels."""
        self.width, self.height = width, height

    def demand_inside(self, x: int, y: int, width: int, height: int) -> None:
        """Demand that a rectangle lies within the frame.

        Raises:
            UnknownContractError: it does not.
        """
        if x < 0 or y < 0 or x + width > self.width or y + height > self.height:
            raise UnknownContractError("This page cannot be shown whole on this display.")


class Monochrome(Frame):
    """A frame of one bit for each pixel: row by row a number, whose highest bit is the leftmost pixel."""

    def __init__(self, width: int, height: int) -> None:
        """Start dark."""
        super().__init__(width, height)
        self.rows = [0] * height

    def stamp(self, x: int, y: int, rows: Sequence[int], width: int) -> None:
        """Light the pixels of a drawing.

        Args:
            x: of its left edge.
            y: of its first row.
            rows: bit `width - 1` is the leftmost pixel.
            width: of the drawing.

        Raises:
            UnknownContractError: it has ink beyond the frame.
        """
        self._demand_ink_inside(x, y, rows, width)
        for at, row in enumerate(rows, y):
            if row:
                self.rows[at] |= self._placed(row, x, width)

    def pixel(self, x: int, y: int) -> bool:
        """Tell whether a pixel is lit."""
        return bool(self.rows[y] >> (self.width - 1 - x) & 1)

    def _demand_ink_inside(self, x: int, y: int, rows: Sequence[int], width: int) -> None:
        ink, inked = 0, [at for at, row in enumerate(rows) if row]
        for row in rows:
            ink |= row
        if inked:
            left = width - ink.bit_length()
            self.demand_inside(x + left, y + inked[0], _span(ink), inked[-1] - inked[0] + 1)

    def _placed(self, row: int, x: int, width: int) -> int:
        shift = self.width - x - width
        return row << shift if shift >= 0 else row >> -shift


class InColour(Frame):
    """A frame of three bytes for each pixel."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        """Start in one colour."""
        super().__init__(width, height)
        self.data = bytearray(bytes(ground) * (width * height))

    def fill(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        """Paint a rectangle.

        Raises:
            UnknownContractError: it reaches beyond the frame.
        """
        self.demand_inside(x, y, width, height)
        paint = bytes(colour) * width
        for row in range(y, y + height):
            start = 3 * (row * self.width + x)
            self.data[start : start + len(paint)] = paint

    def stamp(self, x: int, y: int, rows: Sequence[int], width: int, colour: Colour) -> None:
        """Paint the pixels of a drawing; the arguments are those of `Monochrome.stamp`.

        Raises:
            UnknownContractError: it has ink beyond the frame.
        """
        paint = bytes(colour) * width
        for at, row in enumerate(rows, y):
            for run in _RUN.finditer(f"{row:0{width}b}") if row else ():
                first, length = x + run.start(), run.end() - run.start()
                self.demand_inside(first, at, length, 1)
                start = 3 * (at * self.width + first)
                self.data[start : start + 3 * length] = paint[: 3 * length]

    def pixel(self, x: int, y: int) -> Colour:
        """Give a pixel's colour."""
        start = 3 * (y * self.width + x)
        return self.data[start], self.data[start + 1], self.data[start + 2]


def _span(ink: int) -> int:
    return ink.bit_length() - ((ink & -ink).bit_length() - 1)
