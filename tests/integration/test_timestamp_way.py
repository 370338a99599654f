"""The whole path on a registry like EBSI's Timestamp, by the commands that a person types, to every verdict there is."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import coincurve
import pytest

from desktop.cli.main import main
from desktop.services import evidence_collecting, job_format, preflight, signer_access, signing
from desktop.services.job import Job
from desktop.services.loaded_profile import load_profile
from desktop.services.network_session import NetworkSession
from firmware_bridge.client import SignerClient
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.wire.commitment import decode_opening
from lightnode.wire.curve import address_of
from lightnode.wire.transaction import SignedTransaction
from tests.support.training_set_up import ROOT, SetUp, on_demand, shell

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]
AUTHORITY = "SE/12345"
STRANGER = coincurve.PrivateKey(b"\x0b" * 32)


def newer() -> list[str]:
    """Give a serial above all before: those that are given none are seconds, of which two packages may share one."""
    return ["--serial", str(time.time_ns() // 1_000_000)]


class Desk:
    """Types commands on one set-up."""

    def __init__(self, made: SetUp, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self.made, self.capsys, self.folder = made, capsys, folder

    def run(self, words: list[str], expect: int = 0) -> dict[str, Any]:
        self.capsys.readouterr()
        status = main([*words, "--json"])
        out = self.capsys.readouterr()
        value = json.loads(out.out)
        assert status == expect, (value, out.err)
        return value

    def argv(self, *first: str) -> list[str]:
        return self.made.argv(*first)

    def sign_words(self, name: str = "act.cev") -> list[str]:
        out, words = str(self.made.file("act.cev")), self.argv("sign")
        return [str(self.folder / name) if word == out else word for word in words]

    def sign(self, name: str = "act.cev", expect: int = 0, **options: str) -> dict[str, Any]:
        more = [part for key, value in options.items() for part in (f"--{key}", value)]
        return self.run([*self.sign_words(name), *more], expect)

    def change_words(self, verb: str, subject: str) -> list[str]:
        words = self.argv("sign")
        for option in ("--template", "--fields", "--document", "--out"):
            at = words.index(option)
            words = words[:at] + words[at + 2 :]
        return [*words, "--verb", verb, "--subject", subject]

    def change(self, verb: str, subject: str, expect: int = 0) -> dict[str, Any]:
        return self.run(self.change_words(verb, subject), expect)

    def renew(self) -> dict[str, Any]:
        """Make a new status list and trust package, as of a block after the newest act's."""
        self.made.mine()
        listed = self.run([*self.argv("trust", "status"), *newer()])
        for name, words in (("status", None), ("trust", [*self.argv("trust", "make"), *newer()])):
            if words is not None:
                self.run(words)
            self.run(self.argv("envelope", "sign", str(self.made.file(f"{name}.draft"))))
        return listed

    def jobs(self) -> list[Job]:
        with session_of(self.made) as session:
            return [job_format.decode(row.body) for row in session.workspace.store.jobs()]

    def verdict(self, name: str, expect: int = 0) -> str:
        words = self.made.verify_words(evidence=str(self.folder / name))
        return str(self.run(words, expect)["code"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SetUp]:
    with on_demand(tmp_path_factory.mktemp("timestamp-way"), "--way timestamp") as found:
        yield found


@pytest.fixture
def desk(made: SetUp, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Desk:
    made.mine()
    return Desk(made, capsys, tmp_path)


def session_of(made: SetUp) -> NetworkSession:
    loaded = load_profile(made.file("profile.cenv"), made.file("root.cenv"))
    return NetworkSession.open(made.value["rpc"], loaded, made.folder / "home")


def test_the_set_up_ends_in_a_verdict_by_files_alone(made: SetUp, tmp_path: Path) -> None:
    assert made.value["verdict"]["verdict"] == "VALID"
    words = [step["argv"][:2] for step in made.value["commands"]]
    assert ["trust", "status"] in words
    assert ["authority", "admit"] not in words
    assert ["key", "add"] not in words
    done = shell(made.line("verify") + " --json", tmp_path)
    verdict = json.loads(done.stdout)
    assert (done.returncode, verdict["verdict"]) == (0, "VALID")
    status = next(check for check in verdict["checks"] if check["step"] == "V8")
    assert (status["state"], "own list" in status["detail"]) == ("passed", True)


def test_a_record_is_new_suspended_reinstated_and_withdrawn(desk: Desk) -> None:
    made = desk.sign()
    assert (made["state"], made["record"]) == ("proven", None)
    subject = made["commitment"]
    assert desk.verdict("act.cev") == "OK-NEW"
    desk.change("suspend", subject)
    assert subject in [row[0] for row in desk.renew()["not_in_force"]]
    assert desk.verdict("act.cev", expect=3) == "SUSPENDED"
    desk.change("reinstate", subject)
    assert subject not in [row[0] for row in desk.renew()["not_in_force"]]
    assert desk.verdict("act.cev") == "UNCROSSED"
    desk.change("revoke", subject)
    desk.renew()
    assert desk.verdict("act.cev", expect=1) == "WITHDRAWN"


def test_a_replaced_record_is_superseded_and_its_successor_valid(desk: Desk) -> None:
    old = desk.sign("old.cev")["commitment"]
    desk.sign("new.cev", verb="supersede", subject=old)
    desk.renew()
    assert desk.verdict("old.cev", expect=1) == "SUPERSEDED"
    assert desk.verdict("new.cev") == "UNCROSSED"


def test_the_preview_is_what_the_signer_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware_bridge.debug_buttons import DebugButtons

    seen: list[tuple[str, str, str]] = []
    truth = DebugButtons.approve_all

    def watch(self: DebugButtons, *given: Any) -> list[tuple[str, str, str]]:
        found = truth(self, *given)
        seen.extend(found)
        return found

    monkeypatch.setattr(DebugButtons, "approve_all", watch)
    subject = desk.sign()["commitment"]
    for verb in ("supersede", "suspend"):
        seen.clear()
        replacing = [*desk.sign_words("new.cev"), "--verb", verb, "--subject", subject]
        assert main(replacing if verb == "supersede" else desk.change_words(verb, subject)) == 0
        said = desk.capsys.readouterr().err.splitlines()
        begin = next(at for at, line in enumerate(said) if "will show" in line)
        assert seen[-1][1] == "Sign?"
        preview = [line.strip() for line in said[begin + 1 : begin + 1 + len(seen)]]
        shown = [f"{label:<22} {value}".strip() for _, label, value in seen]
        differing = [one for one, other in zip(preview, shown, strict=True) if one.split() != other.split()]
        assert all(line.startswith("Authority") and line.endswith("(as its country named it)") for line in differing)
        assert len(differing) <= 2
        assert any(line.split()[0] in ("Replaces", "Record") for line in shown)


def test_without_the_authoritys_list_nobody_can_tell(desk: Desk, tmp_path: Path) -> None:
    desk.renew()
    words = desk.argv("trust", "make")
    at = words.index("--status")
    draft = str(tmp_path / "bare.draft")
    words = [draft if word == str(desk.made.file("trust.draft")) else word for word in words[:at] + words[at + 2 :]]
    desk.run([*words, *newer()])
    sealing = desk.argv("envelope", "sign", str(desk.made.file("trust.draft")))
    bare = str(tmp_path / "bare.cenv")
    named = {str(desk.made.file("trust.draft")): draft, str(desk.made.file("trust.cenv")): bare}
    desk.run([named.get(word, word) for word in sealing])
    verify = desk.made.verify_words(trust=bare)
    # A folder of its own: this package is newer than the one that later tests use.
    verify[verify.index("--home") + 1] = str(tmp_path / "home")
    assert desk.run(verify, expect=3)["code"] == "STATUS-?"


def test_a_strangers_copy_leaves_the_record_valid(desk: Desk) -> None:
    made = desk.sign()
    ledger = Ledger(JsonRpcClient(desk.made.value["rpc"]))
    with session_of(desk.made) as session:
        block = session.observer().block(made["block"])
        ours = next(one for one in block.transactions if "0x" + one.hash().hex() == made["transaction"])
    assert ours.signed is not None
    who = address_of(STRANGER.public_key.format(compressed=False))
    fields = replace(ours.signed.unsigned, nonce=ledger.latest_nonce(who))
    compact = STRANGER.sign_recoverable(fields.signing_hash(), hasher=None)
    r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:64], "big")
    copy = ledger.send(SignedTransaction(fields, compact[64], r, s).encode())
    deadline = time.monotonic() + 20
    while ledger.place(copy) is None:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    desk.renew()
    assert desk.verdict("act.cev") == "UNCROSSED"


def test_a_field_swapped_behind_the_desktops_back_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = signer_access.sign_transaction

    def swap(signer: SignerClient, job: Job) -> bytes:
        opening = decode_opening(job.opening)
        values = ("Another name", *opening.values[1:])
        return honest(signer, replace(job, opening=replace(opening, values=values).encode()))

    with monkeypatch.context() as patch:
        patch.setattr(signer_access, "sign_transaction", swap)
        refused = desk.sign(expect=1)
    assert refused["error"]["code"] == "DEVICE-COMMITMENT"
    assert not (desk.folder / "act.cev").exists()
    # That job has ended with the signer's code, and the key is free: the honest act is signed at once.
    assert desk.jobs()[0].code == "DEVICE-COMMITMENT"
    assert desk.sign()["state"] == "proven"
    assert desk.verdict("act.cev") == "OK-NEW"


def test_an_act_recorded_too_late_is_no_job_done_and_its_evidence_is_late(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "choose_not_after", lambda view, now, asked: asked)
    honest, limit = signing._ask_signer, int(time.time()) + 2

    def slow(*given: Any, **more: Any) -> bytes:
        raw = honest(*given, **more)
        time.sleep(max(limit + 1.5 - time.time(), 0))
        return raw

    monkeypatch.setattr(signing, "_ask_signer", slow)
    ended = desk.sign(expect=1, **{"not-after": str(limit)})
    # Whether the head or the act's own block is seen first after the limit, the job is never called done.
    assert ended["error"]["code"] in ("JOB-LATE", "JOB-EXPIRED")
    assert not (desk.folder / "act.cev").exists()
    job = next(job for job in desk.jobs() if job.code == ended["error"]["code"])
    with session_of(desk.made) as session:
        # What was signed in time and never sent by this office may still be sent by somebody else.
        if job.code == "JOB-EXPIRED":
            session.ledger.send(job.signatures[-1])
        deadline = time.monotonic() + 30
        while (found := session.observer().find(job)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.3)
        block, inclusion = found
        data = evidence_collecting.assemble(session, replace(job, inclusion=inclusion), block)
    (desk.folder / "late.cev").write_bytes(data)
    desk.renew()
    assert desk.verdict("late.cev", expect=1) == "LATE"


def test_words_of_the_other_way_are_one_clear_error(desk: Desk) -> None:
    words = desk.argv("sign")
    at = words.index("--authority")
    bare = words[:at] + words[at + 2 :]
    assert desk.run(bare, expect=2)["error"]["code"] == "USAGE"
    assert desk.run([*words, "--verb", "supersede", "--record", "3"], expect=2)["error"]["code"] == "USAGE"
    assert desk.run([*words, "--subject", "11" * 32], expect=2)["error"]["code"] == "USAGE"
    both = [*words, "--verb", "supersede", "--record", "3", "--subject", "11" * 32]
    assert desk.run(both, expect=2)["error"]["code"] == "USAGE"
    assert desk.change("revoke", "11" * 32, expect=1)["error"]["code"] == "SUBJECT-UNKNOWN"
    state = desk.argv("key", "statement")
    for option in ("--authority", "--holder"):
        at = state.index(option)
        assert desk.run(state[:at] + state[at + 2 :], expect=2)["error"]["code"] == "USAGE"


def test_a_registry_that_stands_already_is_named_from_proven_state(desk: Desk) -> None:
    made, out = desk.made, desk.folder / "adopted.draft"
    registry = next(step["argv"] for step in made.value["commands"] if step["argv"][:2] == ["registry", "deploy"])
    words = [
        "registry", "adopt", "--rpc", made.value["rpc"], "--profile", str(made.file("profile-1.cenv")), "--root",
        str(made.file("root.cenv")), "--home", registry[registry.index("--home") + 1], "--out", str(out),
    ]  # fmt: skip
    contract = load_profile(made.file("profile.cenv"), None).profile.timestamp
    assert contract is not None
    found = desk.run([*words, "--contract", "0x" + contract.hex()])
    assert found["forwards_to"] is None
    assert load_profile(out, None).profile == load_profile(made.file("profile.cenv"), None).profile
    assert desk.run([*words, "--contract", "0x" + "13" * 20], expect=1)["error"]["code"] == "CONTRACT-MISSING"


def test_a_key_keeps_its_role_until_it_is_said_otherwise(desk: Desk) -> None:
    from lightnode.wire.payload import decode_draft
    from lightnode.wire.trust import read_authority

    made, out = desk.made, desk.folder / "keys.draft"
    words = [str(out) if word == str(made.file("authority.draft")) else word for word in desk.argv("key", "statement")]
    for option in ("--holder", "--from-block"):
        at = words.index(option)
        words = words[:at] + words[at + 2 :]
    keep = ["--keep", str(made.file("authority.cenv"))]
    desk.run([*words, *keep, "--to-block", "900"])
    (key,) = read_authority(decode_draft(out.read_bytes()))[1]
    assert (key.first, key.last, key.holder, key.verbs) == (0, 900, 7, 0b1111110)
    second = [*words, *keep, "--holder", "8", "--verb", "revoke"]
    second[second.index("--official") + 1] = "0x" + "21" * 20
    desk.run(second)
    old, new = read_authority(decode_draft(out.read_bytes()))[1]
    assert (old.first, old.last, old.holder) == (0, None, 7)
    assert (new.holder, new.verbs, new.last, new.first > 1) == (8, 1 << 5, None, True)
    elsewhere = [*words, "--holder", "7", "--keep", str(made.file("country.cenv"))]
    assert desk.run(elsewhere, expect=2)["error"]["code"] == "TRUST"


def test_a_list_is_recomputed_by_anyone_from_the_same_block(desk: Desk, tmp_path: Path) -> None:
    """Another computer, with nothing but node, profile and statement, gets the same list."""
    listed = desk.renew()
    words = [
        str(tmp_path / "again.draft") if word == str(desk.made.file("status.draft")) else word
        for word in desk.argv("trust", "status")
    ]
    words[words.index("--home") + 1] = str(tmp_path / "other")
    again = desk.run([*words, "--height", str(listed["height"])])
    assert (again["list"], again["block_hash"]) == (listed["list"], listed["block_hash"])
    assert desk.run([*words, "--height", "99999999"], expect=2)["error"]["code"] == "USAGE"
