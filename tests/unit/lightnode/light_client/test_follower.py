"""Following recorded networks through a node that answers from the recording, and lies when told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lightnode.consensus.chain import ChainState
from lightnode.consensus.errors import ConsensusError, HeaderHashError
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.header_json import header_from_json
from lightnode.light_client import memory as memories
from lightnode.light_client.errors import OtherChainError, SyncError, WrongNetworkError
from lightnode.light_client.follower import Follower
from lightnode.light_client.halt import FollowedBlockError
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.light_client.trusted import Trusted
from lightnode.rpc.errors import MissingAnswerError
from lightnode.rpc.ledger import Ledger
from lightnode.store.cache import create_store
from lightnode.wire.types import Hash32

VECTORS = next(
    (p for p in (Path(__file__).resolve().parents[3] / "vectors" / "recorded",
                 Path(__file__).resolve().parents[5] / "shared" / "vectors" / "recorded") if p.exists()), None
)  # fmt: skip
NETWORKS = ["besu-qbft-votes-london", "goquorum-qbft-votes", "goquorum-ibft1-to-qbft", "besu-qbft-contract-cancun"]

NOW = 4_000_000_000

pytestmark = pytest.mark.skipif(VECTORS is None, reason="the recorded networks are not here")


class RecordedNode:
    """Answers the questions of `Ledger` from a recording."""

    def __init__(self, name: str) -> None:
        assert VECTORS is not None
        folder = VECTORS / name
        if not folder.exists():
            pytest.skip(f"{name} is not here")
        self.config = load_genesis((folder / "genesis.json").read_bytes())
        self.blocks = [json.loads(line) for line in (folder / "blocks.jsonl").read_text().splitlines()]
        self.proofs: dict[int, Any] = {}
        path = folder / "validator_proofs.jsonl"
        if path.exists():
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                self.proofs[int(entry["params"][2], 16)] = entry["result"]
        self.asked = 0

    def batch(self, calls: list[Any]) -> list[Any]:
        return [self.call(method, params) for method, params in calls]

    def call(self, method: str, params: list[Any] = ()) -> Any:  # type: ignore[assignment]
        if method == "eth_chainId":
            return hex(self.config.chain_id)
        if method == "eth_getBlockByNumber":
            self.asked += 1
            height = int(params[0], 16)
            return self.blocks[height] if height < len(self.blocks) else None
        assert method == "eth_getProof"
        at = max(height for height in self.proofs if height <= int(params[2], 16))
        answer = dict(self.proofs[at])
        wanted = {int(slot, 16) for slot in params[1]}
        answer["storageProof"] = [one for one in answer["storageProof"] if int(one["key"], 16) in wanted]
        return answer

    @property
    def head(self) -> int:
        return len(self.blocks) - 1


def source(node: RecordedNode) -> LedgerSource:
    return LedgerSource(Ledger(node))  # type: ignore[arg-type]


def stored(end: Trusted) -> Trusted:
    """Give where a run ended as a store gives it back."""
    found = memories.decode_end(memories.encode_end(end))
    assert not isinstance(found, ChainState)
    return Trusted(end.header, found.block_hash, found.members, found.following, found.pending)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_recorded_network_is_followed_to_its_head(name: str) -> None:
    node = RecordedNode(name)
    follower = Follower(node.config, source(node))
    follower.demand_network()
    follower.follow(node.head, NOW)
    assert follower.end.height == node.head
    assert follower.header(node.head, NOW).header == header_from_json(node.blocks[-1])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_chain_goes_on_from_every_height_as_if_it_had_never_stopped(name: str) -> None:
    node = RecordedNode(name)
    whole = Follower(node.config, source(node))
    for height in range(1, node.head + 1):
        whole.follow(height, NOW)
        before = whole.end
        assert before.state is not None
        again = Follower(node.config, source(node))
        again.begin_at(stored(before))
        assert again.end == before
        whole = again
    straight = Follower(node.config, source(node))
    straight.follow(node.head, NOW)
    assert whole.end == straight.end


def test_no_checkpoint_is_begun_at_but_the_block_that_an_operator_chose() -> None:
    node = RecordedNode(NETWORKS[0])
    whole = Follower(node.config, source(node))
    whole.follow(node.head, NOW)
    for chosen, taken in ((whole.end.block_hash, True), (Hash32(b"\1" * 32), False)):
        again = Follower(node.config, source(node), chosen={whole.end.height: chosen})
        before = again.end
        if taken:
            again.begin_at(whole.end)
            assert again.end == whole.end
        else:
            with pytest.raises(FollowedBlockError):
                again.begin_at(whole.end)
            assert again.end == before


def test_the_store_keeps_what_was_verified(tmp_path: Path) -> None:
    node = RecordedNode("besu-qbft-votes-london")
    with create_store(tmp_path / "store", b"pass", lambda n: bytes(range(n))) as store:
        memory = memories.StoreMemory(store, node.config, lambda: 7)
        first = Follower(node.config, source(node), memory)
        first.follow(30, NOW)
        node.asked = 0
        second = Follower(node.config, source(node), memory)
        assert second.end == first.end
        second.follow(node.head, NOW)
        assert node.asked == node.head - 30
        for height in (1, 2, 17, 30, node.head):
            kept = memory.header(height)
            assert kept is not None
            fresh = Follower(node.config, source(node)).header(height, NOW)
            assert (kept.header, kept.block_hash, kept.members) == (fresh.header, fresh.block_hash, fresh.members)
        assert memory.header(node.head + 1) is None


def test_a_block_that_is_announced_and_not_there_yet_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    node = RecordedNode("besu-qbft-votes-london")
    monkeypatch.setattr("lightnode.rpc.patience.time.sleep", lambda _: None)
    missing = [node.head, node.head, 3]
    truth = node.call

    def call(method: str, params: list[Any] = ()) -> Any:  # type: ignore[assignment]
        if method == "eth_getBlockByNumber" and int(params[0], 16) in missing:
            missing.remove(int(params[0], 16))
            return None
        return truth(method, params)

    monkeypatch.setattr(node, "call", call)
    follower = Follower(node.config, source(node))
    follower.follow(node.head, NOW)
    assert (follower.end.height, missing) == (node.head, [])


def test_a_lying_node_is_found_out() -> None:
    node = RecordedNode("besu-qbft-votes-london")
    other = RecordedNode("goquorum-qbft-votes")
    follower = Follower(node.config, source(node))
    follower.follow(20, NOW)
    tampered = dict(node.blocks[21], stateRoot="0x" + "11" * 32)
    node.blocks[21] = tampered
    with pytest.raises(ConsensusError):
        follower.follow(25, NOW)
    assert follower.end.height == 20
    node.blocks[21] = dict(tampered, parentHash="0x" + "11" * 32)
    with pytest.raises(OtherChainError):
        follower.follow(25, NOW)
    node.blocks = other.blocks
    with pytest.raises(WrongNetworkError):
        Follower(node.config, source(node)).demand_network()
    with pytest.raises(WrongNetworkError):
        Follower(other.config, source(node)).demand_network()


def test_a_missing_block_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightnode.rpc.patience.time.sleep", lambda _: None)
    node = RecordedNode("besu-qbft-votes-london")
    with pytest.raises(MissingAnswerError):
        Follower(node.config, source(node)).follow(node.head + 1, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"\x83\x01\x02\x03", memories.cbor.encode(["chancery/chain-state/2", 1])]
)
def test_a_damaged_state_is_one_error(body: bytes) -> None:
    with pytest.raises(SyncError):
        memories.decode_end(body)


def test_a_node_that_prints_another_hash_is_found_out() -> None:
    node = RecordedNode("besu-qbft-votes-london")
    node.blocks[21] = dict(node.blocks[21], hash="0x" + "11" * 32)
    follower = Follower(node.config, source(node))
    with pytest.raises(HeaderHashError):
        follower.follow(30, NOW)
    assert (follower.end.height, follower.end.block_hash.hex()) == (20, node.blocks[20]["hash"][2:])
    node.blocks[21] = RecordedNode("besu-qbft-votes-london").blocks[21]
    follower.follow(30, NOW)
    assert follower.end.height == 30
