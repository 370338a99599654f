"""A profile in plain words: every member, in a fixed order, with the rules by height as a table and who signed it.

Invariants: every member of the body has its place here, said or "not said"; hashes and addresses are whole, never cut; the
same profile gives the same lines for ever (golden files hold them).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desktop.services import profile_json
from desktop.services.envelope_files import EnvelopeFile, show_time
from desktop.services.signature_state import SignatureState, signature_state
from lightnode.light_client.network_profile import ProfileGenesisError, config_of, schedule_of
from lightnode.wire.payload import Payload
from lightnode.wire.profile import REGISTRY, PinnedRegistry, Profile, ValidatorContract, read_profile
from lightnode.wire.profile_terms import TIME
from lightnode.wire.registry_pins import DIRECT, ERC1967, OWNED, VERSIONED_BEACON
from lightnode.wire.root import Root, show_fingerprint
from lightnode.wire.types import Address

NOT_SAID = "not said"
ENGINE_WORDS = {"qbft": "QBFT", "ibft2": "IBFT 2.0", "ibft1": "IBFT 1"}
CLIENT_WORDS = {"besu": "Besu", "goquorum": "GoQuorum"}
KIND_WORDS = {
    "acts": "act registry",
    "timestamp": "EBSI Timestamp",
    "did": "EBSI DID Registry",
    "issuers": "EBSI Trusted Issuers Registry",
    "track-and-trace": "EBSI Track-and-Trace",
}
FORM_WORDS = {
    DIRECT: "it is its own program",
    OWNED: "EBSI's owned proxy",
    ERC1967: "an EIP-1967 proxy",
    VERSIONED_BEACON: "a proxy that asks a beacon for a version",
}
_DAY = 86_400
_CALENDAR_END = 1 << 37
_HEADS = ("from block", "engine", "epochs", "period", "validators")


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile as it is shown.

    Attributes:
        profile: what it says.
        payload: with its serial and dates.
        fingerprint: SHA-256 of what is signed.
        digest: SHA-256 of the file.
        signatures: how far it is signed.
        first_set: validators that block 0 names; None where the profile contradicts itself, so that no chain begins from it.
    """

    profile: Profile
    payload: Payload
    fingerprint: bytes
    digest: bytes
    signatures: SignatureState
    first_set: tuple[Address, ...] | None

    def lines(self) -> list[str]:
        """Say it to a person."""
        profile = self.profile
        return [
            f"Profile of the network {profile.name}, {profile.environment}",
            *_rows(
                ("signatures", self.signatures.text()),
                ("fingerprint", show_fingerprint(self.fingerprint)),
                ("file", f"SHA-256 {self.digest.hex()}"),
                ("rules", f"digest {profile.rules_digest.hex()}, as checkpoints carry it"),
                ("serial", str(self.payload.serial)),
                ("issued", show_time(self.payload.issued)),
                ("newer due", show_time(self.payload.next_update)),
                ("not after", show_time(self.payload.not_after)),
            ),
            "Network",
            *_rows(
                ("chain id", f"{profile.chain_id} ({profile.chain_id:#x})"),
                ("client", CLIENT_WORDS[profile.client]),
                ("curve", profile.curve.value),
                ("genesis", _hex(profile.genesis_hash)),
                (
                    "block 0",
                    f"{_count(len(profile.genesis_header), 'byte')}, SHA-256 {_sha256(profile.genesis_header)}",
                ),
                ("genesis file", f"Keccak-256 {_hex(profile.genesis_digest)}"),
            ),
            "Rules by height",
            *_table(profile),
            *self._first_set(),
            *_sets(profile),
            *_spacing(profile),
            "Validator contracts",
            *_contracts(profile.contracts),
            "Forks",
            *_forks(profile),
            "Acts",
            *_acts(profile),
            "Registries",
            *(line for pin in profile.registries for line in _registry(pin)),
            *([] if profile.registries else [f"  {NOT_SAID}"]),
            "Recommended to offices",
            *_recommended(profile),
        ]

    def as_json(self) -> dict[str, Any]:
        """Give it to a program."""
        return {
            "kind": "profile",
            "serial": self.payload.serial,
            "issued": self.payload.issued,
            "next_update": self.payload.next_update,
            "not_after": self.payload.not_after,
            "fingerprint": self.fingerprint.hex(),
            "file_sha256": self.digest.hex(),
            "signatures": self.signatures.as_json(),
            "usable": self.first_set is not None,
            "genesis_validators": None if self.first_set is None else [_hex(one) for one in self.first_set],
            **profile_json.members(self.profile),
        }

    def _first_set(self) -> list[str]:
        if self.first_set is None:
            return ["  NOT USABLE: its genesis header, its genesis hash and its settings do not fit together"]
        if not self.first_set:
            return ["  block 0 names no validators"]
        named = [f"    {_hex(member)}" for member in self.first_set]
        return [f"  block 0 names {_count(len(named), 'validator')}:", *named]


def view(file: EnvelopeFile, data: bytes, root: Root | None) -> ProfileView:
    """Look at a draft or an envelope of a profile.

    Args:
        file: read.
        data: its bytes.
        root: given by IT, or None.

    Raises:
        ProfileError: it is no profile, or holds what this version does not know.
    """
    profile = read_profile(file.payload)
    try:
        first = config_of(profile).extra.validators
    except ProfileGenesisError:
        first = None
    return ProfileView(
        profile, file.payload, hashlib.sha256(file.payload_bytes).digest(),
        hashlib.sha256(data).digest(), signature_state(file, "profile", root), first,
    )  # fmt: skip


def heights(profile: Profile) -> list[int]:
    """Give the heights at which a rule may change, ascending."""
    starts = {item.start for item in profile.engines} | {item.start for item in profile.changes}
    # On GoQuorum a contract counts from the block after.
    return sorted({0} | starts | {item.start + 1 for item in profile.changes if item.contract and item.start})


def _table(profile: Profile) -> list[str]:
    schedule, rows = schedule_of(profile), [_HEADS]
    for height in heights(profile):
        engine, contract = schedule.engine(height), schedule.contract(max(height, 1))
        period = schedule.period_seconds(height)
        row = (
            str(height), ENGINE_WORDS[engine.rules.value], f"{engine.epoch_length} from {engine.epoch_base}",
            f"{period} s" if period else "none", "voted in headers" if contract is None else f"contract {_hex(contract)}",
        )  # fmt: skip
        if row[1:] != rows[-1][1:]:
            rows.append(row)
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADS) - 1)]
    return [
        "  " + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]


def _sets(profile: Profile) -> list[str]:
    """Say which sets the configuration puts in force."""
    found = [item for item in profile.changes if item.validators is not None]
    lines = []
    for item in found:
        members = _count(len(item.validators or ()), "validator")
        lines.append(f"  at block {item.start} the configuration puts {members} in office:")
        lines += [f"    {_hex(member)}" for member in item.validators or ()]
    return lines


def _contracts(contracts: Sequence[ValidatorContract]) -> list[str]:
    lines = []
    for item in contracts:
        lines += [f"  {_hex(item.address)}", f"    code {_hex(item.code_hash)}", f"    list at slot {item.slot:#x}"]
        if item.members is None:
            lines.append("    deployed by a transaction after block 0")
        else:
            lines.append(
                f"    in block 0 it lists {_count(len(item.members), 'validator')}" + (":" if item.members else "")
            )
            lines += [f"      {_hex(member)}" for member in item.members]
    return lines or ["  none"]


def _forks(profile: Profile) -> list[str]:
    london = profile.london_block
    lines = [
        f"  {item.name} from {_moment(item.at) if item.way == TIME else f'block {item.at}'}" for item in profile.forks
    ]
    says = "never" if london is None else f"from block {london}"
    return [*(lines or [f"  {NOT_SAID}"]), f"  base fee (London) {says}"]


def _acts(profile: Profile) -> list[str]:
    gas, recording = profile.gas, profile.recording
    rows = [("gas", f"transactions of type {gas.type}, at most {gas.limit} units at {gas.max_price} wei each")]
    if recording is None:
        return _rows(*rows, ("recorded on", "nothing yet"))
    way = "an act registry" if recording.way == REGISTRY else "EBSI's Timestamp"
    return _rows(
        *rows, ("recorded on", f"{way} at {_hex(recording.contract)}"), ("its code", _hex(recording.code_hash))
    )


def _registry(pin: PinnedRegistry) -> list[str]:
    lines = [
        f"  {KIND_WORDS[pin.kind]} at {_hex(pin.address)}",
        f"    code {_hex(pin.code_hash)}; {FORM_WORDS[pin.proxy_form]}",
        "    first block not known" if not pin.born else f"    not before block {pin.born}",
    ]
    for what, where, code in (
        ("program", pin.implementation, pin.implementation_code_hash),
        ("beacon", pin.beacon, pin.beacon_code_hash),
    ):
        if where is not None and code is not None:
            lines.append(f"    {what} at {_hex(where)}, code {_hex(code)}")
    return lines


def _recommended(profile: Profile) -> list[str]:
    advised, period = profile.strictness, profile.trusting_period
    counting = f"{NOT_SAID}; strictly" if advised is None else f"{advised.counting}: {advised.reason}"
    return _rows(
        ("count seals", counting),
        ("trust for", NOT_SAID if period is None else _period(period)),
    )


def _rows(*rows: tuple[str, str]) -> list[str]:
    return [f"  {label:<13} {text}" for label, text in rows]


def _spacing(profile: Profile) -> list[str]:
    spacing = profile.spacing_milliseconds
    said = "only what the periods say" if spacing is None else f"at least {spacing} ms"
    return [f"  between blocks, on average: {said}"]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _moment(second: int) -> str:
    """Say a fork's time; what lies beyond any calendar is a way to say never."""
    if not second:
        return "the start (second 0)"
    return f"{show_time(second)} (second {second})" if second < _CALENDAR_END else f"second {second}"


def _period(seconds: int) -> str:
    return f"{seconds} s" if seconds % _DAY else f"{seconds // _DAY} days"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
