"""The generated pages of the handbook are those of this program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="argparse writes help pages differently in other versions")
def test_errors_and_commands_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "handbook" / "build.py"), "--check"], capture_output=True, text=True,
        check=False, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr + "run packaging/handbook/build.py"
