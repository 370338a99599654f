"""Starting, asking after and stopping a local network, from any process.

Invariant: a network runs where its folder's lock is held, whether or not it answers; it is never started twice.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lightnode.devnet import folder_lock, process
from lightnode.devnet.engine import engine_python
from lightnode.devnet.errors import (
    DevnetFolderError,
    DevnetPortError,
    DevnetRunsError,
    DevnetStartError,
    DevnetStatusError,
    DevnetStopError,
)
from lightnode.devnet.folder_lock import is_held
from lightnode.devnet.settings import DevnetSettings
from lightnode.devnet.status_file import read_status
from lightnode.errors import LightNodeError
from lightnode.wire.json_value import parse

LOG = "network.log"
_START_SECONDS = 60.0
# How long another's start may take between its lock and its process's.
_GAP_SECONDS = 10.0
_ASK_SECONDS = 5.0
# A process that is asked to end finishes its block first; its state is safe either way.
_STOP_SECONDS = 10.0
_KILL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DevnetStatus:
    """A network as it stands.

    Attributes:
        running: whether its process is there.
        rpc_url: where; empty while it is stopped, or not yet known.
        pid: of its process; 0 while it is stopped.
        genesis_path: its genesis file.
        chain_id: within the training range; 0 where a stopped network's genesis file is damaged.
        genesis_hash: hex.
        head: number of the newest block; -1 while it is stopped or busy.
        busy: its process is there and does not answer now.
        already: it was running before it was to be started.
    """

    running: bool
    rpc_url: str
    pid: int
    genesis_path: Path
    chain_id: int
    genesis_hash: str
    head: int
    busy: bool = False
    already: bool = False


def start(folder: Path, settings: DevnetSettings | None = None, port: int = 0) -> DevnetStatus:
    """Start a network, making it first where the folder is new; one that runs already is only asked after.

    Args:
        folder: of the network.
        settings: of a new network; an existing one keeps its own.
        port: 0 for any free one.

    Raises:
        EngineMissingError: the EVM engine is not installed.
        DevnetPortError: the port is taken.
        DevnetStartError: the process does not answer in time.
        DevnetSettingError: a setting is out of range.
        DevnetFolderError: the folder is damaged or cannot be written.
    """
    engine_python()
    if not _prepare(folder, settings or DevnetSettings()):
        return _other(folder)
    status(folder)
    mark = secrets.token_hex(8)
    with (folder / LOG).open("ab") as log:
        begun = log.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", "lightnode.devnet", str(folder.resolve()), str(port), mark],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
        )
    try:
        found = _wait_for(folder, child, mark)
    except BaseException:
        # Ctrl-C, say: nobody would know of what comes up afterwards.
        child.terminate()
        raise
    if found is not None:
        return found
    child.terminate()
    said = (folder / LOG).read_bytes()[begun:].decode(errors="replace").strip().splitlines()
    last = said[-1] if said else "it said nothing."
    if last.startswith(f"{DevnetRunsError.code}:"):
        return _other(folder)
    if last.startswith(f"{DevnetPortError.code}:"):
        raise DevnetPortError(f"Port {port} of this computer cannot be opened: another program has it.")
    raise DevnetStartError(f"The network's process did not come up: {last}")


def _wait_for(folder: Path, child: subprocess.Popen[bytes], mark: str) -> DevnetStatus | None:
    """Wait until a process that was started serves a folder; None where it ended, or does not answer in time."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        now = status(folder)
        if now.running and now.rpc_url:
            known = read_status(folder)
            if known is not None and known.mark != mark:
                # Another start was faster: it has the lock, and ours gives up.
                child.terminate()
                return replace(now, already=True)
            if known is not None and not now.busy:
                return now
        time.sleep(0.05)
    return None


def _prepare(folder: Path, settings: DevnetSettings) -> bool:
    """Make the folder where it is new; tell whether nobody serves it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with folder_lock.held(folder, seconds=0.3):
            if not process.exists(folder):
                process.make_folder(folder, settings, int(time.time()))
    except DevnetRunsError:
        return False
    except OSError as cause:
        raise DevnetFolderError("The network's folder cannot be written.") from cause
    return True


def _other(folder: Path) -> DevnetStatus:
    """Wait for the network that another start brings up, or has brought up."""
    begun = seen = time.monotonic()
    while time.monotonic() < begun + _START_SECONDS and time.monotonic() < seen + _GAP_SECONDS:
        now = status(folder) if process.exists(folder) else None
        if now is not None and now.running:
            if now.rpc_url:
                return replace(now, already=True)
            seen = time.monotonic()
        time.sleep(0.05)
    raise DevnetStartError("Another process took the folder and does not serve the network.")


def status(folder: Path) -> DevnetStatus:
    """Ask after a network.

    Raises:
        DevnetFolderError: the folder holds none, or a damaged one.
        DevnetStatusError: it runs, but its status file is damaged.
    """
    genesis = folder / process.GENESIS
    if not process.exists(folder) or not genesis.exists():
        raise DevnetFolderError("The folder holds no network.")
    chain_id = _chain_id(genesis)
    stopped = DevnetStatus(False, "", 0, genesis, chain_id, "", -1)
    if not is_held(folder):
        return stopped
    known = read_status(folder)
    if known is None:
        # It begins or ends at this moment.
        pid = folder_lock.read_pid(folder) or 0
        return replace(stopped, running=True, busy=True, pid=pid) if is_held(folder) else stopped
    try:
        head = int(_ask(known.rpc_url, "eth_blockNumber", []), 16)
    except (OSError, ValueError, TypeError):
        head = -1
    return DevnetStatus(True, known.rpc_url, known.pid, genesis, chain_id, known.genesis_hash, head, busy=head < 0)


def _chain_id(genesis: Path) -> int:
    try:
        found: Any = parse(genesis.read_bytes())["config"]["chainId"]
        if type(found) is not int:
            raise ValueError("another form")
    except (OSError, LightNodeError, ValueError, KeyError, TypeError) as cause:
        raise DevnetFolderError("The network's genesis file is damaged.") from cause
    return found


def stop(folder: Path) -> DevnetStatus:
    """Stop a network, busy or damaged as it may be, and wait until it is gone.

    Raises:
        DevnetFolderError: the folder holds none.
        DevnetStopError: its process does not end, or nothing names it.
    """
    if not process.exists(folder):
        raise DevnetFolderError("The folder holds no network.")
    ways = ((signal.SIGTERM, _STOP_SECONDS), (getattr(signal, "SIGKILL", signal.SIGTERM), _KILL_SECONDS))
    for number, seconds in ways:
        _signal(folder, number)
        deadline = time.monotonic() + seconds
        while is_held(folder) and time.monotonic() < deadline:
            time.sleep(0.02)
    if is_held(folder):
        raise DevnetStopError("The network's process does not end.")
    genesis = folder / process.GENESIS
    try:
        chain_id = _chain_id(genesis)
    except DevnetFolderError:
        chain_id = 0
    return DevnetStatus(False, "", 0, genesis, chain_id, "", -1)


def _signal(folder: Path, number: int) -> None:
    """Signal the process that holds the folder, if one does."""
    pid = None
    deadline = time.monotonic() + 2
    while is_held(folder) and (pid := _pid(folder)) is None:
        if time.monotonic() > deadline:
            raise DevnetStopError("The network runs, but no file in its folder names its process.")
        time.sleep(0.05)
    if pid is None or not is_held(folder):
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except OSError as cause:
        raise DevnetStopError("The network's process belongs to someone else.") from cause


def _pid(folder: Path) -> int | None:
    """Two files name the process, so that one may be damaged."""
    found = folder_lock.read_pid(folder)
    if found is None:
        with contextlib.suppress(DevnetStatusError):
            known = read_status(folder)
            found = None if known is None else known.pid
    return found


def _ask(url: str, method: str, parameters: list[Any]) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    # The address is one that our own process wrote, on loopback.
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_ASK_SECONDS) as answer:
            result = json.loads(answer.read(65536))["result"]
    except (urllib.error.URLError, http.client.HTTPException, OSError, KeyError) as cause:
        raise OSError("no answer") from cause
    return result
