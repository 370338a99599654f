"""What an outsider does with a set-up's files: judging without a network, forgeries, garbage, an attacker's own set-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desktop.cli.main import main
from tests.support.training_set_up import ROOT, SetUp, shell

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


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


def test_an_attackers_evidence_with_the_attackers_package_is_not_valid(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another set-up, all genuine in itself, on the same network but under another root."""
    other = tmp_path / "attacker"
    done = shell(
        f"chancery quickstart {other} --rpc {made.value['rpc']} --genesis {made.value['genesis']} --json --quiet",
        tmp_path,
    )
    assert done.returncode == 0, done.stdout
    try:
        theirs = {"evidence": str(other / "act.cev"), "trust": str(other / "trust.cenv")}
        assert made.verdict(capsys, **theirs)[:2] == (3, "CANNOT TELL")
        assert made.verdict(capsys, **theirs)[2] == "TRUST-ROOT"
        # Their evidence under our package: our registry never heard of it.
        status, verdict, _ = made.verdict(capsys, evidence=str(other / "act.cev"))
        assert (status, verdict) != (0, "VALID")
        # Their package for our evidence.
        assert made.verdict(capsys, trust=str(other / "trust.cenv"))[2] == "TRUST-ROOT"
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
        assert made.verdict(capsys, **files) == (1, "NOT VALID", code)
    assert made.verdict(capsys, "--at", "2040-01-01") == (3, "CANNOT TELL", "LIST-OLD")
    assert made.verdict(capsys, "--at", "2020-01-01") == (3, "CANNOT TELL", "CLOCK")


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
    # Without a number it bears the second in which it is made, which may be that of the older one.
    trust = [*made.argv("trust", "make"), "--serial", str(int(time.time()) + 1)]
    seal = made.sealing("trust")
    assert main(trust) == 0
    assert main(seal) == 0
    assert main(words) == 0
    capsys.readouterr()
    words[words.index("--trust") + 1] = str(tmp_path / "older.cenv")
    assert main([*words, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "ROLLBACK"
