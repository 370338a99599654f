"""What `chancery key statement` says of keys on the act registry: what the ledger proves, and what only people know.

Verbs, blocks and holder come from the key's proven slot. That a key's acts no longer count from a block on, or are in doubt
since one, no ledger says: the authority states it, and no statement makes a slot wider (foundations section 6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desktop.cli import resolve, timestamp_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desktop.services.network_session import NetworkSession
    from lightnode.wire.trust import KeyEntry
    from lightnode.wire.types import Address, Hash32


def entries(
    given: Any, session: NetworkSession, accounts: Sequence[Address], device: str
) -> tuple[Hash32, list[KeyEntry]]:
    """Give the authority and all entries of its statement.

    Raises:
        UsageError: what the ledger says was given, or keys of two authorities were named.
        KeyUnknownError: the registry knows no such key.
        InputError: the statement so far cannot be read, or is another authority's.
    """
    from dataclasses import replace

    from desktop.services import registry_calls
    from lightnode.wire.trust import KeyEntry

    timestamp_keys.demand_unsaid(given)
    slots = {who: registry_calls.key_slot(session, who) for who in accounts}
    name = resolve.demand_one_authority([slot.authority for slot in slots.values()])
    kept = (
        {} if given.keep is None else {one.address: one for one in timestamp_keys.read_keys(given.keep, session, name)}
    )
    for who, slot in slots.items():
        entry = KeyEntry(who, slot.verbs, slot.first, slot.last, slot.holder, device)
        before = kept.get(who, entry)
        kept[who] = replace(
            entry,
            withdrawn_from=before.withdrawn_from if given.withdrawn_from is None else given.withdrawn_from,
            doubt_since=before.doubt_since if given.doubt_since is None else given.doubt_since,
        )
    return name, list(kept.values())
