"""Values of a record's fields: reading what people type, checking, and showing them the same everywhere.

Invariants: a text is plain as `lightnode.wire.plain_text` says, and none of the words that stand for something else; a
list's parts hold no semicolon, which stands between them; a date is a real day written YYYY-MM-DD. `show` is what signer, preview and border office print.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

from lightnode.errors import WireError
from lightnode.wire.plain_text import is_plain
from lightnode.wire.template import MAX_VALUE, Field, FieldType, Rule, RuleKind, Template

Value: TypeAlias = str | int | bool | list[str] | None

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ABSENT = "(none)"
UNFIT = "(not readable)"


class FieldValueError(WireError):
    """A value does not fit its field."""

    code = "FIELD-VALUE"
    advice = "Correct the field and try again."


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field.

    Attributes:
        name: of the field.
        label: of the field, for people.
        text: what is wrong, one sentence.
    """

    name: str
    label: str
    text: str


def check_value(field: Field, value: Value) -> None:
    """Demand that a value fits its field.

    Raises:
        FieldValueError: it does not; the text says why without repeating the value.
    """
    if value is None:
        if field.required:
            raise FieldValueError("Fill in this field.")
        return
    if field.type is FieldType.UINT:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= (field.maximum or (1 << 63)):
            raise FieldValueError("Enter a whole number within the allowed range.")
        return
    if field.type is FieldType.BOOL:
        if not isinstance(value, bool):
            raise FieldValueError("Answer yes or no.")
        return
    if field.type is FieldType.TEXT_LIST:
        _check_list(field, value)
        return
    _check_text(field, value)


def _check_list(field: Field, value: Value) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= (field.maximum or 16):
        raise FieldValueError("Enter at least one and not too many entries.")
    for part in value:
        _check_text(field, part)
        if ";" in part:
            raise FieldValueError("Leave semicolons out: they stand between the entries.")


def _check_text(field: Field, value: Value) -> None:
    limit = MAX_VALUE if field.type is FieldType.TEXT_LIST else field.maximum or MAX_VALUE
    if not isinstance(value, str) or not 1 <= len(value) <= limit:
        raise FieldValueError(f"Enter between 1 and {limit} characters.")
    if not is_plain(value):
        raise FieldValueError("Remove invisible or rare signs, double spaces, and words of two writing directions.")
    if field.sentinel is not None and value == field.sentinel[0]:
        return
    if value in (ABSENT, UNFIT) or (field.sentinel is not None and value == field.sentinel[1]):
        raise FieldValueError("This word stands for something else here. Write it differently.")
    if field.type is FieldType.DATE:
        parse_date(value)
    elif field.type is FieldType.DATETIME:
        _parse_datetime(value)
    elif field.type is FieldType.COUNTRY and not _COUNTRY.fullmatch(value):
        raise FieldValueError("Enter a country code of two capital letters.")
    elif field.type is FieldType.CODE and value not in dict(field.codes):
        raise FieldValueError("Choose one of the listed codes.")
    if field.pattern is not None and not re.fullmatch(field.pattern, value):
        raise FieldValueError("This is not in the form that the standard prescribes.")


def parse_date(text: str) -> datetime.date:
    """Read a day written YYYY-MM-DD.

    Raises:
        FieldValueError: another form, or no day of the calendar.
    """
    try:
        if _DATE.fullmatch(text):
            return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    raise FieldValueError("Enter a day as YYYY-MM-DD.")


def _parse_datetime(text: str) -> datetime.datetime:
    try:
        if _DATETIME.fullmatch(text):
            return datetime.datetime.fromisoformat(text)
    except ValueError:
        pass
    raise FieldValueError("Enter a time as YYYY-MM-DDThh:mm:ssZ, in UTC.")


def parse_text(field: Field, text: str) -> Value:
    """Read what a person typed into a field; an empty text is absence.

    Raises:
        FieldValueError: it does not fit.
    """
    typed = re.sub(" +", " ", unicodedata.normalize("NFC", text).strip())
    value: Value = typed or None
    if value is not None and field.type is FieldType.UINT:
        if not typed.isascii() or not typed.isdigit() or len(typed) > 19:
            raise FieldValueError("Enter a whole number within the allowed range.")
        value = int(typed)
    elif value is not None and field.type is FieldType.BOOL:
        if typed.lower() not in ("yes", "no", "true", "false"):
            raise FieldValueError("Answer yes or no.")
        value = typed.lower() in ("yes", "true")
    elif value is not None and field.type is FieldType.TEXT_LIST:
        value = [part.strip() for part in typed.split(";") if part.strip()]
    check_value(field, value)
    return value


def problems(template: Template, values: Sequence[Value]) -> tuple[FieldProblem, ...]:
    """Give everything that is wrong with a record's values, field by field and then across fields."""
    if len(values) != len(template.fields):
        raise FieldValueError("A record has as many values as its template has fields.")
    found = []
    for field, value in zip(template.fields, values, strict=True):
        try:
            check_value(field, value)
        except FieldValueError as error:
            found.append(FieldProblem(field.name, field.label, error.text))
    return (*found, *_across(template, values, {problem.name for problem in found}))


def _across(template: Template, values: Sequence[Value], wrong: Set[str]) -> list[FieldProblem]:
    """Give the rules that are broken between fields of which neither is wrong in itself."""
    return [
        problem for rule in template.rules for problem in _broken(template, rule, values)
        if wrong.isdisjoint((template.fields[rule.first].name, template.fields[rule.second].name))
    ]  # fmt: skip


def parse_form(template: Template, typed: Mapping[str, object]) -> tuple[tuple[Value, ...], tuple[FieldProblem, ...]]:
    """Read a form: texts (or JSON values) by field name.

    Returns:
        The values in order, and what is wrong with them; an unknown name is a problem of its own.
    """
    values: list[Value] = []
    found = [FieldProblem(name, name, "This kind of record has no such field.")
             for name in typed if name not in {field.name for field in template.fields}]  # fmt: skip
    for field in template.fields:
        raw = typed.get(field.name)
        try:
            value = _from_form(field, raw)
        except FieldValueError as error:
            found.append(FieldProblem(field.name, field.label, error.text))
            value = None
        values.append(value)
    return tuple(values), (*found, *_across(template, values, {problem.name for problem in found}))


def _from_form(field: Field, raw: object) -> Value:
    if raw is None or isinstance(raw, str):
        return parse_text(field, raw or "")
    if isinstance(raw, (bool, int)) or (isinstance(raw, list) and all(isinstance(part, str) for part in raw)):
        check_value(field, raw)
        return raw
    raise FieldValueError("The value is of a kind that no field has.")


def _broken(template: Template, rule: Rule, values: Sequence[Value]) -> list[FieldProblem]:
    first, second = values[rule.first], values[rule.second]
    field = template.fields[rule.second]
    if not isinstance(first, str) or not isinstance(second, str):
        return []
    if rule.kind is RuleKind.PREFIX_EQUALS:
        text = f"{template.fields[rule.first].label} must begin with the same code."
        return [] if first.split(":")[0] == second else [FieldProblem(field.name, field.label, text)]
    if field.sentinel is not None and second == field.sentinel[0]:
        return []
    start, end = parse_date(first[:10]), parse_date(second[:10])
    if end < start:
        text = f"This lies before {template.fields[rule.first].label}."
        return [FieldProblem(field.name, field.label, text)]
    if rule.kind is RuleKind.WITHIN_A_YEAR and (end - start).days > 366:
        return [FieldProblem(field.name, field.label, "This lies more than a year later.")]
    return []


def show(field: Field, value: Value) -> str:
    """Write a value as signer, preview and border office show it.

    Args:
        field: of a template.
        value: of the record; one that does not fit its field is never printed, but named as unreadable.
    """
    if value is None:
        return ABSENT
    try:
        check_value(field, value)
    except FieldValueError:
        return UNFIT
    if field.sentinel is not None and value == field.sentinel[0]:
        return field.sentinel[1]
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "; ".join(value)
    if field.type is FieldType.DATE:
        return show_date(parse_date(value))
    if field.type is FieldType.DATETIME:
        moment = _parse_datetime(value)
        return f"{show_date(moment.date())}, {moment:%H:%M:%S} UTC"
    if field.type is FieldType.CODE:
        return f"{value} - {dict(field.codes)[value]}"
    return value


def show_date(day: datetime.date) -> str:
    """Write a day without a locale: 4 Jul 1989."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
