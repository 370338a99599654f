"""`chancery registry deploy`: puts the act registry on a network, and drafts the profile that names it."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    pack = make("pack", "draft the pack that lets signers create the registry, for governance to sign")
    options.add_profile(pack)
    options.add_out(pack, "the draft")
    options.add_term(pack, 180, 365)
    options.finish(pack, run_pack, "registry pack --profile profile.cenv --out pack.draft")
    deploy = make("deploy", "create the registry, and draft the profile that names it")
    options.add_rpc(deploy)
    options.add_profile(deploy)
    options.add_signer(deploy)
    deploy.add_argument(
        "--member", action="append", default=[], type=types.hex_bytes(20), metavar="ADDRESS",
        help="account of a member of governance (the key's own); may be repeated",
    )  # fmt: skip
    deploy.add_argument("--threshold", type=types.within(1, 64), default=1, metavar="N", help="how many must agree (1)")
    options.add_root(deploy)
    options.add_passphrase(deploy)
    deploy.add_argument(
        "--out",
        type=types.path,
        metavar="FILE",
        help="where to write the draft of the new profile (beside the old one)",
    )
    options.add_term(deploy, 180, 365)
    options.finish(
        deploy, run_deploy,
        "registry deploy --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key governance-ledger --out profile2.draft",
    )  # fmt: skip


def run_pack(given: Any, console: Console) -> int:
    """Write the draft of the pack."""
    from desktop.services import deployment, envelope_files, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.network_session import load_profile

    profile = load_profile(given.profile, None).profile
    payload = statements.pack(
        profile.environment, profile.genesis_hash, [deployment.creation()], resolve.read_term(given)
    )
    write_bytes(given.out, envelope_files.draft_bytes(payload))
    value = {"ok": True, "out": str(given.out)}
    console.result(
        [f"Draft of the pack: {given.out}", "  next     have governance sign it: chancery envelope sign"], value
    )
    return exit_status.DONE


def run_deploy(given: Any, console: Console) -> int:
    """Create the registry and write the draft of the new profile."""
    from desktop.services import deployment, envelope_files, signing, statements
    from desktop.services.file_access import write_bytes

    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        sender = signing.sender_of(session, desk.signer, given.key)
        members = given.member or [sender.address]
        profile, address, done = deployment.deploy(session, desk, given.key, members, given.threshold)
        payload = statements.profile(profile, resolve.read_term(given, after=session.loaded.serial))
    out = given.out or given.profile.with_name(f"{given.profile.stem}-registry.draft")
    write_bytes(out, envelope_files.draft_bytes(payload))
    value = {
        "ok": True, "registry": "0x" + address.hex(), "block": done.job.place.height, "environment": profile.environment,
        "transaction": "0x" + done.job.place.transaction.hex(), "out": str(out),
    }  # fmt: skip
    lines = [
        f"The act registry stands at 0x{address.hex()} since block {value['block']}.",
        f"  draft of the profile that names it: {out}",
        "  next     have governance sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE
