"""`chancery trust recompute`: make a trust package's list of records that are not in force again, and compare."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    parser.add_argument("trust", type=types.path, metavar="FILE", help="the signed trust package")
    options.add_rpc(parser)
    options.add_profile(parser)
    options.add_root(parser)
    options.add_passphrase(parser)
    options.finish(parser, run, "trust recompute trust.cenv --rpc http://127.0.0.1:8545 --profile profile.cenv")


def run(given: Any, console: Console) -> int:
    """Recompute the list; another one than the package's is an error."""
    from desktop.services import list_recomputing, roots
    from desktop.services.file_access import read_bytes
    from lightnode.wire.trust import open_trust

    package = open_trust(read_bytes(given.trust), roots.load(given.root).root)
    with resolve.open_session(given, console) as session:
        mark, listed = list_recomputing.recompute(session, package)
    size = 0 if mark is None else mark.size
    value = {
        "ok": True, "log_size": size, "log_root": None if mark is None else "0x" + mark.root.hex(),
        "height": listed.height, "records": listed.records,
        "not_in_force": [[entry.number, entry.state, entry.height] for entry in listed.entries],
    }  # fmt: skip
    lines = [
        "The trust package's list follows from the log and its statements.",
        f"  log           {size} entries, up to block {listed.height}",
        f"  not in force  {len(listed.entries)} of {listed.records} records",
    ]
    console.result(lines, value)
    return exit_status.DONE
