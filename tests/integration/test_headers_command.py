"""`chancery headers verify` as outside scripts call it: one JSON object on stdout, exit status 0, 1 or 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from desktop.services import line_files
from tests.support.recorded_networks import NETWORKS, RECORDED, lines

OPTIONS = {"receipts": "receipts.jsonl", "proofs": "proofs.jsonl", "validator-proofs": "validator_proofs.jsonl"}


def run(capsys: pytest.CaptureFixture[str], network: str, headers: Path, *more: str) -> tuple[int, dict[str, Any]]:
    words = ["headers", "verify", "--genesis", str(RECORDED / network / "genesis.json"), "--headers", str(headers)]
    status = main([*words, *more, "--json"])
    return status, json.loads(capsys.readouterr().out)


def beside(network: str) -> list[str]:
    """Give the options for the other files that a network has."""
    found = [(option, RECORDED / network / name) for option, name in OPTIONS.items()]
    return [word for option, path in found if path.exists() for word in (f"--{option}", str(path))]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_recording_with_all_its_files(capsys: pytest.CaptureFixture[str], network: str) -> None:
    client = ["--client", network.split("-")[0]]
    status, value = run(capsys, network, RECORDED / network / "blocks.jsonl", *beside(network), *client)
    assert status == 0
    assert {"ok", "height", "hash", "validators", "rules", "warnings"} <= set(value)
    assert value["ok"] is True
    assert value["hash"] == json.loads(lines(network, "blocks.jsonl")[-1])["hash"]


def test_a_broken_rule(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    network = "besu-qbft-votes-london"
    made = lines(network, "raw_headers.jsonl")
    row = json.loads(made[30])
    made[30] = json.dumps(row | {"header": row["header"][:-2] + "02"}).encode()
    path = tmp_path / "headers.jsonl"
    path.write_bytes(b"\n".join(made))
    status, value = run(capsys, network, path)
    assert status == 1
    assert (value["ok"], value["height"]) == (False, 29)
    assert {"code", "height", "rule", "message"} <= set(value["error"])
    assert value["error"]["height"] == 30


@pytest.mark.parametrize("content", [b"{", b"\xff\n", b"[]\n", b"null\n", b'{"error": {"code": -32000}}\n'])
def test_what_cannot_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "headers.jsonl"
    path.write_bytes(content)
    status, value = run(capsys, "besu-qbft-votes-london", path)
    assert status == 2
    assert value["ok"] is False
    assert value["error"]["code"] == "RECORDING"


def test_every_answer_that_nothing_could_be_read_has_one_shape(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    network, blocks = RECORDED / LONDON, lines(LONDON, "blocks.jsonl")
    marked = tmp_path / "marked.jsonl"
    marked.write_bytes(b"\xef\xbb\xbf" + b"\n".join(blocks))
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"\n".join([*blocks[:9], b"{"]))
    absent, empty = str(tmp_path / "absent"), str(tmp_path / "empty")
    Path(empty).write_bytes(b"")
    genesis, headers = str(network / "genesis.json"), str(network / "blocks.jsonl")
    cases = [(absent, headers, None), (headers, headers, None), (genesis, absent, None), (genesis, empty, 0),
             (genesis, str(marked), 0), (genesis, str(cut), 8), (genesis, str(tmp_path), None)]  # fmt: skip
    for given, lines_given, height in cases:
        assert main(["headers", "verify", "--genesis", given, "--headers", lines_given, "--json"]) == 2
        value = json.loads(capsys.readouterr().out)
        assert set(value) == {"ok", "height", "error"}
        assert set(value["error"]) == {"code", "height", "rule", "message", "advice"}
        assert (value["ok"], value["height"]) == (False, height), lines_given
        if lines_given == str(marked):
            assert "byte order mark" in value["error"]["message"]


def test_files_of_different_networks(capsys: pytest.CaptureFixture[str]) -> None:
    status, value = run(capsys, "besu-qbft-votes-london", RECORDED / "goquorum-qbft-votes" / "blocks.jsonl")
    assert status == 1
    assert value["error"]["code"] == "GENESIS-MISMATCH"
    status, value = run(
        capsys, "besu-qbft-votes-london", RECORDED / "besu-qbft-votes-london" / "blocks.jsonl",
        "--receipts", str(RECORDED / "besu-ibft2-votes-berlin" / "receipts.jsonl"),
    )  # fmt: skip
    assert status == 1
    assert value["error"]["code"] in ("RECEIPTS-ROOT", "HEIGHT-UNPROVEN")


LONDON = "besu-qbft-votes-london"


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_nothing_to_verify(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "headers.jsonl"
    path.write_bytes(content)
    status, value = run(capsys, LONDON, path)
    assert (status, value["ok"], value["height"], value["error"]["code"]) == (2, False, 0, "RECORDING-EMPTY")
    status, value = run(capsys, LONDON, Path("/dev/null"))
    assert (status, value["ok"]) == (2, False)


def test_a_line_that_cannot_be_read_keeps_what_was_proven(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "headers.jsonl"
    path.write_bytes(b"\n".join([*lines(LONDON, "blocks.jsonl")[:31], b"{"]))
    status, value = run(capsys, LONDON, path)
    assert (status, value["height"], value["error"]["code"]) == (2, 30, "RECORDING")
    assert "to block 30" in value["error"]["message"]
    words = ["headers", "verify", "--genesis", str(RECORDED / LONDON / "genesis.json"), "--headers", str(path)]
    assert main(words) == 2
    assert "to block 30" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_read_and_one_without_a_writer_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipes = {name: tmp_path / name for name in ("genesis", "headers")}
    for path in pipes.values():
        os.mkfifo(path)
    monkeypatch.setattr(line_files, "WRITER_SECONDS", 0.2)
    genesis = RECORDED / LONDON / "genesis.json"
    for words in (["--genesis", str(genesis), "--headers", str(pipes["headers"])],
                  ["--genesis", str(pipes["genesis"]), "--headers", str(RECORDED / LONDON / "blocks.jsonl")]):  # fmt: skip
        assert main(["headers", "verify", *words, "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["error"]["code"] == "INPUT-FILE"
    monkeypatch.setattr(line_files, "WRITER_SECONDS", 20.0)
    sources = {"genesis": genesis, "headers": RECORDED / LONDON / "blocks.jsonl"}
    writers = [
        threading.Thread(target=lambda name=name: pipes[name].write_bytes(sources[name].read_bytes())) for name in pipes
    ]
    for writer in writers:
        writer.start()
    status = main(
        ["headers", "verify", "--genesis", str(pipes["genesis"]), "--headers", str(pipes["headers"]), "--json"]
    )
    for writer in writers:
        writer.join()
    assert (status, json.loads(capsys.readouterr().out)["height"]) == (0, 62)


@pytest.mark.parametrize("word", ["", "0x12=0", "0x" + "11" * 20, "0x" + "11" * 20 + "=0_1", "0x" + "11" * 20 + "=0:12",
                                  "0x" + "11" * 20 + "=" + str(1 << 256), "0x" + "11" * 20 + "=0"])  # fmt: skip
def test_a_validator_contract_that_cannot_be(capsys: pytest.CaptureFixture[str], word: str) -> None:
    """The last is well formed, but the network has no such contract."""
    status, value = run(capsys, LONDON, RECORDED / LONDON / "blocks.jsonl", "--validator-contract", word)
    assert (status, value["ok"]) == (2, False)


def test_a_validator_contract_said_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    network = "besu-qbft-contract-cancun"
    account = "0x" + "7777".rjust(40, "0")
    status, value = run(
        capsys, network, RECORDED / network / "blocks.jsonl", *beside(network), "--validator-contract", f"{account}=0x0"
    )
    assert (status, value["ok"]) == (0, True)


MEMORY_UNITS = {"objects": '{"":{"":0}},', "lists": "[[[[]]]],"}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")
@pytest.mark.parametrize("name", MEMORY_UNITS)
@pytest.mark.parametrize("option", ["--genesis", "--headers", "--validator-proofs"])
def test_a_file_made_to_fill_the_memory_does_not(tmp_path: Path, option: str, name: str) -> None:
    """Just under the limit on values, and 32 MiB long: each command ends within 1 GB, not with INTERNAL."""
    unit = MEMORY_UNITS[name]
    marks = sum(unit.count(mark) for mark in ",[{")
    values = "[" + (unit * (999_000 // marks))[:-1] + "]"
    rest = "a" * (32 * 1024 * 1024 - len(values) - 300)
    body = f'"x":{values},"y":"{rest}"'
    beginning = {
        "--genesis": '{"config":{"chainId":1},',
        "--headers": '{"parentHash":"0x00",',
        "--validator-proofs": '{"params":["0x' + "00" * 20 + '",[],"0x1"],"result":{',
    }[option]
    bad = tmp_path / "bad"
    bad.write_text(beginning + body + ("}}" if option == "--validator-proofs" else "}") + "\n")
    network = RECORDED / "besu-qbft-contract-cancun"
    files = {"--genesis": network / "genesis.json", "--headers": network / "blocks.jsonl", option: bad}
    words = [str(word) for pair in files.items() for word in pair]
    made = subprocess.run(
        ["bash", "-c", 'ulimit -v 1000000; exec "$@"', "bash", sys.executable, "-m", "desktop.cli", "headers", "verify", *words, "--json"],
        capture_output=True, check=False, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    value = json.loads(made.stdout)
    assert (made.returncode, value["ok"]) == (2 if option == "--genesis" else 1, False), value
    assert value["error"]["code"] in ("GENESIS", "HEADER-FORM", "STATE-PROOF")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")
def test_memory_that_runs_out_is_one_clear_error(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("[" + ('{"":{"":0}},' * 330_000)[:-1] + "]\n")
    words = ["--genesis", str(RECORDED / LONDON / "genesis.json"), "--headers", str(bad), "--json"]
    made = subprocess.run(
        ["bash", "-c", 'ulimit -v 220000; exec "$@"', "bash", sys.executable, "-m", "desktop.cli", "headers", "verify", *words],
        capture_output=True, check=False, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    value = json.loads(made.stdout)
    assert (made.returncode, value["error"]["code"]) == (2, "RECORDING"), value


@pytest.mark.parametrize("network", ["besu-qbft-votes-london", "goquorum-qbft-votes"])
def test_a_profile_by_another_client_s_rules_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, network: str
) -> None:
    words = [
        "profile",
        "make",
        "--genesis",
        str(RECORDED / network / "genesis.json"),
        "--environment",
        "test",
        "--json",
    ]
    for client in ("besu", "goquorum"):
        assert main([*words, "--max-gas-price", str(10**9), "--out", str(tmp_path / client), "--client", client]) == 0
        warnings = json.loads(capsys.readouterr().out)["warnings"]
        assert [("looks like" in one) for one in warnings] == ([] if network.startswith(client) else [True])
