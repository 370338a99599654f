"""Step V8 on EBSI's Timestamp: status comes only from the authority's own signed list, by commitment (foundations section 5)."""

from __future__ import annotations

from lightnode.verdict import codes
from lightnode.verdict.agreement import LedgerEntry
from lightnode.verdict.content import Record
from lightnode.verdict.judgement import Group, Judgement, show_age, show_day
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED
from lightnode.wire.trust import TrustPackage

_STATUS = "The record is not withdrawn"
_CODES = {SUSPENDED: codes.SUSPENDED, SUPERSEDED: codes.SUPERSEDED, REVOKED: codes.WITHDRAWN}


def judge_commitment_status(
    judgement: Judgement, entry: LedgerEntry, record: Record | None, package: TrustPackage, at: int
) -> None:
    """Check a record against its authority's list.

    Without one nothing is known about withdrawals, because the contract itself keeps no states. A record that the list
    names is not in force, whatever block its evidence is of: a commitment withdrawn once cannot be registered anew.
    """
    signed = package.statuses.get(entry.leaf.authority)
    if signed is None:
        judgement.fail(codes.STATUS, "V8", Group.STANDING, _STATUS)
        return
    when, age = show_day(signed.issued), show_age(max(0, at - signed.issued))
    found = signed.status.state(entry.leaf.commitment)
    if found is not None:
        judgement.fail(_CODES[found.state], "V8", Group.STANDING, _STATUS, date=when)
        return
    if at > signed.next_update:
        judgement.fail(codes.OK_SOFT, "V8", Group.STANDING, _STATUS, age=age)
        judgement.caveats.append(f"The authority's status list is {age} old; fetch a new one.")
    if entry.header.number <= signed.status.height:
        judgement.passed("V8", Group.STANDING, _STATUS, f"As of {when}, {age} ago, by the authority's own list")
    elif record is not None and record.template.demands_status:
        judgement.fail(codes.STATUS, "V8", Group.STANDING, _STATUS)
    else:
        judgement.fail(codes.OK_NEW, "V8", Group.STANDING, _STATUS)
        judgement.skipped("V8", Group.STANDING, _STATUS, "It was registered after the authority's list was made")
        judgement.caveats.append("Registered after your list; a later withdrawal would not show.")
