"""The network's own process: loads or makes the folder, serves JSON-RPC, and mines by the clock or on demand."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import threading
import time
from pathlib import Path
from typing import Any

from lightnode.devnet.call_engine import CallEngine
from lightnode.devnet.engine import Engine
from lightnode.devnet.errors import DevnetError, DevnetFolderError, EngineFailedError
from lightnode.devnet.folder_lock import STATUS, held, write_pid
from lightnode.devnet.network import Network
from lightnode.devnet.rpc_methods import Methods
from lightnode.devnet.rpc_server import RpcServer
from lightnode.devnet.settings import DevnetSettings, address_of_key, genesis_file

GENESIS = "genesis.json"
SETTINGS = "settings.json"
KEYS = "validators.keys"
# Validators that are not in the first set, so that votes can bring them in.
SPARE_KEYS = 4


def make_folder(folder: Path, settings: DevnetSettings, now: int) -> None:
    """Lay out a new network: settings, keys (0600), genesis.

    Raises:
        DevnetSettingError: a setting is out of range.
        DevnetFolderError: the folder cannot be written.
    """
    settings.check()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        drawn = [secrets.token_bytes(32) for _ in range(settings.validators + SPARE_KEYS)]
        descriptor = os.open(folder / KEYS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(key.hex() for key in drawn) + "\n")
        members = [address_of_key(key) for key in drawn[: settings.validators]]
        (folder / GENESIS).write_bytes(genesis_file(settings, members, now - 1))
        kept = {"period_seconds": settings.period_seconds, "on_demand": settings.on_demand}
        (folder / SETTINGS).write_text(json.dumps(kept))
    except OSError as cause:
        raise DevnetFolderError("The network's folder cannot be written.") from cause


def exists(folder: Path) -> bool:
    """Tell whether a folder holds a network."""
    return (folder / SETTINGS).exists()


def run(folder: Path, port: int, mark: str = "") -> None:
    """Serve until told to stop by SIGTERM or SIGINT.

    Args:
        folder: of an existing network.
        port: 0 for any free one.
        mark: repeated in the status file, so that who started this process knows it again.

    Raises:
        DevnetError: the folder is damaged or another process serves it, the port is taken, or the engine is missing.
    """
    with held(folder):
        write_pid(folder)
        _run_alone(folder, port, mark)


def _run_alone(folder: Path, port: int, mark: str) -> None:
    try:
        kept: dict[str, Any] = json.loads((folder / SETTINGS).read_text())
        drawn = [bytes.fromhex(line) for line in (folder / KEYS).read_text().split()]
        genesis = (folder / GENESIS).read_bytes()
        on_demand, period = kept["on_demand"], kept["period_seconds"]
        if type(on_demand) is not bool or type(period) is not int:
            raise ValueError("another form")
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise DevnetFolderError("The folder holds no whole network.") from cause
    with Engine("london") as engine, contextlib.closing(CallEngine()) as calls:
        network = Network(folder, genesis, drawn, engine, lambda: int(time.time()))
        server = RpcServer(Methods(network, calls, on_demand=on_demand), port)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _write_status(folder, server.url, network, mark)
        _mine_until(stop, network, None if on_demand else period)
        server.shutdown()
        server.server_close()
        network.close()
        if network.failed:
            raise EngineFailedError("The network stopped at a fault while it made a block.")


def _mine_until(stop: threading.Event, network: Network, period: int | None) -> None:
    while not stop.is_set() and not network.failed:
        due = time.time() + 1 if period is None else network.due()
        if stop.wait(min(1.0, max(0.0, due - time.time()))) or period is None or time.time() < due:
            continue
        try:
            network.mine()
        except DevnetError:
            # Too few validators run: the network stands still until one is started again.
            stop.wait(1)


def _write_status(folder: Path, url: str, network: Network, mark: str) -> None:
    status = {
        "rpc_url": url,
        "pid": os.getpid(),
        "mark": mark,
        "chain_id": network.config.chain_id,
        "genesis_hash": f"0x{network.config.block_hash.hex()}",
    }
    partial = folder / f"{STATUS}.part"
    partial.write_text(json.dumps(status))
    partial.replace(folder / STATUS)
