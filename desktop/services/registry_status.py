"""Recomputing the status list by record number from the act registry's log; pure (foundations section 6, ADR 0011).

The contract knows no statements: for it, whoever had a slot with the verb acted. This list asks the statements of the
authorities too, and the rules of `lightnode.verdict.record_states` say what an act then does. The contract let nobody but
a key that administrators entitled write into its log, so a key that no statement names is one not entitled, no stranger:
what it withdrew counts as suspended.

Invariants: who has the same leaves and the same statements gets the same list; the caller holds the leaves to the root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from desktop.services.job_errors import ProviderLiesError
from lightnode.errors import WireError
from lightnode.verdict.record_states import STATES, ActOnRecord, Weight, not_in_force, weight_of
from lightnode.wire.network_facts import IN_FORCE, SUSPENDED, StatusEntry
from lightnode.wire.registry import KEY_LOG_DOMAIN, RESTORED, LogLeaf, Verb, read_log_leaf
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address, Hash32

# The contract's number of a state that a restoration brings back, and the list's.
_BROUGHT_BACK = {1: IN_FORCE, 2: SUSPENDED}
Keys = Mapping[tuple[Hash32, Address], KeyEntry]


def status_entries(keys: Keys, leaves: Iterable[bytes]) -> tuple[StatusEntry, ...]:
    """Give the records that are not in force, ascending by number.

    Args:
        keys: entries of all authorities' statements, by authority and address.
        leaves: of the whole log in its order, 512 bytes each, as its root holds them.

    Raises:
        ProviderLiesError: a leaf is neither an act's nor a key's.
    """
    acts = (_on_record(keys, leaf) for leaf in map(_act, leaves) if leaf is not None and leaf.verb != Verb.REGISTER)
    return tuple(StatusEntry(one.record, one.state, one.height) for one in not_in_force(acts))


def record_count(leaves: Iterable[bytes]) -> int:
    """Give how many records a log has registered: those of its registrations, and one for each supersede.

    Raises:
        ProviderLiesError: a leaf is neither an act's nor a key's.
    """
    registering = (
        leaf for leaf in map(_act, leaves) if leaf is not None and leaf.verb in (Verb.REGISTER, Verb.SUPERSEDE)
    )
    return sum(leaf.count for leaf in registering)


def _act(data: bytes) -> LogLeaf | None:
    """Read an act's leaf; None for the leaf of a key's change."""
    if data[:32] == KEY_LOG_DOMAIN:
        return None
    try:
        return read_log_leaf(data)
    except WireError as cause:
        raise ProviderLiesError("An entry of the registry's log is malformed.") from cause


def _on_record(keys: Keys, leaf: LogLeaf) -> ActOnRecord[int]:
    """Say what an act asks for and how much it counts; the leaf names for which authority its key acted."""
    if leaf.verb == RESTORED:
        state, weight = _BROUGHT_BACK.get(leaf.successor), Weight.DECISION
    else:
        key = keys.get((leaf.authority, leaf.sender))
        state = STATES.get(Verb(leaf.verb))
        weight = Weight.CAUTION if key is None else weight_of(key, leaf.verb, leaf.block_number)
    return ActOnRecord(leaf.record, state, weight, leaf.block_number, leaf.act_count)
