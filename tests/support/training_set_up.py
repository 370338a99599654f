"""A training set-up made by `chancery quickstart`, and commands typed on it: in a shell, or as its own commands read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from desktop.services import signer_access
from lightnode.devnet import control
from lightnode.devnet.settings import DevnetSettings
from lightnode.rpc.client import JsonRpcClient

ROOT = Path(__file__).resolve().parents[2]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Type a line that begins with `chancery` in a shell, in a folder."""
    command = line.replace("chancery ", f"{sys.executable} -m desktop.cli ", 1)
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=120, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


class SetUp:
    """A set-up as `quickstart` tells of it.

    Attributes:
        value: its JSON.
        folder: of its files.
        lines: the commands as typed, by title.
    """

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self.folder = Path(value["folder"])
        self.lines = {step["title"]: step["command"] for step in value["commands"]}

    def file(self, name: str) -> Path:
        return self.folder / name

    def mine(self) -> None:
        """Make a block, so that the newest one is of now; only on demand."""
        with JsonRpcClient(self.value["rpc"]) as client:
            client.call("training_mine", [1])

    def wake(self) -> None:
        """Start the signer anew where it has forgotten its PIN, as it does after a quarter of an hour without work."""
        folder = self.file("signer")
        with signer_access.connect(signer_access.SignerAddress(f"local:{folder}"), lambda _: None) as client:
            locked = client.info().locked
        if locked:
            assert main(["signer", "stop", str(folder), "--json"]) == 0
            started = next(
                step["command"] for step in self.value["commands"] if step["argv"][:2] == ["signer", "start"]
            )
            done = shell(started, self.folder)
            assert done.returncode == 0, done.stderr

    def line(self, word: str) -> str:
        """Give the first command of a kind, as typed."""
        return next(step["command"] for step in self.value["commands"] if step["argv"][0] == word)

    def argv(self, *begin: str) -> list[str]:
        """Give the words of the first command that begins so."""
        return next(list(step["argv"]) for step in self.value["commands"] if step["argv"][: len(begin)] == list(begin))

    def sealing(self, name: str) -> list[str]:
        """Give the words of the command that has a draft signed."""
        draft = str(self.file(f"{name}.draft"))
        return next(list(step["argv"]) for step in self.value["commands"] if step["argv"][0] == "envelope" and draft in step["argv"])  # fmt: skip

    def verify_words(self, **changes: str) -> list[str]:
        """Give the words that judge the first act, with other files where they are given."""
        given = {
            "evidence": str(self.file("act.cev")), "document": str(next(self.folder.glob("a1.*"))),
            "trust": str(self.file("trust.cenv")), "root": str(self.file("root.cenv")), **changes,
        }  # fmt: skip
        return [
            "verify", given["evidence"], "--document", given["document"], "--trust", given["trust"], "--root", given["root"],
            "--home", str(self.folder / "home"),
        ]  # fmt: skip

    def verdict(self, capsys: pytest.CaptureFixture[str], *more: str, **changes: str) -> tuple[int, str, str]:
        """Judge; exit status, verdict and code."""
        capsys.readouterr()
        status = main([*self.verify_words(**changes), *more, "--json"])
        value = json.loads(capsys.readouterr().out)
        return status, value["verdict"], value["code"]


@contextmanager
def by_the_clock(folder: Path) -> Iterator[SetUp]:
    """Make everything as a person does with the one command: its own network makes a block a second."""
    done = shell(f"chancery quickstart {folder} --json --quiet", ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    try:
        yield SetUp(json.loads(done.stdout))
    finally:
        shell(f"chancery signer stop {folder}/signer", ROOT)
        shell(f"chancery devnet stop {folder}/network", ROOT)


@contextmanager
def on_demand(folder: Path, *words: str) -> Iterator[SetUp]:
    """Make a set-up on a network that makes a block for each act, so that nobody waits for the clock."""
    network = control.start(folder / "network", DevnetSettings(on_demand=True))
    try:
        with JsonRpcClient(network.rpc_url) as client:
            client.call("training_mine", [1])
        given = f"--rpc {network.rpc_url} --genesis {network.genesis_path}"
        done = shell(" ".join([f"chancery quickstart {folder}/set-up {given}", *words, "--json --quiet"]), ROOT)
        assert done.returncode == 0, done.stdout + done.stderr
        yield SetUp(json.loads(done.stdout))
    finally:
        shell(f"chancery signer stop {folder}/set-up/signer", ROOT)
        control.stop(folder / "network")


def replaced(words: list[str], **options: str | None) -> list[str]:
    """Change or drop options of a typed command, given as option_name=value."""
    words = list(words)
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if option in words:
            at = words.index(option)
            del words[at : at + 2]
        if value is not None:
            words += [option, value]
    return words
