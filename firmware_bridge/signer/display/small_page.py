"""A page on 128x64 pixels in one colour: a bar with title and place, the label, up to four lines, the buttons' words.

Six lines of eleven rows are two rows more than there are: lines stand closer where their letters do not touch. What finds no
room is left out, in this order: the banners' words, the buttons' words, and on pages before the last one the title. The label, the
value, the place of the page, the mark of a window and the dashed edge of training and test are on every page. On the pages that
decide, only the words of the window's banner and of Back are, whose signs stay (tests/unit/firmware_bridge/test_display_pages.py,
in 24 languages).

Invariant: what is drawn is drawn whole; a page on which the rest does not fit is an error, and so cannot be approved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from firmware_bridge.errors import UnknownContractError
from firmware_bridge.signer.display.font import text_glyphs
from firmware_bridge.signer.display.frame_buffer import Monochrome
from firmware_bridge.signer.display.glyph import HEIGHT, Glyph
from firmware_bridge.signer.display.layout import Asks, Page
from firmware_bridge.signer.display.own_signs import onward_sign, sign, typed_glyphs
from firmware_bridge.signer.display.small_strip import (
    LEFT,
    RIGHT,
    WIDTH,
    Strip,
    banner,
    bar,
    in_line,
    joined,
    pair,
    tagged,
    width_of,
)

HIGH = 64
# Within the bar a lit column stands on both sides.
_BAR_ROOM = (2, WIDTH - 2)
_LOOSE = 12
_GAP = 5


@dataclass(frozen=True, slots=True)
class _Plan:
    """Lines from top to bottom, and how many of them stand at the foot."""

    strips: tuple[Strip, ...]
    at_foot: int


def draw_small(page: Page) -> Monochrome:
    """Draw a page.

    Raises:
        UnknownContractError: it cannot be drawn whole.
    """
    for plan in _plans(page):
        pitches = [upper.pitch_to(lower) for upper, lower in pairwise(plan.strips)]
        spare = HIGH - sum(pitches) - _inked(plan.strips[-1])
        if spare >= 0:
            return _drawn(page, plan, pitches, spare)
    raise UnknownContractError("This page cannot be shown whole on this display.")


def _plans(page: Page) -> Iterator[_Plan]:
    lines = [_value_line(line) for line in page.lines]
    if page.typed is not None:
        typed = typed_glyphs(page.typed, text_glyphs(f"{page.typed} "))
        lines.append(in_line((LEFT, (*typed, *text_glyphs("_")))))
    feet = () if page.asks is Asks.NOTHING else (_foot(page),)
    titled = list(_titled(page))
    untitled = [] if page.last else [(head, False) for head in _untitled(page) if head is not None]
    environment, place = _environment(page), _place(page)
    for heads, shown_feet in ((titled, feet), (titled, ()), (untitled, feet), (untitled, ())):
        for said in ((*environment, *place), environment or place, ()) if shown_feet == feet else ((),):
            for head, says_environment in heads:
                if not (said and environment and says_environment):
                    below = (*said, *shown_feet)
                    yield _Plan((*head, *lines, *below), len(below))


def _value_line(line: str) -> Strip:
    glyphs = text_glyphs(line)
    if LEFT + width_of(glyphs) > RIGHT:
        raise UnknownContractError("A line of this page is wider than this display.")
    return in_line((LEFT, glyphs))


def _titled(page: Page) -> Iterator[tuple[tuple[Strip, ...], bool]]:
    """Give heads with the title, and whether they say the environment."""
    computer = _computer(page)
    beside_title = (*computer, *text_glyphs(page.of_all))
    one = _bars(pair(page.title, beside_title, _BAR_ROOM))
    first, _, second = page.title.rpartition(" ")
    two = _bars(pair(first, beside_title, _BAR_ROOM), pair(second, (), _BAR_ROOM)) if first else None
    alone = _bars(pair(page.title, computer, _BAR_ROOM))
    for title, beside_label in (
        (one, (page.of_value,)),
        (alone, (page.of_value, page.of_all)),
        (two, (page.of_value,)),
    ):
        for label in (_tagged_label(page, *beside_label), pair(page.label, _texts(*beside_label))):
            if title is not None and label is not None:
                yield (title, label), label.tagged


def _tagged_label(page: Page, *beside: str) -> Strip | None:
    if not page.environment_word:
        return None
    word = text_glyphs(page.environment_word, tight=True)
    start = RIGHT - 1 - width_of(word)
    label = pair(page.label, _texts(*beside), (LEFT, start - _GAP))
    return None if label is None else tagged(joined(label, in_line((start, word))), start - 2)


def _untitled(page: Page) -> Iterator[tuple[Strip, ...] | None]:
    right = (*_computer(page), *_texts(page.of_value, page.of_all))
    alone = pair(page.label, right, _BAR_ROOM)
    yield None if alone is None else (bar(alone),)
    head, label = pair("", right, _BAR_ROOM), pair(page.label, ())
    yield None if head is None or label is None else (bar(head), label)


def _bars(*lines: Strip | None) -> Strip | None:
    """Give one bar of lines, or None where one of them does not fit."""
    rows: tuple[int, ...] = ()
    for line in lines:
        if line is None:
            return None
        rows += bar(line).rows
    return Strip(rows, solid=True)


def _texts(*words: str) -> tuple[Glyph, ...]:
    return text_glyphs("  ".join(word for word in words if word), tight=True)


def _computer(page: Page) -> tuple[Glyph, ...]:
    return (sign("c"), *text_glyphs(" ", tight=True)) if page.place else ()


def _environment(page: Page) -> tuple[Strip, ...]:
    made = banner(page.environment_word) if page.environment_word else None
    return () if made is None else (made,)


def _place(page: Page) -> tuple[Strip, ...]:
    if not page.place:
        return ()
    computer = sign("c")
    made = pair(page.place, (), (LEFT + computer.width + 2, RIGHT))
    if made is None:
        return ()
    return (joined(made, in_line((LEFT, (computer,)))),)


def _foot(page: Page) -> Strip:
    no = (sign("n"), *text_glyphs(f" {page.no}", tight=True)) if page.no else ()
    onward = (*text_glyphs(f"{page.onward} ", tight=True), onward_sign(page).tight())
    room = RIGHT - LEFT - width_of(no) - width_of(onward) - 2 * _GAP
    if room < 0:
        raise UnknownContractError("The buttons' words are wider than this display.")
    for middle in ((sign("b"), *text_glyphs(f" {page.back}", tight=True)), (sign("b"),)):
        if page.back and width_of(middle) <= room:
            start = LEFT + width_of(no) + _GAP + (room - width_of(middle)) // 2
            return in_line((LEFT, no), (start, middle), (RIGHT - width_of(onward), onward))
    return in_line((LEFT, no), (RIGHT - width_of(onward), onward))


def _inked(strip: Strip) -> int:
    return max((at + 1 for at, row in enumerate(strip.rows) if row), default=HEIGHT)


def _drawn(page: Page, plan: _Plan, pitches: list[int], spare: int) -> Monochrome:
    frame = Monochrome(WIDTH, HIGH)
    free = len(pitches) - plan.at_foot
    # Air first between the lines of the value, a row for each in turn, then before the foot.
    while spare and any(pitch < _LOOSE for pitch in pitches[:free]):
        lowest = min(range(free), key=lambda at: pitches[at])
        pitches[lowest] += 1
        spare -= 1
    if plan.at_foot:
        pitches[free] += spare
    tops = [sum(pitches[:at]) for at in range(len(plan.strips))]
    for top, strip in zip(tops, plan.strips, strict=True):
        frame.stamp(0, top, strip.rows[: HIGH - top], WIDTH)
    _edge(page, frame, len(plan.strips[0].rows))
    return frame


def _edge(page: Page, frame: Monochrome, top: int) -> None:
    if page.environment_word:
        dots: Sequence[int] = [1 if (row // 2) % 2 else 0 for row in range(top + 1, HIGH)]
        frame.stamp(WIDTH - 1, top + 1, dots, 1)
