"""Peak memory of verifying a chain of headers made on the way: `python -m tests.bench.header_memory COUNT` prints MiB."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.header import decode_header
from lightnode.consensus.recovery_ahead import append_all
from tests.bench.made_headers import MadeHeaders

ROOT = Path(__file__).resolve().parents[2]
FOREVER = 1 << 62


def peak_mib(count: int) -> float:
    """Give the peak memory of a process of its own that verifies so many headers of one validator."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.header_memory", str(count)],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return float(done.stdout)


def main(count: int) -> None:
    """Verify and print the peak, in MiB."""
    made = MadeHeaders(1)
    chain = HeaderChain(made.config)
    for _ in append_all(chain, ((decode_header(raw), None) for raw in made.raw(count)), FOREVER):
        pass
    if chain.height != count:
        raise SystemExit(f"verified {chain.height} of {count} headers")
    # Not `ru_maxrss`, which begins with the peak of the process that started this one.
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise SystemExit("this system does not tell the peak memory of a process")
    print(int(found[1]) / 1024)


if __name__ == "__main__":
    main(int(sys.argv[1]))
