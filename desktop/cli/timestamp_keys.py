"""What `chancery key statement` is told on the Timestamp way, where no ledger says what a key may do: roles as words."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import resolve
from desktop.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desktop.services.network_session import NetworkSession
    from lightnode.wire.trust import KeyEntry
    from lightnode.wire.types import Address, Hash32

VERBS = ("register", "supersede", "suspend", "reinstate", "revoke", "acknowledge")
MAX_BLOCK = 2**53
_NAMES = {
    "authority": "--authority", "verb": "--verb", "holder": "--holder", "from_block": "--from-block",
    "to_block": "--to-block",
}  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command the arguments of this way."""
    group = parser.add_argument_group("on the Timestamp way, where the ledger knows no keys")
    group.add_argument("--authority", type=types.authority, metavar="COUNTRY/NUMBER", help="whose keys these are")
    group.add_argument("--verb", action="append", choices=VERBS, help="what they may do (all); may be repeated")
    group.add_argument("--holder", type=types.within(1, 2**32 - 1), metavar="N", help="holder number of the person")
    group.add_argument(
        "--from-block",
        type=types.within(0, MAX_BLOCK),
        metavar="N",
        help="first block in which they may (the next one)",
    )
    group.add_argument("--to-block", type=types.within(0, MAX_BLOCK), metavar="N", help="last block (open)")
    said = parser.add_argument_group("what no ledger says")
    said.add_argument(
        "--withdrawn-from", type=types.within(0, MAX_BLOCK), metavar="N", help="block from which they no longer count"
    )
    said.add_argument(
        "--doubt-since", type=types.within(0, MAX_BLOCK), metavar="N", help="block since which their acts are in doubt"
    )
    said.add_argument(
        "--keep", type=types.path, metavar="FILE",
        help="the authority's statement so far: its other keys stay, and what is not said of a key stays as it was",
    )  # fmt: skip


def demand_unsaid(given: Any) -> None:
    """Refuse the words that only this way needs on the act registry, whose ledger says all of it.

    Raises:
        UsageError: one was given.
    """
    said = [name for word, name in _NAMES.items() if getattr(given, word) is not None]
    if said:
        raise UsageError(f"On the act registry the ledger says what a key may do; leave out {' and '.join(said)}.")


def entries(
    given: Any, session: NetworkSession, accounts: Sequence[Address], device: str
) -> tuple[Hash32, list[KeyEntry]]:
    """Give the authority and all entries of its statement.

    Raises:
        UsageError: authority or holder is missing.
        InputError: the statement so far cannot be read, or is another authority's.
    """
    from dataclasses import replace

    from lightnode.wire.registry import Verb
    from lightnode.wire.trust import KeyEntry

    if given.authority is None:
        raise UsageError("On the Timestamp way, name whose keys these are with --authority.")
    name = resolve.authority_id(given.authority)
    kept = {} if given.keep is None else {entry.address: entry for entry in read_keys(given.keep, session, name)}
    verbs = None if given.verb is None else sum(1 << Verb[verb.upper()] for verb in set(given.verb))
    for who in accounts:
        known = kept.get(who)
        if known is None:
            if given.holder is None:
                raise UsageError("On the Timestamp way, say with --holder which person holds a new key.")
            first = session.catch_up() + 1
            known = KeyEntry(who, sum(1 << verb for verb in Verb), first, None, given.holder, device)
        kept[who] = replace(
            known,
            verbs=known.verbs if verbs is None else verbs,
            first=known.first if given.from_block is None else given.from_block,
            last=known.last if given.to_block is None else given.to_block,
            holder=known.holder if given.holder is None else given.holder,
            device=device,
            withdrawn_from=known.withdrawn_from if given.withdrawn_from is None else given.withdrawn_from,
            doubt_since=known.doubt_since if given.doubt_since is None else given.doubt_since,
        )
    return name, list(kept.values())


def read_keys(path: Any, session: NetworkSession, authority: Hash32) -> tuple[KeyEntry, ...]:
    """Read the keys that an authority's signed statement names.

    Raises:
        InputFormatError: it is not signed, or another authority's or network's.
        WireError: it is no statement of an authority.
    """
    from desktop.errors import InputFormatError
    from desktop.services import envelope_files
    from desktop.services.file_access import read_bytes
    from lightnode.wire.trust import read_authority

    file = envelope_files.read(read_bytes(path), path.name)
    payload, profile = file.payload, session.profile
    expected = ("trust", profile.environment, profile.genesis_hash)
    if not file.signatures or (payload.kind, payload.environment, payload.scope) != expected:
        raise InputFormatError(f"{path.name} is no signed statement for this network.")
    name, keys = read_authority(payload)
    if name != authority:
        raise InputFormatError(f"{path.name} is the statement of another authority.")
    return keys
