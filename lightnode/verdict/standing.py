"""Steps V7 to V9: the signer was entitled, the record is not withdrawn, and the rules of its kind are met."""

from __future__ import annotations

import datetime

from lightnode.errors import LightNodeError
from lightnode.verdict import codes
from lightnode.verdict.agreement import LedgerEntry
from lightnode.verdict.commitment_status import judge_commitment_status
from lightnode.verdict.content import Record, rule_problem
from lightnode.verdict.entitlement import Entitlement, entitlement
from lightnode.verdict.judgement import Group, Judgement, show_day
from lightnode.wire.field_value import parse_date, show_date
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED
from lightnode.wire.trust import KeyEntry, TrustPackage

_ROLE = "The signer was entitled on that date"
_STATUS = "The record is not withdrawn"
_DATES = "The record is within its own dates"
_RULES = "The record meets the rules of its kind"
_DEVICE_WORDS = {
    "software": "a training key without a device", "card": "a card, shown on a computer", "board": "a device with its own display",
}  # fmt: skip


def judge_standing(
    judgement: Judgement, entry: LedgerEntry, record: Record | None, package: TrustPackage, at: int
) -> None:
    """Check entitlement, status and rules; all of them, whatever the others say."""
    key = _role(judgement, entry, package)
    if package.profile.timestamp is not None:
        judge_commitment_status(judgement, entry, record, package, at)
    else:
        _status(judgement, entry, record, package)
    if record is None:
        judgement.skipped("V9", Group.RULES, _RULES, "The kind of record or its details are not known")
        return
    _dates(judgement, entry, record, at)
    problem = rule_problem(record)
    if problem is None and record.template.demands_board and key is not None and key.device != "board":
        problem = "it must be signed on a device with its own display"
    if problem is not None:
        judgement.fail(codes.RULES, "V9", Group.RULES, _RULES, rule=problem)
    else:
        judgement.passed("V9", Group.RULES, _RULES, f"Rules for {record.template.title}")


def _role(judgement: Judgement, entry: LedgerEntry, package: TrustPackage) -> KeyEntry | None:
    """Check V7, for the block of the act and never for today."""
    body = package.authorities.get(entry.leaf.authority)
    key = package.keys.get((entry.leaf.authority, entry.leaf.sender))
    if body is not None:
        judgement.fills.update(authority=f"{body.name}", country=body.country)
    if body is None or key is None:
        judgement.fail(codes.ISSUER, "V7", Group.ENTITLED, _ROLE)
        return None
    entitled = entitlement(key, entry.leaf.verb, entry.header.number)
    if entitled is not Entitlement.ENTITLED:
        code = codes.KEY_DOUBT if entitled is Entitlement.DOUBTED else codes.ROLE
        judgement.fail(code, "V7", Group.ENTITLED, _ROLE)
        return key
    detail = f"{body.name}, {body.country}:{body.number}, by {_DEVICE_WORDS[key.device]}"
    judgement.passed("V7", Group.ENTITLED, _ROLE, detail)
    if key.device != "board":
        judgement.caveats.append(f"Signed with {_DEVICE_WORDS[key.device]}.")
    return key


def _status(judgement: Judgement, entry: LedgerEntry, record: Record | None, package: TrustPackage) -> None:
    """Check V8 against the status list by number, as far as it reaches."""
    status = package.facts.status
    if status is None or entry.record is None or entry.record >= status.records:
        if record is not None and record.template.demands_status:
            judgement.fail(codes.STATUS, "V8", Group.STANDING, _STATUS)
            return
        judgement.fail(codes.OK_NEW, "V8", Group.STANDING, _STATUS)
        judgement.skipped("V8", Group.STANDING, _STATUS, "It was registered after this office's list was made")
        judgement.caveats.append("Registered after your list; a later withdrawal would not show.")
        return
    when = show_day(package.payload.issued)
    found = status.state(entry.record)
    if found is None:
        judgement.passed("V8", Group.STANDING, _STATUS, f"As of {when}, {judgement.fills['age']} ago")
        return
    code = {SUSPENDED: codes.SUSPENDED, SUPERSEDED: codes.SUPERSEDED, REVOKED: codes.WITHDRAWN}[found.state]
    judgement.fail(code, "V8", Group.STANDING, _STATUS, date=when)


def _dates(judgement: Judgement, entry: LedgerEntry, record: Record, at: int) -> None:
    today = datetime.datetime.fromtimestamp(at, datetime.UTC).date()
    first, last = (_day(record, at_) for at_ in (record.template.valid_from, record.template.valid_until))
    if entry.leaf.valid_until:
        end = datetime.date(1970, 1, 1) + datetime.timedelta(days=min(entry.leaf.valid_until, 2_900_000))
        last = end if last is None else min(last, end)
    if first is not None and today < first:
        judgement.fail(codes.NOT_YET, "V9", Group.RULES, _DATES, date=show_date(first))
    elif last is not None and today > last:
        judgement.fail(codes.ENDED, "V9", Group.RULES, _DATES, date=show_date(last))
    else:
        judgement.passed("V9", Group.RULES, _DATES, "Open end" if last is None else f"Until {show_date(last)}")


def _day(record: Record, index: int | None) -> datetime.date | None:
    """Give a date field; None where it is hidden, absent or open."""
    value = record.values.get(index) if index is not None else None
    if index is None or not isinstance(value, str):
        return None
    field = record.template.fields[index]
    if field.sentinel is not None and value == field.sentinel[0]:
        return None
    try:
        return parse_date(value)
    except LightNodeError:
        return None
