"""One policy for every text that a person compares on a display (docs/adr/0010)."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import replace

import pytest

from lightnode.errors import WireError
from lightnode.templates import built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.field_value import ABSENT, UNFIT, FieldValueError, check_value, parse_text, show
from lightnode.wire.network_facts import read_facts
from lightnode.wire.pack import read_pack
from lightnode.wire.payload import Payload
from lightnode.wire.plain_text import (
    DEVICE_LABELS,
    cautions,
    cells,
    columns,
    has_mixed_word,
    is_plain,
    is_right_to_left,
    is_sentence_part,
    scripts,
)
from lightnode.wire.template import Field, FieldType, TemplateError, check_template
from lightnode.wire.trust import TrustError, read_country
from lightnode.wire.types import ZERO_HASH, Hash32

# What the refuter got past the former checks, and its neighbours.
INVISIBLE = (
    "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\ufe0f", "\U000e0100", "\U0001d159", "\U00016fe4", "\u034f", "\u180e",
    "\u17b4", "\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u061c", "\ufff9", "\ufffc", "\ufffd", "\ue000", "\u0378",
    "\U000e0041", "\U0001bca0", "\U00013430", "\U00013441", "\u00a0", "\u2007", "\u3000", "\n", "\x00", "\u2028",
)  # fmt: skip
FORMS = (
    "\uff21",
    "\U0001d400",
    "\u24b6",
    "\u2160",
    "\uff71",
    "\ufe8d",
    "\u0661",
    "\u21b5",
    "\u2192",
    "\U0001f600",
    "\u20dd",
)


@pytest.mark.parametrize("char", [*INVISIBLE, *FORMS])
def test_what_cannot_be_told_apart_is_no_text(char: str) -> None:
    assert not is_plain(char)
    assert not is_plain(f"a{char}b")


@pytest.mark.parametrize(
    "text", ["", " ", " a", "a ", "a  b", "\u0333abc", "a \u0301b", "1\u0301", "a" + "\u0315" * 3, "A\u030a", "a\u0301"]
)
def test_spaces_and_marks_in_odd_places_are_refused(text: str) -> None:
    assert not is_plain(text)


@pytest.mark.parametrize("text", ["ABC \u05d0\u05d1 12", "ABC 12 \u05d0\u05d1", "\u05d0\u05d1 12", "A \u0627"])
def test_two_directions_in_one_text_are_refused(text: str) -> None:
    assert not is_plain(text)


@pytest.mark.parametrize(
    "text",
    ["\u0141ukasz \u017b\u00f3\u0142\u0107", "\u0421\u043e\u0444\u0438\u044f", "\u0391\u03b8\u03ae\u03bd\u03b1", "Rua 1\u00ba de Maio, n.\u00ba 3",
     "O\u2019Brien-M\u00fcller & Co. (50 %)", "\u05d0\u05d1-\u05d2\u05d3", "\u5b57\u5e55", "Nguy\u1ec5n", "J\u0331", "\u20ac 5"],
)  # fmt: skip
def test_names_of_people_and_firms_are_texts(text: str) -> None:
    assert is_plain(unicodedata.normalize("NFC", text))


def test_nothing_that_unicode_calls_ignorable_or_unassigned_passes() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Me") or (
            unicodedata.category(char) == "Zs" and char != " "
        ):
            assert not is_plain(f"a{char}b"), hex(code)


def test_scripts_are_named() -> None:
    assert scripts("Tom\u0430s 12") == ("Cyrillic", "Latin")
    assert has_mixed_word("Tom\u0430s")
    assert not has_mixed_word("Sofia \u0421\u043e\u0444\u0438\u044f")
    assert cautions("Tomas-1") == ()
    assert cautions("T\u0251m") == ("One word mixes letters: Latin, rare Latin.",)
    assert cautions("Leal\u2010Antunes \u2013") == ("Special signs, in order: HYPHEN, EN DASH.",)
    assert cautions("\u041e\u041e\u041e") != cautions("OOO")
    assert scripts("\u5b57\u304b\u30ab") == ("East Asian",)


def test_widths_are_counted_in_cells() -> None:
    assert columns("a\u5b57J\u0331") == 4
    assert cells("aJ\u0331b") == ("a", "J\u0331", "b")
    assert is_right_to_left("\u05d0")
    assert not is_sentence_part("\u05d0")


TEXT = Field("a", "A", FieldType.TEXT, False)


def test_words_that_stand_for_something_else_are_no_values() -> None:
    open_end = replace(TEXT, sentinel=("9999", "open"))
    for field, value in ((TEXT, ABSENT), (TEXT, UNFIT), (open_end, "open")):
        with pytest.raises(FieldValueError):
            check_value(field, value)
    assert show(open_end, "9999") == "open"


def test_a_list_shows_where_its_parts_end() -> None:
    items = Field("a", "A", FieldType.TEXT_LIST, True, maximum=4)
    with pytest.raises(FieldValueError):
        check_value(items, ["12; 34"])
    assert show(items, ["12", "34"]) == "12; 34"


def test_double_spaces_of_a_typist_are_mended() -> None:
    assert parse_text(TEXT, " Leal   Antunes ") == "Leal Antunes"


PDA1 = built_in("eessi.pda1.v1")


@pytest.mark.parametrize(
    "label",
    [
        "\u3164",
        "\u2800x",
        "Network",
        "nEtwork",
        "Authority id",
        "N\u0435twork",
        "\u05d0",
        "A\u21b5",
        PDA1.fields[1].label,
    ],
)
def test_labels_are_unique_and_no_labels_of_the_device(label: str) -> None:
    with pytest.raises(TemplateError):
        check_template(replace(PDA1, fields=(replace(PDA1.fields[0], label=label), *PDA1.fields[1:])))
    assert len(DEVICE_LABELS) > 20


def test_codes_that_would_read_alike_are_refused() -> None:
    coded = Field("c", "C", FieldType.CODE, True, codes=(("A", "B - C"), ("A - B", "C")))
    with pytest.raises(TemplateError):
        check_template(replace(PDA1, fields=(coded, *PDA1.fields[1:])))


BAD_NAMES = ("\u3164", "\u2800\u2800", "\u115f", "  x", "a\ufe0f", "ABC \u05d0\u05d1", "")


def statement(name: str) -> Payload:
    entry = [authority_id("PT", "1"), "PT", "1", name, [1, [["secp256k1", bytes.fromhex("02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"), 1]]]]  # fmt: skip
    return Payload("trust", "training", ZERO_HASH, b"PT", 1, 0, 0, 0, [2, "PT", [entry]])


def test_names_of_authorities_and_operators_follow_the_policy() -> None:
    assert read_country(statement("Seguran\u00e7a Social"))[1][0].name == "Seguran\u00e7a Social"
    for name in BAD_NAMES:
        with pytest.raises(TrustError):
            read_country(statement(name))
    for operator in (*BAD_NAMES, "\u05d0"):
        members = [[bytes(20), operator, "PT"]]
        with pytest.raises(WireError):
            read_facts([[1, bytes(32), 1], [[0, None, members]], [], None])


def test_names_of_contracts_follow_the_policy() -> None:
    for name in (*BAD_NAMES, "\u05d0"):
        body = [1, [[name, 1, bytes(32)]]]
        with pytest.raises(WireError):
            read_pack(Payload("pack", "training", Hash32(bytes(32)), b"", 1, 0, 0, 0, body))
