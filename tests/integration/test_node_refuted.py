"""What readers from outside showed to be false of following a network; each was so before."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightnode.light_client.choices import SyncChoices
from lightnode.store import key_slots
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from tests.support.following_office import Office
from tests.support.forked_chain import fork, grown
from tests.support.made_chain import MadeChain, uint
from tests.support.made_node import MadeNode

SKIPPING = ["--mode", "skipping", "--trusting-days", "never-ends"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "LOG2_N", 10)
    monkeypatch.setattr("desktop.services.node_sync.LAG_SECONDS", -29.0)


def test_a_head_whose_links_fail_is_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same members' other network, whose node gives the genuine block 0: only links tell the two apart."""
    chain = grown(40)
    other = MadeChain(config={"chainId": 1337}, section={})
    other.fields[0][11] = uint(1_700_000_500)
    other.hashes[0] = keccak256(rlp.encode(other.fields[0]))
    for _ in range(60):
        other.block()
    office = Office(tmp_path, chain, capsys)
    with MadeNode(other) as node:
        node.change = lambda block: chain.printed(0) if block["number"] == "0x0" else block
        for _ in range(2):
            status, value = office.sync(node, *SKIPPING, "--link")
            assert (status, value["error"]["code"]) == (1, "LINK-HASH")
            assert office.run("node", "status")[1].get("height", 0) == 0
    with MadeNode(chain) as node:
        status, value = office.sync(node, *SKIPPING, "--link")
        assert (status, value["height"]) == (0, 40)


def test_no_checkpoint_leads_past_the_block_that_an_operator_chose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = grown(40)
    office, twin = Office(tmp_path, chain, capsys), fork(chain, 40, 5)
    with MadeNode(chain) as node, MadeNode(twin) as witness:
        _, value = office.sync(node, witnesses=(witness,))
        height = value["witnesses"][0]["height"]
        office.run("node", "go-on", "--follow", twin.hashes[height].hex(), "--reason", "governance letter 12/2026")
        for _ in range(3):
            chain.block()
        named = f"{height}:{chain.hashes[height].hex()}"
        status, value = office.sync(node, "--checkpoint", named, *SKIPPING)
        assert (status != 0, value["error"]["code"]) == (True, "SYNC-FOLLOW")
        assert office.sync(node)[0] != 0


@pytest.mark.parametrize("client", ["besu", "goquorum"])
def test_a_tally_of_ibft_1_is_not_written_by_guess(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], client: str
) -> None:
    chain = MadeChain(client=client, engine="ibft1")
    new = chain.new_member("fifth")
    for height in range(1, 31):
        chain.block(vote=(new, True) if height in (10, 11, 13) else None)
    office, out = Office(tmp_path, chain, capsys), tmp_path / "file.chd"
    with MadeNode(chain) as node:
        assert office.sync(node)[0] == 0
        status, value = office.run("node", "export", "--rpc", node.url, "--from", "12", "--out", str(out))
    assert (status != 0, value["error"]["code"]) == (True, "SKIP-UNSOUND")
    assert not out.exists()


def test_a_higher_level_of_trust_is_kept_to() -> None:
    from fractions import Fraction

    assert SyncChoices(trust_level=Fraction(1)).trusted_needed(7) == 7
    assert SyncChoices(trust_level=Fraction(6, 7)).trusted_needed(7) == 6
    assert SyncChoices().trusted_needed(7) == 5
