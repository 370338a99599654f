"""How long a person at a border waits: `chancery verify` as a new process, beside the interpreter's own start."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.calibration import seconds
from tests.bench.result import Result
from tests.support.sealed_world import NOW, World

ROUNDS = 9


def run() -> list[Result]:
    """Judge one evidence file, cold, some times."""
    world = World()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, data in (("act.cev", world.evidence()), ("trust.cenv", world.trust()), ("root.cenv", world.root())):
            (folder / file).write_bytes(data)
        words = [
            sys.executable, "-m", "desktop.cli", "verify", str(folder / "act.cev"), "--trust", str(folder / "trust.cenv"),
            "--root", str(folder / "root.cenv"), "--home", str(folder / "home"), "--at", str(NOW), "--json",
        ]  # fmt: skip
        done = subprocess.run(words, capture_output=True, check=False)
        if b'"verdict": "VALID"' not in done.stdout:
            raise AssertionError(done.stdout + done.stderr)
        cold = median(seconds(lambda: subprocess.run(words, capture_output=True, check=False)) for _ in range(ROUNDS))
        empty = [sys.executable, "-c", "pass"]
        bare = median(seconds(lambda: subprocess.run(empty, check=True)) for _ in range(ROUNDS))
    return [
        Result("verify.cold: seconds of one verdict as a new process", cold, "s", 0.25),
        Result("verify.cold.start: the same beside the interpreter's own start", cold / bare, "ratio", None),
    ]
