"""Which process loads what: the desktop never has a token back end in its memory, whatever it imports."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The local signer's own process, which happens to use the desktop's Qt widgets.
SIGNERS_OWN = {"desktop.qt.signer_main"}


def desktop_modules(part: str) -> list[str]:
    folder = ROOT / "desktop" / part
    found = [item.name for item in pkgutil.walk_packages([str(folder)], f"desktop.{part}.")]
    assert len(found) > 5, "the search for modules is broken"
    return [name for name in found if name not in SIGNERS_OWN and not name.endswith("__main__")]


@pytest.mark.parametrize("part", ["cli", "services", "demo", "qt"])
def test_the_desktop_loads_no_token_back_end(part: str) -> None:
    if part == "qt":
        pytest.importorskip("PySide6")
    script = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    print(name, sorted(item for item in sys.modules if item.split(".")[0] in ("hsm", "pkcs11")))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, *desktop_modules(part)],
        cwd=ROOT, capture_output=True, text=True, check=False, env={"QT_QPA_PLATFORM": "offscreen", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if not line.endswith(" []")] == []


def test_the_signers_own_process_does() -> None:
    script = "import firmware_bridge.signer.process, sys; print('hsm.token' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
