"""A page on 320x240 pixels in colour: banners, a bar with title and place, the label, up to four lines, the buttons.

Letters are twice as large as on the small display; a short value three times. What is too wide is set closer, then
smaller; nothing is left out but the word Back, whose arrow stays.

Invariant: what is drawn is drawn whole; a page that does not fit is an error, and so cannot be approved.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.errors import UnknownContractError
from firmware_bridge.signer.display import palette
from firmware_bridge.signer.display.enlarged import enlarged
from firmware_bridge.signer.display.font import text_glyphs
from firmware_bridge.signer.display.frame_buffer import Colour, InColour
from firmware_bridge.signer.display.glyph import HEIGHT, Glyph
from firmware_bridge.signer.display.layout import Asks, Environment, Page
from firmware_bridge.signer.display.own_signs import onward_sign, sign, typed_glyphs

WIDTH, HIGH = 320, 240
_MARGIN = 8
_BANNER = 24
_BAR = 28
_BUTTON = 28
_FOOT = _BUTTON + 10
_GAP = 10
_LARGEST = 3
# Rows between lines, at one size.
_LEADING = 1
_STRIPE = 12


@dataclass(frozen=True, slots=True)
class _Text:
    """Glyphs in one size."""

    glyphs: tuple[Glyph, ...]
    size: int

    @property
    def width(self) -> int:
        return max(self.size * (sum(glyph.width for glyph in self.glyphs) - 1), 0)

    @property
    def height(self) -> int:
        return self.size * HEIGHT


def draw_large(page: Page) -> InColour:
    """Draw a page.

    Raises:
        UnknownContractError: it cannot be drawn whole.
    """
    frame = InColour(WIDTH, HIGH, palette.GLASS)
    top = _environment(frame, page)
    top = _place(frame, page, top)
    top = _bar(frame, page, top)
    top = _label(frame, page, top + 4)
    _value(frame, page, top, HIGH - _FOOT)
    if page.asks is not Asks.NOTHING:
        _buttons(frame, page)
    return frame


def _environment(frame: InColour, page: Page) -> int:
    if not page.environment_word:
        return 0
    training = page.environment is Environment.TRAINING
    ground, stripe = (palette.TRAINING, palette.TRAINING_STRIPE) if training else (palette.TEST, palette.TEST_STRIPE)
    text = _fitting(page.environment_word, WIDTH - 2 * _MARGIN)
    left = (WIDTH - text.width) // 2
    frame.fill(0, 0, WIDTH, _BANNER, ground)
    for row in range(_BANNER):
        # Slanted, and away from the word.
        for x in range(row % _STRIPE, WIDTH, _STRIPE):
            end = min(x + _STRIPE // 3, WIDTH)
            if end <= left - _GAP or x >= left + text.width + _GAP:
                frame.fill(x, row, end - x, 1, stripe)
    _write(frame, text, left, (_BANNER - text.height) // 2, palette.ON_BANNER)
    return _BANNER


def _place(frame: InColour, page: Page, top: int) -> int:
    if not page.place:
        return top
    mark = _Text((sign("c"),), 2)
    left = _MARGIN + mark.width + _MARGIN // 2
    text = _fitting(page.place, WIDTH - left - _MARGIN // 2)
    _write(frame, mark, _MARGIN, top + 1, palette.LABEL)
    left += _GAP - _MARGIN // 2 if text.size == 1 else 0
    _write(frame, text, left, top + (_BANNER - text.height) // 2, palette.LABEL)
    return top + _BANNER


def _bar(frame: InColour, page: Page, top: int) -> int:
    frame.fill(0, top, WIDTH, _BAR, palette.PIXEL)
    right = page.of_all if _place_beside_title(page) else ""
    _pair(frame, page.title, right, top + (_BAR - 2 * HEIGHT) // 2, palette.GLASS)
    return top + _BAR


def _label(frame: InColour, page: Page, top: int) -> int:
    right = page.of_value if _place_beside_title(page) else f"{page.of_value}  {page.of_all}".strip()
    _pair(frame, page.label, right, top, palette.LABEL)
    return top + 2 * HEIGHT


def _place_beside_title(page: Page) -> bool:
    """Tell whether the place of the page stands in the bar; beside a long title it goes down to the label."""
    room = WIDTH - 2 * _MARGIN - _Text(text_glyphs(page.of_all), 2).width - _GAP
    return _fitting(page.title, room).size == 2 or _fitting(page.title, WIDTH - 2 * _MARGIN).size == 1


def _pair(frame: InColour, left: str, right: str, top: int, colour: Colour) -> None:
    beside = _Text(text_glyphs(right), 2)
    text = _fitting(left, WIDTH - 2 * _MARGIN - (beside.width + _GAP if right else 0))
    _write(frame, text, _MARGIN, top + (2 * HEIGHT - text.height) // 2, colour)
    _write(frame, beside, WIDTH - _MARGIN - beside.width, top, colour)


def _value(frame: InColour, page: Page, top: int, bottom: int) -> None:
    lines = [text_glyphs(line) for line in page.lines]
    if page.typed is not None:
        lines.append((*typed_glyphs(page.typed, text_glyphs(f"{page.typed} ")), *text_glyphs("_")))
    for size in range(_LARGEST, 0, -1):
        texts = [_Text(line, size) for line in lines]
        pitch = size * (HEIGHT + _LEADING)
        if len(lines) * pitch <= bottom - top and all(text.width <= WIDTH - 2 * _MARGIN for text in texts):
            # A short value stands clear of its label, a long one takes what there is.
            top += min((bottom - top - len(lines) * pitch) // 3, 2 * _GAP)
            for at, text in enumerate(texts):
                _write(frame, text, _MARGIN, top + at * pitch, palette.PIXEL)
            return
    raise UnknownContractError("This page cannot be shown whole on this display.")


def _buttons(frame: InColour, page: Page) -> None:
    frame.fill(0, HIGH - _FOOT, WIDTH, 1, palette.EDGE)
    # The arrow alone says Back before the words of the others grow small.
    for size, tight, word in ((2, False, page.back), (2, True, page.back), (2, True, ""), (1, True, page.back)):
        no = _button_text(sign("n"), page.no, size, tight=tight) if page.no else None
        back = _button_text(sign("b"), word, size, tight=tight) if page.back else None
        onward = _Text((*text_glyphs(f"{page.onward} ", tight=tight), onward_sign(page)), size)
        shown = [text for text in (no, back, onward) if text is not None]
        if sum(text.width + 2 * _MARGIN for text in shown) + _GAP * (len(shown) - 1) <= WIDTH - _MARGIN:
            break
    else:
        raise UnknownContractError("The buttons' words are wider than this display.")
    left = _MARGIN // 2
    for text in shown[:-1]:
        _button(frame, text, left, filled=False)
        left += text.width + 2 * _MARGIN + _GAP
    _button(frame, onward, WIDTH - _MARGIN // 2 - onward.width - 2 * _MARGIN, filled=True)


def _button_text(mark: Glyph, word: str, size: int, *, tight: bool) -> _Text:
    return _Text((mark, *text_glyphs(f" {word}", tight=tight)) if word else (mark,), size)


def _button(frame: InColour, text: _Text, left: int, *, filled: bool) -> None:
    top, width = HIGH - _BUTTON - 5, text.width + 2 * _MARGIN
    edge = palette.PIXEL if filled else palette.EDGE
    # Corners of two pixels.
    frame.fill(left + 2, top, width - 4, _BUTTON, edge)
    frame.fill(left, top + 2, width, _BUTTON - 4, edge)
    frame.fill(left + 1, top + 1, width - 2, _BUTTON - 2, edge)
    if not filled:
        frame.fill(left + 2, top + 2, width - 4, _BUTTON - 4, palette.GLASS)
    colour = palette.GLASS if filled else palette.PIXEL
    _write(frame, text, left + _MARGIN, top + (_BUTTON - text.height) // 2, colour)


def _fitting(text: str, room: int) -> _Text:
    for size, tight in ((2, False), (2, True), (1, False), (1, True)):
        made = _Text(text_glyphs(text, tight=tight), size)
        if made.width <= room:
            return made
    raise UnknownContractError("A text of this page is wider than this display.")


def _write(frame: InColour, text: _Text, left: int, top: int, colour: Colour) -> None:
    for glyph in text.glyphs:
        rows, width = enlarged(glyph, text.size)
        frame.stamp(left, top, rows, width, colour)
        left += width
