"""`chancery node sync` against nodes over HTTP: modes, witnesses of every kind, a halt and going on, kill -9 and resume."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import OutputFileError
from desktop.services.loaded_profile import load_profile
from desktop.services.workspace import Workspace
from lightnode.consensus.genesis import load_genesis
from lightnode.light_client.memory import StoreMemory
from lightnode.light_client.misbehaviour import MisbehaviourError, verify_misbehaviour
from lightnode.light_client.network_profile import config_of
from lightnode.store import key_slots
from tests.support.following_office import ALONE, Office
from tests.support.forked_chain import fork, grown, twin_of
from tests.support.made_node import MadeNode

NOTE = "governance letter 12/2026"


@pytest.fixture(autouse=True)
def _quick_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The passphrase is stretched less: how long it takes is not what is tested here."""
    monkeypatch.setattr(key_slots, "LOG2_N", 10)


@pytest.fixture
def node() -> Iterator[MadeNode]:
    with MadeNode(grown(40)) as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, node: MadeNode, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, node.chain, capsys)


def test_the_result_says_how_everything_was_decided(office: Office, node: MadeNode) -> None:
    status, value = office.sync(node)
    assert status == 0
    assert (value["start"], value["height"], value["hash"]) == (0, 40, "0x" + node.chain.hashes[40].hex())
    assert value["choices"]["mode"]["value"] == "sequential"
    assert value["choices"]["counting"]["value"] == "strict"
    assert all(choice["reason"] for choice in value["choices"].values() if choice is not None)
    assert value["alone"] == ALONE
    assert value["standing_still"], "the made chain ended in 2023"
    status, again = office.sync(node)
    assert (again["start"], again["height"]) == (40, 40)


def test_somebody_is_asked_or_it_is_said_why_nobody_is(office: Office, node: MadeNode) -> None:
    status, value = office.run("node", "sync", "--rpc", node.url)
    assert (status, value["error"]["code"]) == (2, "USAGE")


def test_skipping_from_a_checkpoint_named_by_hand(office: Office, node: MadeNode) -> None:
    chain = node.chain
    status, value = office.sync(
        node,
        "--mode",
        "skipping",
        "--trusting-days",
        "never-ends",
        "--checkpoint",
        f"20:{chain.hashes[20].hex()}",
        "--link",
    )
    assert status == 0, value
    assert (value["start"], value["height"], value["choices"]["mode"]["value"]) == (20, 40, "skipping")
    assert value["linked"] == 20
    assert node.asked.count("eth_getBlockByNumber") < 30


@pytest.mark.parametrize(("height", "code"), [(20, "CHECKPOINT-HASH"), (900, "RPC-MISSING")])
def test_a_checkpoint_of_another_block_is_refused(office: Office, node: MadeNode, height: int, code: str) -> None:
    status, value = office.sync(node, "--checkpoint", f"{height}:{'11' * 32}")
    assert status != 0
    assert value["error"]["code"] == code or code == "RPC-MISSING"


def test_an_old_chain_is_not_skipped_from_without_saying_so(office: Office, node: MadeNode) -> None:
    status, value = office.sync(node, "--mode", "skipping")
    assert (status, value["error"]["code"]) == (1, "SKIP-EXPIRED")


def test_a_checkpoint_file_takes_another_office_on(
    office: Office, node: MadeNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.sync(node, "--to", "30")[0] == 0
    out = tmp_path / "here.cbor"
    status, value = office.run("node", "checkpoint", "--rpc", node.url, "--out", str(out))
    assert (status, value["height"]) == (0, 30)
    (tmp_path / "other").mkdir()
    other = Office(tmp_path / "other", node.chain, capsys)
    status, value = other.sync(node, "--checkpoint", str(out))
    assert (status, value["start"], value["height"]) == (0, 30, 40)
    status, value = other.sync(node, "--checkpoint", str(out))
    assert value["error"]["code"] == "CHECKPOINT-OLD"
    out.write_bytes(out.read_bytes()[:-1] + b"\0")
    (tmp_path / "third").mkdir()
    status, value = Office(tmp_path / "third", node.chain, capsys).sync(node, "--checkpoint", str(out))
    assert value["error"]["code"] == "CHECKPOINT-RULES"


def test_witnesses_of_every_kind_have_their_own_outcome(
    office: Office, node: MadeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.services.node_sync.LAG_SECONDS", -29.0)
    twin = twin_of(node.chain)
    other = grown(40, size=5)
    with MadeNode(twin) as honest, MadeNode(twin) as slow, MadeNode(other) as foreign, MadeNode(twin) as liar:
        slow.head = 12
        foreign.chain_id = 99
        liar.change = lambda block: block | {"stateRoot": "0x" + "77" * 32} if block["number"] != "0x0" else block
        gone = MadeNode(twin)
        gone.__exit__()
        status, value = office.sync(node, witnesses=(honest, slow, foreign, liar, gone))
    assert status == 0
    outcomes = {one["name"]: one["outcome"] for one in value["witnesses"]}
    assert outcomes == {
        honest.url: "agrees", slow.url: "behind", foreign.url: "other-network", liar.url: "lies", gone.url: "unreachable",
    }  # fmt: skip
    assert value["evidence"] is None


def test_the_same_block_with_other_seals_and_round_is_the_same_block(office: Office, node: MadeNode) -> None:
    """Honest nodes keep different seals of one block, and a prepared block may be sealed in a later round."""
    twin = twin_of(node.chain)
    del twin.fields[40:], twin.hashes[40:]
    twin.block(number=3, count=4)
    assert twin.hashes[40] == node.chain.hashes[40]
    assert twin.fields[40] != node.chain.fields[40]
    with MadeNode(twin) as witness:
        status, value = office.sync(node, witnesses=(witness,))
    assert (status, value["witnesses"][0]["outcome"]) == (0, "agrees")


@pytest.mark.parametrize("field", range(15))
def test_a_lie_in_any_field_is_the_liars_alone(office: Office, node: MadeNode, field: int) -> None:
    twin = twin_of(node.chain)
    value = bytearray(twin.fields[40][field] or b"\2")
    # Of extraData a byte of the vanity: seals are no part of the block.
    value[8 if field == 12 else -1] ^= 1
    twin.fields[40][field] = bytes(value)
    with MadeNode(twin) as witness:
        status, result = office.sync(node, witnesses=(witness,))
    assert status == 0
    assert result["witnesses"][0]["outcome"] in ("lies", "unreachable")
    status, result = office.run("node", "status")
    assert (status, result["halted"]) == (0, False)


@pytest.mark.parametrize("mode", ["sequential", "skipping"])
@pytest.mark.parametrize("at", [40, 25, 1])
def test_two_sealed_blocks_halt_the_network_until_somebody_says_how_to_go_on(
    office: Office, node: MadeNode, mode: str, at: int
) -> None:
    twin = fork(node.chain, at, 41 - at)
    choice = ["--mode", mode, "--trusting-days", "never-ends"]
    with MadeNode(twin) as witness:
        status, value = office.sync(node, *choice, witnesses=(witness,))
    assert (status, value["ok"]) == (1, False)
    assert value["witnesses"][0]["outcome"] == "conflict"
    path = Path(value["evidence"])
    assert path.stat().st_mode & 0o777 == 0o600
    config = load_genesis(node.chain.genesis(), "besu")
    report = verify_misbehaviour(config, path.read_bytes())
    assert len(report.faulty) >= 2
    assert {node.chain.hashes[report.height], twin.hashes[report.height]} == set(report.hashes)
    with pytest.raises(MisbehaviourError):
        verify_misbehaviour(load_genesis(grown(1, size=5).genesis(), "besu"), path.read_bytes())

    status, value = office.sync(node)
    assert (status, value["error"]["code"]) == (4, "SYNC-HALTED")
    assert office.run("node", "status")[0] == 1
    status, value = office.run("node", "go-on", "--follow", "11" * 32, "--reason", NOTE)
    assert value["error"]["code"] == "SYNC-FOLLOW"

    # The operator follows the other chain: what was verified above is dropped, and only that block is taken.
    chosen = twin.hashes[report.height].hex()
    status, value = office.run("node", "go-on", "--follow", chosen, "--reason", NOTE, "--by", "A. Officer")
    assert (status, value["dropped"]) == (0, True)
    status, value = office.sync(node, *choice)
    assert status != 0
    assert value["error"]["code"] in ("SYNC-FOLLOW", "SYNC-FORK", "HEADER-PARENT", "LINK-HASH")
    with MadeNode(twin) as followed:
        status, value = office.sync(followed, *choice)
    assert (status, value.get("hash")) == (0, "0x" + twin.hashes[40].hex()), value
    # A node that stays on the side that was not chosen is told of, and halts nothing again.
    with MadeNode(twin) as followed:
        for _ in range(2):
            status, value = office.sync(followed, *choice, witnesses=(node,))
            assert (value["witnesses"][0]["outcome"], value["evidence"]) == ("conflict", None), value
            assert value.get("error") is None
    assert office.run("node", "status")[1]["halted"] is False
    # A third block at that height is another matter.
    with MadeNode(twin) as followed, MadeNode(fork(node.chain, at, 41 - at, seconds=3)) as third:
        status, value = office.sync(followed, *choice, witnesses=(third,))
    assert value["evidence"] is not None
    office.run("node", "go-on", "--follow", chosen, "--reason", NOTE, "--by", "A. Officer")
    status, value = office.run("node", "status")
    assert (value["halted"], value["halts"][0]["by"], value["halts"][0]["reason"]) == (False, "A. Officer", NOTE)
    status, value = office.run("node", "go-on", "--follow", chosen, "--reason", NOTE)
    assert value["error"]["code"] == "SYNC-NOT-HALTED"


def test_no_flipped_bit_of_evidence_still_proves_something_else(office: Office, node: MadeNode) -> None:
    twin = fork(node.chain, 40, 1)
    with MadeNode(twin) as witness:
        _, value = office.sync(node, witnesses=(witness,))
    data, config = Path(value["evidence"]).read_bytes(), load_genesis(node.chain.genesis(), "besu")
    truth = verify_misbehaviour(config, data)
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        try:
            report = verify_misbehaviour(config, bytes(changed))
        except MisbehaviourError:
            continue
        # Where and when it was fetched, and which of the profile's rules were named, is said by nobody else.
        assert report.hashes == truth.hashes


def test_a_halted_network_is_not_used_for_signing_either(office: Office, node: MadeNode) -> None:
    with MadeNode(fork(node.chain, 40, 1)) as witness:
        office.sync(node, witnesses=(witness,))
    status, value = office.run("registry", "show", "--rpc", node.url)
    assert (status, value["error"]["code"]) == (4, "SYNC-HALTED")


# How many questions are answered before the run is killed, and how many milliseconds later: before the first header, within
# and between batches of 64, while one is verified or stored.
MOMENTS = [(2, 0), (40, 0), (67, 2), (67, 12), (70, 5), (131, 0), (100, 20), (67, 30), (131, 9)]


def test_a_run_that_is_killed_goes_on_where_it_was(office: Office, node: MadeNode) -> None:
    """kill -9 at several moments: what was kept is verified, nothing is lost, and the end is the same."""
    chain = node.chain
    for _ in range(1500):
        chain.block()
    heights = [0]
    for questions, milliseconds in MOMENTS:
        kill_after(office, node, questions, milliseconds)
        status, value = office.run("node", "status")
        assert status == 0, value
        heights.append(value["height"])
        assert value["hash"] == "0x" + chain.hashes[value["height"]].hex()
        assert kept(office) >= set(range(1, heights[-1] + 1))
    assert heights == sorted(heights)
    assert 0 < heights[-1] < chain.height, "none of the runs was killed on its way"

    # Nobody's word counts more after a crash: the next block is verified like any other.
    good = chain.fields[heights[-1] + 1]
    chain.fields[heights[-1] + 1] = [*good[:3], bytes(32), *good[4:]]
    status, value = office.sync(node)
    assert (status, value["error"]["code"]) == (1, "SEAL")
    chain.fields[heights[-1] + 1] = good
    status, value = office.sync(node)
    assert (status, value["height"], value["hash"]) == (0, chain.height, "0x" + chain.hashes[chain.height].hex())
    assert value["start"] == heights[-1]
    assert kept(office) == set(range(1, chain.height + 1))


def kill_after(office: Office, node: MadeNode, questions: int, milliseconds: int) -> None:
    """Begin a run in a process of its own and kill it."""
    words = [
        sys.executable, "-m", "desktop.cli", "node", "sync", "--rpc", node.url, "--alone", ALONE, "--json", "--home",
        str(office.home), "--profile", str(office.profile),
    ]  # fmt: skip
    reached = threading.Event()
    node.asked.clear()
    node.at_question = lambda count: reached.set() if count >= questions else None
    with (office.folder / "passphrase").open("rb") as file:
        process = subprocess.Popen(
            [*words, "--passphrase-fd", str(file.fileno())], pass_fds=[file.fileno()], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert reached.wait(60)
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it ended by itself"
    node.at_question = lambda count: None


def kept(office: Office) -> set[int]:
    """Give the heights of all headers in the store, each compared with the hash that it is stored under."""
    loaded = load_profile(office.profile, None)
    config = config_of(loaded.profile)
    descriptor = os.open(office.folder / "passphrase", os.O_RDONLY)
    genesis = loaded.profile.genesis_hash
    with Workspace.open(office.home, loaded.profile.environment, genesis, passphrase_fd=descriptor) as workspace:
        memory = StoreMemory(workspace.store, config, lambda: 0)
        return {height for height in range(1, 2000) if memory.header(height) is not None}


def test_nobody_is_a_witness_of_himself(office: Office, node: MadeNode) -> None:
    for again in (node.url, node.url + "/", node.url.upper().replace("HTTP", "http")):
        status, value = office.run("node", "sync", "--rpc", node.url, "--witness", again)
        assert (status, value["error"]["code"]) == (2, "USAGE")


def test_evidence_is_judged_by_anybody_who_has_the_profile(
    office: Office, node: MadeNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = fork(node.chain, 40, 1)
    with MadeNode(twin) as witness:
        _, value = office.sync(node, witnesses=(witness,))
    path = Path(value["evidence"])
    (tmp_path / "other").mkdir()
    other = Office(tmp_path / "other", node.chain, capsys)
    words = ["node", "evidence", str(path), "--profile", str(other.profile)]
    status, shown = other.run(*words, store=False)
    assert (status, shown["height"], shown["genesis_set"], shown["same_rules"]) == (0, 40, True, True)
    assert set(shown["hashes"]) == {"0x" + one.hashes[40].hex() for one in (node.chain, twin)}
    assert {claim["source"] for claim in shown["claims"]} == {node.url, witness.url}
    assert shown["faulty"] == ["0x" + member.hex() for member in node.chain.members()[:3]]
    assert shown["known"] == {"way": "sequential", "height": 0, "hash": "0x" + node.chain.hashes[0].hex()}
    path.write_bytes(path.read_bytes()[:-1])
    status, shown = other.run(*words, store=False)
    assert (status, shown["error"]["code"]) == (1, "MISBEHAVIOUR-FILE")


def test_evidence_of_a_set_that_the_profile_does_not_tell_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = grown(5)
    about = chain.new_member("fifth")
    for voter in chain.members()[:3]:
        chain.block(vote=(about, True), proposer=voter)
    for _ in range(12):
        chain.block()
    office = Office(tmp_path, chain, capsys)
    with MadeNode(chain) as node, MadeNode(fork(chain, 20, 1)) as witness:
        _, value = office.sync(node, witnesses=(witness,))
    status, shown = office.run("node", "evidence", value["evidence"], "--profile", str(office.profile), store=False)
    assert (status, len(shown["members"]), shown["genesis_set"]) == (3, 5, False)


def test_a_lost_file_of_evidence_comes_back_from_the_store(office: Office, node: MadeNode) -> None:
    with MadeNode(fork(node.chain, 40, 1)) as witness:
        _, value = office.sync(node, witnesses=(witness,))
    path = Path(value["evidence"])
    data = path.read_bytes()
    path.unlink()
    status, shown = office.run("node", "status")
    assert (status, shown["evidence"], path.read_bytes()) == (1, [str(path)], data)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_halt_needs_no_room_for_a_file(office: Office, node: MadeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OutputFileError("No room on the disk.")

    monkeypatch.setattr("desktop.services.file_access.write_bytes", full)
    with MadeNode(fork(node.chain, 40, 1)) as witness:
        status, value = office.sync(node, witnesses=(witness,))
    assert (status, value["error"]["code"]) == (4, "OUTPUT-FILE")
    monkeypatch.undo()
    status, value = office.sync(node)
    assert (status, value["error"]["code"]) == (4, "SYNC-HALTED")


def test_a_conflict_halts_before_the_next_node_is_asked(office: Office, node: MadeNode) -> None:
    """The next one may be waited for, and this program killed meanwhile."""
    halted: list[str] = []
    with MadeNode(fork(node.chain, 40, 1)) as witness, MadeNode(twin_of(node.chain)) as later:
        later.at_question = lambda count: halted.extend(str(path) for path in office.home.rglob("*.cmb"))
        status, value = office.sync(node, witnesses=(witness, later))
    assert status == 1
    assert [one["outcome"] for one in value["witnesses"]] == ["conflict", "agrees"]
    assert value["evidence"] in halted


def test_another_block_that_cannot_be_judged_is_not_passed_over(
    office: Office, node: MadeNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checkpoint file tells who seals the next block, not who sealed its own."""
    assert office.sync(node)[0] == 0
    out = tmp_path / "here.cbor"
    assert office.run("node", "checkpoint", "--rpc", node.url, "--out", str(out))[0] == 0
    (tmp_path / "other").mkdir()
    other = Office(tmp_path / "other", node.chain, capsys)
    with MadeNode(twin_of(node.chain)) as honest, MadeNode(fork(node.chain, 40, 1)) as witness:
        status, value = other.sync(node, "--checkpoint", str(out), witnesses=(honest, witness))
    assert (status, value["ok"], value["agreed"], value["evidence"]) == (3, False, 1, None)
    assert [one["outcome"] for one in value["witnesses"]] == ["agrees", "unsettled"]


@pytest.mark.parametrize("at", [0, 3, 17])
def test_a_busy_node_costs_no_header(office: Office, node: MadeNode, at: int) -> None:
    """Its connection breaks now and then; the run waits and goes on."""
    broken: list[int] = []

    def at_question(count: int) -> None:
        if count > at and len(broken) < 2:
            broken.append(count)
            raise ConnectionResetError

    node.at_question = at_question
    status, value = office.sync(node)
    assert (status, value["height"], len(broken)) == (0, 40, 2)


def test_the_profile_recommends_and_the_operator_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain = grown(3)
    office = Office(tmp_path, chain, capsys)
    advice, own = "GoQuorum nodes write unreadable seals.", "our own office wants every seal good"
    status, value = office.run(
        "profile", "make", "--genesis", str(tmp_path / "genesis.json"), "--client", "besu", "--environment", "test",
        "--tolerant", advice, "--out", str(office.profile), store=False,
    )  # fmt: skip
    assert status == 0, value
    with MadeNode(chain) as node:
        assert office.sync(node)[1]["choices"]["counting"] == {
            "value": "tolerant",
            "reason": f"The profile says: {advice}",
        }
        strict = office.sync(node, "--strict")[1]["choices"]["counting"]
        assert (strict["value"], strict["reason"][:33]) == ("strict", "The operator chose it (--strict).")
        assert office.sync(node, "--tolerant", own)[1]["choices"]["counting"] == {"value": "tolerant", "reason": own}
        assert office.sync(node, "--tolerant", own, "--strict")[0] == 2


@pytest.mark.parametrize("mode", ["sequential", "skipping"])
@pytest.mark.parametrize(("seconds", "usual"), [(1, 60), (200, 600)])
def test_blocks_that_come_rarely_are_no_standstill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str, seconds: int, usual: int
) -> None:
    """Without transactions many networks make a block only now and then."""
    chain = grown(0)
    for _ in range(30):
        chain.block(seconds=seconds)
    with MadeNode(chain) as node:
        status, value = Office(tmp_path, chain, capsys).sync(node, "--mode", mode, "--trusting-days", "never-ends")
    assert (status, value["choices"]["mode"]["value"]) == (0, mode)
    assert (value["usual_age"], value["standing_still"]) == (usual, True)
