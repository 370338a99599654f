"""Values are folded into pages without loss: what differs is drawn differently."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import UnknownContractError
from firmware_bridge.signer.pages import COLUMNS, LINES, fold, unfold
from firmware_bridge.signer.pin_entry import tries_text
from firmware_bridge.signer.screens import Screen, closing, paged, rows_to_screens, show_day
from hsm.token import PinStatus
from lightnode.wire.plain_text import CONTINUED, columns, is_plain
from lightnode.wire.root import show_fingerprint

LETTERS = st.sampled_from("aBW1.-,;\u00e1\u0416\u03a9\u5b57\ud55c\u05d0\u0301")
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=50), min_size=1, max_size=12)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(WORDS)
def test_folding_loses_nothing_and_fits(words: list[str]) -> None:
    text = " ".join(words)
    lines = fold(text)
    assert unfold(lines) == text
    assert all(columns(line) <= COLUMNS + (1 if line.endswith(CONTINUED) else 0) for line in lines)
    pages = paged([Screen("T", "L", text)])
    assert tuple(line for page in pages for line in page.lines) == lines
    assert all(1 <= len(page.lines) <= LINES and page.pages == len(pages) for page in pages)


def test_a_broken_word_is_marked_so_that_a_space_cannot_hide() -> None:
    assert fold("a" * 20 + " " + "b") != fold("a" * 20 + "b")
    assert not is_plain(f"a{CONTINUED}b")


def test_a_fingerprint_is_one_page() -> None:
    assert len(fold(show_fingerprint(bytes(32)))) == LINES


def test_the_devices_own_questions_are_one_page() -> None:
    assert closing("T").pages == 1
    for status in (PinStatus(True, 5, False, False, False), PinStatus(True, 1, True, True, False)):
        for wrong in (True, False):
            assert Screen("PIN", "L", tries_text(status, wrong=wrong)).pages == 1


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("L" * 21, "x"),
        ("", "x"),
        ("L", ""),
        ("L", " x"),
        ("L", "a\u202eb"),
        ("\u05d0", "x"),
        ("L", "ABC \u05d0\u05d1 12"),
    ],
)
def test_what_cannot_be_compared_is_not_shown(label: str, value: str) -> None:
    with pytest.raises(UnknownContractError):
        rows_to_screens("T", [(label, value)])


def test_what_an_eye_could_mistake_is_said_on_a_page_of_its_own() -> None:
    screens = rows_to_screens(
        "T", [("Name", "Tom\u0430s"), ("Town", "\u0421\u043e\u0444\u0438\u044f"), ("Street", "Rua 1")]
    )
    assert [(item.label, item.value) for item in screens if item.caution] == [
        ("Look closely", "One word mixes letters: Cyrillic, Latin."),
        ("Look closely", "Letters used: Cyrillic."),
    ]


def test_days_beyond_the_calendar_are_told_apart() -> None:
    assert show_day(0) == "1 Jan 1970"
    assert show_day(2_932_896) == "31 Dec 9999"
    assert show_day(4_000_000) != show_day(4_000_001)
