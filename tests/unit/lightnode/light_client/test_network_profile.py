"""A profile states enough to verify its network from genesis, and nothing that does not fit together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.header_json import header_from_json
from lightnode.light_client.network_profile import ProfileGenesisError, config_of, profile_of
from lightnode.wire.payload import Payload
from lightnode.wire.profile import GasPolicy, TrainingRangeError, read_profile

VECTORS = next(
    (p for p in (Path(__file__).resolve().parents[3] / "vectors" / "recorded",
                 Path(__file__).resolve().parents[5] / "shared" / "vectors" / "recorded") if p.exists()), None
)  # fmt: skip
NAMES = (
    sorted(p.name for p in VECTORS.iterdir() if (p / "genesis.json").exists() and (p / "blocks.jsonl").exists())
    if VECTORS
    else []
)
GAS = GasPolicy(0, 0, 1_000_000)


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_says_all_that_the_genesis_file_says(name: str) -> None:
    assert VECTORS is not None
    config = load_genesis((VECTORS / name / "genesis.json").read_bytes())
    profile = profile_of(config, environment="test", name=name[:40], gas=GAS)
    payload = Payload("profile", "test", profile.genesis_hash, b"", 1, 1, 2, 3, profile.body())
    again = config_of(read_profile(Payload(**{slot: getattr(payload, slot) for slot in payload.__slots__})))
    assert (again.schedule, again.header, again.block_hash) == (config.schedule, config.header, config.block_hash)
    blocks = [json.loads(line) for line in (VECTORS / name / "blocks.jsonl").read_text().splitlines()]
    one, other = HeaderChain(config), HeaderChain(again)
    for block in blocks[1:]:
        if one.validators_for_next() is None:
            break
        header = header_from_json(block)
        assert one.append(header, 4_000_000_000) == other.append(header, 4_000_000_000)
    assert one.state() == other.state()


@pytest.mark.skipif(not NAMES, reason="the recorded networks are not here")
def test_what_does_not_fit_together_is_refused() -> None:
    assert VECTORS is not None
    config = load_genesis((VECTORS / NAMES[0] / "genesis.json").read_bytes())
    profile = profile_of(config, environment="test", name="x", gas=GAS)
    for broken in (
        replace(profile, genesis_hash=b"\x01" * 32),
        replace(profile, genesis_header=b""),
        replace(profile, engines=()),
        replace(profile, genesis_header=profile.genesis_header[:-1] + b"\x01"),
    ):
        with pytest.raises(ProfileGenesisError):
            config_of(broken)  # type: ignore[arg-type]
    with pytest.raises(TrainingRangeError):
        profile_of(config, environment="training", name="x", gas=GAS)
