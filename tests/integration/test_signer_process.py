"""The signer's real process: killed with -9, started twice, and a status file that a former run left behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.cli.main import main
from desktop.services import signer_access
from firmware_bridge import launcher
from firmware_bridge.client import SignerClient
from firmware_bridge.debug_buttons import DebugButtons
from firmware_bridge.errors import BridgeError, SignerStartError
from firmware_bridge.launcher import SignerStatus
from hsm.software import SoftwareToken
from lightnode.wire.curve import Curve
from tests.integration.test_signer_soft_hsm import begin, root_payload
from tests.support.link_host import HOST

PIN = b"123456"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    SoftwareToken.create(tmp_path / "token", bytearray(PIN)).close()
    yield tmp_path / "signer"
    launcher.stop(tmp_path / "signer")


def run(folder: Path) -> SignerStatus:
    return begin(folder, f"software:{folder.parent / 'token'}", PIN)


def kill(status: SignerStatus, folder: Path) -> None:
    os.kill(status.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while launcher.is_held(folder):
        assert time.monotonic() < deadline, "the killed process still holds the folder"
        time.sleep(0.01)
    assert not launcher.status(folder).running
    assert (folder / launcher.STATUS).exists(), "kill -9 leaves the status file, which nobody may believe"


def with_finger(status: SignerStatus, work: Callable[[SignerClient], object]) -> tuple[object, list]:
    """Do something while a finger approves everything; gives its result and the screens seen."""
    buttons, stop = DebugButtons(status.debug_url, HOST), threading.Event()
    seen: list = []

    def press() -> None:
        # The process may be killed under the finger.
        with contextlib.suppress(BridgeError):
            seen.extend(buttons.approve_all(stop))

    finger = threading.Thread(target=press, daemon=True)
    finger.start()
    try:
        with SignerClient.open(status.url, HOST) as client:
            return work(client), seen
    finally:
        stop.set()
        finger.join(5)
        buttons.close()


def test_kill_9_while_the_person_reads_signs_nothing_and_the_same_id_asks_again(folder: Path) -> None:
    status = run(folder)
    with SignerClient.open(status.url, HOST) as client:
        key = client.generate_key("gov", "secp256r1", "envelope")
    payload, name = root_payload(key.public_key, Curve.SECP256R1), os.urandom(16)
    logged = (folder / "audit.log").read_bytes()
    shown, failed = threading.Event(), list[Exception]()

    def ask() -> None:
        with SignerClient.open(status.url, HOST, lambda pending: shown.set() if pending.screen else None) as client:
            try:
                client.sign_envelope(payload, "gov", name)
            except BridgeError as error:
                failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert shown.wait(10)
    kill(status, folder)
    asking.join(30)
    assert [error.code for error in failed] == ["SIGNER-GONE"]
    assert (folder / "audit.log").read_bytes() == logged, "nothing was signed, so nothing is logged"
    status = run(folder)
    signature, seen = with_finger(status, lambda client: client.sign_envelope(payload, "gov", name))
    assert seen, "nothing may be signed that nobody read"
    assert signature is not None


def test_kill_9_after_the_answer_was_stored_signs_nothing_again(folder: Path) -> None:
    status = run(folder)
    with SignerClient.open(status.url, HOST) as client:
        key = client.generate_key("gov", "secp256r1", "envelope")
    payload, name = root_payload(key.public_key, Curve.SECP256R1), os.urandom(16)
    first, _ = with_finger(status, lambda client: client.sign_envelope(payload, "gov", name))
    kill(status, folder)
    entries = (folder / "audit.log").read_bytes().count(b"\n")
    status = run(folder)
    # P-256 signatures of this token are random: the same bytes can only be the stored answer.
    again, seen = with_finger(status, lambda client: client.sign_envelope(payload, "gov", name))
    assert again == first
    assert seen == []
    assert (folder / "audit.log").read_bytes().count(b"\n") == entries
    anew, seen = with_finger(status, lambda client: client.sign_envelope(payload, "gov"))
    assert anew != first
    assert seen


def test_a_signer_killed_at_any_moment_comes_up_again(folder: Path) -> None:
    status = run(folder)
    with SignerClient.open(status.url, HOST) as client:
        key = client.generate_key("gov", "secp256r1", "envelope")
    payload = root_payload(key.public_key, Curve.SECP256R1)
    for delay in (0.0, 0.02, 0.05, 0.1, 0.2):
        name = os.urandom(16)
        threading.Timer(delay, os.kill, (status.pid, signal.SIGKILL)).start()
        try:
            before, _ = with_finger(status, lambda client, name=name: client.sign_envelope(payload, "gov", name))
        except (BridgeError, ValueError):
            before = None
        deadline = time.monotonic() + 5
        while launcher.is_held(folder) and time.monotonic() < deadline:
            time.sleep(0.01)
        status = run(folder)
        after, _ = with_finger(status, lambda client, name=name: client.sign_envelope(payload, "gov", name))
        assert before is None or after == before


def test_stop_ends_no_process_that_an_old_status_file_names(folder: Path) -> None:
    status = run(folder)
    kill(status, folder)
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        known = json.loads((folder / launcher.STATUS).read_text())
        (folder / launcher.STATUS).write_text(json.dumps({**known, "pid": bystander.pid}))
        assert not launcher.status(folder).running
        assert not launcher.stop(folder).running
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_one_folder_is_served_by_one_signer(folder: Path) -> None:
    status = run(folder)
    with pytest.raises(SignerStartError, match="running already"):
        run(folder)
    # Also where the launcher was not asked: the process itself finds the folder held.
    second = [
        sys.executable,
        "-m",
        launcher.MODULE,
        "--state",
        str(folder),
        "--token",
        f"software:{folder.parent}/token",
    ]
    done = subprocess.run(second, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "running already" in done.stderr
    assert launcher.status(folder) == status
    with SignerClient.open(status.url, HOST) as client:
        client.info()


def test_a_moved_away_folder_is_not_running(folder: Path, tmp_path: Path) -> None:
    assert not launcher.status(tmp_path / "nowhere").running
    run(folder)
    launcher.stop(folder)
    shutil.rmtree(folder)
    assert not launcher.status(folder).running


def test_paths_of_the_caller_and_a_pin_on_standard_input(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    command = [sys.executable, "-m", "desktop.cli", "signer", "start", "../rel", "--token", "software:../made",
               "--pin-fd", "0", "--provisioning", "--json"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(Path(launcher.__file__).parents[1])}
    done = subprocess.run(
        command,
        cwd=tmp_path / "elsewhere",
        input=b"123456\n",
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / "made" / "token.json").exists()
        status = launcher.status(tmp_path / "rel")
        assert status.running
        with signer_access.connect(signer_access.SignerAddress(f"local:{tmp_path / 'rel'}"), print) as client:
            assert not client.info().locked
        assert main(["signer", "lock", "--signer", status.url]) == 0
        with signer_access.connect(signer_access.SignerAddress(f"local:{tmp_path / 'rel'}"), print) as client:
            assert client.info().locked
    finally:
        launcher.stop(tmp_path / "rel")
    for path in (tmp_path / "rel").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


FAILED_STARTS = {
    "wrong PIN": ("software:token", b"000000", "SIGNER-START-PIN", 1),
    "no such folder": ("software:nowhere", PIN, "SIGNER-START-TOKEN", 4),
    "unknown kind": ("yubikey:1", PIN, "SIGNER-TOKEN-URL", 2),
    "module by name": ("pkcs11:libsofthsm2.so?token=x", PIN, "SIGNER-TOKEN-URL", 2),
    "no label": ("pkcs11:/usr/lib/x.so", PIN, "SIGNER-TOKEN-URL", 2),
    "no module": ("pkcs11:/nowhere/x.so?token=x", PIN, "SIGNER-START-TOKEN", 4),
    "nothing": ("", PIN, "USAGE", 2),
    "no text": ("software:token", b"12\x0134", "SIGNER-PIN-FD", 2),
}


@pytest.mark.parametrize("name", FAILED_STARTS)
def test_each_way_not_to_come_up_has_its_own_code(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, pin, code, status = FAILED_STARTS[name]
    monkeypatch.chdir(folder.parent)
    reading, writing = os.pipe()
    os.write(writing, pin + b"\n")
    os.close(writing)
    words = ["signer", "start", str(folder), "--token", url, "--pin-fd", str(reading), "--json"]
    try:
        assert main(words) == status
    finally:
        os.close(reading)
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code
    assert error["advice"] not in error["message"]
    assert not launcher.status(folder).running
    tries = json.loads((folder.parent / "token" / "token.json").read_text())["tries"]
    assert tries == (2 if name == "wrong PIN" else 3), "one start spends one try at most"
    if name == "wrong PIN":
        assert "2 tries are left" in error["message"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"[" * 100_000, b"\xff", b'{"pid": "7", "url": "", "debug_url": ""}',
                                    b'{"pid": 0, "url": "", "debug_url": ""}'])  # fmt: skip
def test_a_damaged_status_file_is_not_taken_for_a_stopped_signer(
    folder: Path, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(folder)
    whole = (folder / launcher.STATUS).read_bytes()
    (folder / launcher.STATUS).write_bytes(damage)
    try:
        for word in ("status", "stop", "start"):
            assert main(["signer", word, str(folder), "--json"]) == 4
            assert json.loads(capsys.readouterr().out)["error"]["code"] == "SIGNER-STATUS"
    finally:
        (folder / launcher.STATUS).write_bytes(whole)
    assert launcher.status(folder) == status


def test_a_file_in_the_place_of_the_folder_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"text")
    file.chmod(0o644)
    assert main(["signer", "start", str(file), "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "OUTPUT-FILE"
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"text", 0o644)
