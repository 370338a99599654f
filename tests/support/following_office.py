"""An office that follows a made network with `chancery node`: its folder, its profile, its commands in this process."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from tests.support.made_chain import MadeChain
from tests.support.made_node import MadeNode

ALONE = "this test has one node only"


class Office:
    """One office: its folder, its profile, its commands."""

    def __init__(self, folder: Path, chain: MadeChain, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.home, self.profile = folder / "home", folder / "profile.cenv"
        (folder / "genesis.json").write_bytes(chain.genesis())
        (folder / "passphrase").write_text("correct horse battery staple\n")
        status, value = self.run(
            "profile", "make", "--genesis", str(folder / "genesis.json"), "--client", chain.client,
            "--environment", "test", "--name", "Made", "--out", str(self.profile), store=False,
        )  # fmt: skip
        assert status == 0, value

    def run(self, *words: str, store: bool = True) -> tuple[int, dict[str, Any]]:
        """Run a command in this process."""
        self._capsys.readouterr()
        more: list[str] = ["--json", "--home", str(self.home)]
        if store:
            # The program closes it.
            descriptor = os.open(self.folder / "passphrase", os.O_RDONLY)
            more += ["--profile", str(self.profile), "--passphrase-fd", str(descriptor)]
        status = main([*words, *more])
        return status, json.loads(self._capsys.readouterr().out)

    def sync(self, node: MadeNode, *more: str, witnesses: tuple[MadeNode, ...] = ()) -> tuple[int, dict[str, Any]]:
        """Follow through a node."""
        named = [word for one in witnesses for word in ("--witness", one.url)] or ["--alone", ALONE]
        return self.run("node", "sync", "--rpc", node.url, *named, *more)
