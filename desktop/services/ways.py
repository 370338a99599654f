"""Which call an act becomes: on the act registry, or on EBSI's Timestamp where an agency cannot deploy one.

Invariants: the profile alone says which way; on the act registry the ledger says for whom a key acts and a record has a
number; on the Timestamp way the person says it and a record is known by its commitment. What belongs to the other way is
refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Callable

from desktop.errors import UsageError
from desktop.services import registry_calls, timestamp_acts, timestamp_calls
from desktop.services.drafting import Draft, Place
from desktop.services.network_session import NetworkSession
from desktop.services.transacting import Intent
from lightnode.wire.profile import Profile
from lightnode.wire.registry import Verb
from lightnode.wire.types import Address, Hash32

RecordName = int | Hash32


def demand_words(profile: Profile, authority: Hash32 | None, named: RecordName | None) -> None:
    """Demand that what was said belongs to the network's way, before anything is asked.

    Args:
        profile: of the network.
        authority: for whom the key acts, if that was said.
        named: the existing record, if one was named.

    Raises:
        UsageError: it belongs to the other way, or the authority is missing on the Timestamp way.
    """
    if timestamp_calls.is_way(profile):
        timestamp_calls.demand_authority(authority)
        if isinstance(named, int):
            raise UsageError("On the Timestamp way a record is named by its commitment, with --subject.")
    else:
        if authority is not None:
            raise UsageError("On the act registry the ledger says for whom a key acts; leave out --authority.")
        if isinstance(named, bytes):
            raise UsageError("On the act registry a record is named by its number, with --record.")


def place(session: NetworkSession, key: Address, authority: Hash32 | None) -> Place:
    """Give where a key's records belong.

    Args:
        session: the open network.
        key: the official's account.
        authority: for whom it acts, said on the Timestamp way only.

    Raises:
        UsageError: not said on the Timestamp way.
        KeyUnknownError: the act registry knows no such key.
    """
    if timestamp_calls.is_way(session.profile):
        return timestamp_calls.place_of(session, authority)
    return registry_calls.place_of(session, registry_calls.key_slot(session, key).authority)


def record(
    session: NetworkSession, draft: Draft, where: Place, receiver: Hash32, not_after: int, replaces: RecordName | None
) -> Intent:
    """Give the intent that registers a record, or one in the place of another.

    Args:
        session: the open network.
        draft: the new record.
        where: it belongs.
        receiver: authority that may acknowledge it; zero for none.
        not_after: last block time at which it may take effect.
        replaces: number or commitment of the old record; None for none.

    Raises:
        UsageError: the old record is named as on the other way.
        RecordUnknownError: there is no such record.
        SubjectUnknownError: the same, on the Timestamp way.
    """
    if timestamp_calls.is_way(session.profile):
        old = None if replaces is None else _subject(session, where, replaces, Verb.SUPERSEDE)
        return timestamp_calls.record(draft, where, receiver, not_after, old)
    if replaces is None:
        return registry_calls.register(session, draft, where, receiver, not_after)
    number = _number(replaces)
    counted = (number, registry_calls.act_count(session, number))
    return registry_calls.supersede(session, draft, where, receiver, not_after, counted)


def change(session: NetworkSession, verb: Verb, named: RecordName, authority: Hash32 | None) -> Callable[[int], Intent]:
    """Give what makes, for a time limit, the intent that changes a record's state; raises as `record`."""
    if timestamp_calls.is_way(session.profile):
        where = timestamp_calls.place_of(session, authority)
        subject = _subject(session, where, named, verb)
        return lambda limit: timestamp_calls.change(verb, subject, where, limit)
    number = _number(named)
    what = registry_calls.Change(verb, number, registry_calls.act_count(session, number))
    return lambda limit: registry_calls.change(session, what, limit)


def _number(named: RecordName) -> int:
    if not isinstance(named, int):
        raise UsageError("On the act registry a record is named by its number, with --record.")
    return named


def _subject(session: NetworkSession, where: Place, named: RecordName, verb: Verb) -> timestamp_calls.Subject:
    if isinstance(named, int):
        raise UsageError("On the Timestamp way a record is named by its commitment, with --subject.")
    acts = timestamp_acts.read_about(session, where.registry, session.catch_up(), named)
    return timestamp_calls.subject_of(session, acts, named, where.authority, verb)
