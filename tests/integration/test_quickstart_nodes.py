"""A whole set-up on given networks that are not as ours: fees, and nodes that prove nothing about new accounts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from lightnode.devnet import control
from lightnode.devnet.control import DevnetStatus
from lightnode.devnet.settings import DevnetSettings
from tests.support.hostile_node import HostileNode
from tests.support.training_network import Client, account, person, signed

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (Path(__file__).parents[2] / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevnetStatus]:
    folder = tmp_path_factory.mktemp("given") / "network"
    started = control.start(folder, DevnetSettings(on_demand=True, funded=(account(person(1)),)))
    Client(started.rpc_url).get("training_mine", 1)
    yield started
    control.stop(folder)


@pytest.fixture
def node(network: DevnetStatus) -> Iterator[HostileNode]:
    made = HostileNode(network.rpc_url)
    yield made
    made.close()


class Quick:
    """Runs `quickstart` in one folder through a node."""

    def __init__(self, folder: Path, node: HostileNode, genesis: Path) -> None:
        self.folder = folder
        self.words = ["quickstart", str(folder), "--rpc", node.url, "--genesis", str(genesis), "--json", "--quiet"]

    def run(self, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
        """Exit status and the one JSON object; the signer is stopped."""
        capsys.readouterr()
        status = main([*self.words, *more])
        value = json.loads(capsys.readouterr().out)
        main(["signer", "stop", str(self.folder / "signer")])
        return status, value


def test_a_set_up_through_a_node_that_proves_nothing_about_new_accounts(
    tmp_path: Path, network: DevnetStatus, node: HostileNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.behave(account_missing=True)
    status, value = Quick(tmp_path / "q", node, network.genesis_path).run(capsys)
    assert status == 0, value
    assert value["verdict"]["verdict"] == "VALID"


def test_a_set_up_on_a_network_with_a_fee(
    tmp_path: Path, network: DevnetStatus, node: HostileNode, capsys: pytest.CaptureFixture[str]
) -> None:
    node.behave(least_price=1000)
    quick = Quick(tmp_path / "q", node, network.genesis_path)
    status, value = quick.run(capsys)
    assert (status, value["error"]["code"]) == (1, "JOB-FEE-POLICY")
    assert "1000 wei" in value["error"]["message"]
    assert [path.name for path in (tmp_path / "q").iterdir() if path.name != "home"] == ["set-up.json"]

    status, value = quick.run(capsys, "--max-gas-price", "1000")
    assert (status, value["error"]["code"]) == (1, "QUICKSTART-UNFUNDED")
    words = value["error"]["message"].replace(",", " ").replace(". ", " ").rstrip(".").split()
    poor = [word for word in words if word.startswith("0x")]
    assert len(poor) == len({*poor}) == 3

    client = Client(network.rpc_url)
    for number, who in enumerate(poor):
        client.send(signed(person(1), number, bytes.fromhex(who[2:]), gas=21_000, value=10**18))
    status, value = quick.run(capsys, "--max-gas-price", "1000")
    assert status == 0, value
    assert value["verdict"]["verdict"] == "VALID"
    paid = [10**18 - int(client.get("eth_getBalance", who, "latest"), 16) for who in poor]
    assert all(one > 0 and one % 1000 == 0 for one in paid)


def test_a_profile_without_fee_says_that_it_serves_to_verify_only(
    tmp_path: Path, network: DevnetStatus, capsys: pytest.CaptureFixture[str]
) -> None:
    genesis = json.loads(network.genesis_path.read_text())
    del genesis["config"]["zeroBaseFee"]
    changed, out = tmp_path / "genesis.json", tmp_path / "profile.draft"
    changed.write_text(json.dumps(genesis))
    words = ["profile", "make", "--genesis", str(changed), "--out", str(out), "--json"]
    assert main(words) == 0
    [warning] = json.loads(capsys.readouterr().out)["warnings"]
    assert "7 wei" in warning
    assert "serves to verify" in warning
    assert main([*words, "--max-gas-price", "7"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == []


def test_a_highest_fee_belongs_to_a_given_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quickstart", str(tmp_path / "q"), "--max-gas-price", "5"]) == 2
    assert "--max-gas-price" in capsys.readouterr().err
    assert not (tmp_path / "q").exists()
