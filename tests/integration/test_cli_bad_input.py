"""Every command given every kind of bad input: one clear error with a code, the right exit status, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
CONTENTS = {
    "empty": b"",
    "zeros": bytes(64),
    "text": b"hello\n",
    "json list": b"[1, 2]",
    "json object": b"{}",
    "deep json": b"[" * 100_000,
    "cbor text": b"\x65hello",
    "cbor deep": b"\x81" * 10_000,
    "cbor bomb": b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    "not utf-8": b"\xff\xfe\xfd",
    "draft of nothing": bytes.fromhex("82706368616e636572792f64726166742f3140"),
}
# FILE stands for the bad file, OUT for a file to write; the node and the signer do not exist.
NODE = "http://127.0.0.1:9"
SIGNER = "socket://127.0.0.1:9"
COMMANDS = {
    "headers genesis": "headers verify --genesis FILE --headers FILE",
    "profile make": "profile make --genesis FILE --out OUT",
    "registry pack": "registry pack --profile FILE --out OUT",
    "registry deploy": f"registry deploy --rpc {NODE} --profile FILE --signer {SIGNER} --key k --out OUT",
    "authority admit": f"authority admit --rpc {NODE} --profile FILE --signer {SIGNER} --key k --authority SE/1 --administrator a",
    "authority statement": f"authority statement --profile FILE --authority SE/1 --name N --signer {SIGNER} --statement-key k --out OUT",
    "key add": f"key add --rpc {NODE} --profile FILE --signer {SIGNER} --key k --authority SE/1 --official o",
    "key statement": f"key statement --rpc {NODE} --profile FILE --official o --signer {SIGNER} --out OUT",
    "envelope show": "envelope show FILE",
    "envelope sign": f"envelope sign FILE --signer {SIGNER} --key k --out OUT",
    "sign fields": f"sign --rpc {NODE} --profile FILE --template eessi.pda1.v1 --fields FILE --signer {SIGNER} --key k --out OUT",
    "trust templates": "trust templates --profile FILE --namespace eessi --out OUT",
    "trust make": f"trust make --rpc {NODE} --profile FILE --with-root FILE --out OUT",
    "trust recompute": f"trust recompute FILE --rpc {NODE} --profile FILE --root FILE",
    "verify": "verify FILE --trust FILE --root FILE",
    "signer install-root": f"signer install-root FILE --signer {SIGNER}",
    "signer load": f"signer load FILE --signer {SIGNER}",
    "jobs list": "jobs list --profile FILE",
    "jobs resume": f"jobs resume j --rpc {NODE} --profile FILE",
}  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], words: list[str]) -> tuple[int, dict, str]:
    status = main([*words, "--json"])
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1, out
    return status, json.loads(out), err


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", COMMANDS)
def test_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str) -> None:
    bad, out = tmp_path / "bad", tmp_path / "out"
    bad.write_bytes(CONTENTS[content])
    words = [{"FILE": str(bad), "OUT": str(out)}.get(word, word) for word in COMMANDS[name].split()]
    status, value, err = run(capsys, [*words, "--home", str(tmp_path / "home")])
    assert "Traceback" not in err
    assert not out.exists()
    assert value["ok"] is False
    assert value["error"]["code"] != "INTERNAL", value
    # A file that is given to a signer as it is can only fail at the signer, which is not there.
    assert status in ((2, 4) if name == "signer load" else (1, 2)), value


@pytest.mark.parametrize("path", ["absent", ".", "a\udcffb", "x" * 5000, "/proc/self/mem"])
@pytest.mark.parametrize("name", COMMANDS)
def test_odd_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, path: str) -> None:
    bad = path if path.startswith("/") else str(tmp_path / path)
    words = [{"FILE": bad, "OUT": str(tmp_path / "out")}.get(word, word) for word in COMMANDS[name].split()]
    status, value, _ = run(capsys, [*words, "--home", str(tmp_path / "home")])
    assert (status, value["error"]["code"]) == (2, "INPUT-FILE")


ODD_WORDS = [
    ["signer", "keys", "--signer", "usb:1"],
    ["signer", "keys", "--signer", "pipe:x"],
    ["signer", "keys", "--signer", "http://x"],
    ["signer", "keys", "--signer", ""],
    ["signer", "keys", "--signer", "socket://example.org:1"],
    ["root", "make", "--root-key", "r", "--governance-key", "g", "--out", "OUT"],
    ["root", "make", "--root-key", "secp256k1:00", "--governance-key", "secp256k1:zz", "--out", "OUT"],
    ["root", "make", "--root-key", "x", "--governance-key", "g", "--country-key", "LUX=k", "--out", "OUT"],
    ["authority", "statement", "--profile", "x", "--authority", "lu/1", "--name", "N", "--statement-key", "k", "--out", "OUT"],
    ["verify", "x", "--trust", "y", "--at", "99999999999999999999"],
    ["verify", "x", "--trust", "y", "--at", "2026-13-01"],
    ["devnet", "start", "OUT", "--validators", "41"],
    ["jobs"],
    ["jobs", "resume", "\udcff", "--rpc", NODE, "--profile", "x"],
    ["signer", "start", "OUT", "--token", "software:\udcff"],
    ["quickstart", "OUT", "--genesis", "x"],
]  # fmt: skip


@pytest.mark.parametrize("words", ODD_WORDS, ids=lambda words: ascii(" ".join(words)))
def test_odd_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    status, value, _ = run(capsys, [str(tmp_path / "out") if word == "OUT" else word for word in words])
    assert status == 2, value
    assert value["ok"] is False
    assert not (tmp_path / "out").exists()


def test_devices_and_nodes_that_are_not_there_are_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["signer", "keys", "--signer", SIGNER],
        ["signer", "keys", "--signer", f"serial:{tmp_path}/none"],
        ["signer", "generate-key", "--signer", SIGNER, "--label", "x", "--curve", "secp256k1", "--purpose", "envelope"],
        ["devnet", "status", str(tmp_path / "none")],
        ["devnet", "stop", str(tmp_path / "none")],
    ):
        status, value, _ = run(capsys, words)
        assert status == 4, value


def test_a_stopped_signer_has_a_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("status", "stop"):
        status, value, _ = run(capsys, ["signer", verb, "--home", str(tmp_path)])
        assert (status, value["running"]) == (0, False)


def test_results_reach_any_terminal() -> None:
    """A terminal without the letters of a name must not stop a command."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-m", "desktop.cli", "envelope", "show", "\u00e9\u4e2d"], capture_output=True, check=False, env=environment
    )  # fmt: skip
    assert done.returncode == 2
    assert b"INPUT-FILE" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_full_device_is_one_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    command = f"{sys.executable} -m desktop.cli version > /dev/full"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode != 0
