"""`chancery node sync` over HTTP on every recorded network of both clients, in both modes, each its own witness elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lightnode.store import key_slots
from tests.support.following_office import Office
from tests.support.made_node import MadeNode
from tests.support.recorded_networks import NETWORKS, RECORDED, blocks, lines

# Where a header's list is no evidence, every header is verified whatever is chosen.
NOT_SKIPPED = {"goquorum-qbft-votes", "goquorum-qbft-round-changes", "goquorum-ibft1-votes", "goquorum-ibft1-to-qbft"}


@pytest.fixture(autouse=True)
def _quick_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "LOG2_N", 10)


class RecordedChain:
    """What a `MadeNode` serves of a recording."""

    def __init__(self, network: str) -> None:
        self.client = network.split("-")[0]
        self.blocks = blocks(network)
        self._genesis = (RECORDED / network / "genesis.json").read_bytes()
        self.chain_id = json.loads(self._genesis)["config"]["chainId"]
        self.proofs = {
            int(entry["params"][2], 16): entry["result"]
            for entry in map(json.loads, lines(network, "validator_proofs.jsonl"))
        }

    @property
    def height(self) -> int:
        return len(self.blocks) - 1

    def genesis(self) -> bytes:
        return self._genesis

    def printed(self, height: int) -> dict[str, Any]:
        return dict(self.blocks[height])


class RecordedNode(MadeNode):
    """Answers proofs from the recording too."""

    def __init__(self, network: str) -> None:
        self.recorded = RecordedChain(network)
        super().__init__(self.recorded)  # type: ignore[arg-type]
        self.chain_id = self.recorded.chain_id

    def result(self, method: str, params: list[Any]) -> Any:
        if method != "eth_getProof":
            return super().result(method, params)
        proofs = self.recorded.proofs
        answer = dict(proofs[max(at for at in proofs if at <= int(params[2], 16))])
        wanted = {int(slot, 16) for slot in params[1]}
        return answer | {"storageProof": [one for one in answer["storageProof"] if int(one["key"], 16) in wanted]}


@pytest.mark.parametrize("mode", ["sequential", "skipping"])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_recorded_network_is_followed_to_its_head(
    network: str, mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RecordedNode(network) as node, RecordedNode(network) as witness:
        office = Office(tmp_path, node.chain, capsys)
        status, value = office.sync(node, "--mode", mode, "--trusting-days", "never-ends", witnesses=(witness,))
    assert status == 0, value
    assert (value["height"], value["hash"]) == (node.recorded.height, node.recorded.blocks[-1]["hash"])
    assert value["witnesses"][0]["outcome"] == "agrees"
    expected = "sequential" if network in NOT_SKIPPED else mode
    assert value["choices"]["mode"]["value"] == expected
