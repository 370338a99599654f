"""`chancery store`: looking after the encrypted store of a network on this computer."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    check = make("check", "check every page of a network's store and read every job in it")
    options.add_profile(check)
    options.add_passphrase(check)
    options.finish(check, run_check, "store check --profile profile.cenv")
    prune = make(
        "prune", "delete old verified headers and give their space back; they can be verified again from above"
    )
    options.add_profile(prune)
    options.add_passphrase(prune)
    prune.add_argument(
        "--keep", required=True, type=types.within(1, 2**53), metavar="N", help="how many of the newest blocks stay"
    )
    options.finish(prune, run_prune, "store prune --profile profile.cenv --keep 50000")
    accept = make("accept-loss", "go on with a store that has lost its newest changes; check with the ledger first")
    options.add_profile(accept)
    options.add_passphrase(accept)
    options.finish(accept, run_accept_loss, "store accept-loss --profile profile.cenv")
    anew = make("begin-anew", "move a network's store aside, whole, so that the next command makes a new one")
    options.add_profile(anew)
    options.finish(anew, run_begin_anew, "store begin-anew --profile profile.cenv")


def run_check(given: Any, console: Console) -> int:
    """Check the store."""
    from desktop.services import data_folder, store_care
    from desktop.services.loaded_profile import load_profile

    profile = load_profile(given.profile, None).profile
    found = store_care.check(data_folder.base_folder(given.home), profile, given.passphrase_fd)
    lines = [
        "The store is sound.",
        f"  jobs        {found.jobs}, of which {found.unfinished} are not finished",
        f"  records     {found.records}",
        f"  headers     verified up to block {found.height}; {found.headers} kept, each with its hash and its parent",
        *(f"  blocks      {first} to {last}" for first, last in found.spans if last),
    ]
    value = {
        "ok": True,
        "jobs": found.jobs,
        "unfinished": found.unfinished,
        "records": found.records,
        "height": found.height,
        "headers": found.headers,
        "spans": [list(span) for span in found.spans],
    }
    console.result(lines, value)
    return exit_status.DONE


def run_prune(given: Any, console: Console) -> int:
    """Delete old headers."""
    from desktop.services import data_folder, store_care
    from desktop.services.loaded_profile import load_profile

    profile = load_profile(given.profile, None).profile
    done = store_care.prune(data_folder.base_folder(given.home), profile, given.passphrase_fd, given.keep)
    lines = [
        f"{done.headers} headers below block {done.lowest} were deleted; {done.freed} bytes are free again.",
        "  kept        jobs, records, openings, evidence, and where the verified chain ends",
    ]
    console.result(lines, {"ok": True, "headers": done.headers, "freed": done.freed, "lowest": done.lowest})
    return exit_status.DONE


def run_accept_loss(given: Any, console: Console) -> int:
    """Accept what is lost."""
    from desktop.services import data_folder, store_care
    from desktop.services.loaded_profile import load_profile

    profile = load_profile(given.profile, None).profile
    store_care.accept_loss(data_folder.base_folder(given.home), profile, given.passphrase_fd)
    console.result(
        ["The store is used as it is. `chancery jobs list` shows the jobs that it still knows."], {"ok": True}
    )
    return exit_status.DONE


def run_begin_anew(given: Any, console: Console) -> int:
    """Move the store aside."""
    from desktop.services import data_folder, store_care
    from desktop.services.loaded_profile import load_profile

    profile = load_profile(given.profile, None).profile
    moved = store_care.begin_anew(data_folder.base_folder(given.home), profile)
    lines = [
        f"The old store is now {moved}. Nothing was deleted.",
        "Its jobs, openings and evidence are not in the new one. Check with the ledger what was signed before you sign.",
    ]
    console.result(lines, {"ok": True, "moved": str(moved)})
    return exit_status.DONE
