"""The colours of the large display: those that the design has for a device, and for the two environments that are not production.

Invariants: letters stand out from their ground by at least 7:1, edges by at least 3:1 (WCAG 2.2, 1.4.6 and 1.4.11; tested);
no colour says what no word says.
Source: the design's tokens, theme light.
"""

from __future__ import annotations

from typing import Final

from firmware_bridge.signer.display.frame_buffer import Colour

GLASS: Final[Colour] = (0x07, 0x0B, 0x10)
PIXEL: Final[Colour] = (0xD8, 0xF3, 0xFF)
# A label steps back from its value.
LABEL: Final[Colour] = (0x9D, 0xC0, 0xD2)
EDGE: Final[Colour] = (0x4F, 0x6B, 0x7A)
TRAINING: Final[Colour] = (0x5B, 0x2A, 0x86)
TRAINING_STRIPE: Final[Colour] = (0x7A, 0x4A, 0xA6)
TEST: Final[Colour] = (0x1C, 0x4F, 0x91)
TEST_STRIPE: Final[Colour] = (0x3B, 0x6B, 0xAB)
ON_BANNER: Final[Colour] = (0xFF, 0xFF, 0xFF)
