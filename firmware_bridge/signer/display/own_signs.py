"""The signs that only the display itself draws: on its buttons, its banner, and for the characters of a PIN."""

from __future__ import annotations

from firmware_bridge.signer.display.drawings import DRAWINGS
from firmware_bridge.signer.display.glyph import Glyph
from firmware_bridge.signer.display.layout import Asks, Page

# A longer PIN is shown as a number: nobody counts so many dots.
_DOTS = 16


def sign(name: str) -> Glyph:
    """Give a sign: n no, t tick, b back, f forward, c computer, p one character of a PIN."""
    return DRAWINGS["own_signs.txt"][name]


def onward_sign(page: Page) -> Glyph:
    """Give the sign of the button on the right: a tick where something is decided, otherwise an arrow."""
    return sign("t" if page.asks in (Asks.SIGN, Asks.PIN) else "f")


def typed_glyphs(typed: int, digits: tuple[Glyph, ...]) -> tuple[Glyph, ...]:
    """Give a sign for each character of a PIN, or their number (its `digits`) and one sign, and where the next one goes."""
    if typed <= _DOTS:
        return (sign("p"),) * typed
    return (*digits, sign("p"))
