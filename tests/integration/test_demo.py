"""The demonstration runs without questions, in time, and says what it must."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firmware_bridge import launcher
from lightnode.devnet import control

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


def test_the_demonstration(tmp_path: Path) -> None:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "desktop.cli", "demo", str(tmp_path / "demo")], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert time.monotonic() - started < 90
    for said in ("NOT VALID (DOC-DIFF)", "NOT VALID (SEAL-ALIEN)", "NOT VALID (SEAL-FEW)", "CANNOT TELL (LIST-OLD)",
                 "VALID (OK-NEW)"):  # fmt: skip
        assert said in done.stdout, said
    assert done.stdout.count("TRAINING") >= 6
    assert "confirm there" not in done.stdout + done.stderr, "nobody has to"
    _windows_showed_its_own_record(done.stdout, tmp_path / "demo")
    assert "the debug channel confirms them" in done.stdout
    for name in ("act.cev", "trust.cenv", "root.cenv", "blocks.jsonl", "forged-seal.cev"):
        assert (tmp_path / "demo" / name).exists()
    # Nothing is left running.
    for name in ("signer", "network"):
        assert not (tmp_path / "demo" / name / "status.json").exists() or not _alive(
            tmp_path / "demo" / name / "status.json"
        )


def _windows_showed_its_own_record(said: str, folder: Path) -> None:
    """Where Qt is installed: the record that the Sign page made is proven, and every picture bears the training banner."""
    try:
        from PySide6.QtGui import QColor, QImage
    except ImportError:
        assert "Qt is not installed here; the windows are left out" in said
        return
    for line in ("Sign page", "Verify page, the record", "Verify page, tampered document", "Verify page, stale list"):
        assert line in said, said[-3000:]
    pictures = sorted((folder / "screens").iterdir())
    assert [path.name for path in pictures] == [
        "1-sign-choose.png", "2-sign-fields.png", "3-sign-device.png", "4-sign-done.png", "5-verify-valid.png",
        "6-verify-not-valid.png", "7-verify-cannot-tell.png",
    ]  # fmt: skip
    for path in pictures:
        image = QImage(str(path))
        assert image.pixelColor(image.width() - 1, 2) == QColor("#5B2A86"), f"{path.name} has no training banner"
    made = sorted((folder / "home" / "evidence").glob("*.cev"))
    assert len(made) == 1
    assert made[0].read_bytes() != (folder / "act.cev").read_bytes()


def _alive(status: Path) -> bool:
    pid = int(json.loads(status.read_text()).get("pid", 0))
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return pid != 0


@pytest.mark.parametrize("moment", ["Start the signer", "Give the signer eessi.cenv", "6. The windows"])
def test_ctrl_c_ends_it_at_once_with_all_that_it_started(tmp_path: Path, moment: str) -> None:
    """Also between two commands, when an earlier one had taken Ctrl-C for itself."""
    folder = tmp_path / "demo"
    child = subprocess.Popen(
        [sys.executable, "-m", "desktop.cli", "demo", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert child.stdout is not None
    for line in child.stdout:
        if moment in line:
            break
    time.sleep(0.5)
    os.killpg(child.pid, signal.SIGINT)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130, said
    assert said.splitlines()[-1].startswith(
        ("chancery: INTERRUPTED: ", "chancery: JOB-STOPPED", "chancery: DEVICE-CANCELLED")
    )
    assert launcher.status(folder / "signer").running is False
    assert control.status(folder / "network").running is False
    # One that has let go of its folder may still be on its way out.
    deadline = time.monotonic() + 10
    while named := [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(folder).encode() in _read(path)]:
        assert time.monotonic() < deadline, [_read(path) for path in named]
        time.sleep(0.1)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
