"""Which registries of a network are pinned, and to which programs: by its profile, or by a file that the operator gives.

The file is JSON: `{"registries": [{"kind", "address", "code_hash", "proxy", "implementation", "implementation_code_hash",
"beacon", "beacon_code_hash", "born"}]}`; kinds and forms as in `lightnode.registries.pin`, members without a value left out.

Invariants: nothing is guessed; a registry that nobody pinned is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from desktop.errors import DesktopError, InputFormatError
from desktop.services.file_access import read_json
from lightnode.errors import LightNodeError
from lightnode.registries.pin import ProxyForm, RegistryKind, RegistryPin
from lightnode.wire import json_value as js
from lightnode.wire.profile import TIMESTAMP, Profile
from lightnode.wire.registry_pins import PinnedRegistry

_MEMBERS = {"kind", "address", "code_hash", "proxy", "implementation", "implementation_code_hash", "beacon",
            "beacon_code_hash", "born"}  # fmt: skip


class RegistryUnpinnedError(DesktopError):
    """Nobody has pinned the registry that a question is about."""

    code = "REGISTRY-UNPINNED"
    advice = "Ask governance for a profile that pins it, or give its pin with --registries FILE."


def pins_of(profile: Profile, path: Path | None) -> Mapping[RegistryKind, RegistryPin]:
    """Give the pins of a network's registries.

    Args:
        profile: of the network; the contract that it records acts on is a Timestamp where its way says so.
        path: the operator's file; what it says of a registry goes before the profile.

    Raises:
        InputFormatError: the file has another form, or pins a registry twice.
        InputError: it cannot be read.
    """
    found: dict[RegistryKind, RegistryPin] = {}
    for one in profile.registries:
        # Where several of a kind are pinned, the first by address is asked; another one is named with a file.
        found.setdefault(RegistryKind(one.kind), pin_of(one))
    recording = profile.recording
    if recording is not None and recording.way == TIMESTAMP:
        pin = RegistryPin(RegistryKind.TIMESTAMP, recording.contract, recording.code_hash, ProxyForm.NONE)
        found.setdefault(RegistryKind.TIMESTAMP, pin)
    return found if path is None else {**found, **_read(path)}


def pin_of(one: PinnedRegistry) -> RegistryPin:
    """Give what a profile pins as the readers take it."""
    return RegistryPin(
        RegistryKind(one.kind), one.address, one.code_hash, ProxyForm(one.proxy_form), one.implementation,
        one.implementation_code_hash, one.beacon, one.beacon_code_hash, one.born,
    )  # fmt: skip


def pin_for(pins: Mapping[RegistryKind, RegistryPin], kind: RegistryKind) -> RegistryPin:
    """Give one registry's pin.

    Raises:
        RegistryUnpinnedError: there is none.
    """
    if kind not in pins:
        raise RegistryUnpinnedError(f"The {kind.value} registry of this network is not pinned.")
    return pins[kind]


def _read(path: Path) -> dict[RegistryKind, RegistryPin]:
    value = read_json(path)
    if not isinstance(value, dict) or set(value) != {"registries"} or not isinstance(value["registries"], list):
        raise InputFormatError(f"{path} holds no list of pinned registries.")
    found: dict[RegistryKind, RegistryPin] = {}
    for entry in value["registries"]:
        try:
            pin = _pin(entry)
        except (LightNodeError, ValueError, TypeError, KeyError) as cause:
            raise InputFormatError(f"{path} pins a registry in another form: {cause}") from cause
        if found.setdefault(pin.kind, pin) != pin:
            raise InputFormatError(f"{path} pins the {pin.kind.value} registry twice.")
    return found


def _pin(entry: Any) -> RegistryPin:
    if not isinstance(entry, dict) or not set(entry) <= _MEMBERS:
        raise ValueError("a member is unknown")
    born = entry.get("born", 0)
    if type(born) is not int or born < 0:
        raise ValueError("a block number is malformed")

    def given(name: str, read: Any) -> Any:
        return None if entry.get(name) is None else read(entry[name])

    return RegistryPin(
        RegistryKind(entry["kind"]), js.address_value(entry["address"]), js.hash_value(entry["code_hash"]),
        ProxyForm(entry["proxy"]), given("implementation", js.address_value),
        given("implementation_code_hash", js.hash_value), given("beacon", js.address_value),
        given("beacon_code_hash", js.hash_value), born,
    )  # fmt: skip
