"""A network whose engine or disk fails half way stops instead of going on with a doubtful state."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from lightnode.devnet.block_store import BlockStore
from lightnode.devnet.errors import DevnetFolderError, EngineFailedError
from lightnode.devnet.network import Network
from lightnode.devnet.settings import DevnetSettings, address_of_key, genesis_file
from lightnode.devnet.world_state import WorldState
from lightnode.wire.curve import Curve
from tests.support.training_network import person, signed

START = 1_800_000_000


class StandInEngine:
    """Says what it is told to; a stand-in for the worker."""

    def __init__(self) -> None:
        self.changed: dict[str, Any] = {}
        self.refuse, self.broken = False, False
        self.root = WorldState({}).trie.root

    def reset(self, accounts: Any) -> bytes:
        return self.root

    def execute(self, block: Any, transactions: list[bytes]) -> dict[str, Any]:
        if self.broken:
            raise EngineFailedError("The EVM engine has stopped.")
        refused = {"refused": "InvalidTransaction"}
        good = {"gas_used": 21_000, "succeeded": True, "output": "", "created": "", "logs": []}
        results = [refused if self.refuse else good for _ in transactions]
        return {"results": results, "changed": self.changed, "gas_used": 0}


class Made(Network):
    """A network in a folder with a stand-in engine."""

    def __init__(self, folder: Path, engine: StandInEngine, keys: list[bytes], genesis: bytes) -> None:
        chosen: Any = engine
        super().__init__(folder, genesis, keys, chosen, lambda: START + 10)


def make(folder: Path, engine: StandInEngine) -> tuple[Made, list[bytes], bytes]:
    keys = [secrets.token_bytes(32) for _ in range(4)]
    genesis = genesis_file(DevnetSettings(on_demand=True), [address_of_key(key) for key in keys], START)
    return Made(folder, engine, keys, genesis), keys, genesis


def test_an_engine_that_dies_stops_the_chain_and_a_restart_heals_it(tmp_path: Path) -> None:
    engine = StandInEngine()
    network, keys, genesis = make(tmp_path, engine)
    network.mine()
    engine.broken = True
    with pytest.raises(EngineFailedError):
        network.mine()
    engine.broken = False
    with pytest.raises(DevnetFolderError, match="stopped at a fault"):
        network.mine()
    network.close()
    again = Made(tmp_path, engine, keys, genesis)
    assert again.head.header.number == 1
    assert again.mine().header.number == 2
    again.close()


def test_a_disk_that_fails_keeps_the_block_unheard_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, keys, genesis = make(tmp_path, StandInEngine())
    with monkeypatch.context() as patched:

        def full(*_: object) -> None:
            raise OSError("no space")

        patched.setattr(BlockStore, "add", full)
        with pytest.raises(OSError, match="no space"):
            network.mine()
    assert network.head.header.number == 0
    assert network.failed
    network.close()
    assert Made(tmp_path, StandInEngine(), keys, genesis).mine().header.number == 1


def test_an_engine_that_differs_from_the_stored_state_is_not_used(tmp_path: Path) -> None:
    engine = StandInEngine()
    network, keys, genesis = make(tmp_path, engine)
    network.mine()
    network.close()
    engine.root = b"\x01" * 32
    with pytest.raises(DevnetFolderError, match="another state root"):
        Made(tmp_path, engine, keys, genesis)


def test_the_blocks_of_another_genesis_are_refused(tmp_path: Path) -> None:
    network, keys, _ = make(tmp_path, StandInEngine())
    network.mine()
    network.close()
    other = genesis_file(DevnetSettings(on_demand=True), [address_of_key(key) for key in keys], START - 1)
    with pytest.raises(DevnetFolderError, match="do not follow"):
        Made(tmp_path, StandInEngine(), keys, other)


def test_a_file_that_is_no_block_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "blocks.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(DevnetFolderError):
        make(tmp_path, StandInEngine())


def test_what_the_engine_refuses_leaves_the_pool_and_the_block_stays_empty(tmp_path: Path) -> None:
    engine = StandInEngine()
    network, _, _ = make(tmp_path, engine)
    engine.refuse = True
    made = signed(person(1), 0, b"\x01" * 20)
    name = network.submit(made.encode())
    assert network.pending_nonce(made.sender(Curve.SECP256K1)) == 1
    assert network.mine().transactions == ()
    assert network.pool.find(name) is None
    network.close()


def test_too_few_validators_make_no_block_and_no_fault(tmp_path: Path) -> None:
    network, keys, _ = make(tmp_path, StandInEngine())
    held = network.key_holders
    assert held == {address_of_key(key) for key in keys}
    network.wishes.stopped = set(sorted(held)[:2])
    with pytest.raises(DevnetFolderError, match="Too few"):
        network.mine()
    assert not network.failed
    network.wishes.stopped = set()
    assert network.mine().header.number == 1
    network.close()
