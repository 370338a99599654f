"""The built-in templates, as JSON data beside this module; governance signs them into an envelope of kind *templates*.

Invariants: a built-in id has one digest for ever (a test holds them); codes and names are those of the standards.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from lightnode.wire.template import Field, FieldType, Rule, RuleKind, Template, TemplateError, check_template

BUILT_IN = ("eessi.pda1.v1", "customs.ata-event.v1")


def built_in(name: str) -> Template:
    """Load a built-in template.

    Args:
        name: one of `BUILT_IN`.

    Raises:
        TemplateError: there is none of this name.
    """
    if name not in BUILT_IN:
        raise TemplateError("There is no built-in template of this name.")
    text = resources.files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    return template_from_json(json.loads(text))


def template_from_json(obj: Any) -> Template:
    """Make a template from its JSON form: fields refer to each other by name there.

    Raises:
        TemplateError: malformed.
    """
    try:
        names = [item["name"] for item in obj["fields"]]
        template = Template(
            id=obj["id"],
            title=obj["title"],
            fields=tuple(_field(item) for item in obj["fields"]),
            demands_status=obj.get("demands_status", False),
            demands_board=obj.get("demands_board", False),
            border_view=tuple(names.index(name) for name in obj["border_view"]),
            valid_from=names.index(obj["valid_from"]) if "valid_from" in obj else None,
            valid_until=names.index(obj["valid_until"]) if "valid_until" in obj else None,
            rules=tuple(
                Rule(RuleKind[item["kind"]], names.index(item["first"]), names.index(item["second"]))
                for item in obj.get("rules", [])
            ),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as cause:
        raise TemplateError("The JSON form of a template is malformed.") from cause
    check_template(template)
    return template


def _field(item: Any) -> Field:
    sentinel = item.get("sentinel")
    return Field(
        name=item["name"],
        label=item["label"],
        type=FieldType[item["type"]],
        required=item["required"],
        pattern=item.get("pattern"),
        codes=tuple((code, word) for code, word in item.get("codes", [])),
        sentinel=(sentinel[0], sentinel[1]) if sentinel else None,
        maximum=item.get("maximum"),
    )
