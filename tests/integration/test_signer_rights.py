"""The signer's real process has given its rights up; the program that starts it keeps its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge import launcher
from firmware_bridge.launcher import SignerStatus
from hsm.software import SoftwareToken
from tests.integration.test_signer_soft_hsm import begin

PIN = b"123456"
ROOT = Path(__file__).resolve().parents[2]
ASK = """
import ctypes, resource
from firmware_bridge.signer.least_rights import give_up_rights
prctl = ctypes.CDLL(None).prctl
def said():
    return prctl(3, 0, 0, 0, 0), prctl(39, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[0]
before = said()
give_up_rights()
print(before[:2], said())
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these rights are Linux's")


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[SignerStatus]:
    SoftwareToken.create(tmp_path / "token", bytearray(PIN)).close()
    yield begin(tmp_path / "signer", f"software:{tmp_path / 'token'}", PIN)
    launcher.stop(tmp_path / "signer")


def told(pid: int | str, name: str) -> str:
    lines = Path(f"/proc/{pid}/{name}").read_text().splitlines()
    return next(line for line in lines if line.startswith(("NoNewPrivs", "Max core file size")))


def test_its_memory_is_its_own(signer: SignerStatus) -> None:
    assert told(signer.pid, "status").split() == ["NoNewPrivs:", "1"]
    assert told(signer.pid, "limits").split()[4:6] == ["0", "0"]
    assert told("self", "status").split()[1] == "0", "not whoever starts it"


def test_what_the_system_says_of_a_process_that_gave_them_up() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "(1, 0) (0, 1, 0)"


def test_another_program_of_the_same_user_cannot_read_it(signer: SignerStatus, tmp_path: Path) -> None:
    """As root everything can be read; the rule is tried between two processes of an ordinary user."""
    if os.getuid() != 0:
        with pytest.raises(PermissionError):
            Path(f"/proc/{signer.pid}/mem").read_bytes()
        return
    script = """
import ctypes, os, sys, time
from firmware_bridge.signer.least_rights import give_up_rights
os.setgroups([]); os.setgid(65534); os.setuid(65534)
# Whoever has become another user is shut off already; an ordinary program is not.
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
child = os.fork()
if not child:
    if sys.argv[1] == "shut":
        give_up_rights()
    time.sleep(5)
    os._exit(0)
time.sleep(1)
try:
    open(f"/proc/{child}/mem", "rb").close()
    print("read")
except PermissionError:
    print("refused")
os.kill(child, 9)
"""
    for how, said in (("open", "read"), ("shut", "refused")):
        done = subprocess.run(
            [sys.executable, "-c", script, how], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.strip() == said, how
