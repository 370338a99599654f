"""`chancery node status`, `evidence` and `go-on`: how far this office is, what a file of evidence shows, going on after a halt."""

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

    from desktop.services.loaded_profile import LoadedProfile


def add(make: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the subcommands to those of `chancery node`."""
    status = make("status", "say how far this office has verified the network, and whether it is halted")
    options.add_profile(status)
    options.add_root(status)
    options.add_passphrase(status)
    options.finish(status, run_status, "node status --profile profile.cenv")
    shown = make("evidence", "verify a file with evidence of misbehaviour and say who sealed two blocks; asks nobody")
    shown.add_argument("file", type=types.path, metavar="FILE", help="file ending in .cmb")
    options.add_profile(shown)
    options.add_root(shown)
    options.finish(shown, run_evidence, "node evidence 41-0123456789abcdef.cmb --profile profile.cenv")
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
    from desktop.services.node_halt import status

    found = status(*_network(given), int(time.time()))
    lines = [f"Verified to block {found.height}, {found.age} s old.", f"  hash       0x{found.block_hash.hex()}"]
    lines += [
        f"  halt       block {one.height}, evidence {one.digest.hex()[:16]}: "
        + ("NOT LIFTED" if one.lifted is None else f"lifted by {one.lifted_by}: {one.reason}")
        for one in found.halts
    ]
    lines += [f"  evidence   {path}" for path in found.files]
    value = {
        "ok": True,
        "height": found.height,
        "hash": f"0x{found.block_hash.hex()}",
        "age": found.age,
        "halted": found.halted,
        "evidence": [str(path) for path in found.files],
        "halts": [
            {"height": one.height, "digest": one.digest.hex(), "at": one.at, "lifted": one.lifted,
             "by": one.lifted_by, "reason": one.reason}
            for one in found.halts
        ],
    }  # fmt: skip
    console.result(lines, value)
    return exit_status.REFUSED if found.halted else exit_status.DONE


def run_evidence(given: Any, console: Console) -> int:
    """Verify evidence."""
    from desktop.services.envelope_files import show_time
    from desktop.services.file_access import read_bytes
    from desktop.services.loaded_profile import load_profile
    from desktop.services.node_halt import judge
    from lightnode.light_client.misbehaviour import MAX_BYTES

    found = judge(load_profile(given.profile, given.root), read_bytes(given.file, MAX_BYTES))
    file, report = found.file, found.report
    lines = [
        f"Proven: of the {len(file.members)} members named, a quorum sealed each of two blocks {report.height}.",
        "  members    those that the network began with"
        if found.genesis_set
        else "  members    CANNOT TELL from the profile alone whether these were the members then; compare them with your own",
        f"  known      {file.known.way.value} from block {file.known.begin}, 0x{file.known.begin_hash.hex()}",
    ]
    for block, signers, claim in zip(report.hashes, report.signers, file.claims, strict=True):
        lines += [
            f"  block      0x{block.hex()}, sealed by {len(signers)}",
            f"             from {claim.source}, {show_time(claim.at)}",
        ]
    lines += [f"  sealed both 0x{one.hex()}" for one in report.faulty]
    if not found.same_rules:
        lines.append("  remark     the office that made the file used another profile of this network")
    value = {
        "ok": True,
        "height": report.height,
        "hashes": [f"0x{one.hex()}" for one in report.hashes],
        "members": [f"0x{one.hex()}" for one in file.members],
        "faulty": [f"0x{one.hex()}" for one in report.faulty],
        "genesis_set": found.genesis_set,
        "same_rules": found.same_rules,
        "known": {"way": file.known.way.value, "height": file.known.begin, "hash": f"0x{file.known.begin_hash.hex()}"},
        "claims": [{"source": claim.source, "at": claim.at} for claim in file.claims],
        "fingerprint": report.digest.hex(),
    }
    console.result(lines, value)
    return exit_status.DONE if found.genesis_set else exit_status.CANNOT_TELL


def _network(given: Any) -> tuple[LoadedProfile, Path, int | None]:
    from desktop.services import data_folder
    from desktop.services.loaded_profile import load_profile

    return load_profile(given.profile, given.root), data_folder.base_folder(given.home), given.passphrase_fd


def run_go_on(given: Any, console: Console) -> int:
    """Lift a halt."""
    from desktop.services.node_halt import go_on
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
