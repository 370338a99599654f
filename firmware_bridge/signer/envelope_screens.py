"""Screens of an envelope before it is signed: every item of its payload, or a refusal (foundations section 7).

Invariants: two payloads that differ have different screens; long lists are shown whole, in pages. Envelopes inside another
one are shown by kind, issuer, serial and the fingerprint of their bytes, because they carry signatures of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from firmware_bridge.errors import UnknownContractError
from firmware_bridge.signer.change_words import show_verbs
from firmware_bridge.signer.facts_rows import facts_rows
from firmware_bridge.signer.profile_rows import profile_rows
from firmware_bridge.signer.screens import Rows, Screen, rows_to_screens, show_time
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.envelope import decode_envelope
from lightnode.wire.key_set import KeySet
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED, read_facts
from lightnode.wire.order import read_height_exception
from lightnode.wire.pack import read_pack
from lightnode.wire.payload import Payload
from lightnode.wire.profile import read_profile
from lightnode.wire.root import fingerprint_of, read_root_body, root_body, show_fingerprint
from lightnode.wire.status import read_status
from lightnode.wire.trust import KeyEntry, read_authority, read_country, read_templates

NONE = "(none)"
_STATES = {SUSPENDED: "suspended", SUPERSEDED: "replaced", REVOKED: "withdrawn"}


def screens_for_envelope(payload: Payload) -> tuple[Screen, ...]:
    """Give the screens of a payload.

    Raises:
        DeviceError: its kind or body cannot be explained, or holds something that a screen would not show.
    """
    explain = _KINDS.get(payload.kind)
    if explain is None:
        raise UnknownContractError(f"This signer cannot show envelopes of kind {payload.kind}.")
    try:
        name = _NAMES[payload.kind]
        article = "an" if name[0] in "aeiou" else "a"
        rows: Rows = [("What", f"Sign {article} {name}"), ("Environment", payload.environment.upper())]
        rows += [("Issuer", _issuer(payload)), ("Scope", _scope(payload))]
        body, understood = explain(payload)
        rows += body
        rows += [
            ("Serial", str(payload.serial)),
            ("Issued", show_time(payload.issued)),
            ("Update due", show_time(payload.next_update)),
            ("Expires", show_time(payload.not_after)),
        ]
        # What was read must be all there is: true for 1, say, reads the same and is another file.
        whole = cbor.encode(understood) == cbor.encode(payload.body)
    except (WireError, TypeError, ValueError, OverflowError, OSError) as cause:
        raise UnknownContractError("The body or a date of the envelope cannot be explained.") from cause
    if not whole:
        raise UnknownContractError("The body of the envelope holds more than can be shown.")
    return rows_to_screens(f"Sign {_NAMES[payload.kind]}", rows)


def _issuer(payload: Payload) -> str:
    if len(payload.issuer) == 32:
        return show_fingerprint(payload.issuer)
    return payload.issuer.decode("ascii") or "Root and governance"


def _scope(payload: Payload) -> str:
    if len(payload.scope) == 32:
        return show_fingerprint(payload.scope)
    return payload.scope.decode("ascii") or NONE


def _keys(label: str, keys: KeySet) -> Rows:
    rows = [(label, f"{keys.threshold} of {len({key.holder for key in keys.keys})} holders, {len(keys.keys)} keys")]
    return rows + [(f"Holder {key.holder}", show_fingerprint(key.kid)) for key in keys.keys]


def _root(payload: Payload) -> tuple[Rows, cbor.Value]:
    keys, governance, countries = read_root_body(payload.body)
    rows = [("Fingerprint", show_fingerprint(fingerprint_of(payload.encode())))]
    rows += _keys("Root keys", keys) + _keys("Governance keys", governance)
    for name, entry in countries.items():
        rows += _keys(f"Keys of {name}", entry)
    return rows, root_body(keys, governance, countries)


def _profile(payload: Payload) -> tuple[Rows, cbor.Value]:
    profile = read_profile(payload)
    return profile_rows(profile), profile.body()


def _pack(payload: Payload) -> tuple[Rows, cbor.Value]:
    pack = read_pack(payload)
    rows: Rows = []
    for item in pack.creations:
        rows += [("May be created", f"{item.name}, {item.length} bytes"), ("Code", show_fingerprint(item.code_hash))]
    return rows, pack.body()


def _order(payload: Payload) -> tuple[Rows, cbor.Value]:
    order = read_height_exception(payload)
    rows = [
        ("Order", "Let one block pass that can be read in two ways"),
        ("Genesis hash", show_fingerprint(order.genesis)),
        ("Block", str(order.height)),
        ("Block hash", show_fingerprint(order.block_hash)),
    ]
    return rows, order.body()


def _templates(payload: Payload) -> tuple[Rows, cbor.Value]:
    rows: Rows = []
    read = read_templates(payload)
    for item in read:
        rows += [
            ("Kind of record", item.title), ("Id", f"{item.id}, {len(item.fields)} fields"),
            ("Fingerprint", show_fingerprint(item.digest)),
        ]  # fmt: skip
    return rows, [item.encode() for item in read]


def _trust(payload: Payload) -> tuple[Rows, cbor.Value]:
    match payload.body:
        case [1, list(roots), bytes(profile), facts, list(countries), list(authorities), list(templates), *more] if len(
            more
        ) <= 1 and all(isinstance(item, list) for item in more):
            read = read_facts(facts)
            rows = [("Form", "Trust package"), *facts_rows(read)]
            inside = (("Root", roots), ("Profile", [profile]), ("Country", countries), ("Authority", authorities),
                      ("Templates", templates), *(("Status", statuses) for statuses in more))  # fmt: skip
            for what, files in inside:
                rows += [row for at, file in enumerate(files, 1) for row in _part(f"{what} {at} of {len(files)}", file)]
            rows.append(("Parts", "They carry their own signatures"))
            return rows, [1, roots, profile, read.as_cbor(), countries, authorities, templates, *more]
        case [2, *_]:
            return _country(payload)
        case [3, *_]:
            return _authority(payload)
    raise UnknownContractError("The trust statement is of an unknown form.")


def _country(payload: Payload) -> tuple[Rows, cbor.Value]:
    country, entries = read_country(payload)
    rows = [("Form", "A country's authorities"), ("Country", country)]
    for at, entry in enumerate(entries, 1):
        rows += [
            (f"Body {at} of {len(entries)}", entry.name), ("Number", f"{entry.country} {entry.number}"),
            ("Id", show_fingerprint(entry.id)), *_keys("Its keys", entry.keys),
        ]  # fmt: skip
    return rows, [2, country, [entry.as_cbor() for entry in entries]]


def _authority(payload: Payload) -> tuple[Rows, cbor.Value]:
    name, keys = read_authority(payload)
    rows = [("Form", "An authority's keys"), ("Authority id", show_fingerprint(name))]
    for at, key in enumerate(keys, 1):
        rows += _key(f"Key {at} of {len(keys)}", key)
    return rows, [3, name, [key.as_cbor() for key in keys]]


def _status(payload: Payload) -> tuple[Rows, cbor.Value]:
    status = read_status(payload)
    counts = {state: sum(entry.state == state for entry in status.entries) for state in _STATES}
    rows = [
        ("Register", show_fingerprint(status.contract)),
        ("As of", f"block {status.height}"),
        ("Block", show_fingerprint(status.block_hash)),
        ("Not in force", ", ".join(f"{counts[state]} {word}" for state, word in _STATES.items())),
        ("List", show_fingerprint(status.digest())),
    ]
    for at, entry in enumerate(status.entries, 1):
        rows.append((f"{at} of {len(status.entries)}", f"{_STATES[entry.state]} in block {entry.height}"))
        rows.append(("Record", show_fingerprint(entry.commitment)))
    return rows, status.body()


def _key(label: str, key: KeyEntry) -> Rows:
    last = "open" if key.last is None else str(key.last)
    return [
        (label, show_fingerprint(key.address)),
        ("Holder", f"{key.holder}, on a {key.device}"),
        ("Verbs", show_verbs(key.verbs)),
        ("Blocks", f"{key.first} to {last}"),
        ("Withdrawn", NONE if key.withdrawn_from is None else f"from block {key.withdrawn_from}"),
        ("In doubt", NONE if key.doubt_since is None else f"since block {key.doubt_since}"),
    ]


def _part(label: str, file: cbor.Value) -> Rows:
    if not isinstance(file, bytes):
        raise UnknownContractError("A part of the trust package is missing.")
    payload = decode_envelope(file).payload
    return [
        (label, f"{payload.kind}, serial {payload.serial}"),
        ("By", _issuer(payload)),
        ("Fingerprint", show_fingerprint(hashlib.sha256(file).digest())),
    ]


_KINDS: dict[str, Callable[[Payload], tuple[Rows, cbor.Value]]] = {
    "root": _root,
    "profile": _profile,
    "pack": _pack,
    "templates": _templates,
    "trust": _trust,
    "status": _status,
    "order": _order,
}
_NAMES = {
    "root": "root",
    "profile": "profile",
    "pack": "pack",
    "templates": "template list",
    "trust": "trust list",
    "status": "status list",
    "order": "order",
}
