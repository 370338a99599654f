"""`chancery headers verify` as outside scripts call it: one JSON object on stdout, exit status 0, 1 or 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
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
