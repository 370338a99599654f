"""Every page is drawn whole on both displays: in all 24 languages, in time, and no two pages look the same."""

from __future__ import annotations

import json
import time
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import UnknownContractError
from firmware_bridge.signer.display import palette
from firmware_bridge.signer.display.font import places
from firmware_bridge.signer.display.frame_buffer import InColour, Monochrome
from firmware_bridge.signer.display.glyph import HEIGHT
from firmware_bridge.signer.display.layout import Asks, Environment, Page, Setting, Words, page_of
from firmware_bridge.signer.display.render import DisplaySize, render
from firmware_bridge.signer.display.small_strip import pair
from firmware_bridge.signer.pages import COLUMNS, LINES, fold
from firmware_bridge.signer.screens import TITLE_COLUMNS, Screen, paged
from lightnode.wire.root import show_fingerprint
from tests.support.display_pages import REVIEWED, SENDER, WORDS, pages, words
from tests.support.picture_differences import pixels_of

ROOT = Path(__file__).resolve().parents[3]
BOARD = Setting(Words(), Environment.PRODUCTION, False)
TITLES = ("title_register", "title_change", "title_list", "refused")
LABELS = ("what", "authority", "document", "network", "send_by", "signing_key", "key_address", "sign_it", "valid_until",
          "why", "pin_of")  # fmt: skip
sizes = pytest.mark.parametrize("size", list(DisplaySize))


def look(page: Page, size: DisplaySize) -> object:
    frame = render(page, size)
    return tuple(frame.rows) if isinstance(frame, Monochrome) else bytes(frame.data)


def screen_page(screen: Screen, setting: Setting = BOARD, asks: Asks = Asks.TURN, number: int = 12) -> Page:
    return page_of(screen, setting, asks, number=number, count=29)


@sizes
@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_fits(language: str, size: DisplaySize) -> None:
    """Every title with every label, with one line and with four, with all banners and with none."""
    row, own = WORDS[language], words(language)
    assert all(places(row[name]) <= TITLE_COLUMNS for name in TITLES), [row[name] for name in TITLES]
    assert all(places(row[name]) <= COLUMNS for name in LABELS), [row[name] for name in LABELS]
    for setting in (Setting(own, Environment.PRODUCTION, False), Setting(own, Environment.TRAINING, True)):
        for title in TITLES:
            for label in LABELS:
                for value in ("1", show_fingerprint(bytes(range(32)))):
                    page = screen_page(Screen(row[title], row[label], value), setting)
                    render(page, size)
        for kind, page in pages(language).items():
            assert look(replace(page, lines=("x",)), size) != look(page, size), kind


@sizes
@pytest.mark.parametrize("language", sorted(WORDS))
def test_where_something_is_decided_nothing_is_left_out(language: str, size: DisplaySize) -> None:
    """On the last page every word is drawn: change one, and the picture changes."""
    for kind in ("closing", "pin", "refusal"):
        page = pages(language)[kind]
        before = look(page, size)
        for field in fields(page):
            text = getattr(page, field.name)
            if field.name in ("title", "label", "no", "onward", "environment_word") and text:
                other = text.replace(text[-1], "1" if text[-1] != "1" else "2")
                assert look(replace(page, **{field.name: other}), size) != before, (kind, field.name)
        assert look(replace(page, place=""), size) != before
        if kind == "closing":
            assert page.parts == 1 and len(page.lines) < LINES
            assert look(replace(page, number=page.number - 1), size) != before
            assert look(replace(page, back=""), size) != before


def test_the_longest_language_is_reviewed() -> None:
    """Hungarian has the widest titles of all, and more letters than German; Dutch has one in a hundred more."""

    def titles(language: str) -> int:
        return sum(len(WORDS[language][name]) for name in TITLES[:3])

    def letters(language: str) -> int:
        return sum(len(text) for text in WORDS[language].values())

    assert max(WORDS, key=titles) == "hu" and "hu" in REVIEWED
    assert letters("hu") > letters("de")
    assert max(letters(language) for language in WORDS) < 1.02 * letters("hu")


@sizes
def test_addresses_are_shown_whole_in_groups(size: DisplaySize) -> None:
    page = screen_page(Screen("Register PDA1", "Key address", show_fingerprint(SENDER)))
    assert " ".join(page.lines).split(" ") == [SENDER.hex().upper()[at : at + 4] for at in range(0, 40, 4)]
    before = look(page, size)
    for at in range(20):
        other = bytes(byte ^ (1 if index == at else 0) for index, byte in enumerate(SENDER))
        lines = fold(show_fingerprint(other))
        assert look(replace(page, lines=lines), size) != before


LETTERS = st.sampled_from("abgyABG\u00c1\u0219\u0162.,-1l|\u0416\u0438\u03a9\u03cc\u5b57\u0531\u05d0")
TEXTS = st.lists(st.text(LETTERS, min_size=1, max_size=24), min_size=1, max_size=5).map(" ".join)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(list(DisplaySize)))
def test_two_values_never_look_the_same(one: str, other: str, size: DisplaySize) -> None:
    def looks(value: str) -> list[object]:
        return [look(screen_page(page), size) for page in paged([Screen("Register", "Name", value)])]

    assert (looks(one) == looks(other)) == (one == other)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(TEXTS, st.text(LETTERS, min_size=1, max_size=20), st.integers(1, 999), st.sampled_from(list(Environment)))
def test_every_page_before_the_last_can_be_drawn(value: str, label: str, number: int, environment: Environment) -> None:
    """However wide its label, however large its numbers: a person is never stopped by a page that does not fit."""
    while places(label) > COLUMNS:
        label = label[:-1]
    label = label.strip(" ") or "L"
    for page in paged([Screen("W" * TITLE_COLUMNS, label, value)]):
        made = page_of(page, Setting(words("de"), environment, True), Asks.TURN, number=number, count=999)
        for size in DisplaySize:
            before = look(made, size)
            assert look(replace(made, number=number + 1), size) != before
            assert look(replace(made, lines=(*made.lines[:-1], made.lines[-1][:-1])), size) != before


@sizes
def test_what_is_too_wide_is_refused_and_not_cut(size: DisplaySize) -> None:
    page = screen_page(Screen("Register", "Name", "x"))
    wide = "W" * (21 if size is DisplaySize.SMALL else 50)
    render(replace(page, lines=(wide,)), size)
    with pytest.raises(UnknownContractError):
        render(replace(page, lines=(f"{wide}WW",)), size)
    with pytest.raises(UnknownContractError):
        render(replace(page, lines=("x",) * 20), size)
    with pytest.raises(UnknownContractError):
        render(replace(page, asks=Asks.SIGN, title="W" * 60, label="W" * 60), size)


@sizes
def test_no_ink_may_leave_the_frame(size: DisplaySize) -> None:
    wide, high = size.value
    frame = Monochrome(wide, high)
    frame.stamp(wide - 6, high - 11, [2] * 11, 6)
    for x, y in ((wide - 4, 0), (0, high - 10), (-5, 0), (0, -1)):
        with pytest.raises(UnknownContractError):
            frame.stamp(x, y, [0b100010] * 11, 6)
        with pytest.raises(UnknownContractError):
            InColour(wide, high, (0, 0, 0)).stamp(x, y, [0b100010] * 11, 6, (1, 2, 3))


@sizes
def test_an_environment_that_is_not_production_is_seen_on_every_page(size: DisplaySize) -> None:
    for value in ("x", show_fingerprint(bytes(32))):
        looks = {
            environment: look(
                screen_page(Screen("Register", "Name", value), Setting(Words(), environment, False)), size
            )
            for environment in Environment
        }
        assert len(set(looks.values())) == len(Environment)
    # Also where no word has room: the label takes the whole line.
    tight = Screen("W" * TITLE_COLUMNS, "W" * COLUMNS, show_fingerprint(bytes(32)))
    plain, training = (
        look(screen_page(tight, Setting(Words(), environment, False)), size)
        for environment in (Environment.PRODUCTION, Environment.TRAINING)
    )
    assert plain != training


def test_the_text_holds_every_word_of_the_page_in_its_order() -> None:
    page = pages("bg")["closing"]
    text = page.as_text()
    said = [page.environment_word, page.place, page.title, page.of_all, page.label, *page.lines, page.no, page.back,
            page.onward]  # fmt: skip
    at = 0
    for word in said:
        assert word and text.find(word, at) >= 0, word
        at = text.find(word, at) + len(word)
    assert pages("en")["idle"].as_text() == "TRAINING\nShown on this computer\nChancery\nNothing to sign."
    assert "5 *" in pages("en")["pin"].as_text()


def test_lines_stand_closer_only_where_their_letters_do_not_touch() -> None:
    plain, tails, marks = (pair(text, ()) for text in ("AAA", "ggg", "\u00c1\u00c1\u00c1"))
    assert plain is not None and tails is not None and marks is not None
    assert plain.pitch_to(plain) == HEIGHT - 2
    assert tails.pitch_to(plain) == HEIGHT - 1 and plain.pitch_to(marks) == HEIGHT - 1
    assert tails.pitch_to(marks) == HEIGHT
    aside = pair("     \u00c1\u00c1", ())
    assert aside is not None and tails.pitch_to(aside) == HEIGHT - 2


def test_a_long_pin_is_counted_and_never_shown() -> None:
    made = [page_of(Screen("PIN", "PIN", "Enter the PIN."), BOARD, Asks.PIN, typed=typed) for typed in range(65)]
    for size in DisplaySize:
        assert len({look(page, size) for page in made}) == 65


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_letters_and_edges_stand_out() -> None:
    for letters, ground in (
        (palette.PIXEL, palette.GLASS), (palette.LABEL, palette.GLASS),
        (palette.ON_BANNER, palette.TRAINING), (palette.ON_BANNER, palette.TEST),
    ):  # fmt: skip
        assert contrast(letters, ground) >= 7
    assert contrast(palette.EDGE, palette.GLASS) >= 3


def test_colours_are_those_of_the_design() -> None:
    tokens = json.loads((ROOT / "desktop" / "qt" / "theme" / "tokens.json").read_text())["color"]["light"]
    for colour, name in (
        (palette.GLASS, "device_glass"), (palette.PIXEL, "device_pixel"), (palette.TRAINING, "training"),
        (palette.ON_BANNER, "training_on"), (palette.TEST, "info"),
    ):  # fmt: skip
        assert "#{:02X}{:02X}{:02X}".format(*colour) == tokens[name]


@sizes
def test_letters_keep_clear_of_the_banners_stripes(size: DisplaySize) -> None:
    if size is DisplaySize.LARGE:
        rows = pixels_of(render(pages("en")["act"], size))[:24]
        inked = [x for row in rows for x, colour in enumerate(row) if colour == palette.ON_BANNER]
        striped = [x for row in rows for x, colour in enumerate(row) if colour == palette.TRAINING_STRIPE]
        assert not any(min(inked) - 8 <= x <= max(inked) + 8 for x in striped)


def test_a_page_is_drawn_in_20_milliseconds() -> None:
    made = [page for language in REVIEWED for page in pages(language).values()]
    for size in DisplaySize:
        taken = []
        for page in made:
            start = time.perf_counter()
            render(page, size)
            taken.append(time.perf_counter() - start)
        assert sorted(taken)[len(taken) // 2] < 0.020
