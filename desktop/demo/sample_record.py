"""A record to show: an A1 certificate of an invented person, and its document.

The genuine sample is the PDA1 of the DC4EU project (BSD-2-Clause, invented person); where it is not at hand, a document
of our own stands in. Every field comes from the document or is marked as filled in here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEMPLATE = "eessi.pda1.v1"
GENUINE = Path("shared") / "vectors" / "offline" / "eessi" / "dc4eu-pda1.json"

_OWN_DOCUMENT = """\
PORTABLE DOCUMENT A1 - TRAINING, NO LEGAL EFFECT

Person       Magnus Svensson, born 1986-02-23
Legislation  Sweden
Employer     SUNET
Valid        1970-01-01 to 2038-01-19
Document     SE1234
"""

_FIELDS: dict[str, Any] = {
    "forename": "Magnus",
    "family_name": "Svensson",
    "date_of_birth": "1986-02-23",
    "social_security_pin": "12345",
    "member_state_which_legislation_applies": "SE",
    "status_confirmation": "02",
    "starting_date": "1970-01-01",
    "ending_date": "2038-01-19",
    "transitional_rules_apply": False,
    "type_of_employment": "01",
    "employer_name": "SUNET",
    "a_fixed_place_of_work_exist": True,
    "country_work": "SE",
    "place_of_work": "Stockholm",
    "institution_id": "SE:12345",
    "country_code": "SE",
    "unique_number_of_issued_document": "SE1234",
}


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """A record to show.

    Attributes:
        template: its kind.
        fields: values by name.
        document: exact bytes.
        document_name: file name.
        source: where the document comes from, for people.
    """

    template: str
    fields: dict[str, Any]
    document: bytes
    document_name: str
    source: str


def sample(root: Path | None) -> SampleRecord:
    """Give the sample record.

    Args:
        root: folder beside which `shared` may lie; None to use our own document.
    """
    genuine = None if root is None else root.parent / GENUINE
    if genuine is None or not genuine.is_file():
        return SampleRecord(TEMPLATE, dict(_FIELDS), _OWN_DOCUMENT.encode(), "a1.txt", "a document of our own")
    document = genuine.read_bytes()
    return SampleRecord(
        TEMPLATE, _from_genuine(json.loads(document)), document, "a1.json", "the PDA1 sample of the DC4EU project"
    )


def customs() -> SampleRecord:
    """Give an ATA carnet event of an invented holder."""
    fields = {
        "carnet_number": "SE/2026/04711",
        "issuing_association": "Chamber of Commerce (training)",
        "holder": "Nordljus Film AB",
        "voucher_set": 1,
        "event_code": "EXP",
        "item_numbers": ["1-12"],
        "office_code": "SE604500",
        "event_date": "2026-11-20",
        "valid_until": "2027-11-01",
    }
    document = b"ATA CARNET SE/2026/04711 - TRAINING, NO LEGAL EFFECT\nExportation voucher 1, items 1 to 12\n"
    return SampleRecord("customs.ata-event.v1", fields, document, "carnet.txt", "a document of our own")


def _from_genuine(value: dict[str, Any]) -> dict[str, Any]:
    """Take the fields from the genuine document; what it lacks is filled in as above."""
    person, decision, institution = (
        value["person"], value["decision_legislation_applicable"], value["competent_institution"],
    )  # fmt: skip
    employer, place = value["details_of_employment"][0], value["places_of_work"][0]
    return {
        **_FIELDS,
        **{name: person[name] for name in ("forename", "family_name", "date_of_birth")},
        "social_security_pin": value["social_security_pin"],
        "member_state_which_legislation_applies": decision["member_state_which_legislation_applies"],
        "starting_date": decision["starting_date"],
        "ending_date": decision["ending_date"],
        "transitional_rules_apply": decision["transitional_rule_apply"],
        "status_confirmation": value["status_confirmation"],
        "type_of_employment": employer["type_of_employment"],
        "employer_name": employer["name"],
        "country_work": place["country_work"],
        "place_of_work": employer["address"]["town"],
        "institution_id": institution["institution_id"],
        "country_code": institution["country_code"],
        "unique_number_of_issued_document": value["unique_number_of_issued_document"],
    }
