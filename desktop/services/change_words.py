"""Changes, offices and members in words for people and in JSON for programs.

Invariants: labels are those of the signer's screens; accounts are whole, never shortened.
"""

from __future__ import annotations

from typing import Any

from desktop.services.envelope_files import show_time
from desktop.services.office_members import Members
from desktop.services.pending_changes import PendingChange
from lightnode.wire.registry import Verb
from lightnode.wire.registry_admin import LAST_OF_GOVERNANCE, MEANINGS, Operation
from lightnode.wire.types import Hash32

RECORD_STATES = {1: "in force", 2: "suspended", 3: "superseded", 4: "revoked"}
_ACCOUNTS = ("Administrator", "Member", "Key")


def operation_word(operation: Operation) -> str:
    """Give an operation's name as JSON has it, e.g. `admit`."""
    return operation.name.lower().replace("_", "-")


def verb_words(mask: int) -> list[str]:
    """Give the verbs of a mask."""
    return [verb.name.lower() for verb in Verb if mask & 1 << verb]


def change_json(change: PendingChange) -> dict[str, Any]:
    """Give a change for programs, with where it stands."""
    call = change.proposal.call
    return {
        "change": change.proposal.number,
        "state": change.state,
        "in_effect": change.state == "in effect",
        "operation": operation_word(change.proposal.operation),
        "subject": call.subject.hex() if any(call.subject) else None,
        "words": {
            label.lower().replace(" ", "_"): _value(label, word)
            for label, word in zip(MEANINGS[change.proposal.operation], call.words, strict=False)
        },
        "proposed_by": "0x" + change.proposal.by.hex(),
        "proposed_in_block": change.proposal.height,
        "hash": "0x" + change.proposal.change.hex(),
        "lapses": change.lapses or None,
        "threshold": change.office.threshold,
        "consented": change.counted,
        "consents": [{"address": "0x" + who.hex(), "holder": holder} for who, holder in change.consents],
    }


def change_lines(change: PendingChange, members: Members | None) -> list[str]:
    """Give a change for people, below a headline.

    Args:
        change: with where it stands.
        members: of the office that decides; None where nobody is asked any more.
    """
    call, office = change.proposal.call, change.office
    lines = [f"  {'authority':<14} {call.subject.hex()}"] if any(call.subject) else []
    lines += [
        f"  {label.lower():<14} {_text(label, word)}"
        for label, word in zip(MEANINGS[change.proposal.operation], call.words, strict=False)
    ]
    lines.append(f"  {'proposed':<14} in block {change.proposal.height} by 0x{change.proposal.by.hex()}")
    if change.state == "in effect":
        return lines
    lines.append(f"  {'consents':<14} {change.counted} of {office.threshold} needed ({office.holders} in office)")
    lines += [f"  {'':<14} 0x{who.hex()}, {_holder(holder)}" for who, holder in change.consents]
    lines.append(f"  {'lapses' if not change.lapsed else 'lapsed':<14} {show_time(change.lapses)}")
    if members is not None:
        lines += [f"  {'may consent':<14} {name}" for name in _may(change, members)]
    return lines


def may_consent(change: PendingChange, members: Members) -> list[dict[str, Any]]:
    """Give the accounts whose consent would still count."""
    given = {holder for _, holder in change.consents}
    return [{"address": "0x" + who.hex(), "holder": holder} for who, holder in members.known if holder not in given]


def office_word(change: PendingChange) -> str:
    """Say who decides about a change."""
    return "governance" if change.proposal.operation <= LAST_OF_GOVERNANCE else "the authority's administrators"


def members_lines(members: Members) -> list[str]:
    """Give who is in an office, for people."""
    office = members.office
    lines = [f"  {'must agree':<14} {office.threshold} of {office.holders}"]
    lines += [f"  {'member':<14} 0x{who.hex()}, {_holder(holder)}" for who, holder in members.known]
    return lines + ([f"  {'':<14} {members.missing} more, not known by account"] if members.missing > 0 else [])


def members_json(members: Members) -> dict[str, Any]:
    """Give who is in an office, for programs."""
    office = members.office
    return {
        "threshold": office.threshold, "holders": office.holders, "not_listed": max(members.missing, 0),
        "members": [{"address": "0x" + who.hex(), "holder": holder} for who, holder in members.known],
    }  # fmt: skip


def hash_or_none(value: Hash32) -> str | None:
    """Give a hash in hex; None for zero."""
    return value.hex() if any(value) else None


def _may(change: PendingChange, members: Members) -> list[str]:
    listed = [f"{one['address']}, holder {one['holder']}" for one in may_consent(change, members)]
    return listed + ([f"{members.missing} more, not known by account"] if members.missing > 0 else [])


def _holder(holder: int | None) -> str:
    return "no longer in office" if holder is None else f"holder {holder}"


def _value(label: str, word: int) -> Any:
    if label in _ACCOUNTS:
        return "0x" + word.to_bytes(32, "big")[12:].hex()
    if label == "Successor":
        return word.to_bytes(32, "big").hex() if word else None
    if label == "Verbs":
        return verb_words(word)
    if label == "State":
        return RECORD_STATES.get(word, str(word))
    return word


def _text(label: str, word: int) -> str:
    if label == "From block" and word == 0:
        return "at once"
    if label == "To block" and word == 0:
        return "open"
    value = _value(label, word)
    return ", ".join(value) if isinstance(value, list) else "(none)" if value is None else str(value)
