"""The demonstration runs without questions, in time, and says what it must."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.xdist_group("demo"),
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
    # Nobody sits here: nothing may ask a reader to press a button.
    assert "confirm there" not in done.stdout
    assert "the debug channel confirms them" in done.stdout
    for name in ("act.cev", "trust.cenv", "root.cenv", "blocks.jsonl", "forged-seal.cev"):
        assert (tmp_path / "demo" / name).exists()
    # Nothing is left running.
    for name in ("signer", "network"):
        assert not (tmp_path / "demo" / name / "status.json").exists() or not _alive(
            tmp_path / "demo" / name / "status.json"
        )


def _alive(status: Path) -> bool:
    pid = int(json.loads(status.read_text()).get("pid", 0))
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return pid != 0
