"""`chancery registry adopt`: names a Timestamp registry that stands on a network already, by its proven code."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(adopt: argparse.ArgumentParser) -> None:
    """Give the subcommand its arguments."""
    options.add_rpc(adopt)
    options.add_profile(adopt)
    adopt.add_argument(
        "--contract", required=True, type=types.hex_bytes(20), metavar="ADDRESS", help="the Timestamp registry"
    )
    options.add_root(adopt)
    options.add_passphrase(adopt)
    options.add_out(adopt, "the draft of the new profile")
    options.add_term(adopt, 180, 365)
    options.finish(
        adopt, run,
        "registry adopt --rpc http://127.0.0.1:8545 --profile profile.cenv \\\n"
        "    --contract 0xCb9e9F0229f1492A22801B176196eCb158eb24B0 --out profile2.draft",
    )  # fmt: skip


def run(given: Any, console: Console) -> int:
    """Prove the contract and write the draft of the new profile."""
    from desktop.services import adoption, envelope_files, statements
    from desktop.services.file_access import write_bytes
    from lightnode.wire.types import address

    with resolve.open_session(given, console) as session:
        found = adoption.adopt(session, address(given.contract))
        payload = statements.profile(found.profile, resolve.read_term(given, after=session.loaded.serial))
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    shown = "0x" + given.contract.hex()
    forwards = None if found.forwards_to is None else "0x" + found.forwards_to.hex()
    value = {
        "ok": True, "registry": shown, "code_hash": "0x" + found.code_hash.hex(), "block": found.height,
        "environment": found.profile.environment, "forwards_to": forwards, "out": str(given.out),
    }  # fmt: skip
    lines = [
        f"A contract stands at {shown}, proven under the state of block {found.height}.",
        f"  code hash  {value['code_hash']}",
        f"  draft of the profile that names it: {given.out}",
        "  next       have governance sign it: chancery envelope sign",
    ]
    if forwards is not None:
        lines.insert(
            2, f"  note       it passes calls on to {forwards}, which its owner can change; only its own code is pinned"
        )
    console.result(lines, value)
    return exit_status.DONE
