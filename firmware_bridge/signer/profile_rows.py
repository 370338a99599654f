"""Every member of a profile, as rows for the signer's display."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from firmware_bridge.signer.screens import Rows
from lightnode.wire.profile import REGISTRY, Fork, PinnedRegistry, Profile, SettingChange
from lightnode.wire.profile_terms import TIME
from lightnode.wire.registry_pins import ACTS, DIRECT, ERC1967, OWNED, TIMESTAMP_KIND, VERSIONED_BEACON
from lightnode.wire.root import show_fingerprint

UNCHANGED = "unchanged"
NOT_SAID = "(not said)"
_KINDS = {
    ACTS: "Act registry",
    TIMESTAMP_KIND: "EBSI Timestamp",
    "did": "DID Registry",
    "issuers": "Trusted Issuers",
    "track-and-trace": "Track and Trace",
}
_FORMS = {
    DIRECT: "Its own program",
    OWNED: "EBSI owned proxy",
    ERC1967: "EIP-1967 proxy",
    VERSIONED_BEACON: "Versioned beacon",
}


def profile_rows(profile: Profile) -> Rows:
    """Give the rows of a profile, in the order of its body."""
    gas = profile.gas
    return [
        ("Network", profile.name),
        ("Client", profile.client),
        ("Chain id", str(profile.chain_id)),
        ("Genesis header", show_fingerprint(hashlib.sha256(profile.genesis_header).digest())),
        ("Genesis hash", show_fingerprint(profile.genesis_hash)),
        ("Curve", profile.curve.value),
        *_engines(profile),
        *_changes(profile),
        ("London", "(never)" if profile.london_block is None else f"from block {profile.london_block}"),
        *_contracts(profile),
        *_recording(profile),
        ("Gas", f"Type {gas.type}, at most {gas.limit} units at {gas.max_price} wei each"),
        ("Genesis file", show_fingerprint(profile.genesis_digest)),
        *_forks(profile.forks),
        *_registries(profile.registries),
        *_terms(profile),
    ]


def _engines(profile: Profile) -> Rows:
    count = len(profile.engines)
    return [
        (f"Engine {at} of {count}", f"{item.engine} from block {item.start}, epochs of {item.epoch_length} from "
         f"{item.epoch_base}")
        for at, item in enumerate(profile.engines, 1)
    ]  # fmt: skip


def _changes(profile: Profile) -> Rows:
    rows: Rows = []
    for at, item in enumerate(profile.changes, 1):
        rows += _change(f"Change {at} of {len(profile.changes)}", item)
    return rows


def _change(label: str, item: SettingChange) -> Rows:
    period = UNCHANGED if item.period_seconds is None else f"{item.period_seconds} s"
    members = UNCHANGED if item.validators is None else f"{len(item.validators)} validators"
    contract = UNCHANGED if item.contract is None else show_fingerprint(item.contract)
    return [
        (label, f"From block {item.start}, period {period}"),
        ("Contract", contract),
        ("Members", members),
        *((f"Member {at}", show_fingerprint(member)) for at, member in enumerate(item.validators or (), 1)),
    ]


def _contracts(profile: Profile) -> Rows:
    rows: Rows = []
    for at, item in enumerate(profile.contracts, 1):
        rows += [
            (f"Contract {at} of {len(profile.contracts)}", show_fingerprint(item.address)),
            ("Code", show_fingerprint(item.code_hash)),
            ("List at slot", f"{item.slot:#x}"),
            ("Members", "(deployed later)" if item.members is None else f"{len(item.members)} validators"),
            *((f"Member {place}", show_fingerprint(member)) for place, member in enumerate(item.members or (), 1)),
        ]
    return rows


def _recording(profile: Profile) -> Rows:
    recording = profile.recording
    if recording is None:
        return [("Register", "(not deployed)")]
    return [
        ("Register", show_fingerprint(recording.contract)),
        ("Recording", "Act registry" if recording.way == REGISTRY else "EBSI Timestamp"),
        ("Register code", show_fingerprint(recording.code_hash)),
    ]


def _forks(forks: Sequence[Fork]) -> Rows:
    if not forks:
        return [("Forks", NOT_SAID)]
    return [
        (f"Fork {at} of {len(forks)}", f"{item.name} from {'second' if item.way == TIME else 'block'} {item.at}")
        for at, item in enumerate(forks, 1)
    ]


def _registries(registries: Sequence[PinnedRegistry]) -> Rows:
    if not registries:
        return [("Registries", NOT_SAID)]
    rows: Rows = []
    for at, item in enumerate(registries, 1):
        rows += [
            (f"Registry {at} of {len(registries)}", _KINDS[item.kind]),
            ("Address", show_fingerprint(item.address)),
            ("Code", show_fingerprint(item.code_hash)),
            ("Not before block", str(item.born)),
            ("Form", _FORMS[item.proxy_form]),
        ]
        parts = (
            ("Program", item.implementation), ("Program code", item.implementation_code_hash),
            ("Beacon", item.beacon), ("Beacon code", item.beacon_code_hash),
        )  # fmt: skip
        rows += [(label, show_fingerprint(part)) for label, part in parts if part is not None]
    return rows


def _terms(profile: Profile) -> Rows:
    advised, period, spacing = profile.strictness, profile.trusting_period, profile.spacing_milliseconds
    rows = [("Seal counting", NOT_SAID if advised is None else advised.counting.capitalize())]
    rows += [] if advised is None else [("Reason", advised.reason)]
    return [
        *rows,
        ("Trusting period", NOT_SAID if period is None else f"{period} s"),
        ("Least spacing", NOT_SAID if spacing is None else f"{spacing} ms between blocks"),
    ]
