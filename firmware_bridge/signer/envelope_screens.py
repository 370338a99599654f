"""Screens of an envelope before it is signed: each kind that can be explained; the others are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from firmware_bridge.errors import UnknownContractError
from firmware_bridge.signer.screens import Screen, rows_to_screens, show_time
from lightnode.errors import WireError
from lightnode.wire.key_set import KeySet, read_key_set
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED, read_facts
from lightnode.wire.pack import read_pack
from lightnode.wire.payload import Payload
from lightnode.wire.profile import read_profile
from lightnode.wire.root import fingerprint_of, show_fingerprint
from lightnode.wire.status import read_status
from lightnode.wire.trust import read_authority, read_country, read_templates

Rows = list[tuple[str, str]]
MAX_SHOWN_ENTRIES = 16
_STATES = {SUSPENDED: "suspended", SUPERSEDED: "replaced", REVOKED: "withdrawn"}


def screens_for_envelope(payload: Payload) -> tuple[Screen, ...]:
    """Give the screens of a payload.

    Raises:
        UnknownContractError: its kind or body cannot be explained.
    """
    explain = _KINDS.get(payload.kind)
    if explain is None:
        raise UnknownContractError(f"This signer cannot show envelopes of kind {payload.kind}.")
    try:
        rows: Rows = [("What", f"Sign a {_NAMES[payload.kind]}"), ("Environment", payload.environment.upper())]
        rows += explain(payload)
        rows += [
            ("Serial", str(payload.serial)),
            ("Issued", show_time(payload.issued)),
            ("Update due", show_time(payload.next_update)),
            ("Expires", show_time(payload.not_after)),
        ]
    except (WireError, TypeError, ValueError, OverflowError, OSError) as cause:
        raise UnknownContractError("The body or a date of the envelope cannot be explained.") from cause
    return rows_to_screens(f"Sign {_NAMES[payload.kind]}", rows)


def _keys(label: str, keys: KeySet) -> Rows:
    rows = [(f"{label} threshold", f"{keys.threshold} of {len({key.holder for key in keys.keys})}")]
    return rows + [(f"{label} key, holder {key.holder}", show_fingerprint(key.kid)) for key in keys.keys]


def _root(payload: Payload) -> Rows:
    match payload.body:
        case [keys, governance, list(countries)]:
            rows = [("Fingerprint", show_fingerprint(fingerprint_of(payload.encode())))]
            rows += _keys("Root", read_key_set(keys)) + _keys("Governance", read_key_set(governance))
            for name, entry in countries:
                rows += _keys(str(name), read_key_set(entry))
            return rows
    raise UnknownContractError("The body of the root is malformed.")


def _profile(payload: Payload) -> Rows:
    profile = read_profile(payload)
    registry = "(not deployed)" if profile.recording is None else show_fingerprint(profile.recording.contract)
    return [
        ("Network", profile.name), ("Chain id", str(profile.chain_id)), ("Client", profile.client),
        ("Genesis", show_fingerprint(profile.genesis_hash)), ("Curve", profile.curve.value), ("Register", registry),
        ("Highest gas price", str(profile.gas.max_price)),
    ]  # fmt: skip


def _pack(payload: Payload) -> Rows:
    pack = read_pack(payload)
    rows = [("Genesis", show_fingerprint(pack.genesis_hash))]
    return rows + [(f"May create {item.name}", show_fingerprint(item.code_hash)) for item in pack.creations]


def _templates(payload: Payload) -> Rows:
    return [(f"{item.title}, {len(item.fields)} fields"[:60], f"{item.id} {show_fingerprint(item.digest)}")
            for item in read_templates(payload)]  # fmt: skip


def _trust(payload: Payload) -> Rows:
    match payload.body:
        case [1, roots, profile, facts, countries, authorities, templates, *more]:
            read = read_facts(facts)
            members = read.intervals[-1].members if read.intervals else ()
            return [
                ("Genesis", show_fingerprint(payload.scope)),
                ("Checkpoint", f"block {read.checkpoint.height}, {show_fingerprint(read.checkpoint.block_hash)}"),
                ("Network members", f"{len(members)} in {len(read.intervals)} intervals"),
                *((f"Member {at}, {m.country}", f"{m.operator} {show_fingerprint(m.address)}")
                  for at, m in enumerate(members, 1)),
                ("Parts", f"{len(roots)} roots, {len(countries)} countries, {len(authorities)} authorities, "
                          f"{len(templates)} templates files, {sum(map(len, more))} status lists"),
                ("Profile", show_fingerprint(_digest(profile))),
            ]  # fmt: skip
        case [2, *_]:
            country, entries = read_country(payload)
            rows = [("Country", country)]
            for entry in entries:
                rows += [(f"Authority {entry.number}"[:40], entry.name), *_keys(entry.number, entry.keys)]
            return rows
        case [3, *_]:
            name, keys = read_authority(payload)
            return [("Authority", show_fingerprint(name)), *(
                (f"Key, holder {key.holder}, {key.device}", f"{show_fingerprint(key.address)} verbs {key.verbs:#x} "
                 f"blocks {key.first} to {'open' if key.last is None else key.last}")
                for key in keys
            )]  # fmt: skip
    raise UnknownContractError("The trust statement is of an unknown form.")


def _status(payload: Payload) -> Rows:
    status = read_status(payload)
    counts = {state: sum(entry.state == state for entry in status.entries) for state in _STATES}
    rows = [
        ("Authority", show_fingerprint(payload.issuer)), ("Genesis", show_fingerprint(payload.scope)),
        ("Register", show_fingerprint(status.contract)),
        ("As of", f"block {status.height}, {show_fingerprint(status.block_hash)}"),
        ("Not in force", ", ".join(f"{counts[state]} {word}" for state, word in _STATES.items())),
        ("List", show_fingerprint(status.digest())),
    ]  # fmt: skip
    # A long list is compared by its fingerprint, which whoever recomputes it gets too.
    if len(status.entries) <= MAX_SHOWN_ENTRIES:
        rows += [(f"{_STATES[one.state]}, block {one.height}".capitalize(), show_fingerprint(one.commitment))
                 for one in status.entries]  # fmt: skip
    return rows


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_KINDS: dict[str, Callable[[Payload], Rows]] = {
    "root": _root,
    "profile": _profile,
    "pack": _pack,
    "templates": _templates,
    "trust": _trust,
    "status": _status,
}
_NAMES = {
    "root": "root",
    "profile": "profile",
    "pack": "pack",
    "templates": "template list",
    "trust": "trust list",
    "status": "status list",
}
