"""A process of its own that asks a server for headers and says what came of it and what it cost: `python -m ... URL TIMEOUT`.

Its own, because only a process has a peak memory that nothing before it has raised.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from lightnode.errors import LightNodeError
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.retrying import Pauses, Retrying

ROOT = Path(__file__).resolve().parents[2]
BUDGET = 1.5
COUNT = 8


@dataclass(frozen=True, slots=True)
class Cost:
    """What asking a server came to.

    Attributes:
        code: of the error; empty where headers were given.
        seconds: that it took.
        mebibytes: by which the peak memory grew.
    """

    code: str
    seconds: float
    mebibytes: float


def cost_of(url: str, timeout: float) -> Cost:
    """Ask for the first headers in a process of its own, with so many seconds for each request."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.asking_process", url, str(timeout)],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=60,
    )  # fmt: skip
    return Cost(**json.loads(done.stdout))


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


def main(url: str, timeout: float) -> None:
    """Ask and print the cost."""
    before, started, code = _peak(), time.monotonic(), ""
    source = LedgerSource(Ledger(JsonRpcClient(url, timeout)), Retrying(Pauses(3, 0.05, 0.2, BUDGET)))
    try:
        source.headers(range(COUNT))
    except LightNodeError as error:
        code = error.code
    print(json.dumps({"code": code, "seconds": time.monotonic() - started, "mebibytes": (_peak() - before) / 1024}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
