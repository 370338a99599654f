"""The verified server beside other nodes: comparisons, a halt that no answer gets past, checkpoints, skipping."""

from __future__ import annotations

import copy
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from desktop.services.loaded_profile import load_profile
from desktop.services.node_service import NodeService, NodeSettings
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.light_client.given_checkpoint import NamedBlock
from lightnode.light_client.halt import HaltedError
from lightnode.node.server import Place
from lightnode.store import key_slots
from lightnode.wire.types import Hash32
from tests.support.made_chain import MadeChain
from tests.support.made_node import MadeNode

SKIPPING = SyncChoices(mode=Mode.SKIPPING, mode_reason="This test skips.", trusting_period=None)


def grown(blocks: int) -> MadeChain:
    chain = MadeChain()
    for _ in range(blocks):
        chain.block()
    return chain


def twin_of(chain: MadeChain) -> MadeChain:
    """Give the same chain, to go on otherwise."""
    twin = copy.copy(chain)
    twin.fields, twin.hashes = [list(row) for row in chain.fields], list(chain.hashes)
    twin.model = copy.deepcopy(chain.model)
    return twin


class Office:
    """One office: its folder, its profile, its running server."""

    def __init__(self, folder: Path, node: MadeNode) -> None:
        self.folder, self.node = folder, node
        (folder / "genesis.json").write_bytes(node.chain.genesis())
        (folder / "passphrase").write_text("correct horse battery staple\n")
        words = [
            "profile",
            "make",
            "--genesis",
            str(folder / "genesis.json"),
            "--environment",
            "test",
            "--name",
            "Made",
        ]
        assert main([*words, "--out", str(folder / "profile.draft"), "--quiet"]) == 0

    def passphrase(self) -> int:
        return os.open(self.folder / "passphrase", os.O_RDONLY)

    @contextmanager
    def serving(self, **more: Any) -> Iterator[Callable[..., dict[str, Any]]]:
        """Serve, and give a way to ask."""
        settings = NodeSettings(
            self.node.url, load_profile(self.folder / "profile.draft", None), self.folder / "home", Place(),
            passphrase_fd=self.passphrase(), poll_seconds=0.05, witness_seconds=0.05,
        )  # fmt: skip
        with NodeService(replace(settings, **more), "1") as service:
            server = service.start()
            assert service.owner.wait_until_caught_up(20)
            token = service.token_path.read_text().strip()

            def ask(method: str, *params: Any) -> dict[str, Any]:
                body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
                request = urllib.request.Request(server.url, body, {"Authorization": f"Bearer {token}"})
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.loads(answer.read())

            ask.url = server.url  # type: ignore[attr-defined]
            yield ask


@pytest.fixture(autouse=True)
def _quick_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The passphrase is stretched less: how long it takes is not what is tested here."""
    monkeypatch.setattr(key_slots, "LOG2_N", 10)


@pytest.fixture
def node() -> Iterator[MadeNode]:
    with MadeNode(grown(40)) as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, node: MadeNode) -> Office:
    return Office(tmp_path, node)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def status(ask: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return ask("chancery_status")["result"]


def halted(ask: Callable[..., dict[str, Any]]) -> bool:
    return ask("eth_blockNumber").get("error", {}).get("code") == -32020


def test_other_nodes_are_compared_and_shown(office: Office, node: MadeNode) -> None:
    behind = MadeNode(node.chain)
    behind.head = 30
    liar = MadeNode(node.chain)
    liar.change = lambda block: {**block, "stateRoot": "0x" + "11" * 32}
    with (
        behind,
        liar,
        MadeNode(node.chain) as honest,
        office.serving(witnesses=(honest.url, behind.url, liar.url, "http://127.0.0.1:9")) as ask,
    ):
        until(lambda: len(status(ask)["witnesses"]) == 4)
        told = status(ask)
        assert [one["outcome"] for one in told["witnesses"]] == ["agrees", "behind", "other-network", "unreachable"]
        assert told["halted"] is None
        assert told["provider"] == node.url
        # None of them keeps an answer back.
        assert ask("eth_getBlockByNumber", "latest", False)["result"]["hash"] == "0x" + node.chain.hashes[40].hex()


def test_two_sealed_blocks_halt_every_answer_until_an_operator_goes_on(
    office: Office, node: MadeNode, tmp_path: Path
) -> None:
    twin = twin_of(node.chain)
    twin.block(seconds=2)
    node.chain.block()
    with MadeNode(twin) as other, office.serving(witnesses=(other.url,)) as ask:
        until(lambda: halted(ask))
        for method, params in (("eth_getBlockByNumber", ["0x1", False]), ("eth_getLogs", [{}]), ("eth_syncing", [])):
            assert ask(method, *params)["error"]["data"]["code"] == "SYNC-HALTED"
        told = status(ask)
        assert told["halted"]["code"] == "SYNC-HALTED"
        assert told["witnesses"][0]["outcome"] == "conflict"
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(f"{ask.url}/health", timeout=10)  # type: ignore[attr-defined]
    assert len(list((tmp_path / "home").rglob("*.cmb"))) == 1
    with pytest.raises(HaltedError), office.serving():
        pass
    words = [
        "node",
        "go-on",
        "--profile",
        str(tmp_path / "profile.draft"),
        "--follow",
        "0x" + node.chain.hashes[41].hex(),
    ]
    words += ["--reason", "governance letter 12/2026", "--home", str(tmp_path / "home"), "--passphrase-fd"]
    assert main([*words, str(office.passphrase()), "--json"]) == 0
    with office.serving() as ask:
        assert ask("eth_blockNumber")["result"] == hex(41)


def test_a_halt_by_another_program_of_the_office_is_noticed(office: Office, node: MadeNode, tmp_path: Path) -> None:
    twin = twin_of(node.chain)
    twin.block(seconds=2)
    node.chain.block()
    with MadeNode(twin) as other, office.serving() as ask:
        assert not halted(ask)
        words = [
            "node",
            "sync",
            "--rpc",
            node.url,
            "--witness",
            other.url,
            "--profile",
            str(tmp_path / "profile.draft"),
        ]
        words += ["--home", str(tmp_path / "home"), "--passphrase-fd", str(office.passphrase()), "--json"]
        assert main(words) == 1
        until(lambda: halted(ask))


def test_it_begins_at_a_checkpoint_and_gives_what_lies_below_by_hashes(office: Office, node: MadeNode) -> None:
    chain = node.chain
    start = NamedBlock(20, Hash32(chain.hashes[20]))
    with office.serving(start=start, choices=SKIPPING) as ask:
        told = status(ask)
        assert told["checkpoint"] == {"number": 20, "hash": "0x" + chain.hashes[20].hex()}
        assert told["choices"]["mode"] == {"value": "skipping", "reason": "This test skips."}
        for height in (40, 33, 20, 7, 1, 0):
            said = ask("eth_getBlockByNumber", hex(height), False)["result"]
            assert said["hash"] == "0x" + chain.hashes[height].hex(), height
        assert ask("eth_getBlockByHash", "0x" + chain.hashes[33].hex(), False)["result"]["number"] == hex(33)
        assert ask("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})["result"] == []


def test_a_checkpoint_of_another_block_is_refused(office: Office) -> None:
    from lightnode.light_client.given_checkpoint import CheckpointHashError

    with pytest.raises(CheckpointHashError), office.serving(start=NamedBlock(20, Hash32(b"\x11" * 32))):
        pass
