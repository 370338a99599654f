"""From a template, typed fields and a document to a record's opening and commitment; pure.

Invariants: the master salt comes in as an argument and is used for one record only; values are checked by the same code
as on the signer; a draft that exists is whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from desktop.services.job_errors import FieldValuesError
from lightnode.wire import commitment
from lightnode.wire.commitment import ActHeader, Opening
from lightnode.wire.field_value import FieldProblem, Value, parse_date, parse_form
from lightnode.wire.template import Template
from lightnode.wire.types import Address, Hash32

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it is an act.

    Attributes:
        template: kind of record.
        values: in the template's order.
        opening: with master salt and document digest.
        commitment: what will stand on the ledger.
        valid_until: last day, counted from 1970-01-01; 0 for none.
    """

    template: Template
    values: tuple[Value, ...]
    opening: Opening
    commitment: Hash32
    valid_until: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record will belong.

    Attributes:
        genesis: of the network.
        registry: contract.
        authority: ledger id of the owner.
    """

    genesis: Hash32
    registry: Address
    authority: Hash32


def read_values(template: Template, typed: Mapping[str, object]) -> tuple[Value, ...]:
    """Read what a person filled in.

    Raises:
        FieldValuesError: names the fields and what is wrong with each, without repeating their values.
    """
    values, problems = parse_form(template, typed)
    if problems:
        raise FieldValuesError(show_problems(problems))
    return values


def show_problems(problems: tuple[FieldProblem, ...]) -> str:
    """Give the sentence that names every problem."""
    named = [f"{problem.label} ({problem.name}): {problem.text.rstrip('.')}" for problem in problems]
    return "; ".join(named) + "."


def draft(
    template: Template, typed: Mapping[str, object], document: bytes | None, place: Place, master_salt: bytes
) -> Draft:
    """Make a draft.

    Args:
        template: kind of record.
        typed: values by field name, as texts or JSON values.
        document: exact bytes, or None for a record without one.
        place: where the record will belong.
        master_salt: 32 random bytes, never used before.

    Raises:
        FieldValuesError: the values do not fill the template.
    """
    values = read_values(template, typed)
    digest = None if document is None else Hash32(hashlib.sha256(document).digest())
    opening = Opening(master_salt, digest, values)
    return Draft(
        template, values, opening, commitment.commit(act_header(template, place), opening), last_day(template, values)
    )


def act_header(template: Template, place: Place) -> ActHeader:
    """Give what leaf 0 states."""
    return ActHeader(place.genesis, place.registry, place.authority, template.id, template.digest, template.leaf_count)


def last_day(template: Template, values: tuple[Value, ...]) -> int:
    """Give the last day of validity as the ledger counts it; 0 where it is open."""
    if template.valid_until is None:
        return 0
    value = values[template.valid_until]
    field = template.fields[template.valid_until]
    if not isinstance(value, str) or (field.sentinel is not None and value == field.sentinel[0]):
        return 0
    return (parse_date(value[:10]) - EPOCH).days
