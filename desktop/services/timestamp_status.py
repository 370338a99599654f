"""Recomputing an authority's status list from the acts that a Timestamp registry has recorded; pure (foundations section 5).

An act counts only in time, made for this network, and by a key that the authority's statement names; the rules of
`lightnode.verdict.record_states` say what it then does. Anybody may write on this registry, so a key without an entry says
nothing, not even that a record be suspended.

Invariants: a stranger's act, or a copy of one, changes nothing; anyone who reads the same blocks gets the same list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from desktop.services.timestamp_acts import RecordedAct
from lightnode.verdict.record_states import STATES, ActOnRecord, Weight, not_in_force, weight_of
from lightnode.wire.status import CommitmentEntry
from lightnode.wire.timestamp_call import is_of_network
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address, Hash32


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


def status_entries(issuer: Issuer, acts: Iterable[RecordedAct]) -> tuple[CommitmentEntry, ...]:
    """Give the records of an authority that are not in force, ascending by commitment.

    Args:
        issuer: whose.
        acts: all that the registry recorded, in the ledger's order.
    """
    found = not_in_force(_on_record(issuer, one, one.act.subject) for one in acts if one.act.subject is not None)
    return tuple(CommitmentEntry(one.record, one.state, one.height) for one in found)


def _on_record(issuer: Issuer, one: RecordedAct, subject: Hash32) -> ActOnRecord[Hash32]:
    key = issuer.keys.get(one.sender)
    weight = Weight.NOTHING
    if key is not None and _counts(issuer, one):
        weight = weight_of(key, one.act.verb, one.height)
    return ActOnRecord(subject, STATES.get(one.act.verb), weight, one.height, one.act.act_count)


def _counts(issuer: Issuer, one: RecordedAct) -> bool:
    return (
        one.act.authority == issuer.authority
        and one.time <= one.act.not_after
        and is_of_network(issuer.genesis, issuer.contract, one.act)
    )
