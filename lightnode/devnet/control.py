"""Starting, asking after and stopping a local network, from any process."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightnode.devnet import process
from lightnode.devnet.engine import engine_python
from lightnode.devnet.errors import DevnetFolderError, DevnetStartError
from lightnode.devnet.settings import DevnetSettings

LOG = "network.log"
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DevnetStatus:
    """A network as it stands.

    Attributes:
        running: whether its process answers.
        rpc_url: where; empty while it is stopped.
        pid: of its process; 0 while it is stopped.
        genesis_path: its genesis file.
        chain_id: within the training range.
        genesis_hash: hex.
        head: number of the newest block; -1 while it is stopped.
    """

    running: bool
    rpc_url: str
    pid: int
    genesis_path: Path
    chain_id: int
    genesis_hash: str
    head: int


def start(folder: Path, settings: DevnetSettings | None = None, port: int = 0) -> DevnetStatus:
    """Start a network, making it first where the folder is new.

    Args:
        folder: of the network.
        settings: of a new network; an existing one keeps its own.
        port: 0 for any free one.

    Raises:
        EngineMissingError: the EVM engine is not installed.
        DevnetStartError: the process does not answer in time.
        DevnetSettingError: a setting is out of range.
    """
    engine_python()
    if not process.exists(folder):
        process.make_folder(folder, settings or DevnetSettings(), int(time.time()))
    now = status(folder)
    if now.running:
        return now
    (folder / process.STATUS).unlink(missing_ok=True)
    with (folder / LOG).open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "lightnode.devnet", str(folder.resolve()), str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        now = status(folder)
        if now.running:
            return now
        if child.poll() is not None:
            break
        time.sleep(0.05)
    raise DevnetStartError(f"The network's process did not come up: {_last_line(folder)}")


def _last_line(folder: Path) -> str:
    lines = (folder / LOG).read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing."


def status(folder: Path) -> DevnetStatus:
    """Ask after a network.

    Raises:
        DevnetFolderError: the folder holds none.
    """
    genesis = folder / process.GENESIS
    if not process.exists(folder) or not genesis.exists():
        raise DevnetFolderError("The folder holds no network.")
    try:
        known: dict[str, Any] = json.loads((folder / process.STATUS).read_text())
        # The port may be another network's by now: ours has our block 0.
        if _ask(known["rpc_url"], "eth_getBlockByNumber", ["0x0", False])["hash"] != known["genesis_hash"]:
            raise OSError("another network")
        head = int(_ask(known["rpc_url"], "eth_blockNumber", []), 16)
        return DevnetStatus(
            True, known["rpc_url"], known["pid"], genesis, known["chain_id"], known["genesis_hash"], head
        )
    except (OSError, ValueError, KeyError, TypeError):
        chain_id = json.loads(genesis.read_text())["config"]["chainId"]
        return DevnetStatus(False, "", 0, genesis, chain_id, "", -1)


def stop(folder: Path) -> DevnetStatus:
    """Stop a network and wait until it is gone.

    Raises:
        DevnetFolderError: the folder holds none.
    """
    now = status(folder)
    if now.running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(now.pid, signal.SIGTERM)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and status(folder).running:
            time.sleep(0.05)
    return status(folder)


def _ask(url: str, method: str, parameters: list[Any]) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    # The address is one that our own process wrote, on loopback.
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            result = json.loads(answer.read(65536))["result"]
    except (urllib.error.URLError, http.client.HTTPException, OSError, KeyError) as cause:
        raise OSError("no answer") from cause
    return result
