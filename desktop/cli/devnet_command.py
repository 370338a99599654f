"""`chancery devnet`: a local network of validators for training and tests."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import TRAINING_MARK, Console

if TYPE_CHECKING:
    from lightnode.devnet.control import DevnetStatus


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    start = make("start", "start the network in a process of its own")
    _folder(start)
    start.add_argument("--validators", type=types.within(1, 40), default=4, metavar="N", help="how many (4)")
    start.add_argument("--period", type=types.within(1, 3600), default=2, metavar="SECONDS", help="between blocks (2)")
    start.add_argument("--on-demand", action="store_true", help="make a block only when one is asked for (tests)")
    start.add_argument("--port", type=types.within(0, 65535), default=0, metavar="N", help="of JSON-RPC (any free one)")
    options.finish(start, run_start, "devnet start training/network --period 2")
    stop = make("stop", "stop it; its state stays on disk")
    _folder(stop)
    options.finish(stop, run_stop, "devnet stop training/network")
    status = make("status", "say whether it runs and where")
    _folder(status)
    options.finish(status, run_status, "devnet status training/network --json")


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=types.path, metavar="DIR", help="folder of the network")


def run_start(given: Any, console: Console) -> int:
    """Start the network."""
    from desktop.services.data_folder import make_folder
    from lightnode.devnet import control
    from lightnode.devnet.settings import DevnetSettings

    make_folder(given.folder)
    settings = DevnetSettings(given.validators, given.period, given.on_demand)
    _show(console, control.start(given.folder, settings, given.port))
    return exit_status.DONE


def run_stop(given: Any, console: Console) -> int:
    """Stop the network."""
    from lightnode.devnet import control

    _show(console, control.stop(given.folder))
    return exit_status.DONE


def run_status(given: Any, console: Console) -> int:
    """Say whether the network runs."""
    from lightnode.devnet import control

    _show(console, control.status(given.folder))
    return exit_status.DONE


def _show(console: Console, status: DevnetStatus) -> None:
    value = {
        "ok": True,
        "running": status.running,
        "busy": status.busy,
        "rpc": status.rpc_url,
        "pid": status.pid,
        "genesis": str(status.genesis_path),
        "chain_id": status.chain_id,
        "head": status.head if status.head >= 0 else None,
        "environment": "training",
    }
    if status.already:
        value["already"] = True
    state = "runs already" if status.already else "runs" if status.running else "is stopped"
    lines = [f"The network {state} ({TRAINING_MARK})."]
    if status.running:
        block = "its process is busy" if status.busy else str(status.head)
        lines += [f"  JSON-RPC  {status.rpc_url or 'not yet known'}", f"  block     {block}"]
    lines.append(f"  genesis   {status.genesis_path}")
    # A damaged genesis file does not tell.
    lines += [f"  chain id  {status.chain_id}"] if status.chain_id else []
    console.result(lines, value)
