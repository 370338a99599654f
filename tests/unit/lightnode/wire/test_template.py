"""Templates and values: one digest for ever, only what can be shown, and the standards' own codes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError
from lightnode.templates import BUILT_IN, built_in, template_from_json
from lightnode.wire import cbor
from lightnode.wire.field_value import (
    ABSENT,
    UNFIT,
    FieldValueError,
    Value,
    check_value,
    parse_form,
    problems,
    show,
)
from lightnode.wire.plain_text import is_plain
from lightnode.wire.template import Field, FieldType, Rule, RuleKind, Template, TemplateError, decode_template

PDA1 = built_in("eessi.pda1.v1")
ATA = built_in("customs.ata-event.v1")
FORM = {
    "forename": "Tom\u00e1s", "family_name": "Leal Antunes", "date_of_birth": "1989-07-04",
    "social_security_pin": "1989 0704 2231", "member_state_which_legislation_applies": "PT",
    "status_confirmation": "02", "starting_date": "2026-12-01", "ending_date": "2027-11-30",
    "type_of_employment": "01", "employer_name": "Carpintaria Naval de Aveiro, Lda",
    "a_fixed_place_of_work_exist": "yes", "country_work": "BE", "place_of_work": "Antwerp, Belgium",
    "institution_id": "PT:1040", "country_code": "PT", "unique_number_of_issued_document": "PDA1-0048213",
}  # fmt: skip
CARNET = {
    "carnet_number": "PT/4711", "issuing_association": "CCIP", "holder": "Aveiro Lda", "voucher_set": "1",
    "event_code": "IMP", "item_numbers": "1-4; 7", "office_code": "PTLIS001", "event_date": "2026-12-01",
    "final_date_for_re_exportation": "2027-05-31", "valid_until": "2027-11-30",
}  # fmt: skip
DIGESTS = {
    "eessi.pda1.v1": "72f03a6307aa7a858076a9fef6e52effa9c8732c09b45c0ef66fb204e343bbd7",
    "customs.ata-event.v1": "714596e96d7d124b0b80c8dabfddedb29c55c24d30ee17e91554b4ddf1d9f6af",
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_template_has_one_digest_for_ever(name: str) -> None:
    assert built_in(name).digest.hex() == DIGESTS[name]
    assert decode_template(built_in(name).encode()) == built_in(name)


@pytest.mark.parametrize(("template", "form"), [(PDA1, FORM), (ATA, CARNET)], ids=BUILT_IN)
def test_a_good_form_has_no_problems(template: Template, form: dict) -> None:
    values, found = parse_form(template, form)
    assert found == ()
    assert len(values) == len(template.fields)
    assert all(show(field, value) not in ("", UNFIT) for field, value in zip(template.fields, values, strict=True))


@pytest.mark.parametrize(
    ("template", "form", "change", "name"),
    [
        (PDA1, FORM, {"ending_date": "2026-11-30"}, "ending_date"),
        (PDA1, FORM, {"starting_date": "2026-02-30"}, "starting_date"),
        (PDA1, FORM, {"country_code": "ES"}, "country_code"),
        (PDA1, FORM, {"status_confirmation": "13"}, "status_confirmation"),
        (PDA1, FORM, {"institution_id": "PT1040"}, "institution_id"),
        (PDA1, FORM, {"country_work": "GB"}, "country_work"),
        (PDA1, FORM, {"forename": ""}, "forename"),
        (PDA1, FORM, {"forename": "A\u202eB"}, "forename"),
        (PDA1, FORM, {"forename": 7}, "forename"),
        (PDA1, FORM, {"unheard_of": "x"}, "unheard_of"),
        (ATA, CARNET, {"valid_until": "2028-01-01"}, "valid_until"),
        (ATA, CARNET, {"voucher_set": "-1"}, "voucher_set"),
        (ATA, CARNET, {"voucher_set": "10000"}, "voucher_set"),
        (ATA, CARNET, {"item_numbers": "one"}, "item_numbers"),
        (ATA, CARNET, {"office_code": "lis"}, "office_code"),
    ],
)  # fmt: skip
def test_a_bad_field_is_named(template: Template, form: dict, change: dict, name: str) -> None:
    _, found = parse_form(template, {**form, **change})
    assert [problem.name for problem in found] == [name]


def test_an_open_end_is_shown_in_words() -> None:
    end = PDA1.fields[PDA1.index("ending_date")]
    assert show(end, "2499-01-01") == "open"
    assert show(end, "2027-11-30") == "30 Nov 2027"
    assert parse_form(PDA1, {**FORM, "ending_date": "2499-01-01"})[1] == ()


def test_a_rule_between_two_sound_fields_is_said_beside_what_is_wrong_elsewhere() -> None:
    dates = {"starting_date": "2026-12-01", "ending_date": "2026-11-01"}
    _, found = parse_form(PDA1, {**FORM, **dates, "family_name": ""})
    assert [problem.name for problem in found] == ["family_name", "ending_date"]
    assert found[1].text == "This lies before Valid from."
    _, found = parse_form(PDA1, {**FORM, **dates, "starting_date": "soon"})
    assert [problem.name for problem in found] == ["starting_date"], "nothing is said of a pair of which one is wrong"


def test_values_are_shown_in_words() -> None:
    assert show(PDA1.fields[5], "02") == "02 - Employed in two or more states"
    assert show(Field("a", "A", FieldType.BOOL, False), True) == "Yes"
    assert show(Field("a", "A", FieldType.DATETIME, False), "2026-01-02T03:04:05Z") == "2 Jan 2026, 03:04:05 UTC"
    assert show(PDA1.fields[0], None) == ABSENT


_ANY = st.none() | st.booleans() | st.integers(-3, 2**64 - 1) | st.text(max_size=12) | st.lists(st.text(max_size=4))


@settings(max_examples=300, derandomize=True)
@given(st.sampled_from([*PDA1.fields, *ATA.fields]), _ANY)
def test_whatever_was_committed_to_is_shown_safely(field: Field, value: Value) -> None:
    text = show(field, value)
    assert text.isprintable() and text
    try:
        check_value(field, value)
    except FieldValueError:
        assert text in (UNFIT, ABSENT)


@pytest.mark.parametrize(
    "text",
    ["a\u200bb", "a\u202eb", "a\u00adb", "\u2800a", "a\u3164", "a\u034fb", "a\ufe0fb", " a", "a ", "a\nb", "a\x00",
     "A\u030a", "\ue000", "a\u2028b", "a\U000e0101", "\ufeffa", "a\u115fb"],
)  # fmt: skip
def test_what_cannot_be_seen_is_refused(text: str) -> None:
    assert not is_plain(text)


def test_ordinary_names_are_plain() -> None:
    for text in ("\u0141ukasz", "\u0395\u03bb\u03ad\u03bd\u03b7", "\u0418\u0432\u0430\u043d", "O'Brien-M\u00fcller"):
        assert is_plain(text)


def _text(name: str = "a", **more: object) -> Field:
    return Field(name, name.upper(), FieldType.TEXT, True, **more)


GOOD = Template("a.b.v1", "T", (_text(), _text("b"), Field("d", "D", FieldType.DATE, True)))


@pytest.mark.parametrize(
    "broken",
    [
        replace(GOOD, id="a.b"), replace(GOOD, id="A.b.v1"), replace(GOOD, id="a.b.v0"), replace(GOOD, title=""),
        replace(GOOD, title="\u202eT"), replace(GOOD, fields=()), replace(GOOD, fields=(_text(), _text())),
        replace(GOOD, border_view=(3,)), replace(GOOD, border_view=(0, 0)), replace(GOOD, valid_from=0),
        replace(GOOD, valid_until=9), replace(GOOD, rules=(Rule(RuleKind.NOT_AFTER, 0, 2),)),
        replace(GOOD, rules=(Rule(RuleKind.PREFIX_EQUALS, 0, 7),)),
        replace(GOOD, fields=(Field("n", "N", FieldType.UINT, True), _text()),
                rules=(Rule(RuleKind.PREFIX_EQUALS, 0, 1),)),
        replace(GOOD, fields=(replace(_text(), label="x" * 21),)), replace(GOOD, fields=(replace(_text(), label=" x"),)),
        replace(GOOD, fields=(_text(pattern="("),)), replace(GOOD, fields=(_text(pattern="a{99999999999999}"),)),
        replace(GOOD, fields=(_text(codes=(("a", "b"),)),)), replace(GOOD, fields=(_text(sentinel=("a", "\u202e")),)),
        replace(GOOD, fields=(Field("c", "C", FieldType.CODE, True),)), replace(GOOD, fields=(_text(maximum=0),)),
        replace(GOOD, fields=(Field("c", "C", FieldType.CODE, True, codes=(("a", "b"), ("a", "c"))),)),
    ],
)  # fmt: skip
def test_a_template_that_is_not_whole_is_refused(broken: Template) -> None:
    assert decode_template(GOOD.encode()) == GOOD
    with pytest.raises(TemplateError):
        decode_template(broken.encode())


def test_every_changed_byte_of_a_template_changes_its_digest_or_is_refused() -> None:
    data = ATA.encode()
    for at in range(len(data)):
        for change in (1, 0xF5):
            broken = data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]
            try:
                template = decode_template(broken)
            except LightNodeError:
                continue
            assert template.digest != ATA.digest and template.encode() == broken


_CBOR = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text("ab.v1", max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 5), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=300, derandomize=True)
@given(_CBOR, _CBOR, _CBOR)
def test_any_members_give_one_of_our_errors_or_a_template(fields: object, flags: object, constraints: object) -> None:
    whole = cbor.decode(GOOD.encode())
    for changed in (
        [*whole[:3], fields, whole[4]],
        [*whole[:4], flags],
        [*whole[:3], [["a", "A", 1, True, constraints]], whole[4]],
    ):
        data = cbor.encode(changed)
        try:
            assert decode_template(data).encode() == data
        except LightNodeError:
            pass


def test_a_json_template_that_is_malformed_is_refused() -> None:
    for obj in (None, {}, {"id": 1}, {"id": "a.b.v1", "title": "T", "fields": [{}], "border_view": []}):
        with pytest.raises(TemplateError):
            template_from_json(obj)
    with pytest.raises(TemplateError):
        built_in("a.b.v1")


def test_a_record_has_as_many_values_as_fields() -> None:
    with pytest.raises(FieldValueError):
        problems(PDA1, [])
