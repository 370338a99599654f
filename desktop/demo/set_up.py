"""A whole training set-up in one folder, made by running the commands that a person would type.

Network (or the given one), signer, keys, root, profile, registry, authority, official's key, first act, trust package,
verdict. Every command is kept with the files it made.

Invariants: everything is of the training environment; PINs are random, lie in files readable by the owner only, and reach
the signer through a descriptor; nothing is asked.
"""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import Any

from desktop.demo import given_network, sample_record, token_choice
from desktop.demo.command_runner import RanCommand
from desktop.demo.set_up_folder import SetUpFolder
from desktop.services import office
from desktop.services.signer_access import LOCAL
from firmware_bridge import launcher
from lightnode.devnet import control
from lightnode.wire.types import Address, address

COUNTRY = "SE"
AUTHORITY = f"{COUNTRY}/12345"
AUTHORITY_NAME = "Training social insurance office"
ENVELOPE_KEYS = ("root", "governance", "country", "authority")
LEDGER_KEYS = ("governance-ledger", "administrator", "official")


class SetUp(SetUpFolder):
    """Makes one set-up; the steps are methods in their order."""

    def make(self) -> dict[str, Any]:
        """Make everything and give what was made, for programs; what was started is stopped where it fails."""
        try:
            return self._make()
        except BaseException:
            self.stop_what_was_started()
            raise

    def stop_what_was_started(self) -> None:
        """Stop the processes that this run has started."""
        begun = {ran.words[0] for ran in self.runner.ran if ran.words[1:2] == ("start",) and "already" not in ran.value}
        with contextlib.suppress(Exception):
            if "signer" in begun:
                launcher.stop(self.path("signer"))
            if "devnet" in begun:
                control.stop(self.path("network"))

    def _make(self) -> dict[str, Any]:
        self.network()
        self.samples()
        self.start_signer()
        self.keys()
        self.root()
        self.profile()
        self.registry()
        self.kinds_of_record()
        self.authority()
        self.statements()
        self.first_act()
        self.trust()
        self.audit()
        verdict = self.verify()
        self.office()
        return self.summary(verdict)

    def network(self) -> None:
        """Start a network of our own, where none is given."""
        if self.wish.rpc is not None:
            self.fees = given_network.demand(self.rpc, self.genesis, self.wish.max_gas_price)
            return
        words = ["devnet", "start", str(self.path("network")), "--period", "1", "--port", self.port()]
        started = self.runner.run("Start a local network of four validators", words)
        self.rpc = started.value["rpc"]

    def samples(self) -> None:
        """Write what the other commands read: the record to sign, the PIN, the operators' names."""
        words = ["quickstart", str(self.folder), "--samples"]
        words += ["--token", self.wish.token] if self.wish.token is not None else []
        words += ["--pin-file", str(self.wish.pin_file)] if self.wish.pin_file is not None else []
        self.runner.run("Write a sample record, invented operators and a PIN", words)

    def start_signer(self) -> None:
        """Start a signer with its token and PIN; from then on it is named by its folder, whatever its port becomes."""
        pin, token, prefix = token_choice.choose(self.wish, self.folder)
        words = [
            "signer", "start", str(self.path("signer")), "--token", token, "--provisioning", "--debug-approval",
            "--pin-fd", "3",
        ]  # fmt: skip
        words += ["--window"] if self.wish.window else []
        with pin.open("rb") as source:
            started = self.runner.run_with_descriptor(
                "Start the signer, a process of its own", words, source.fileno(), f"3<{shlex.quote(str(pin))}", prefix
            )
        self.reached = str(started.value["url"]), str(started.value["debug"])
        self.signer = ["--signer", f"{LOCAL}{self.path('signer')}"]
        self.debug = ["--approve-debug", f"{LOCAL}{self.path('signer')}"]

    def keys(self) -> None:
        """Make the keys on the token, each with one purpose."""
        self.runner.run(
            "Describe the network from its genesis file",
            ["profile", "make", "--genesis", str(self.genesis), "--environment", "training", *self.gas_words(),
             "--out", str(self.path("profile-1.draft"))],
        )  # fmt: skip
        self.curve = str(self.runner.ran[-1].value["curve"])
        for label in ENVELOPE_KEYS:
            self._key(label, "secp256r1", "envelope")
        self._key("attestation", "secp256r1", "attestation")
        accounts = {label: self._key(label, self.curve, "transaction") for label in LEDGER_KEYS}
        if self.fees is not None:
            given_network.demand_funds(self.rpc, accounts, self.fees)

    def _key(self, label: str, curve: str, purpose: str) -> Address:
        made = self.runner.run(
            f"Make the key {label} ({purpose})",
            ["signer", "generate-key", *self.signer, "--label", label, "--curve", curve, "--purpose", purpose,
             *self.debug],
        )  # fmt: skip
        return address(bytes.fromhex(made.value["address"].removeprefix("0x")))

    def root(self) -> None:
        """Make the root, let it sign itself, give it to the signer."""
        self.runner.run(
            "Make the root",
            ["root", "make", *self.signer, "--root-key", "root", "--governance-key", "governance", "--country-key",
             f"{COUNTRY}=country", *self.term(), "--out", str(self.path("root.draft"))],
        )  # fmt: skip
        self.seal("root", "root", "Let the root sign itself")
        self.runner.run(
            "Give the signer its root",
            ["signer", "install-root", str(self.path("root.cenv")), *self.signer, *self.debug],
        )

    def profile(self) -> None:
        """Have governance sign the profile and the pack, and give them to the signer."""
        self.seal("profile-1", "governance", "Let governance sign the profile")
        self.load("profile-1")
        self.runner.run(
            "Draft the pack that allows the registry",
            ["registry", "pack", "--profile", str(self.path("profile-1.cenv")), *self.term(), "--out",
             str(self.path("pack.draft"))],
        )  # fmt: skip
        self.seal("pack", "governance", "Let governance sign the pack")
        self.load("pack")

    def registry(self) -> None:
        """Create the registry, and have governance sign the profile that names it."""
        self.runner.run(
            "Create the act registry on the network",
            ["registry", "deploy", "--rpc", self.rpc, "--profile", str(self.path("profile-1.cenv")), *self.signer,
             "--key", "governance-ledger", *self.debug, *self.rooted(), "--out", str(self.path("profile.draft"))],
        )  # fmt: skip
        self.seal("profile", "governance", "Let governance sign the profile that names the registry")
        self.load("profile")

    def kinds_of_record(self) -> None:
        """Have governance sign the built-in kinds of record, and give them to the signer."""
        for namespace in ("eessi", "customs"):
            self.runner.run(
                f"Draft the kinds of record of {namespace}",
                ["trust", "templates", "--profile", str(self.path("profile.cenv")), "--namespace", namespace,
                 *self.term(), "--out", str(self.path(f"{namespace}.draft"))],
            )  # fmt: skip
            self.seal(namespace, "governance", f"Let governance sign the kinds of record of {namespace}")
            self.load(namespace)

    def authority(self) -> None:
        """Admit the authority and entitle its official's key."""
        self.runner.run(
            "Admit the authority, by governance's decision",
            ["authority", "admit", *self.ledger(), "--key", "governance-ledger", "--authority", AUTHORITY,
             "--administrator", "administrator"],
        )  # fmt: skip
        self.runner.run(
            "Entitle the official's key, by the administrator's decision",
            ["key", "add", *self.ledger(), "--key", "administrator", "--authority", AUTHORITY, "--official", "official",
             "--holder", "7"],
        )  # fmt: skip

    def country_statement(self) -> None:
        """Have the country name its authority."""
        profile = ["--profile", str(self.path("profile.cenv"))]
        self.runner.run(
            "Draft the country's statement about the authority",
            ["authority", "statement", *profile, "--authority", AUTHORITY, "--name", AUTHORITY_NAME, *self.signer,
             "--statement-key", "authority", "--out", str(self.path("country.draft"))],
        )  # fmt: skip
        self.seal("country", "country", "Let the country sign it")
        self.load("country")

    def statements(self) -> None:
        """Have the country name its authority, and the authority its key."""
        self.country_statement()
        profile = ["--profile", str(self.path("profile.cenv"))]
        self.runner.run(
            "Draft the authority's statement about the official's key",
            ["key", "statement", "--rpc", self.rpc, *profile, "--official", "official", *self.signer, "--out",
             str(self.path("authority.draft"))],
        )  # fmt: skip
        self.seal("authority", "authority", "Let the authority sign it")

    def first_act(self) -> RanCommand:
        """Register a first record."""
        record = sample_record.sample(self.wish.repository)
        fields, document = self.path("fields.json"), self.path(record.document_name)
        return self.runner.run(
            f"Sign a first record ({record.template}) about {record.source}",
            ["sign", *self.ledger(), "--template", record.template, "--fields", str(fields), "--document", str(document),
             *self.acting(), "--key", "official", "--out", str(self.path("act.cev"))],
        )  # fmt: skip

    def acting(self) -> list[str]:
        """Say for whom the official's key acts, where the ledger does not."""
        return []

    def lists(self) -> list[str]:
        """Name the status lists of authorities for the trust package, where the register keeps no states."""
        return []

    def trust(self) -> None:
        """Make the trust package for offices without a line."""
        operators = self.path("operators.json")
        named = ["--operators", str(operators)] if operators.exists() else []
        self.runner.run(
            "Draft the trust package as of the newest block",
            ["trust", "make", "--rpc", self.rpc, "--profile", str(self.path("profile.cenv")), "--with-root",
             str(self.path("root.cenv")), "--country", str(self.path("country.cenv")), "--authority",
             str(self.path("authority.cenv")), "--templates", str(self.path("eessi.cenv")), "--templates",
             str(self.path("customs.cenv")), *self.lists(), *named, *self.rooted(), "--out", str(self.path("trust.draft"))],
        )  # fmt: skip
        self.seal("trust", "governance", "Let governance sign the trust package")
        self.load("trust")

    def audit(self) -> None:
        """Take the signer's audit log over, and check the copy."""
        copy = str(self.path("signer.audit"))
        self.runner.run("Take the signer's audit log over", ["audit", "pull", copy, *self.signer])
        self.runner.run("Check the copy: every entry, and the mark by the signer's own key", ["audit", "verify", copy])

    def verify(self) -> RanCommand:
        """Judge the evidence without a network."""
        return self.runner.run("Judge the evidence without a network", self.verify_words())

    def office(self) -> None:
        """Write down what the windows work with."""
        made = office.Office(
            AUTHORITY_NAME, self.path("root.cenv"), self.path("trust.cenv"), self.path("profile.cenv"), self.rpc,
            self.signer[1], "official", AUTHORITY if self.acting() else None,
        )  # fmt: skip
        office.save(Path(self.runner.home), made)

    def verify_words(self) -> list[str]:
        """Give the command that judges the first act."""
        return [
            "verify", str(self.path("act.cev")), "--document", str(self.document()), "--trust", str(self.path("trust.cenv")),
            *self.rooted(),
        ]  # fmt: skip

    def document(self) -> Path:
        """Give the document of the first record."""
        return self.path(sample_record.sample(self.wish.repository).document_name)

    def summary(self, verdict: RanCommand) -> dict[str, Any]:
        """Give what was made, for programs."""
        files = sorted(path for path in self.folder.iterdir() if path.is_file() and path.suffix != ".pin")
        return {
            "ok": True,
            "environment": "training",
            "folder": str(self.folder),
            "home": self.runner.home,
            "rpc": self.rpc,
            "genesis": str(self.genesis),
            "signer": self.reached[0],
            "approve_debug": self.reached[1],
            "files": {path.name: str(path) for path in files},
            "verdict": {name: verdict.value.get(name) for name in ("verdict", "code", "message")},
            "commands": [
                {
                    "title": ran.title,
                    "command": ran.line,
                    "argv": list(ran.words),
                    "redirect": ran.redirect,
                    "environment": ran.prefix,
                    "seconds": round(ran.seconds, 2),
                }
                for ran in self.runner.ran
            ],
        }
