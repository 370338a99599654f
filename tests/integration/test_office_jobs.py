"""An office's jobs and store: listed, carried on after kill -9, withdrawn by Ctrl-C, lost and begun anew."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from desktop.services import signer_access
from firmware_bridge import launcher
from firmware_bridge.debug_buttons import DebugButtons
from firmware_bridge.errors import BusyError
from lightnode.store.commit_mark import CommitMark
from tests.support.training_set_up import ROOT, SetUp, replaced, shell

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


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
    words = replaced(made.argv("sign"), out=str(tmp_path / "act.cev"))
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


def test_jobs_are_listed_and_give_their_evidence_again(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile, home = ["--profile", str(made.file("profile.cenv"))], ["--home", str(made.folder / "home")]
    assert main(["jobs", "list", *profile, *home, "--json"]) == 0
    jobs = json.loads(capsys.readouterr().out)["jobs"]
    assert {job["state"] for job in jobs} == {"proven"}
    record = next(job for job in jobs if job["title"].startswith("register PDA1"))
    out = tmp_path / "again.cev"
    rpc = made.argv("sign")[made.argv("sign").index("--rpc") + 1]
    assert main(["jobs", "resume", record["job"], "--rpc", rpc, *profile, *home, "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "proven"
    # An office of its own: the set-up's has seen a newer list by now.
    assert made.verdict(capsys, "--home", str(tmp_path / "home"), evidence=str(out))[1] == "VALID"
    assert main(["jobs", "resume", "nobody", "--rpc", rpc, *profile, *home, "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "STORE-MISSING"


def test_ctrl_c_withdraws_the_question_from_the_signer(made: SetUp, tmp_path: Path) -> None:
    """Without the debug finger nobody answers; the first Ctrl-C ends it, and the signer is free for the next."""

    words = replaced(made.argv("sign"), approve_debug=None, out=str(tmp_path / "act.cev"))
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
    assert main(replaced(made.argv("sign"), out=str(tmp_path / "act.cev"))) == 0


def test_a_client_killed_while_the_person_reads_joins_its_own_question(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = replaced(made.argv("sign"), approve_debug=None, out=str(tmp_path / "act.cev"))
    named = {words[at]: words[at + 1] for at, word in enumerate(words) if word.startswith("--") and at + 1 < len(words)}
    debug = launcher.status(made.file("signer")).debug_url
    child = subprocess.Popen(
        [sys.executable, "-m", "desktop.cli", *words, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stderr is not None
    for line in child.stderr:
        if "confirm there" in line:
            break
    child.kill()
    child.communicate(timeout=20)
    buttons = DebugButtons(debug, signer_access.host_for(signer_access.SignerAddress(f"local:{made.file('signer')}")))
    shown = buttons.current()
    assert shown is not None
    # Another program's finger presses nothing of it.
    address = signer_access.SignerAddress(named["--signer"], debug)
    with pytest.raises(BusyError), signer_access.connect(address, lambda _: None) as signer:
        time.sleep(0.3)
        signer.keys()
    assert buttons.current() == shown
    buttons.close()
    (job,) = [one["job"] for one in json.loads(_jobs(made, tmp_path).stdout)["jobs"] if one["state"] == "approved"]
    base = ["--rpc", named["--rpc"], "--profile", named["--profile"], "--home", named["--home"], "--json", "--quiet"]
    more = ["--signer", named["--signer"], "--approve-debug", debug, "--out", named["--out"]]
    assert main(["jobs", "resume", job, *base, *more]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "proven"


def test_the_signer_of_a_set_up_that_was_locked_starts_again_as_its_command_reads(
    made: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["signer", "lock", "--signer", f"local:{made.file('signer')}", "--json"]) == 0
    made.wake()
    capsys.readouterr()
    assert main([*replaced(made.argv("sign"), out=str(tmp_path / "act.cev")), "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def _jobs(made: SetUp, folder: Path) -> subprocess.CompletedProcess[str]:
    return shell(
        f"chancery jobs list --profile {made.file('profile.cenv')} --home {made.folder / 'home'} --json", folder
    )
