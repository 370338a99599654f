"""`chancery node export` and `import`: a file does what a line does, and no more is believed of it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lightnode.store import key_slots
from lightnode.transfer import pieces
from tests.support.following_office import Office
from tests.support.forked_chain import fork, grown, twin_of
from tests.support.made_chain import MadeAccount, MadeChain, validator_list
from tests.support.made_node import MadeNode


@pytest.fixture(autouse=True)
def _quick_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "LOG2_N", 10)


Make = Callable[[str, MadeChain], Office]


@pytest.fixture
def make(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Make:
    def office(name: str, chain: MadeChain) -> Office:
        (tmp_path / name).mkdir()
        return Office(tmp_path / name, chain, capsys)

    return office


def exported(
    make: Make, chain: MadeChain, path: Path, *more: str, states: dict[int, Any] | None = None
) -> dict[str, Any]:
    """Let an office with a line follow and export."""
    office = make(f"sender {path.name}", chain)
    with MadeNode(chain) as node:
        node.states = states or {}
        assert office.sync(node)[0] == 0
        status, value = office.run("node", "export", "--rpc", node.url, "--out", str(path), *more)
    assert status == 0, value
    return value


def test_a_file_does_what_a_line_does(make: Make, tmp_path: Path) -> None:
    chain, path = grown(150), tmp_path / "a.chd"
    value = exported(make, chain, path)
    assert (value["first"], value["last"], value["fingerprint"]) == (1, 150, None)
    border = make("border", chain)
    status, value = border.run("node", "import", str(path))
    assert (status, value["start"], value["height"], value["hash"]) == (0, 0, 150, "0x" + chain.hashes[150].hex())
    status, value = border.run("node", "import", str(path))
    assert (status, value["start"], value["height"], value["compared"]) == (0, 150, 150, "agrees")
    for _ in range(20):
        chain.block()
    exported(make, chain, tmp_path / "b.chd")
    status, value = border.run("node", "import", str(tmp_path / "b.chd"))
    assert (status, value["start"], value["height"]) == (0, 150, 170)


def test_a_file_from_a_checkpoint_is_confirmed_by_its_fingerprint(make: Make, tmp_path: Path) -> None:
    chain, path = grown(60), tmp_path / "c.chd"
    made = exported(make, chain, path, "--from", "40")
    border = make("border", chain)
    status, value = border.run("node", "import", str(path))
    assert (status, value["error"]["code"]) == (1, "TRANSFER-START")
    assert made["fingerprint"] in value["error"]["message"]
    status, value = border.run("node", "import", str(path), "--confirm", "11" * 32)
    assert value["error"]["code"] == "TRANSFER-START"
    status, value = border.run("node", "import", str(path), "--confirm", made["fingerprint"])
    assert (status, value["start"], value["height"]) == (0, 40, 60)


@pytest.mark.parametrize("client", ["besu", "goquorum"])
def test_sets_in_a_contract_travel_with_their_proofs(make: Make, tmp_path: Path, client: str) -> None:
    where = bytes(18) + b"\x99\x99"
    listed = list(MadeChain(size=4).keys)
    section = {"validatorcontractaddress": "0x" + where.hex()}
    if client == "goquorum":
        section["validatorselectionmode"] = "contract"
    state = {where: MadeAccount(1, 5, b"\x60\x00", validator_list(listed))}
    chain = MadeChain(client=client, size=4, section=section, state=state, named=False)
    chain.in_contract, chain.contract_set = (lambda height: True), sorted(listed)
    states = {0: chain.state}
    for height in range(1, 40):
        if height == 20:
            more = [*listed, chain.new_member("fifth")]
            chain.block(state={where: MadeAccount(1, 5, b"\x60\x00", validator_list(more) | {77: 8})})
            chain.contract_set = sorted(more)
            states[20] = chain.state
        else:
            chain.block()
    path = tmp_path / "d.chd"
    value = exported(make, chain, path, "--prove", f"0x{where.hex()}:77,0x4e", states=states)
    # The set after the first block of the file, after block 20, and the account asked for.
    assert value["proofs"] == 3
    border = make("border", chain)
    status, value = border.run("node", "import", str(path))
    assert (status, value.get("height")) == (0, 39), value
    assert value["states"] == [
        {"address": "0x" + where.hex(), "height": 39, "exists": True, "storage": {"0x4d": "0x8", "0x4e": "0x0"}}
    ]


def test_a_file_cut_anywhere_changes_nothing(make: Make, tmp_path: Path) -> None:
    chain, path, cut = grown(130), tmp_path / "e.chd", tmp_path / "cut.chd"
    exported(make, chain, path)
    data, border = path.read_bytes(), make("border", chain)
    for length in [0, 3, 4, 60, len(data) // 3, len(data) // 2, len(data) - 40, len(data) - 1]:
        cut.write_bytes(data[:length])
        status, value = border.run("node", "import", str(cut))
        assert (status, value["error"]["code"]) == (1, "TRANSFER-CUT")
    cut.write_bytes(data + b"\0")
    assert border.run("node", "import", str(cut))[1]["error"]["code"] == "TRANSFER-CUT"
    assert border.run("node", "status")[1]["height"] == 0


def test_a_changed_bit_is_found(make: Make, tmp_path: Path) -> None:
    chain, path, changed = grown(20), tmp_path / "f.chd", tmp_path / "changed.chd"
    exported(make, chain, path)
    data, border = path.read_bytes(), make("border", chain)
    for at in range(0, len(data), len(data) // 12):
        flipped = bytearray(data)
        flipped[at] ^= 1 << (at % 8)
        changed.write_bytes(flipped)
        status, value = border.run("node", "import", str(changed))
        assert status != 0
        assert value["error"]["code"].startswith("TRANSFER")
    assert border.run("node", "status")[1]["height"] == 0


def rewritten(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Write a file anew with a digest that fits: what a forger does."""
    import hashlib

    data, frames = path.read_bytes(), []
    while data:
        length = int.from_bytes(data[:4], "big")
        frames.append(data[4 : 4 + length])
        data = data[4 + length :]
    body = b"".join(len(one).to_bytes(4, "big") + one for one in change(frames[:-1]))
    end = pieces.encode_end(hashlib.sha256(body).digest())
    path.write_bytes(body + len(end).to_bytes(4, "big") + end)


def test_a_forged_file_is_refused_where_the_rules_are_broken_and_what_was_good_is_kept(
    make: Make, tmp_path: Path
) -> None:
    from dataclasses import replace

    chain, path = grown(150), tmp_path / "g.chd"
    exported(make, chain, path)

    def forge(frames: list[bytes]) -> list[bytes]:
        headers = list(pieces.decode_piece(frames[2]))  # type: ignore[arg-type]
        headers[10] = replace(headers[10], state_root=bytes(32))
        return [frames[0], frames[1], pieces.encode_headers(headers), *frames[3:]]

    rewritten(path, forge)
    border = make("border", chain)
    status, value = border.run("node", "import", str(path))
    assert (status, value["error"]["code"]) == (1, "SEAL")
    status, value = border.run("node", "status")
    assert (value["height"], value["hash"]) == (74, "0x" + chain.hashes[74].hex())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda frames: [frames[0], frames[2], frames[1], *frames[3:]], "TRANSFER-FORM"),
        (lambda frames: [frames[0], frames[1], *frames[1:]], "TRANSFER-FORM"),
        (lambda frames: [frames[0], *frames[2:]], "TRANSFER-FORM"),
        (lambda frames: frames[:-1], "TRANSFER-CUT"),
        (lambda frames: [frames[0].replace(b"transfer/1", b"transfer/2"), *frames[1:]], "TRANSFER-VERSION"),
        (lambda frames: [frames[0].replace(b"chancery", b"chancerx"), *frames[1:]], "TRANSFER-FORM"),
        (lambda frames: [*frames, b"\x82\x03\x01"], "TRANSFER-FORM"),
        (lambda frames: [*frames, b"\xff" * 9], "TRANSFER-FORM"),
    ],
)  # fmt: skip
def test_a_file_in_another_form_is_refused(
    make: Make, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], code: str
) -> None:
    chain, path = grown(150), tmp_path / "h.chd"
    exported(make, chain, path)
    rewritten(path, change)
    status, value = make("border", chain).run("node", "import", str(path))
    assert (status, value["error"]["code"]) == (1, code)


def test_a_file_of_another_network_is_refused(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "i.chd"
    exported(make, grown(10), path)
    status, value = make("border", grown(1, size=5)).run("node", "import", str(path))
    assert (status, value["error"]["code"]) == (1, "TRANSFER-NETWORK")


def test_another_sealed_chain_in_a_file_halts_the_network(make: Make, tmp_path: Path) -> None:
    chain, path = grown(40), tmp_path / "j.chd"
    border = make("border", chain)
    with MadeNode(chain) as node:
        assert border.sync(node)[0] == 0
    exported(make, fork(twin_of(chain), 30, 8), path)
    status, value = border.run("node", "import", str(path))
    assert (status, value["compared"]) == (1, "conflict")
    assert Path(value["evidence"]).exists()
    assert border.run("node", "import", str(path))[1]["error"]["code"] == "SYNC-HALTED"


def test_a_disk_that_is_full_leaves_no_half_file(make: Make, tmp_path: Path) -> None:
    chain, path = grown(400), tmp_path / "k.chd"
    office = make("sender", chain)
    with MadeNode(chain) as node:
        assert office.sync(node)[0] == 0
        words = [sys.executable, "-m", "desktop.cli", "node", "export", "--rpc", node.url, "--out", str(path), "--json",
                 "--profile", str(office.profile), "--home", str(office.home)]  # fmt: skip
        with (office.folder / "passphrase").open("rb") as file:
            done = subprocess.run(
                [*words, "--passphrase-fd", str(file.fileno())], pass_fds=[file.fileno()], capture_output=True, check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000)),
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip
    assert done.returncode == 4, done.stdout
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == []
