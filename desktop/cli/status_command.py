"""`chancery trust status`: an authority's list of records that are not in force, on EBSI's Timestamp."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve, timestamp_keys
from desktop.cli.console import Console
from desktop.errors import UsageError


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    options.add_rpc(parser)
    options.add_profile(parser)
    parser.add_argument(
        "--authority", required=True, type=types.authority, metavar="COUNTRY/NUMBER", help="whose list, e.g. LU/0001"
    )
    parser.add_argument(
        "--statement",
        required=True,
        type=types.path,
        metavar="FILE",
        help="the authority's signed statement of its keys",
    )
    parser.add_argument(
        "--height",
        type=types.within(1, 2**53),
        metavar="N",
        help="last block to read (the newest); to recompute a list",
    )
    options.add_root(parser)
    options.add_passphrase(parser)
    options.add_out(parser, "the draft")
    options.add_term(parser, 7, 30)
    options.finish(
        parser, run,
        "trust status --rpc http://127.0.0.1:8545 --profile profile.cenv --authority LU/0001 \\\n"
        "    --statement authority.cenv --out status.draft",
    )  # fmt: skip


def run(given: Any, console: Console) -> int:
    """Recompute the list from the ledger's own acts and write its draft."""
    from desktop.services import envelope_files, statements, timestamp_acts, timestamp_calls
    from desktop.services.file_access import write_bytes
    from desktop.services.timestamp_status import Issuer, status_entries
    from lightnode.wire.root import show_fingerprint
    from lightnode.wire.status import CommitmentStatus

    name = resolve.authority_id(given.authority)
    with resolve.open_session(given, console) as session:
        profile = session.profile
        newest = session.catch_up()
        contract = timestamp_calls.demand_pinned(session, newest).contract
        keys = {entry.address: entry for entry in timestamp_keys.read_keys(given.statement, session, name)}
        height = newest if given.height is None else given.height
        if height > newest:
            raise UsageError(f"The network's newest block is {newest}.")
        acts = timestamp_acts.read(session, contract, height)
        block = session.follower.header(height, session.clock()).block_hash
        entries = status_entries(Issuer(profile.genesis_hash, contract, name, keys), acts)
        listed = CommitmentStatus(contract, height, block, entries)
    payload = statements.status(profile.environment, profile.genesis_hash, name, listed, resolve.read_term(given))
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    value = {
        "ok": True, "authority": name.hex(), "height": height, "block_hash": "0x" + block.hex(), "acts": len(acts),
        "not_in_force": [[one.commitment.hex(), one.state, one.height] for one in entries],
        "list": listed.digest().hex(), "out": str(given.out),
    }  # fmt: skip
    lines = [
        f"Draft of the status list: {given.out}",
        f"  as of         block {height}, {value['block_hash']}",
        f"  not in force  {len(entries)} records, from {len(acts)} acts",
        f"  list          {show_fingerprint(listed.digest())}",
        "  next          have the authority sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE
