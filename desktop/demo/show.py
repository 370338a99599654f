"""The demonstration: the whole path on a local network, then what must not pass, then chains of genuine nodes.

Invariants: everything shown is done by the commands that people type; each step says what was proven; everything is of
the training environment and says so; nothing is asked.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.cli.console import TRAINING_MARK, Console
from desktop.demo import forgery, sample_record, soft_hsm, window_tour
from desktop.demo.command_runner import CommandRunner, RanCommand, StepError
from desktop.demo.set_up import SetUp
from desktop.demo.token_choice import SOFT_HSM, Wish
from desktop.services.data_folder import private_folder
from desktop.services.file_access import read_bytes, write_bytes, write_json
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger

RECORDED = (
    ("besu-qbft-votes-london", "a recorded Besu network (QBFT, votes, round changes)"),
    ("goquorum-qbft-votes", "a recorded GoQuorum network (QBFT, votes, a member stopped)"),
)
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that was shown.

    Attributes:
        title: what.
        found: what came out.
        proven: what that proves.
    """

    title: str
    found: str
    proven: str


class Demonstration:
    """Shows everything in one folder."""

    def __init__(self, folder: Path, repository: Path, console: Console) -> None:
        """Prepare a folder of its own; an earlier demonstration is left alone."""
        fresh = not folder.exists() or not any(folder.iterdir())
        self.folder = private_folder(folder if fresh else folder / time.strftime("%Y-%m-%d-%H%M%S", time.gmtime()))
        self.repository = repository
        self.console = console
        self.runner = CommandRunner(console, home=str(self.folder / "home"))
        token = SOFT_HSM if soft_hsm.module() is not None else None
        self.drawing = window_tour.find_drawing()
        wish = Wish(self.folder, token=token, repository=repository, window=self.drawing.windows)
        self.made = SetUp(wish, self.runner)
        self.outcomes: list[Outcome] = []
        self.started = time.monotonic()

    def run(self) -> dict[str, Any]:
        """Show everything; the network and the signer are stopped at the end, whatever happens."""
        try:
            self.head("1. A training set-up: network, signer, keys, registry, a first record")
            self.made.make()
            self.first_record()
            self.head("2. The network's headers, verified from genesis")
            self.own_chain()
            self.head("3. A second kind of record")
            self.second_record()
            self.head("4. What must not pass")
            self.attacks()
            self.head("5. Chains recorded from genuine nodes")
            self.recorded_chains()
            self.head("6. The windows")
            self.windows()
        finally:
            self.stop()
        return self.summary()

    def head(self, text: str) -> None:
        """Begin a part."""
        self.console.progress("")
        self.console.progress(f"{text}   [{TRAINING_MARK}]")

    def note(self, title: str, found: str, proven: str) -> None:
        """Say and keep what a step showed."""
        self.outcomes.append(Outcome(title, found, proven))
        self.console.progress(f"    -> {found}. {proven}")

    def demand(self, title: str, ran: RanCommand, verdict: str, code: str, proven: str) -> None:
        """Keep a verdict, and refuse to go on where it is another than it must be.

        Raises:
            StepError: another verdict.
        """
        found = (ran.value.get("verdict"), str(ran.value.get("code")))
        if found[0] != verdict or not found[1].startswith(code):
            raise StepError(f"{title}: {found[0]} ({found[1]}) instead of {verdict} ({code}).")
        self.note(title, f"{verdict} ({found[1]})", proven)

    def first_record(self) -> None:
        """Say what the set-up has shown."""
        token = "SoftHSM2, through PKCS#11" if self.made.wish.token else "a software token"
        sign = next(ran for ran in self.runner.ran if ran.words[0] == "sign")
        self.note(
            "first record",
            f"block {sign.value['block']}",
            f"The signer showed the fields, computed the commitment itself and signed with {token}; "
            "the block's header is verified from genesis",
        )
        self.demand(
            "first record", self.runner.ran[-1], "VALID", "",
            "Judged from files alone: seals of a quorum, the official's signature, the fields, the document",
        )  # fmt: skip

    def own_chain(self) -> None:
        """Write the network's blocks to a file and verify them as a recording."""
        ledger = Ledger(JsonRpcClient(self.made.rpc))
        head = ledger.height()
        lines = [json.dumps(ledger.block(height, transactions=True)) for height in range(head + 1)]
        blocks = self.folder / "blocks.jsonl"
        write_bytes(blocks, "\n".join(lines).encode() + b"\n")
        ran = self.runner.run(
            "Verify the network's own headers", ["headers", "verify", "--genesis", str(self.made.genesis), "--headers",
                                                 str(blocks)],
        )  # fmt: skip
        self.note(
            "own chain", f"blocks 0 to {ran.value['height']}", "Every header is sealed by a quorum of its members"
        )

    def second_record(self) -> None:
        """Sign and judge a customs record; its trust package is newer."""
        record = sample_record.customs()
        fields, document = self.folder / "carnet.json", self.folder / record.document_name
        write_json(fields, record.fields)
        write_bytes(document, record.document)
        evidence = self.folder / "carnet.cev"
        ran = self.runner.run(
            f"Sign a record of another kind ({record.template})",
            ["sign", *self.made.ledger(), "--template", record.template, "--fields", str(fields), "--document",
             str(document), "--key", "official", "--out", str(evidence)],
        )  # fmt: skip
        self.note("second record", f"block {ran.value['block']}", "One registry holds any kind of record")
        judged = self.judge("Judge it with the list made before it", evidence, document, (0,))
        self.demand("second record", judged, "VALID", "OK-NEW", "Registered after this office's list, and said so")

    def judge(self, title: str, evidence: Path, document: Path, expect: tuple[int, ...], *more: str) -> RanCommand:
        """Judge an evidence file with the set-up's trust package."""
        words = ["verify", str(evidence), "--document", str(document), "--trust", str(self.made.path("trust.cenv"))]
        return self.runner.run(title, [*words, *self.made.rooted(), *more], expect=expect)

    def attacks(self) -> None:
        """Show that a changed document, a forged seal and a stale list each get the right verdict."""
        act, document = self.made.path("act.cev"), self.made.document()
        original = read_bytes(act)
        changed = self.folder / f"tampered-{document.name}"
        write_bytes(changed, forgery.tampered_document(read_bytes(document)))
        ran = self.judge("A document with one bit changed", act, changed, (1,))
        self.demand("tampered document", ran, "NOT VALID", "DOC-DIFF", "Every bit of the document counts")
        forged = self.folder / "forged-seal.cev"
        write_bytes(forged, forgery.seal_by_a_stranger(original, secrets.token_bytes))
        ran = self.judge("A seal by somebody who is no member", forged, document, (1,))
        self.demand("forged seal", ran, "NOT VALID", "SEAL-", "Only members of that date can confirm")
        few = self.folder / "too-few-seals.cev"
        write_bytes(few, forgery.too_few_seals(original))
        ran = self.judge("A seal too few", few, document, (1,))
        self.demand("too few seals", ran, "NOT VALID", "SEAL-FEW", "Less than a quorum is not enough")
        later = str(int(self.made.issued) + 60 * DAY)
        ran = self.judge("The same, judged sixty days later with the list of today", act, document, (3,), "--at", later)
        self.demand("stale list", ran, "CANNOT TELL", "LIST-OLD", "An old list refuses to answer instead of guessing")

    def recorded_chains(self) -> None:
        """Verify recorded chains from genesis to head."""
        for name, words in RECORDED:
            place = self.recorded(name)
            if place is None:
                self.console.progress(f"  {name}: the recording is not here, left out")
                continue
            command = [
                "headers",
                "verify",
                "--genesis",
                str(place / "genesis.json"),
                "--headers",
                str(place / "blocks.jsonl"),
            ]
            for option, file in (("--receipts", "receipts.jsonl"), ("--proofs", "proofs.jsonl")):
                if (place / file).exists():
                    command += [option, str(place / file)]
            ran = self.runner.run(f"Verify {words}", command)
            value = ran.value
            self.note(
                name,
                f"blocks 0 to {value['height']} ({value['rules']})",
                f"Headers by every rule; receipts of {value['receipts']} blocks; {value['proofs']} state proofs",
            )

    def recorded(self, name: str) -> Path | None:
        """Give the folder of a recording, kept with the tests or beside the repository."""
        places = (
            self.repository / "tests" / "vectors" / "recorded" / name,
            self.repository.parent / "shared" / "vectors" / "recorded" / name,
        )
        return next((place for place in places if (place / "blocks.jsonl").exists()), None)

    def windows(self) -> None:
        """Put the demonstration's own record through the real pages: on the display where there is one, else offscreen."""
        if self.drawing.why:
            self.console.progress(f"  {self.drawing.why}")
        if self.drawing.environment is None:
            return
        self.console.progress("  Sign a record on the Sign page, then judge the files of above on the Verify page")
        target = self.folder / "screens"
        said = window_tour.run(self._tour(target), self.folder / "windows.json", self.drawing)
        signed = said["signed"]
        if "error" in signed:
            raise StepError(f"The Sign page stopped: {signed['error']}.")
        self.note(
            "Sign page", f"block {signed['block']}", f"Approved on the signer; the evidence is {signed['evidence']}"
        )
        for wanted, found in zip((("VALID", ""), ("NOT VALID", "DOC-DIFF"), ("CANNOT TELL", "LIST-OLD")), said["judged"],
                                 strict=True):  # fmt: skip
            if found["verdict"] != wanted[0] or not str(found["code"]).startswith(wanted[1]):
                raise StepError(f"Verify page, {found['title']}: {found['verdict']} ({found['code']}).")
            self.note(f"Verify page, {found['title']}", f"{found['verdict']} ({found['code']})", "As the command said")
        how = "shown and drawn" if self.drawing.windows else "drawn"
        self.note(
            "windows", f"{len(said['pictures'])} screens", f"{how.capitalize()} as they are; pictures are in {target}"
        )

    def _tour(self, target: Path) -> dict[str, Any]:
        """Say what the windows are to do."""
        record = sample_record.sample(self.repository)
        act, document = str(self.made.path("act.cev")), self.made.document()
        tampered = str(self.folder / f"tampered-{document.name}")
        later = int(self.made.issued) + 60 * DAY - int(time.time())
        fields = {
            name: ("yes" if value else "no") if isinstance(value, bool) else str(value)
            for name, value in record.fields.items()
        }
        return {
            "home": self.runner.home,
            "approve_debug": self.made.debug[1],
            "pictures": str(target),
            "sign": {"template": record.template, "fields": fields, "document": str(document)},
            "judge": [
                {"title": "the record", "picture": "5-verify-valid", "evidence": act, "document": str(document),
                 "later_seconds": 0},
                {"title": "tampered document", "picture": "6-verify-not-valid", "evidence": act, "document": tampered,
                 "later_seconds": 0},
                {"title": "stale list", "picture": "7-verify-cannot-tell", "evidence": act, "document": str(document),
                 "later_seconds": later},
            ],
        }  # fmt: skip

    def stop(self) -> None:
        """Stop signer and network."""
        self.runner.run("Stop the signer", ["signer", "stop", str(self.folder / "signer")])
        if (self.folder / "network").exists():
            self.runner.run("Stop the network", ["devnet", "stop", str(self.folder / "network")])

    def summary(self) -> dict[str, Any]:
        """Give everything that was shown, for programs."""
        return {
            "ok": True,
            "environment": "training",
            "folder": str(self.folder),
            "seconds": round(time.monotonic() - self.started, 1),
            "shown": [{"title": one.title, "found": one.found, "proven": one.proven} for one in self.outcomes],
            "commands": [ran.line for ran in self.runner.ran],
        }
