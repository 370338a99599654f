"""What the signer shows, as rows of text: the one model behind the board's pixels, the local window and the preview.

Invariants: a title and a label are short; a value is whole, never elided; all outside text has passed the checks of its
format before it gets here.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from lightnode.wire.commitment import Opening
from lightnode.wire.field_value import show, show_date
from lightnode.wire.profile import Profile
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.root import show_fingerprint
from lightnode.wire.template import Template
from lightnode.wire.timestamp_call import TimestampAct

VERB_WORDS = {
    Verb.REGISTER: "Register",
    Verb.SUPERSEDE: "Replace",
    Verb.SUSPEND: "Suspend",
    Verb.REINSTATE: "Lift suspension",
    Verb.REVOKE: "Withdraw",
    Verb.ACKNOWLEDGE: "Confirm receipt",
}


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen.

    Attributes:
        title: what is being done, the same on every screen of a request.
        label: what the value is.
        value: to be compared by the person.
    """

    title: str
    label: str
    value: str


def screens_for_act(
    profile: Profile, template: Template | None, authority: str, call: ActCall, opening: Opening | None
) -> tuple[Screen, ...]:
    """Give the screens of an act, in the order that the desktop's preview has too.

    Args:
        profile: of the network.
        template: for register and supersede.
        authority: name, or the fingerprint of its id.
        call: decoded.
        opening: for register and supersede.
    """
    verb = VERB_WORDS[call.verb]
    title = f"{verb} {template.title}" if template is not None else verb
    article = "" if template is None else f" {_article(template.title)} {template.title}"
    rows = [("What", f"{verb}{article or ' record'}")]
    if call.record is not None:
        rows.append(("Record", f"Number {call.record}, after {call.act_count} changes"))
    if authority:
        rows.append(("Authority", authority))
    if template is not None and opening is not None:
        rows += [
            (field.label, show(field, value)) for field, value in zip(template.fields, opening.values, strict=True)
        ]
        rows.append(("Document", "(none)" if opening.document is None else show_fingerprint(opening.document)))
    if any(call.receiver):
        rows.append(("Receiver", show_fingerprint(call.receiver)))
    if call.valid_until:
        rows.append(("Entry valid until", show_day(call.valid_until)))
    if any(call.approval):
        rows.append(("Approval", show_fingerprint(call.approval)))
    rows += [("Network", network_name(profile)), ("Send by", show_time(call.not_after))]
    return rows_to_screens(title, rows)


def screens_for_timestamp(
    profile: Profile, template: Template | None, authority: str, act: TimestampAct, opening: Opening | None
) -> tuple[Screen, ...]:
    """Give the screens of an act on EBSI's Timestamp, where a record is known by its commitment.

    Args:
        profile: of the network.
        template: kind of record; None where it is not known, which only a change of a record may have.
        authority: name, or the fingerprint of its id.
        act: decoded.
        opening: for register and supersede.
    """
    call = act.as_call(profile.genesis_hash)
    first, *others = screens_for_act(profile, None if opening is None else template, authority, call, opening)
    if act.subject is None:
        return (first, *others)
    if opening is not None:
        return (first, Screen(first.title, "Replaces", show_fingerprint(act.subject)), *others)
    kind = show_fingerprint(act.template) if template is None else template.title
    rows = [("Record", show_fingerprint(act.subject)), ("Kind of record", kind), ("Acts on it", str(act.act_count))]
    return (first, *rows_to_screens(first.title, rows), *others)


def rows_to_screens(title: str, rows: Sequence[tuple[str, str]]) -> tuple[Screen, ...]:
    """Give a screen for each row under one title."""
    return tuple(Screen(title, label, value) for label, value in rows)


def network_name(profile: Profile) -> str:
    """Name a network with its environment, where that is not production."""
    return profile.name if profile.environment == "production" else f"{profile.name} ({profile.environment.upper()})"


def show_time(seconds: int) -> str:
    """Write a time in UTC without a locale."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{show_date(moment.date())}, {moment:%H:%M} UTC"


def show_day(days: int) -> str:
    """Write a day given as days since 1970-01-01."""
    return show_date(datetime.date(1970, 1, 1) + datetime.timedelta(days=min(days, 2_900_000)))


def _article(word: str) -> str:
    return "an" if word[:1].upper() in "AEIOU" else "a"
