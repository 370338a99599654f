"""Settings of a network and the genesis file they make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lightnode.consensus.genesis import load_genesis
from lightnode.devnet import process
from lightnode.devnet.errors import DevnetFolderError, DevnetSettingError
from lightnode.devnet.settings import DEFAULT_CHAIN_ID, DevnetSettings, address_of_key, genesis_file
from lightnode.wire.types import Address

MEMBERS = [Address(bytes([number]) * 20) for number in (7, 3, 9, 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"validators": 0}, {"validators": 41}, {"chain_id": 1}, {"chain_id": 0x43490000}, {"chain_id": 0x4347FFFF},
        {"period_seconds": 0}, {"period_seconds": 3601}, {"epoch_length": 0},
    ],
)  # fmt: skip
def test_a_setting_out_of_range_makes_nothing(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DevnetSettingError):
        process.make_folder(tmp_path / "network", DevnetSettings(**wrong), 1_800_000_000)
    assert not (tmp_path / "network").exists()


@pytest.mark.parametrize("on_demand", [False, True])
def test_the_genesis_file_reads_as_that_of_besu(on_demand: bool) -> None:
    settings = DevnetSettings(period_seconds=3, on_demand=on_demand, epoch_length=77, funded=(MEMBERS[0],))
    config = load_genesis(genesis_file(settings, MEMBERS, 1_800_000_000), "besu")
    assert config.chain_id == DEFAULT_CHAIN_ID
    assert config.extra.validators == tuple(sorted(MEMBERS))
    assert config.schedule.period_seconds(1) == (0 if on_demand else 3)
    assert config.schedule.engines[0].epoch_length == 77
    assert config.header.base_fee_per_gas == 0
    assert config.accounts[MEMBERS[0]].account.balance == 10**24


def test_a_new_folder_keeps_its_keys_to_its_owner_and_is_never_made_twice(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    process.make_folder(folder, DevnetSettings(validators=2), 1_800_000_000)
    assert (folder / process.KEYS).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    drawn = [bytes.fromhex(line) for line in (folder / process.KEYS).read_text().split()]
    assert len(set(drawn)) == 2 + process.SPARE_KEYS
    genesis = (folder / process.GENESIS).read_bytes()
    config = load_genesis(genesis, "besu")
    assert set(config.extra.validators) == {address_of_key(key) for key in drawn[:2]}
    assert not any(key.hex() in genesis.decode() for key in drawn)
    with pytest.raises(DevnetFolderError):
        process.make_folder(folder, DevnetSettings(), 1_800_000_001)
    assert (folder / process.GENESIS).read_bytes() == genesis
    assert json.loads((folder / process.SETTINGS).read_text()) == {"on_demand": False, "period_seconds": 1}
