"""A whole training set-up, typed again command by command, and what an outsider does with it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from lightnode.store.commit_mark import CommitMark

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = line.replace("chancery ", f"{sys.executable} -m desktop.cli ", 1)
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=120, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


class SetUp:
    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self.folder = Path(value["folder"])
        self.lines = {step["title"]: step["command"] for step in value["commands"]}

    def file(self, name: str) -> Path:
        return self.folder / name

    def line(self, word: str) -> str:
        return next(step["command"] for step in self.value["commands"] if step["argv"][0] == word)

    def verify_words(self, **changes: str) -> list[str]:
        given = {
            "evidence": str(self.file("act.cev")), "document": str(next(self.folder.glob("a1.*"))),
            "trust": str(self.file("trust.cenv")), "root": str(self.file("root.cenv")), **changes,
        }  # fmt: skip
        return [
            "verify", given["evidence"], "--document", given["document"], "--trust", given["trust"], "--root", given["root"],
            "--home", str(self.folder / "home"),
        ]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SetUp]:
    folder = tmp_path_factory.mktemp("quick") / "set-up"
    done = shell(f"chancery quickstart {folder} --json --quiet", ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    yield SetUp(json.loads(done.stdout))
    shell(f"chancery signer stop {folder}/signer", ROOT)
    shell(f"chancery devnet stop {folder}/network", ROOT)


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


def test_a_local_signer_is_named_by_its_folder(made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signer", "keys", "--signer", f"local:{made.folder}/signer", "--json"]) == 0
    assert {key["label"] for key in json.loads(capsys.readouterr().out)["keys"]} >= {"official", "root"}
    assert main(["signer", "keys", "--signer", f"local:{tmp_path}", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "SIGNER-GONE"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_second_record_of_another_kind(made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps({
        "carnet_number": "SE/2026/1", "issuing_association": "Chamber", "holder": "A holder", "voucher_set": "1",
        "event_code": "EXP", "item_numbers": "1-3; 7", "office_code": "SE000001", "event_date": "2026-11-20",
        "valid_until": "2027-03-01",
    }))  # fmt: skip
    out = tmp_path / "act.cev"
    words = made.line("sign").split()[1:]
    words = [{"eessi.pda1.v1": "customs.ata-event.v1", str(made.file("fields.json")): str(fields),
              str(made.file("act.cev")): str(out)}.get(word, word) for word in words]  # fmt: skip
    at = words.index("--document")
    assert main([*words[:at], *words[at + 2 :], "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["state"] == "proven"
    words = [word for word in made.verify_words(evidence=str(out)) if word != "--document" and not word.startswith(str(made.folder / "a1"))]  # fmt: skip
    assert main([*words, "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["verdict"], verdict["code"]) == ("VALID", "OK-NEW")
    assert {"verdict", "code", "message", "age_seconds", "environment"} <= set(verdict)


BAD_FIELDS = {
    "no object": "[1]",
    "no json": "{",
    "unknown field": '{"colour": "red"}',
    "missing": '{"forename": "Magnus"}',
    "number for text": '{"forename": 5}',
    "control characters": '{"forename": "a\\u0007"}',
    "deep": "[" * 50_000,
    "twice": '{"forename": "a", "forename": "b"}',
}


@pytest.mark.parametrize("case", BAD_FIELDS)
def test_wrong_fields_are_one_clear_error_before_the_signer_is_asked(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    fields = tmp_path / "fields.json"
    fields.write_text(BAD_FIELDS[case])
    words = [str(fields) if word == str(made.file("fields.json")) else word for word in made.line("sign").split()[1:]]
    status = main(words)
    err = [line for line in capsys.readouterr().err.splitlines() if line.startswith("chancery: ")]
    assert status == 2
    assert len(err) == 1
    assert "Traceback" not in err[0]


def test_verifying_opens_no_socket(made: SetUp) -> None:
    script = (
        "import sys\n"
        "def hook(event, arguments):\n"
        "    if event.startswith('socket.'):\n"
        "        raise SystemExit('a socket was opened: ' + event)\n"
        "sys.addaudithook(hook)\n"
        "import socket\n"
        "def never(*given, **named): raise SystemExit('a socket was made')\n"
        "socket.socket = socket.create_connection = socket.getaddrinfo = never\n"
        "from desktop.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *made.verify_words(), "--json"], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "VALID"


def verdict_of(made: SetUp, capsys: pytest.CaptureFixture[str], *more: str, **changes: str) -> tuple[int, str, str]:
    status = main([*made.verify_words(**changes), *more, "--json"])
    value = json.loads(capsys.readouterr().out)
    return status, value["verdict"], value["code"]


def test_an_attackers_evidence_with_the_attackers_package_is_not_valid(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another set-up, all genuine in itself, on the same network but under another root."""
    other = tmp_path / "attacker"
    network = json.loads(shell(f"chancery devnet status {made.folder}/network --json", tmp_path).stdout)
    done = shell(
        f"chancery quickstart {other} --rpc {network['rpc']} --genesis {network['genesis']} --json --quiet", tmp_path
    )
    assert done.returncode == 0, done.stdout
    try:
        theirs = {"evidence": str(other / "act.cev"), "trust": str(other / "trust.cenv")}
        assert verdict_of(made, capsys, **theirs)[:2] == (3, "CANNOT TELL")
        assert verdict_of(made, capsys, **theirs)[2] == "TRUST-ROOT"
        # Their evidence under our package: our registry never heard of it.
        status, verdict, _ = verdict_of(made, capsys, evidence=str(other / "act.cev"))
        assert (status, verdict) != (0, "VALID")
        # Their package for our evidence.
        assert verdict_of(made, capsys, trust=str(other / "trust.cenv"))[2] == "TRUST-ROOT"
    finally:
        shell(f"chancery signer stop {other}/signer", tmp_path)


def test_tampering_gets_the_right_verdict(made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from desktop.demo import forgery

    document = next(made.folder.glob("a1.*")).read_bytes()
    evidence = made.file("act.cev").read_bytes()
    cases = {
        "DOC-DIFF": {"document": forgery.tampered_document(document)},
        "SEAL-ALIEN": {"evidence": forgery.seal_by_a_stranger(evidence, os.urandom)},
        "SEAL-FEW": {"evidence": forgery.too_few_seals(evidence)},
    }
    for code, changed in cases.items():
        files = {}
        for name, data in changed.items():
            (tmp_path / name).write_bytes(data)
            files[name] = str(tmp_path / name)
        assert verdict_of(made, capsys, **files) == (1, "NOT VALID", code)
    assert verdict_of(made, capsys, "--at", "2040-01-01") == (3, "CANNOT TELL", "LIST-OLD")
    assert verdict_of(made, capsys, "--at", "2020-01-01") == (3, "CANNOT TELL", "CLOCK")


@pytest.mark.parametrize("name", ["evidence", "trust", "root", "document"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\x80", b"\xff" * 1000, b"[]", b"\x9f" * 5000])
def test_garbage_files_are_a_verdict_or_one_error(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(content)
    status = main([*made.verify_words(**{name: str(path)}), "--json"])
    value = json.loads(capsys.readouterr().out)
    assert status in (1, 2, 3)
    assert value.get("verdict") != "VALID"


def test_an_older_package_is_refused_after_a_newer_one(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = made.file("trust.cenv").read_bytes()
    (tmp_path / "older.cenv").write_bytes(older)
    home = tmp_path / "home"
    words = made.verify_words()
    words[words.index("--home") + 1] = str(home)
    assert main(words) == 0
    trust = next(step["argv"] for step in made.value["commands"] if step["argv"][:2] == ["trust", "make"])
    seal = next(step["argv"] for step in made.value["commands"] if str(made.file("trust.draft")) in step["argv"] and step["argv"][0] == "envelope")  # fmt: skip
    assert main(trust) == 0
    assert main(seal) == 0
    assert main(words) == 0
    capsys.readouterr()
    words[words.index("--trust") + 1] = str(tmp_path / "older.cenv")
    assert main([*words, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "ROLLBACK"


def test_making_it_again_in_its_folder_changes_nothing_that_counts(made: SetUp, tmp_path: Path) -> None:
    done = shell(f"chancery quickstart {made.folder} --json --quiet", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["verdict"]["verdict"] == "VALID"


def test_only_one_of_rpc_and_genesis_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quickstart", str(tmp_path / "x"), "--rpc", "http://127.0.0.1:1"]) == 2
    assert "USAGE" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def _replace(words: list[str], **options: str | None) -> list[str]:
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


def argv(made: SetUp, *begin: str) -> list[str]:
    return next(step["argv"] for step in made.value["commands"] if step["argv"][: len(begin)] == list(begin))


def test_the_six_verbs_and_what_an_office_sees_of_them(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Acts on existing records, then a newer trust package: suspended, replaced and withdrawn records show as such."""

    def act(verb: str, record: int | None, out: str | None = None, **more: str | None) -> dict[str, Any]:
        content = verb in ("register", "supersede")
        blank = {} if content else {"template": None, "fields": None, "document": None}
        words = _replace(
            argv(made, "sign"), verb=verb, record=None if record is None else str(record),
            out=None if out is None else str(tmp_path / out), **{**blank, **more},
        )  # fmt: skip
        assert main([*words, "--quiet", "--json"]) == 0
        value: dict[str, Any] = json.loads(capsys.readouterr().out)
        return value

    first, second = act("register", None, "one.cev"), act("register", None, "two.cev")
    assert second["record"] == first["record"] + 1
    act("suspend", first["record"])
    act("reinstate", first["record"])
    act("suspend", first["record"])
    act("revoke", second["record"])
    third = act("register", None, "three.cev", receiver="SE/12345")
    act("acknowledge", third["record"])
    newer = act("supersede", third["record"], "newer.cev")
    assert newer["record"] == third["record"] + 1
    trust, draft = tmp_path / "trust.cenv", tmp_path / "trust.draft"
    assert main(_replace(argv(made, "trust", "make"), out=str(draft))) == 0
    seal = next(step["argv"] for step in made.value["commands"] if str(made.file("trust.draft")) in step["argv"] and step["argv"][0] == "envelope")  # fmt: skip
    assert (
        main([str(draft) if word == str(made.file("trust.draft")) else word for word in _replace(seal, out=str(trust))])
        == 0
    )
    capsys.readouterr()
    for name, code in (("one", "SUSPENDED"), ("two", "WITHDRAWN"), ("three", "SUPERSEDED")):
        assert verdict_of(made, capsys, evidence=str(tmp_path / f"{name}.cev"), trust=str(trust))[2] == code
    assert verdict_of(made, capsys, evidence=str(tmp_path / "newer.cev"), trust=str(trust))[:2] == (0, "VALID")


@pytest.mark.parametrize(
    "words",
    [["--verb", "revoke"], ["--verb", "supersede"], ["--record", "3"], ["--verb", "suspend", "--record", "1", "--fields", "x"],
     ["--verb", "destroy"]],
)  # fmt: skip
def test_arguments_that_do_not_belong_to_a_verb(
    made: SetUp, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    base = _replace(argv(made, "sign"), template=None, fields=None, document=None, out=None)
    if words == ["--record", "3"]:
        base = argv(made, "sign")
    assert main([*base, *words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "USAGE"


def test_the_preview_is_what_the_signer_shows(
    made: SetUp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from firmware_bridge.debug_buttons import DebugButtons

    seen: list[tuple[str, str, str]] = []
    truth = DebugButtons.approve_all

    def watch(self: DebugButtons, stop: Any) -> list[tuple[str, str, str]]:
        found = truth(self, stop)
        seen.extend(found)
        return found

    monkeypatch.setattr(DebugButtons, "approve_all", watch)
    assert main(_replace(argv(made, "sign"), out=str(tmp_path / "act.cev"))) == 0
    said = capsys.readouterr().err.splitlines()
    begin = next(at for at, line in enumerate(said) if "will show" in line)
    assert seen[-1][1] == "Sign?"
    preview = [line.strip() for line in said[begin + 1 : begin + 1 + len(seen)]]
    shown = [f"{label:<22} {value}".strip() for _, label, value in seen]
    # Only the authority's name and number may be missing here: this computer was given no statement about it.
    differing = [(one, other) for one, other in zip(preview, shown, strict=True) if one.split() != other.split()]
    assert all(one.split()[0] == "Authority" and one.endswith("(as its country named it)") for one, _ in differing)
    assert len(differing) <= 2
    assert any(line.startswith("Authority id") for line in preview)


def test_a_client_killed_after_the_signer_answered_fetches_the_answer_and_asks_nobody(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """kill -9 between the signer's stored answer and the desktop's stored signature."""
    killed = (
        "import os, signal, sys\n"
        "from desktop.services import signer_access\n"
        "truth = signer_access.sign_transaction\n"
        "def sign(signer, job):\n"
        "    print(job.identifier, truth(signer, job).hex(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "signer_access.sign_transaction = sign\n"
        "from desktop.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = _replace(argv(made, "sign"), out=str(tmp_path / "act.cev"))
    done = subprocess.run(
        [sys.executable, "-c", killed, *words, "--quiet"], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    job, signature = done.stdout.split()
    logged = made.file("signer").joinpath("audit.log").read_bytes()
    named = {words[at]: words[at + 1] for at, word in enumerate(words) if word.startswith("--") and at + 1 < len(words)}
    base = ["--rpc", named["--rpc"], "--profile", named["--profile"], "--home", named["--home"], "--json", "--quiet"]
    # The key's next act names both commands; dropping is refused while the signature can still take effect.
    assert main([*words, "--json", "--quiet"]) == 1
    said = json.loads(capsys.readouterr().out)["error"]
    assert said["code"] == "JOB-STEP"
    assert f"`chancery jobs resume {job}`" in said["message"]
    assert main(["jobs", "drop", job, *base]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "JOB-STILL-POSSIBLE"
    # No finger is on the buttons: were the person asked, this would wait for ever.
    assert main(["jobs", "resume", job, *base, "--signer", named["--signer"], "--out", named["--out"]]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "proven"
    assert made.file("signer").joinpath("audit.log").read_bytes() == logged, "nothing was signed or asked again"
    from lightnode.wire.transaction import decode_transaction

    shown = decode_transaction(bytes.fromhex(signature)).hash().hex()
    assert main(["jobs", "drop", job, *base]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "JOB-STEP"
    assert main(["jobs", "resume", job, *base]) == 0
    assert json.loads(capsys.readouterr().out)["transaction"] == f"0x{shown}"


def test_a_store_that_is_gone_is_said_and_a_new_one_begun_only_when_told(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(made.folder / "home", home)
    store = next(home.rglob("store.db")).parent
    base = ["--profile", str(made.file("profile.cenv")), "--home", str(home), "--json"]

    def said(*words: str) -> tuple[int, dict[str, Any]]:
        status = main([*words, *base])
        value: dict[str, Any] = json.loads(capsys.readouterr().out)
        return status, value

    jobs = said("jobs", "list")[1]["jobs"]
    assert len(jobs) >= 4
    status, found = said("store", "check")
    assert (status, found["jobs"]) == (0, len(jobs))
    assert found["height"] > 4
    whole = (store / "store.db").read_bytes()
    data = bytearray(whole)
    data[-2000] ^= 1
    (store / "store.db").write_bytes(data)
    status, value = said("store", "check")
    assert (status, value["error"]["code"]) == (4, "STORE-DAMAGED")
    (store / "store.db").write_bytes(whole)
    # The mark of a day on which more was stored than this database holds.
    CommitMark(store).advance(1 << 32)
    status, value = said("jobs", "list")
    assert (status, value["error"]["code"]) == (4, "STORE-LOST")
    assert said("store", "accept-loss")[0] == 0
    assert len(said("jobs", "list")[1]["jobs"]) == len(jobs)
    (store / "store.db").unlink()
    left = sorted(path.name for path in store.iterdir())
    status, value = said("jobs", "list")
    assert (status, value["error"]["code"]) == (4, "STORE-GONE")
    assert "chancery store begin-anew" in value["error"]["advice"]
    assert sorted(path.name for path in store.iterdir()) == left
    moved = Path(said("store", "begin-anew")[1]["moved"])
    assert sorted(path.name for path in moved.iterdir()) == left
    assert said("store", "check")[1]["error"]["code"] == "STORE-FOLDER"
    assert said("jobs", "list") == (0, {"ok": True, "jobs": []})


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


def test_jobs_are_listed_and_give_their_evidence_again(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile, home = ["--profile", str(made.file("profile.cenv"))], ["--home", str(made.folder / "home")]
    assert main(["jobs", "list", *profile, *home, "--json"]) == 0
    jobs = json.loads(capsys.readouterr().out)["jobs"]
    assert {job["state"] for job in jobs} == {"proven"}
    record = next(job for job in jobs if job["title"].startswith("register PDA1"))
    out = tmp_path / "again.cev"
    rpc = argv(made, "sign")[argv(made, "sign").index("--rpc") + 1]
    assert main(["jobs", "resume", record["job"], "--rpc", rpc, *profile, *home, "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "proven"
    # An office of its own: the set-up's has seen a newer list by now.
    assert verdict_of(made, capsys, "--home", str(tmp_path / "home"), evidence=str(out))[1] == "VALID"
    assert main(["jobs", "resume", "nobody", "--rpc", rpc, *profile, *home, "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "STORE-MISSING"


def test_ctrl_c_withdraws_the_question_from_the_signer(made: SetUp, tmp_path: Path) -> None:
    """Without the debug finger nobody answers; the first Ctrl-C ends it, and the signer is free for the next."""
    import signal
    import time

    words = _replace(argv(made, "sign"), approve_debug=None, out=str(tmp_path / "act.cev"))
    child = subprocess.Popen(
        [sys.executable, "-m", "desktop.cli", *words, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stderr is not None
    for line in child.stderr:
        if "confirm there" in line:
            break
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=20)
    assert json.loads(out)["error"]["code"] == "DEVICE-CANCELLED"
    assert child.returncode == 130
    listed = json.loads(_jobs(made, tmp_path).stdout)["jobs"]
    assert (listed[0]["state"], listed[0]["code"]) == ("failed", "DEVICE-CANCELLED")
    # The key is free: the very next act is signed, with no job to clear away first.
    assert main(_replace(argv(made, "sign"), out=str(tmp_path / "act.cev"))) == 0


def _jobs(made: SetUp, folder: Path) -> subprocess.CompletedProcess[str]:
    return shell(
        f"chancery jobs list --profile {made.file('profile.cenv')} --home {made.folder / 'home'} --json", folder
    )
