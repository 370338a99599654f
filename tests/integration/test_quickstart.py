"""A whole training set-up, typed again command by command, begun anew, and refused where it cannot be."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.cli.main import main
from tests.support.training_set_up import ROOT, SetUp, by_the_clock, shell

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SetUp]:
    with by_the_clock(tmp_path_factory.mktemp("quick") / "set-up") as found:
        yield found


def test_the_set_up_ends_in_a_verdict_and_says_that_it_is_training(made: SetUp) -> None:
    assert made.value["verdict"]["verdict"] == "VALID"
    assert made.value["environment"] == "training"
    for name in ("root.cenv", "profile.cenv", "trust.cenv", "act.cev", "fields.json"):
        assert made.file(name).exists(), name
    for word in (
        "devnet",
        "signer",
        "root",
        "profile",
        "registry",
        "envelope",
        "authority",
        "key",
        "sign",
        "trust",
        "verify",
    ):
        assert made.line(word).startswith("chancery ")


def test_the_command_that_the_readme_shows_holds(made: SetUp, tmp_path: Path) -> None:
    (line,) = [one.strip() for one in (ROOT / "README.md").read_text().splitlines() if "verify training/" in one]
    typed = line.removeprefix("./dev ").replace("training/", f"{made.folder}/")
    done = shell(f"{typed} --home {tmp_path / 'home'}", tmp_path)
    assert (done.returncode, done.stdout.splitlines()[0][:5]) == (0, "VALID"), done.stdout + done.stderr


def test_no_pin_or_passphrase_is_in_the_open(made: SetUp) -> None:
    pin = made.file("signer.pin").read_text()
    assert made.file("signer.pin").stat().st_mode & 0o077 == 0
    assert pin not in json.dumps(made.value)
    for passphrase in made.folder.rglob("store.pass"):
        assert passphrase.stat().st_mode & 0o077 == 0
    for folder in (made.folder, made.folder / "home"):
        assert folder.stat().st_mode & 0o077 == 0


def test_every_printed_command_can_be_typed_again(made: SetUp, tmp_path: Path) -> None:
    """Most of them in this process, which is the same code; those a person types most in a shell."""
    for step in made.value["commands"]:
        in_shell = step["argv"][0] in ("sign", "verify") or "3<" in step["command"]
        if in_shell:
            done = shell(step["command"], tmp_path)
            assert done.returncode == 0, (step["command"], done.stdout, done.stderr)
        else:
            assert main(step["argv"]) == 0, step["command"]


def test_every_printed_command_can_be_typed_in_a_new_folder(made: SetUp, tmp_path: Path) -> None:
    """By the next person, through a shell, with the launcher of a clone, in order, from nothing to the verdict.

    The first set-up's network keeps its port, so the next person, on the same computer, takes another.
    """
    new = tmp_path / "new folder"
    launcher = f"{shlex.quote(sys.executable)} -m desktop.cli"
    port = str(free_port())
    old_port = made.value["rpc"].rsplit(":", 1)[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        for step in made.value["commands"]:
            assert step["command"].split("chancery ", 1)[1].startswith(step["argv"][0])
            words = shlex.split(step["command"].replace(old_port, port))
            # What a shell reads, redirection and variables included: quoted as the folder's name needs it.
            line = " ".join(
                word if word.startswith("3<") and " " not in word else shlex.quote(word)
                for word in (word.replace(str(made.folder), str(new)) for word in words)
            )
            line = line.replace("'3<", "3<'").replace("chancery ", launcher + " ", 1)
            done = subprocess.run(
                ["bash", "-c", line],
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
                cwd=tmp_path,
                env=environment,
            )
            assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert done.stdout.startswith("VALID  (")
    finally:
        for line in (f"chancery signer stop {shlex.quote(str(new))}/signer",
                     f"chancery devnet stop {shlex.quote(str(new))}/network"):  # fmt: skip
            shell(line, tmp_path)


def test_the_launcher_that_was_used_is_the_one_that_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop.demo.command_runner import RanCommand

    ran = RanCommand("title", ("version",), "", "", 0, {}, 0.0)
    monkeypatch.delenv("CHANCERY_COMMAND", raising=False)
    assert ran.line == "chancery version"
    monkeypatch.setenv("CHANCERY_COMMAND", "/a/clone/dev chancery")
    assert ran.line == "/a/clone/dev chancery version"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_making_it_again_in_its_folder_changes_nothing_that_counts(made: SetUp, tmp_path: Path) -> None:
    done = shell(f"chancery quickstart {made.folder} --json --quiet", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["verdict"]["verdict"] == "VALID"


def test_only_one_of_rpc_and_genesis_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quickstart", str(tmp_path / "x"), "--rpc", "http://127.0.0.1:1"]) == 2
    assert "USAGE" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_network_that_is_not_the_genesis_files_is_refused_before_anything_is_made(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = json.loads(shell(f"chancery devnet status {made.folder}/network --json", tmp_path).stdout)
    genesis = json.loads(Path(network["genesis"]).read_text())
    cases = []
    for name, change in (("PROFILE-TRAINING", {"chainId": 1337}), ("SYNC-NETWORK", {"chainId": 0x43480002})):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({**genesis, "config": {**genesis["config"], **change}}))
        cases.append((name, path))
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**genesis, "gasLimit": "0x1000000"}))
    for name, path in [*cases, ("SYNC-NETWORK", other)]:
        words = ["quickstart", str(tmp_path / "set-up"), "--rpc", network["rpc"], "--genesis", str(path), "--json"]
        assert main(words) != 0
        assert json.loads(capsys.readouterr().out)["error"]["code"] == name
        assert not (tmp_path / "set-up" / "signer").exists()


def test_what_was_started_is_stopped_where_a_set_up_fails(tmp_path: Path) -> None:
    folder = tmp_path / "set-up"
    folder.mkdir()
    (folder / "root.draft").mkdir()
    done = shell(f"chancery quickstart {folder} --json --quiet", tmp_path)
    assert json.loads(done.stdout)["error"]["code"] == "OUTPUT-FILE"
    assert json.loads(shell(f"chancery signer status {folder}/signer --json", tmp_path).stdout)["running"] is False
    assert json.loads(shell(f"chancery devnet status {folder}/network --json", tmp_path).stdout)["running"] is False
