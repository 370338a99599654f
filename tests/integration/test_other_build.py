"""A build that is not for training: no debug channel, no root of training, and it says so in its greeting."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hsm.software import SoftwareToken
from tests.support.signer_bench import SignerBench

ROOT = Path(__file__).resolve().parents[2]
# The constant is replaced before anything else of the signer is loaded, as whoever packages such a build replaces its line.
RUN = """
import sys
from firmware_bridge.signer import build
build.TRAINING_BUILD = False
from firmware_bridge.signer.process import main
sys.exit(main(sys.argv[1:]))
"""
GREET = """
import threading
from firmware_bridge.signer import build
build.TRAINING_BUILD = False
from firmware_bridge.client import SignerClient
from firmware_bridge.link.memory_port import pair
from firmware_bridge.signer.host import Host
host, device = pair()
from pathlib import Path
from tempfile import TemporaryDirectory
from firmware_bridge.signer.signer_files import SignerFiles
from tests.support.link_host import HOST
signer = Host(device, SignerFiles(Path(TemporaryDirectory().name)))
threading.Thread(target=lambda: [list(signer.read(1)) for _ in range(5)], daemon=True).start()
print(SignerClient(host, HOST).hello.training_build)
"""


def run(*words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_it_has_no_debug_channel(tmp_path: Path) -> None:
    SoftwareToken.create(tmp_path / "token", bytearray(b"1234"))
    words = ("--state", str(tmp_path / "s"), "--token", f"software:{tmp_path / 'token'}", "--debug")
    for environment in (None, {"TRAINING_BUILD": "1", "CHANCERY_TRAINING_BUILD": "True"}):
        done = run(*words, environment=environment)
        assert done.returncode == 1
        assert "SIGNER-START: This build has no debug channel." in done.stderr


def test_it_opens_no_root_of_training(tmp_path: Path) -> None:
    SignerBench(tmp_path)
    done = run("--state", str(tmp_path / "state"), "--token", f"software:{tmp_path / 'token'}")
    assert done.returncode == 1
    assert "DEVICE-POLICY: This build of the signer is for another environment." in done.stderr


def test_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GREET], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"
