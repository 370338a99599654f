"""`chancery node serve` in a process of its own, and web3.py that asks it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = Path(os.environ.get("CHANCERY_CLIENTS_PYTHON") or ROOT / ".venv-clients" / "bin" / "python")


@dataclass
class Served:
    """A running server.

    Attributes:
        process: its own.
        url: where it listens.
        token: that it wants.
        said: its line on standard output.
    """

    process: subprocess.Popen[str]
    url: str
    token: str
    said: dict[str, Any]

    def headers(self, **more: str) -> dict[str, str]:
        """Give the headers of an honest client."""
        return {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}", **more}


@contextmanager
def serving(rpc: str, profile: Path, home: Path, *words: str) -> Iterator[Served]:
    """Serve until the end of the block, then stop it as a service manager does."""
    line = [sys.executable, "-m", "desktop.cli", "node", "serve", "--rpc", rpc, "--profile", str(profile)]
    line += ["--home", str(home), "--port", "0", "--once-ready", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, process.communicate(timeout=30)[1]
        said = json.loads(first)
        yield Served(process, said["url"], Path(said["token_file"]).read_text().strip(), said)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


def web3_says(url: str, token: str | None, steps: list[list[Any]], **more: Any) -> dict[str, Any]:
    """Ask with web3.py."""
    asked = json.dumps({"url": url, "token": token, "steps": steps, **more})
    script = Path(__file__).with_name("web3_caller.py")
    done = subprocess.run(
        [str(CLIENTS), "-I", str(script)], input=asked, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
