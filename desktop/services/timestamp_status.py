"""Recomputing an authority's status list from the acts that a Timestamp registry has recorded; pure (foundations section 5).

The rules, in the ledger's order and for each record of the authority:
- an act counts only in time, made for this network, and by a key that the authority's statement names;
- suspend, supersede and revoke by a key entitled at that block take effect; the last two are final;
- by a key that the statement names but that is not entitled at that block, or in doubt, each of them counts as suspended;
- a reinstatement lifts a suspension only by an entitled key, and only where its act count shows that its maker had seen
  that suspension: it stands among the first acts on the record, as many as that count says.

Invariants: a stranger's act, or a copy of one, changes nothing; anyone who reads the same blocks gets the same list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from desktop.services.timestamp_acts import RecordedAct
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED
from lightnode.wire.registry import Verb
from lightnode.wire.status import CommitmentEntry
from lightnode.wire.timestamp_call import is_of_network
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address, Hash32

_STATES = {Verb.SUSPEND: SUSPENDED, Verb.SUPERSEDE: SUPERSEDED, Verb.REVOKE: REVOKED}


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose list it is.

    Attributes:
        genesis: of the network.
        contract: the Timestamp registry.
        authority: ledger id.
        keys: that its statement names, by address.
    """

    genesis: Hash32
    contract: Address
    authority: Hash32
    keys: Mapping[Address, KeyEntry]


@dataclass(frozen=True, slots=True)
class _Withdrawn:
    """A record's state, with the place among the acts on it of the one that made it so."""

    entry: CommitmentEntry
    place: int


def status_entries(issuer: Issuer, acts: Iterable[RecordedAct]) -> tuple[CommitmentEntry, ...]:
    """Give the records of an authority that are not in force, ascending by commitment.

    Args:
        issuer: whose.
        acts: all that the registry recorded, in the ledger's order.
    """
    counted: dict[Hash32, int] = {}
    states: dict[Hash32, _Withdrawn] = {}
    for one in acts:
        subject = one.act.subject
        if subject is None:
            continue
        place = counted.get(subject, 0)
        counted[subject] = place + 1
        if _counts(issuer, one):
            _apply(issuer, one, subject, place, states)
    return tuple(states[name].entry for name in sorted(states))


def _counts(issuer: Issuer, one: RecordedAct) -> bool:
    return (
        one.act.authority == issuer.authority
        and one.time <= one.act.not_after
        and one.sender in issuer.keys
        and is_of_network(issuer.genesis, issuer.contract, one.act)
    )


def _apply(issuer: Issuer, one: RecordedAct, subject: Hash32, place: int, states: dict[Hash32, _Withdrawn]) -> None:
    before = states.get(subject)
    if before is not None and before.entry.state != SUSPENDED:
        return
    entitled = _entitled(issuer.keys[one.sender], one)
    if one.act.verb is Verb.REINSTATE:
        if entitled and before is not None and before.place < one.act.act_count <= place:
            del states[subject]
        return
    state = _STATES.get(one.act.verb)
    if state is not None:
        made = CommitmentEntry(subject, state if entitled else SUSPENDED, one.height)
        states[subject] = _Withdrawn(made, place)


def _entitled(key: KeyEntry, one: RecordedAct) -> bool:
    return (
        key.first <= one.height
        and (key.last is None or one.height <= key.last)
        and bool(key.verbs & 1 << one.act.verb)
        and (key.withdrawn_from is None or one.height < key.withdrawn_from)
        and (key.doubt_since is None or one.height < key.doubt_since)
    )
