"""`chancery order`: lets one block pass that can be read under two rule sets, by governance's word, and keeps the log."""

from __future__ import annotations

import argparse
import getpass
import time
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    draft = make("make", "draft the order that lets one block pass, for governance to sign")
    options.add_profile(draft)
    draft.add_argument("--height", required=True, type=types.within(1, 2**63 - 1), metavar="N", help="of the block")
    draft.add_argument(
        "--hash", required=True, type=types.hex_bytes(32), metavar="HASH",
        help="of the block, under the rule set of its height",
    )  # fmt: skip
    options.add_out(draft, "the draft")
    options.add_term(draft, 30, 90)
    options.finish(draft, run_make, "order make --profile profile.cenv --height 70412 --hash 0xHASH --out order.draft")
    accept = make("accept", "take in a signed order: from now on its block passes on this computer")
    accept.add_argument("file", type=types.path, metavar="FILE", help="order, signed by governance")
    options.add_profile(accept)
    options.add_root(accept)
    accept.add_argument(
        "--reason", required=True, type=types.reason, metavar="TEXT", help="why, for those who read it later"
    )
    accept.add_argument("--by", type=types.shown_name(60), metavar="NAME", help="who decides (the account logged in)")
    options.finish(
        accept, run_accept, 'order accept order.cenv --profile profile.cenv --reason "governance letter 12/2026"'
    )
    listed = make("list", "list the orders taken in: which block, by whom, when and why")
    options.add_profile(listed)
    options.finish(listed, run_list, "order list --profile profile.cenv")


def run_make(given: Any, console: Console) -> int:
    """Write the draft."""
    from desktop.services import envelope_files, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.loaded_profile import load_profile
    from lightnode.wire.order import HeightException
    from lightnode.wire.types import Hash32

    profile = load_profile(given.profile, None).profile
    exception = HeightException(profile.genesis_hash, given.height, Hash32(given.hash))
    payload = statements.height_exception(profile.environment, exception, resolve.read_term(given))
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    value = {
        "ok": True, "environment": profile.environment, "genesis_hash": "0x" + profile.genesis_hash.hex(),
        "height": given.height, "hash": "0x" + given.hash.hex(), "out": str(given.out),
    }  # fmt: skip
    lines = [
        f"Draft of the order ({profile.environment}): {given.out}",
        f"  network    {profile.name}, genesis {value['genesis_hash']}",
        f"  lets pass  block {given.height}, {value['hash']}",
        "  next       have governance sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE


def run_accept(given: Any, console: Console) -> int:
    """Take an order in."""
    from desktop.services import data_folder, height_exceptions, roots
    from desktop.services.file_access import read_bytes
    from desktop.services.loaded_profile import load_profile

    root = roots.load(given.root).root
    loaded = load_profile(given.profile, given.root)
    noted = given.by or getpass.getuser(), given.reason
    base = data_folder.base_folder(given.home)
    line = height_exceptions.take_in(loaded, base, root, read_bytes(given.file), noted, int(time.time()))
    shown = line.as_json()
    lines = [
        f"Block {shown['height']} of {loaded.profile.name} passes from now on, if it is {shown['hash']}.",
        f"  order      {shown['order']}",
        f"  noted      {line.by}: {line.reason}",
    ]
    console.result(lines, {"ok": True, **shown})
    return exit_status.DONE


def run_list(given: Any, console: Console) -> int:
    """List the log."""
    from desktop.services import data_folder, envelope_files, height_exceptions
    from desktop.services.loaded_profile import load_profile

    profile = load_profile(given.profile, None).profile
    folder = data_folder.network_folder(data_folder.base_folder(given.home), profile.environment, profile.genesis_hash)
    found = height_exceptions.log(folder, profile.genesis_hash)
    lines = [f"{len(found)} order{'' if len(found) == 1 else 's'} taken in for {profile.name}."]
    for line in found:
        shown = line.as_json()
        lines += [
            f"  block {shown['height']} {shown['hash']}",
            f"    {envelope_files.show_time(line.at)}, {line.by}: {line.reason}",
            f"    order {shown['order']}, under the root {shown['root']}",
        ]
    console.result(lines, {"ok": True, "orders": [line.as_json() for line in found]})
    return exit_status.DONE
