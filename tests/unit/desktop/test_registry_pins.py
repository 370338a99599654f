"""The operator's file of pinned registries: read in one form only, before the profile's own pin, and never guessed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from desktop.errors import InputFormatError
from desktop.services.registry_pins import RegistryUnpinnedError, pin_for, pins_of
from lightnode.consensus.genesis import load_genesis
from lightnode.light_client.network_profile import profile_of
from lightnode.registries.pin import ProxyForm, RegistryKind, RegistryPin
from lightnode.wire.profile import REGISTRY, TIMESTAMP, GasPolicy, Profile, Recording
from lightnode.wire.registry_pins import FORMS, KINDS, PinnedRegistry
from lightnode.wire.types import Address, Hash32
from tests.support.made_chain import MadeChain

CONTRACT, PROGRAM, BEACON = (Address(bytes([number]) * 20) for number in (1, 2, 3))
CODE = Hash32(b"\x04" * 32)
ENTRY = {
    "kind": "issuers", "address": "0x" + CONTRACT.hex(), "code_hash": "0x" + CODE.hex(), "proxy": "owned",
    "implementation": "0x" + PROGRAM.hex(), "implementation_code_hash": "0x" + CODE.hex(), "born": 7,
}  # fmt: skip
BEACONS = {"proxy": "versioned-beacon", "beacon": "0x" + BEACON.hex(), "beacon_code_hash": "0x" + CODE.hex()}


def profile(way: int | None = None) -> Profile:
    made = profile_of(
        load_genesis(MadeChain().genesis()), environment="test", name="made", gas=GasPolicy(0, 0, 8_000_000)
    )
    return made if way is None else dataclasses.replace(made, recording=Recording(way, CONTRACT, CODE))


def file(folder: Path, value: Any) -> Path:
    (folder / "registries.json").write_text(json.dumps(value))
    return folder / "registries.json"


def test_the_file_pins_registries(tmp_path: Path) -> None:
    found = pins_of(profile(), file(tmp_path, {"registries": [ENTRY, ENTRY | BEACONS | {"kind": "did"}]}))
    assert found[RegistryKind.ISSUERS] == RegistryPin(
        RegistryKind.ISSUERS, CONTRACT, CODE, ProxyForm.OWNED, PROGRAM, CODE, born=7
    )
    assert found[RegistryKind.DID].beacon == BEACON
    with pytest.raises(RegistryUnpinnedError):
        pin_for(found, RegistryKind.TIMESTAMP)


def test_the_contract_that_acts_go_to_is_pinned_by_the_profile(tmp_path: Path) -> None:
    by_profile = RegistryPin(RegistryKind.TIMESTAMP, CONTRACT, CODE, ProxyForm.NONE)
    assert pin_for(pins_of(profile(TIMESTAMP), None), RegistryKind.TIMESTAMP) == by_profile
    assert pins_of(profile(REGISTRY), None) == pins_of(profile(), None) == {}
    own = file(tmp_path, {"registries": [ENTRY | {"kind": "timestamp"}]})
    assert pin_for(pins_of(profile(TIMESTAMP), own), RegistryKind.TIMESTAMP).implementation == PROGRAM


def test_a_profile_pins_registries_and_the_file_goes_before_it(tmp_path: Path) -> None:
    rows = (
        PinnedRegistry("issuers", CONTRACT, CODE, "owned", PROGRAM, CODE, born=7),
        PinnedRegistry("track-and-trace", BEACON, CODE, "versioned-beacon", PROGRAM, CODE, CONTRACT, CODE),
    )
    made = dataclasses.replace(profile(TIMESTAMP), registries=rows)
    found = pins_of(made, None)
    assert set(found) == {RegistryKind.ISSUERS, RegistryKind.TRACK_AND_TRACE, RegistryKind.TIMESTAMP}
    assert found[RegistryKind.ISSUERS] == RegistryPin(
        RegistryKind.ISSUERS, CONTRACT, CODE, ProxyForm.OWNED, PROGRAM, CODE, born=7
    )
    assert found[RegistryKind.TRACK_AND_TRACE].beacon == CONTRACT
    other = pins_of(made, file(tmp_path, {"registries": [ENTRY | {"born": 9}]}))
    assert other[RegistryKind.ISSUERS].born == 9


def test_kinds_and_forms_are_those_of_the_profile() -> None:
    assert {kind.value for kind in RegistryKind} == set(KINDS)
    assert {form.value for form in ProxyForm} == set(FORMS)


@pytest.mark.parametrize(
    "change",
    [
        {"proxy": "none"}, {"proxy": "other"}, {"kind": "other"}, {"address": "0x00"}, {"born": -1}, {"born": True},
        {"born": "7"}, {"more": 1}, {"implementation": None}, {"code_hash": 5}, {"beacon": "0x" + BEACON.hex()},
        {"kind": ["did"]},
    ],
)  # fmt: skip
def test_entries_of_another_form_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(InputFormatError):
        pins_of(profile(), file(tmp_path, {"registries": [ENTRY | change]}))


@pytest.mark.parametrize(
    "value", [[], {}, {"registries": {}}, {"registries": [], "more": 1}, {"registries": [5]},
              {"registries": [{}]}, {"registries": [ENTRY, ENTRY | {"born": 8}]}]
)  # fmt: skip
def test_files_of_another_form_are_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InputFormatError):
        pins_of(profile(), file(tmp_path, value))
