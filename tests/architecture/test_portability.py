"""Officials use Windows too: everything imports where the modules of one operating system are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import importlib, importlib.abc, pathlib, sys
HIDDEN = {"fcntl", "termios", "pty", "tty", "pwd", "grp", "resource", "syslog", "winreg", "msvcrt", "_winapi"}
# pyserial picks its own back end by os.name and subprocess by msvcrt: both choose before this test begins.
import serial, subprocess, asyncio  # noqa
for name in HIDDEN:
    sys.modules.pop(name, None)
class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HIDDEN:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hide())
failed = []
count = 0
for package in ("lightnode", "hsm", "firmware_bridge", "desktop"):
    for path in sorted(pathlib.Path(package).rglob("*.py")):
        parts = list(path.with_suffix("").parts)
        if parts[-1] == "__main__" or path.as_posix() in ADAPTERS:
            continue
        if parts[-1] == "__init__":
            parts.pop()
        count += 1
        try:
            importlib.import_module(".".join(parts))
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] in HIDDEN:
                failed.append((".".join(parts), error.name))
            else:
                raise
print(count, failed)
sys.exit(1 if failed or count < 20 else 0)
"""

# The one module for each that is written for one operating system and is imported only there.
ADAPTERS: set[str] = {
    # Runs in the engine's own environment, never in ours.
    "lightnode/devnet/engine_worker.py",
    # The signer's end of a pseudo-terminal, imported only where one is served.
    "firmware_bridge/link/pty_port.py",
}


def test_everything_imports_without_modules_of_one_system() -> None:
    script = f"ADAPTERS = {ADAPTERS!r}\n{SCRIPT}"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
