"""`chancery node status` and `go-on`: how far this office is, and who went on after a halt for misbehaviour."""

from __future__ import annotations

import argparse
import getpass
import time
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from desktop.services.network_session import LoadedProfile


def add(make: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the subcommands to those of `chancery node`."""
    status = make("status", "say how far this office has verified the network, and whether it is halted")
    options.add_profile(status)
    options.add_root(status)
    options.add_passphrase(status)
    options.finish(status, run_status, "node status --profile profile.cenv")
    on = make("go-on", "follow the network again after it was halted for misbehaviour")
    options.add_profile(on)
    options.add_root(on)
    options.add_passphrase(on)
    on.add_argument(
        "--follow", required=True, type=types.hex_bytes(32), metavar="HASH", help="block of the evidence to follow"
    )
    on.add_argument(
        "--reason", required=True, type=types.reason, metavar="TEXT", help="why, for those who read it later"
    )
    on.add_argument("--by", type=types.shown_name(60), metavar="NAME", help="who decides (the account logged in)")
    options.finish(
        on, run_go_on, 'node go-on --profile profile.cenv --follow 0xHASH --reason "governance letter 12/2026"'
    )


def run_status(given: Any, console: Console) -> int:
    """Say how far this office is."""
    from desktop.services.node_sync import status

    found = status(*_network(given), int(time.time()))
    lines = [f"Verified to block {found.height}, {found.age} s old.", f"  hash       0x{found.block_hash.hex()}"]
    lines += [
        f"  halt       block {one.height}, evidence {one.digest.hex()[:16]}: "
        + ("NOT LIFTED" if one.lifted is None else f"lifted by {one.lifted_by}: {one.reason}")
        for one in found.halts
    ]
    value = {
        "ok": True,
        "height": found.height,
        "hash": f"0x{found.block_hash.hex()}",
        "age": found.age,
        "halted": found.halted,
        "halts": [
            {"height": one.height, "digest": one.digest.hex(), "at": one.at, "lifted": one.lifted,
             "by": one.lifted_by, "reason": one.reason}
            for one in found.halts
        ],
    }  # fmt: skip
    console.result(lines, value)
    return exit_status.REFUSED if found.halted else exit_status.DONE


def _network(given: Any) -> tuple[LoadedProfile, Path, int | None]:
    from desktop.services import data_folder
    from desktop.services.network_session import load_profile

    return load_profile(given.profile, given.root), data_folder.base_folder(given.home), given.passphrase_fd


def run_go_on(given: Any, console: Console) -> int:
    """Lift a halt."""
    from desktop.services.node_sync import go_on
    from lightnode.wire.types import Hash32

    by = given.by or getpass.getuser()
    dropped = go_on(*_network(given), by, given.reason, Hash32(given.follow), int(time.time()))
    lines = [
        f"The network is followed again, at block 0x{given.follow.hex()}.",
        "  headers    " + ("those of the other block were dropped" if dropped else "all kept"),
        f"  noted      {by}: {given.reason}",
    ]
    console.result(lines, {"ok": True, "followed": f"0x{given.follow.hex()}", "dropped": dropped, "by": by})
    return exit_status.DONE
