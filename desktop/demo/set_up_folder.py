"""The folder of a set-up: its files, and the words that many of its commands share."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from pathlib import Path

from desktop.demo.command_runner import CommandRunner
from desktop.demo.given_network import FeeNeeds
from desktop.demo.token_choice import Wish
from desktop.services.data_folder import private_folder
from desktop.services.file_access import read_json, write_json

NOTE = "set-up.json"


# Below the ports that systems hand out by themselves, so that it is free again at the next start.
PORTS = range(20_000, 30_000)


def _free_port() -> int:
    while True:
        port = secrets.choice(PORTS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class SetUpFolder:
    """One set-up's folder and what its commands have in common."""

    def __init__(self, wish: Wish, runner: CommandRunner) -> None:
        """Prepare the folder."""
        self.wish = wish
        self.runner = runner
        self.folder = private_folder(wish.folder)
        self.issued = self._issued()
        self.rpc = wish.rpc or ""
        self.genesis = wish.genesis or self.path("network", "genesis.json")
        self.signer: list[str] = []
        self.debug: list[str] = []
        self.reached = ("", "")
        self.curve = "secp256k1"
        self.fees: FeeNeeds | None = None

    def _noted(self, name: str, otherwise: int) -> int:
        """Give a number that stays the same when the set-up is made again in its folder."""
        note = self.folder / NOTE
        found = read_json(note) if note.exists() else {}
        known = found if isinstance(found, dict) else {}
        if not isinstance(known.get(name), int):
            known[name] = otherwise
            write_json(note, known)
        return int(known[name])

    def _issued(self) -> str:
        """Give the time of the first statements."""
        return str(self._noted("issued", int(time.time())))

    def port(self) -> str:
        """Give the port of the network, so that every command names the node the same, also after a restart."""
        return str(self._noted("port", _free_port()))

    def path(self, *parts: str) -> Path:
        """Give a file of the set-up."""
        return self.folder.joinpath(*parts)

    def seal(self, name: str, key: str, title: str) -> None:
        """Have a draft signed."""
        self.runner.run(
            title,
            ["envelope", "sign", str(self.path(f"{name}.draft")), *self.signer, "--key", key, *self.debug, "--out",
             str(self.path(f"{name}.cenv"))],
        )  # fmt: skip

    def load(self, name: str) -> None:
        """Give a signed file to the signer."""
        self.runner.run(
            f"Give the signer {name}.cenv",
            ["signer", "load", str(self.path(f"{name}.cenv")), *self.signer, *self.debug],
        )

    def term(self) -> list[str]:
        """Give time and serial of statements that stay the same when typed again."""
        return ["--issued", self.issued, "--serial", "1"]

    def gas_words(self) -> list[str]:
        """Give what a profile may let an act cost; nothing where gas is free."""
        limit = self.wish.max_gas_price
        return ["--max-gas-price", str(limit)] if limit else []

    def rooted(self) -> list[str]:
        """Give the root for commands that check on this computer."""
        return ["--root", str(self.path("root.cenv"))]

    def ledger(self) -> list[str]:
        """Give node, profile, signer and buttons for commands that act on the ledger."""
        return [
            "--rpc",
            self.rpc,
            "--profile",
            str(self.path("profile.cenv")),
            *self.signer,
            *self.debug,
            *self.rooted(),
        ]
