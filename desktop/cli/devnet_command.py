"""`chancery devnet`: a local network of validators for training and tests."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import TRAINING_MARK, Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    start = make("start", "start the network in a process of its own")
    _folder(start)
    start.add_argument("--validators", type=types.within(1, 21), default=4, metavar="N", help="how many (4)")
    start.add_argument("--period", type=types.within(1, 3600), default=2, metavar="SECONDS", help="between blocks (2)")
    start.add_argument("--on-demand", action="store_true", help="make a block only when one is asked for (tests)")
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
    from lightnode import devnet

    status = devnet.start(
        given.folder, validators=given.validators, period_seconds=given.period, on_demand=given.on_demand
    )
    _show(console, status, "runs")
    return exit_status.DONE


def run_stop(given: Any, console: Console) -> int:
    """Stop the network."""
    from lightnode import devnet

    devnet.stop(given.folder)
    console.result([f"The network in {given.folder} is stopped."], {"ok": True, "running": False})
    return exit_status.DONE


def run_status(given: Any, console: Console) -> int:
    """Say whether the network runs."""
    from lightnode import devnet

    _show(console, devnet.status(given.folder), "runs")
    return exit_status.DONE


def _show(console: Console, status: Any, word: str) -> None:
    value = {
        "ok": True, "running": True, "rpc": status.rpc_url, "pid": status.pid, "genesis": str(status.genesis_path),
    }  # fmt: skip
    lines = [
        f"The network {word} ({TRAINING_MARK}).",
        f"  JSON-RPC  {status.rpc_url}",
        f"  genesis   {status.genesis_path}",
    ]
    console.result(lines, value)
