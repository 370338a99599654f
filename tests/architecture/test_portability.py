"""Officials use Windows too: everything imports where the modules of one operating system are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import importlib, importlib.abc, pathlib, sys
HIDDEN = {"fcntl", "termios", "pty", "tty", "pwd", "grp", "resource", "syslog", "winreg", "msvcrt", "_winapi", "crypt",
          "spwd", "posix", "curses", "_curses", "readline"}
# What the os and signal modules of another system lack.
ATTRIBUTES = {
    "os": ("getuid", "geteuid", "getgid", "getegid", "getgroups", "getpgid", "getpgrp", "setsid", "fork", "forkpty",
           "openpty", "killpg", "mkfifo", "mknod", "chown", "fchown", "uname", "ttyname", "wait3", "pread", "O_NOFOLLOW",
           "O_NOCTTY", "O_CLOEXEC", "register_at_fork"),
    "signal": ("SIGHUP", "SIGKILL", "SIGALRM", "alarm", "pthread_sigmask", "setitimer"),
    "socket": ("AF_UNIX", "SO_PEERCRED"),
}
# Libraries of others choose by what they find at their own import: they are let do so before this test begins. pyserial
# picks its own back end by os.name and subprocess by msvcrt.
import serial, subprocess, asyncio, filelock, cryptography.hazmat.primitives.asymmetric.ec, urllib3, usb.core  # noqa
import multiprocessing, tempfile, uuid, getpass, http.client, http.server, socketserver, random, secrets, hmac  # noqa
import sqlcipher3, coincurve, cbor2, platformdirs, PySide6.QtWidgets, ssl, concurrent.futures, logging.handlers  # noqa
for owner, names in ATTRIBUTES.items():
    for name in names:
        if hasattr(sys.modules[owner], name):
            delattr(sys.modules[owner], name)
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
        except (AttributeError, ImportError) as error:
            failed.append((".".join(parts), str(error)))
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


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    script = f"ADAPTERS = {ADAPTERS!r}\n{SCRIPT}"
    return subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)


def test_everything_imports_without_modules_of_one_system() -> None:
    done = run(ROOT)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    "line", ["import curses", "import readline", "import os; OWNER = os.getuid()", "from os import geteuid, fork",
             "import signal; KILL = signal.SIGKILL"],
)  # fmt: skip
def test_a_line_of_one_system_is_noticed(tmp_path: Path, line: str) -> None:
    (tmp_path / "hsm").mkdir()
    (tmp_path / "hsm" / "__init__.py").touch()
    for number in range(30):
        (tmp_path / "hsm" / f"part{number}.py").write_text(line if number == 7 else "")
    done = run(tmp_path)
    assert done.returncode == 1, done.stderr
    assert "hsm.part7" in done.stdout
    assert "hsm.part8" not in done.stdout
