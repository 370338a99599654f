"""Templates: data that says what a kind of record holds, shows and needs.

Layout, deterministic CBOR: `["chancery/template/1", id, title, [+ field], flags]`, `field = [name, label, type, required, constraints]`.
An id has one digest for ever; on the ledger stands Keccak-256 of the id.

Invariants: labels are unique, have at most 20 characters and are none of a signer's own; positions in flags name existing fields; a template that decodes is whole.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.keccak import keccak256
from lightnode.wire.plain_text import columns, has_mixed_word, is_device_label, is_sentence_part
from lightnode.wire.types import Hash32

FORMAT = "chancery/template/1"
MAX_FIELDS = 64
MAX_LABEL = 20
MAX_VALUE = 200
MAX_CODE, MAX_WORD = 20, 60
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*\.v[1-9][0-9]?", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}", re.ASCII)


class TemplateError(WireError):
    """A template is malformed."""

    code = "TEMPLATE"
    advice = "Ask governance for the signed template again."


class FieldType(enum.IntEnum):
    """What a field's value is, in CBOR: text but for `UINT`, `BOOL` and `TEXT_LIST`."""

    TEXT = 1
    DATE = 2
    DATETIME = 3
    UINT = 4
    BOOL = 5
    COUNTRY = 6
    CODE = 7
    TEXT_LIST = 8


class RuleKind(enum.IntEnum):
    """Rules across two fields."""

    NOT_AFTER = 1
    PREFIX_EQUALS = 2
    WITHIN_A_YEAR = 3


_DAYS = {FieldType.DATE, FieldType.DATETIME}
_NO_TEXTS = {FieldType.UINT, FieldType.BOOL, FieldType.TEXT_LIST}


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: as its standard spells it.
        label: for people, at most 20 characters.
        type: of its value.
        required: whether it may be absent.
        pattern: regular expression that a text must match whole; None for any.
        codes: allowed codes with their words.
        sentinel: a value with a word that stands for it, such as an open end.
        maximum: greatest number, or greatest count of characters or items.
    """

    name: str
    label: str
    type: FieldType
    required: bool
    pattern: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    sentinel: tuple[str, str] | None = None
    maximum: int | None = None

    def as_cbor(self) -> list[cbor.Value]:
        """Give the field's array."""
        codes = [list(pair) for pair in self.codes] or None
        sentinel = None if self.sentinel is None else list(self.sentinel)
        constraints = {0: self.pattern, 1: codes, 2: sentinel, 3: self.maximum}
        more = {key: value for key, value in constraints.items() if value is not None}
        return [self.name, self.label, int(self.type), self.required, more]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule across two fields, by index.

    Attributes:
        kind: which rule.
        first: index of the first field.
        second: index of the second.
    """

    kind: RuleKind
    first: int
    second: int


@dataclass(frozen=True)
class Template:
    """A kind of record.

    Attributes:
        id: `system.action.vN`.
        title: for people, such as "PDA1".
        fields: in order.
        demands_status: a verifier without a status list cannot tell.
        demands_board: a signer without a screen of its own is not enough.
        border_view: indexes of the fields that a border office sees.
        valid_from: index of the field with the first day, if any.
        valid_until: index of the field with the last day, if any.
        rules: across fields.
    """

    id: str
    title: str
    fields: tuple[Field, ...]
    demands_status: bool = False
    demands_board: bool = False
    border_view: tuple[int, ...] = ()
    valid_from: int | None = None
    valid_until: int | None = None
    rules: tuple[Rule, ...] = field(default=())

    def encode(self) -> bytes:
        """Give the canonical CBOR."""
        flags: dict[int, cbor.Value] = {
            0: self.demands_status,
            1: self.demands_board,
            2: list(self.border_view),
            3: self.valid_from,
            4: self.valid_until,
            5: [[int(rule.kind), rule.first, rule.second] for rule in self.rules],
        }
        return cbor.encode([FORMAT, self.id, self.title, [item.as_cbor() for item in self.fields], flags])

    @cached_property
    def digest(self) -> Hash32:
        """SHA-256 of the canonical CBOR."""
        return Hash32(hashlib.sha256(self.encode()).digest())

    @cached_property
    def ledger_id(self) -> Hash32:
        """Keccak-256 of the id, as on the ledger."""
        return keccak256(self.id.encode())

    @property
    def leaf_count(self) -> int:
        """Leaves of the commitment tree: act header, document, fields."""
        return 2 + len(self.fields)

    def index(self, name: str) -> int:
        """Find a field by name.

        Raises:
            TemplateError: there is none.
        """
        found = [at for at, item in enumerate(self.fields) if item.name == name]
        if not found:
            raise TemplateError(f"The template {self.id} has no field {name}.")
        return found[0]


def decode_template(data: bytes) -> Template:
    """Read a template strictly.

    Raises:
        TemplateError: malformed.
        WireError: not canonical CBOR.
    """
    match cbor.decode(data):
        case [str(kind), str(name), str(title), list(fields), dict(flags)] if kind == FORMAT:
            template = Template(name, title, tuple(_field(item) for item in fields), **_flags(flags))
        case _:
            raise TemplateError("The bytes are no template of a known version.")
    check_template(template)
    if template.encode() != data:
        raise TemplateError("The template is not in its one form.")
    return template


def check_template(template: Template) -> None:
    """Demand that a template is whole.

    Raises:
        TemplateError: it is not.
    """
    count = len(template.fields)
    if not _ID.fullmatch(template.id) or not _words(template.title, 40) or not 1 <= count <= MAX_FIELDS:
        raise TemplateError("A template's id, title or number of fields is malformed.")
    names, labels = {item.name for item in template.fields}, {item.label.casefold() for item in template.fields}
    if len(names) != count or len(labels) != count or any(is_device_label(label) for label in labels):
        raise TemplateError("A template names a field twice, or as a signer's display names a row of its own.")
    for item in template.fields:
        _check_field(item)
    indexes = [*template.border_view, *(at for rule in template.rules for at in (rule.first, rule.second))]
    indexes += [at for at in (template.valid_from, template.valid_until) if at is not None]
    if any(not 0 <= at < count for at in indexes) or len(set(template.border_view)) != len(template.border_view):
        raise TemplateError("A template refers to a field that it does not have.")
    _check_references(template)


def _check_references(template: Template) -> None:
    """Demand that what is read as a day or compared as a text is one."""
    days = {at for at in (template.valid_from, template.valid_until) if at is not None}
    days |= {
        at for rule in template.rules if rule.kind is not RuleKind.PREFIX_EQUALS for at in (rule.first, rule.second)
    }
    texts = {at for rule in template.rules if rule.kind is RuleKind.PREFIX_EQUALS for at in (rule.first, rule.second)}
    if not {template.fields[at].type for at in days} <= _DAYS or {template.fields[at].type for at in texts} & _NO_TEXTS:
        raise TemplateError("A template takes a field for a day or a text that is none.")


def _words(text: str, limit: int) -> bool:
    return max(len(text), columns(text)) <= limit and is_sentence_part(text) and not has_mixed_word(text)


def _check_field(item: Field) -> None:
    if not _NAME.fullmatch(item.name) or not _words(item.label, MAX_LABEL):
        raise TemplateError("A field's name or label is malformed.")
    if (item.type is FieldType.CODE) != bool(item.codes):
        raise TemplateError("A field has codes if and only if it is of type code.")
    shown = item.codes if item.sentinel is None else (*item.codes, item.sentinel)
    if any(not _words(code, MAX_CODE) or not _words(word, MAX_WORD) for code, word in shown):
        raise TemplateError("A code of a field, or the word that stands for it, cannot be shown.")
    texts = {f"{code} - {word}" for code, word in dict(item.codes).items()}
    if len(texts) != len(item.codes) or (item.maximum is not None and item.maximum < 1):
        raise TemplateError("A field lists a code twice, or its maximum is not above zero.")
    if item.pattern is not None:
        try:
            re.compile(item.pattern)
        except (re.error, OverflowError, RecursionError) as cause:
            raise TemplateError("A field's pattern is no regular expression.") from cause


def _field(item: cbor.Value) -> Field:
    match item:
        case [str(name), str(label), int(kind), bool(required), dict(more)] if (
            kind in FieldType.__members__.values() and not isinstance(kind, bool) and set(more) <= {0, 1, 2, 3}
        ):
            return Field(
                name, label, FieldType(kind), required,
                _typed(more.get(0), str), tuple(_pair(pair) for pair in _typed(more.get(1), list) or ()),
                _pair(more[2]) if 2 in more else None, _typed(more.get(3), int),
            )  # fmt: skip
    raise TemplateError("A template's field is malformed.")


def _pair(value: cbor.Value) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, str) for part in value):
        raise TemplateError("A pair of texts is malformed.")
    return value[0], value[1]


def _typed(value: Any, kind: type) -> Any:
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise TemplateError("A constraint is of the wrong type.")
    return value


def _flags(flags: dict[int, cbor.Value]) -> dict[str, Any]:
    match flags:
        case {0: bool(status), 1: bool(board), 2: list(view), 3: first, 4: last, 5: list(rules)} if len(flags) == 6:
            return {
                "demands_status": status,
                "demands_board": board,
                "border_view": tuple(_indexes(view)),
                "valid_from": _typed(first, int),
                "valid_until": _typed(last, int),
                "rules": tuple(_rule(rule) for rule in rules),
            }
    raise TemplateError("A template's flags are malformed.")


def _indexes(values: Sequence[cbor.Value]) -> list[int]:
    if any(isinstance(value, bool) or not isinstance(value, int) for value in values):
        raise TemplateError("A list of positions is malformed.")
    return list(values)


def _rule(value: cbor.Value) -> Rule:
    match value:
        case [int(kind), int(first), int(second)] if kind in RuleKind.__members__.values():
            return Rule(RuleKind(kind), *_indexes([first, second]))
    raise TemplateError("A template's rule is malformed.")
