"""A local network whose registry 2 of 3 govern, with every key in the software token of one real signer process."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any

from desktop.cli.main import main
from desktop.services import data_folder
from lightnode.rpc.client import JsonRpcClient

ENVELOPE_KEYS = ("root", "root-2", "root-3", "governance", "country", "authority", "new-governance")
LEDGER_KEYS = ("gov-1", "gov-2", "gov-3", "admin-1", "admin-2", "official", "official-2")


class GovernedNetwork:
    """Runs commands as a person types them; `run` gives exit status and JSON."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.profile, self.root = folder, "profile.cenv", "root.cenv"
        self.home = data_folder.private_folder(folder / "home")
        started = self.do("devnet", "start", str(folder / "network"), "--on-demand")
        self.rpc, self.genesis = started["rpc"], started["genesis"]
        self.keys: dict[str, str] = {}
        self.mine()
        self._signer()
        self._root_and_profile()

    def mine(self) -> None:
        """Make a block, so that the newest one is of now; others come with what is sent."""
        with JsonRpcClient(self.rpc) as client:
            client.call("training_mine", [1])

    def close(self) -> None:
        """Stop what was started."""
        self.run("signer", "stop", str(self.folder / "signer"))
        self.run("devnet", "stop", str(self.folder / "network"))

    def run(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run a command; its exit status and its one JSON object."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = main([*words, "--json", "--quiet", "--home", str(self.home)])
        return status, json.loads(out.getvalue())

    def do(self, *words: str, status: int = 0) -> dict[str, Any]:
        """Run a command that must end with a status."""
        found, value = self.run(*words)
        assert found == status, (words, found, value)
        return value

    def refused(self, *words: str, status: int = 1) -> str:
        """Run a command that must fail; the code of its error."""
        return self.do(*words, status=status)["error"]["code"]

    def file(self, name: str) -> str:
        return str(self.folder / name)

    @property
    def ledger(self) -> list[str]:
        """Where a command finds the registry."""
        return ["--rpc", self.rpc, "--profile", self.file(self.profile), "--root", self.file(self.root)]

    def by(self, key: str) -> list[str]:
        """What a command needs to change the registry with a key."""
        return [*self.ledger, *self.signer, *self.debug, "--key", key]

    def seal(self, name: str, *keys: str) -> str:
        """Have a draft signed by keys, one after another."""
        source = self.file(f"{name}.draft")
        for key in keys:
            self.do(
                "envelope", "sign", source, *self.signer, *self.debug, "--key", key, "--out", self.file(f"{name}.cenv")
            )
            source = self.file(f"{name}.cenv")
        return source

    def load(self, *names: str) -> None:
        files = [self.file(f"{name}.cenv") for name in names]
        self.do("signer", "load", *files, *self.signer, *self.debug)

    def _signer(self) -> None:
        from hsm.software import SoftwareToken

        SoftwareToken.create(self.folder / "token", bytearray(b"4321")).close()
        read, write = os.pipe()
        os.write(write, b"4321")
        os.close(write)
        started = self.do(
            "signer", "start", self.file("signer"), "--token", f"software:{self.folder / 'token'}", "--provisioning",
            "--debug-approval", "--pin-fd", str(read),
        )  # fmt: skip
        os.close(read)
        self.signer, self.debug = ["--signer", started["url"]], ["--approve-debug", started["debug"]]
        for label in (*ENVELOPE_KEYS, *LEDGER_KEYS):
            curve, purpose = ("secp256r1", "envelope") if label in ENVELOPE_KEYS else ("secp256k1", "transaction")
            made = self.do("signer", "generate-key", *self.signer, *self.debug, "--label", label, "--curve", curve, "--purpose", purpose)  # fmt: skip
            self.keys[label] = made["address"]

    def _root_and_profile(self) -> None:
        self.do(
            "profile", "make", "--genesis", self.genesis, "--environment", "training", "--out", self.file("bare.draft")
        )
        self.do("root", "make", *self.signer, "--root-key", "root", "--root-key", "root-2", "--root-threshold", "2",
                "--governance-key", "governance", "--country-key", "LU=country", "--out", self.file("root.draft"))  # fmt: skip
        self.seal("root", "root", "root-2")
        self.do("signer", "install-root", self.file("root.cenv"), *self.signer, *self.debug)
        self.seal("bare", "governance")
        self.do("registry", "pack", "--profile", self.file("bare.cenv"), "--out", self.file("pack.draft"))
        self.seal("pack", "governance")
        self.load("bare", "pack")
        self.deployed = self.do(
            "registry", "deploy", "--rpc", self.rpc, "--profile", self.file("bare.cenv"), "--root", self.file("root.cenv"),
            *self.signer, *self.debug, "--key", "gov-1", "--member", "gov-1", "--member", self.keys["gov-2"],
            "--member", "gov-3=3", "--threshold", "2", "--out", self.file("profile.draft"),
        )  # fmt: skip
        self.seal("profile", "governance")
        self.load("profile")
