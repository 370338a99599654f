"""A local network whose patience is shorter than the built one's, so that a test of its limits need not wait as long."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lightnode.devnet import call_engine, control, process, rpc_server
from lightnode.devnet.control import DevnetStatus
from lightnode.devnet.settings import DevnetSettings

ROOT = Path(__file__).resolve().parents[2]
# The constants are replaced before anything is served; all else is the network's own process.
RUN = """
import functools, pathlib, sys
from lightnode.devnet import call_engine, process, rpc_server
folder, call, queue, batch = sys.argv[1], *map(float, sys.argv[2:])
process.CallEngine = functools.partial(call_engine.CallEngine, seconds=call)
call_engine.QUEUE_SECONDS, rpc_server.BATCH_SECONDS = queue, batch
process.run(pathlib.Path(folder), 0)
"""


@dataclass(frozen=True)
class Patience:
    """Seconds that one call may take, that a call waits for others, and that a batch is answered."""

    call: float
    queue: float
    batch: float


BUILT = Patience(call_engine.CALL_SECONDS, call_engine.QUEUE_SECONDS, rpc_server.BATCH_SECONDS)
HURRIED = Patience(BUILT.call / 4, BUILT.queue / 4, BUILT.batch / 4)


@contextmanager
def running(folder: Path, settings: DevnetSettings, patience: Patience) -> Iterator[DevnetStatus]:
    """Serve a new network with other limits; `control` asks after it and stops it as any other."""
    process.make_folder(folder, settings, int(time.time()))
    words = [str(folder.resolve()), str(patience.call), str(patience.queue), str(patience.batch)]
    with (folder / control.LOG).open("ab") as log:
        child = subprocess.Popen([sys.executable, "-c", RUN, *words], cwd=ROOT, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not (now := control.status(folder)).rpc_url:
            assert child.poll() is None, (folder / control.LOG).read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield now
    finally:
        control.stop(folder)
        child.wait(10)
