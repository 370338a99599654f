"""From a page to the pixels of a display of one of the two sizes.

Invariant: what comes back is the whole page; a page that cannot be drawn whole is an error.
"""

from __future__ import annotations

import enum

from firmware_bridge.signer.display.frame_buffer import InColour, Monochrome
from firmware_bridge.signer.display.large_page import draw_large
from firmware_bridge.signer.display.layout import Page
from firmware_bridge.signer.display.small_page import draw_small


class DisplaySize(enum.Enum):
    """The two reference displays: width and height in pixels."""

    SMALL = (128, 64)
    LARGE = (320, 240)


def render(page: Page, size: DisplaySize) -> Monochrome | InColour:
    """Draw a page.

    Args:
        page: what stands on it.
        size: of the display; the small one has one colour.

    Raises:
        UnknownContractError: it cannot be drawn whole.
    """
    return draw_small(page) if size is DisplaySize.SMALL else draw_large(page)
