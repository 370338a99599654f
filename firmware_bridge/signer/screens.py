"""What the signer shows, as rows of text: the one model behind the board's pixels, the local window and the preview.

Invariants: a title and a label fit their line; a value is whole, never elided, and folded into pages here, not by whoever
draws it; all outside text has passed the policy of `lightnode.wire.plain_text`, or nothing is shown and nothing signed.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from firmware_bridge.errors import UnknownContractError
from firmware_bridge.signer.pages import COLUMNS, LINES, fold
from lightnode.wire.commitment import Opening
from lightnode.wire.field_value import show, show_date
from lightnode.wire.plain_text import cautions, columns, is_plain, is_right_to_left, is_sentence_part
from lightnode.wire.profile import Profile
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.root import show_fingerprint
from lightnode.wire.template import Template
from lightnode.wire.timestamp_call import TimestampAct
from lightnode.wire.trust import AuthorityEntry
from lightnode.wire.types import Hash32

TITLE_COLUMNS = 24
ATTENTION = "Look closely"
VERB_WORDS = {
    Verb.REGISTER: "Register",
    Verb.SUPERSEDE: "Replace",
    Verb.SUSPEND: "Suspend",
    Verb.REINSTATE: "Lift suspension",
    Verb.REVOKE: "Withdraw",
    Verb.ACKNOWLEDGE: "Confirm receipt",
}
_ON_RECORD = {Verb.REINSTATE: "Lift suspension of", Verb.ACKNOWLEDGE: "Confirm receipt of"}
_NAMED_BY = {False: "number", True: "commitment"}
UNKNOWN_NAME = "(not known here)"
Rows = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Screen:
    """One page of one row.

    Attributes:
        title: what is being done, the same on every screen of a request.
        label: what the value is.
        value: to be compared by the person; whole, also where this page shows a part of it.
        page: which part is shown, from 1.
        caution: belongs to the row before it, and is not counted as one.
        tick: what pressing the tick does, on a last screen: one word for the button.
    """

    title: str
    label: str
    value: str
    page: int = 1
    caution: bool = False
    tick: str = "Sign"

    @property
    def lines(self) -> tuple[str, ...]:
        """What this page shows of the value."""
        return fold(self.value)[LINES * (self.page - 1) : LINES * self.page]

    @property
    def pages(self) -> int:
        """How many pages the value takes."""
        return -(-len(fold(self.value)) // LINES)

    @property
    def right_to_left(self) -> bool:
        """Whether the value runs from right to left."""
        return is_right_to_left(self.value)


@dataclass(frozen=True, slots=True)
class Naming:
    """Who the authorities of an act are, as far as it is known here.

    Attributes:
        owner: ledger id of the record's owner; empty where it is not known yet, None where the call does not say.
        entries: what countries stated, by ledger id.
        unknown: said in place of a name that is not known.
    """

    owner: bytes | None
    entries: Mapping[Hash32, AuthorityEntry]
    unknown: str = UNKNOWN_NAME

    def rows(self, label: str, body: bytes) -> Rows:
        """Give three rows about an authority: name, number and id."""
        entry = self.entries.get(Hash32(body))
        name = self.unknown if entry is None else entry.name
        number = self.unknown if entry is None else f"{entry.country} {entry.number}"
        return [(label, name), (f"{label} number", number), (f"{label} id", show_fingerprint(body) or self.unknown)]


def screens_for_act(
    profile: Profile, template: Template | None, naming: Naming, call: ActCall, opening: Opening | None
) -> tuple[Screen, ...]:
    """Give the screens of an act, in the order that the desktop's preview has too.

    Args:
        profile: of the network.
        template: for register and supersede.
        naming: of the owner and the receiver.
        call: decoded.
        opening: for register and supersede.
    """
    rows = [("What", _what(call, template))]
    if call.record is not None:
        rows.append(("Record", f"Number {call.record} of {network_name(profile)}, after {call.act_count} changes"))
    if template is None:
        rows.append(("Content", f"Not known here. The {_NAMED_BY[call.record is None]} alone names the record."))
    if naming.owner is not None:
        rows += naming.rows("Authority", naming.owner)
    if template is not None and opening is not None:
        rows += [
            (field.label, show(field, value)) for field, value in zip(template.fields, opening.values, strict=True)
        ]
        rows.append(("Document", "(none)" if opening.document is None else show_fingerprint(opening.document)))
    if any(call.receiver):
        rows += naming.rows("Receiver", call.receiver)
    if call.valid_until:
        rows.append(("Entry valid until", show_day(call.valid_until)))
    if any(call.approval):
        rows.append(("Approval", show_fingerprint(call.approval)))
    rows += [("Network", network_name(profile)), ("Send by", show_time(call.not_after))]
    return rows_to_screens(act_title(call, template), rows)


def screens_for_timestamp(
    profile: Profile, template: Template | None, naming: Naming, act: TimestampAct, opening: Opening | None
) -> tuple[Screen, ...]:
    """Give the screens of an act on EBSI's Timestamp, where a record is known by its commitment.

    Args:
        profile: of the network.
        template: kind of record; None where it is not known, which only a change of a record may have.
        naming: of the owner and the receiver.
        act: decoded.
        opening: for register and supersede.
    """
    call = act.as_call(profile.genesis_hash)
    first, *others = screens_for_act(profile, None if opening is None else template, naming, call, opening)
    if act.subject is None:
        return (first, *others)
    rows = [("Record" if opening is None else "Replaces", show_fingerprint(act.subject))]
    if opening is None:
        rows.append(("Kind of record", show_fingerprint(act.template) if template is None else template.title))
    rows.append(("Acts on it", str(act.act_count)))
    return (first, *rows_to_screens(first.title, rows), *others)


def act_title(call: ActCall, template: Template | None) -> str:
    """Give the title of an act: with its kind of record where that fits."""
    verb = VERB_WORDS[call.verb]
    whole = verb if template is None else f"{verb} {template.title}"
    return whole if columns(whole) <= TITLE_COLUMNS else verb


def _what(call: ActCall, template: Template | None) -> str:
    verb = VERB_WORDS[call.verb]
    if template is None:
        # On EBSI's Timestamp a record has no number; it stands in a row of its own.
        record = "a record" if call.record is None else f"record {call.record}"
        return f"{_ON_RECORD.get(call.verb, verb)} {record}"
    kind = f"{_article(template.title)} {template.title}"
    return f"{verb} {kind}" if call.record is None else f"Register {kind} that replaces record {call.record}"


def rows_to_screens(title: str, rows: Iterable[tuple[str, str]]) -> tuple[Screen, ...]:
    """Give a screen for each row under one title, and after it what an eye could mistake in its value.

    Raises:
        UnknownContractError: a title, label or value cannot be shown so that it can be compared.
    """
    made: list[Screen] = []
    for label, value in rows:
        if not (is_sentence_part(label) and columns(label) <= COLUMNS and is_plain(value)):
            raise UnknownContractError("A text cannot be shown so that a person could compare it.")
        made.append(Screen(title, label, value))
        made += [Screen(title, ATTENTION, said, caution=True) for said in cautions(value)]
    if not is_sentence_part(title) or columns(title) > TITLE_COLUMNS:
        raise UnknownContractError("The title cannot be shown.")
    return tuple(made)


def closing(title: str) -> Screen:
    """Give the last screen of every request."""
    return Screen(title, "Sign?", "Press the tick to sign, the cross to decline.")


def paged(screens: Sequence[Screen]) -> tuple[Screen, ...]:
    """Give every page of every screen."""
    return tuple(replace(screen, page=page) for screen in screens for page in range(1, screen.pages + 1))


def network_name(profile: Profile) -> str:
    """Name a network with its environment, where that is not production."""
    return profile.name if profile.environment == "production" else f"{profile.name} ({profile.environment.upper()})"


def show_time(seconds: int) -> str:
    """Write a time in UTC without a locale, to the second."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{show_date(moment.date())}, {moment:%H:%M:%S} UTC"


def show_day(days: int) -> str:
    """Write a day given as days since 1970-01-01; beyond the calendar as that number."""
    first = datetime.date(1970, 1, 1)
    if days > (datetime.date.max - first).days:
        return f"{days} days after 1 Jan 1970"
    return show_date(first + datetime.timedelta(days=days))


def _article(word: str) -> str:
    return "an" if word[:1].upper() in "AEIOU" else "a"
