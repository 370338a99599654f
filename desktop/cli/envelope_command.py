"""`chancery envelope`: signs a draft, shows what an envelope holds, drafts the same again."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    sign = make("sign", "sign a draft with a key of a signer; sign again to add a second person's signature")
    sign.add_argument("file", type=types.path, metavar="IN", help="draft, or envelope that lacks a signature")
    options.add_signer(sign)
    options.add_out(sign, "the envelope")
    options.finish(
        sign,
        run_sign,
        "envelope sign profile.draft --signer socket://127.0.0.1:7117 --key governance --out profile.cenv",
    )
    renew = make("renew", "draft the same statement again with new dates, for its signers to sign, or their successors")
    renew.add_argument("file", type=types.path, metavar="IN", help="envelope or draft; not a root")
    options.add_out(renew, "the draft")
    options.add_term(renew, 180, 365)
    options.finish(renew, run_renew, "envelope renew profile.cenv --out profile-new.draft")
    show = make("show", "show what a draft or an envelope holds")
    show.add_argument("file", type=types.path, metavar="FILE", help="draft or envelope")
    options.finish(show, run_show, "envelope show trust.cenv --json")


def run_sign(given: Any, console: Console) -> int:
    """Sign."""
    from desktop.services import envelope_files, signer_access
    from desktop.services.file_access import read_bytes, write_bytes

    file = envelope_files.read(read_bytes(given.file), given.file.name)
    address = signer_access.SignerAddress(given.signer, given.approve_debug, home=given.home)
    with signer_access.connect(address, console.progress) as signer:
        signature = signer.sign_envelope(file.payload_bytes, given.key)
    envelope = envelope_files.add_signature(file, signature)
    write_bytes(given.out, envelope.encode(), force=given.force)
    count = len(envelope.signatures)
    value = {
        "ok": True,
        "kind": file.payload.kind,
        "signatures": count,
        "key_id": signature.kid.hex(),
        "out": str(given.out),
    }
    console.result(
        [f"Signed the {file.payload.kind} ({count} signature{'' if count == 1 else 's'}): {given.out}"], value
    )
    return exit_status.DONE


def run_renew(given: Any, console: Console) -> int:
    """Renew."""
    from desktop.services import envelope_files
    from desktop.services.file_access import read_bytes, write_bytes

    file = envelope_files.read(read_bytes(given.file), given.file.name)
    payload = envelope_files.renewed(file, resolve.read_term(given, after=file.payload.serial))
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    value = {"ok": True, "kind": payload.kind, "serial": payload.serial, "out": str(given.out)}
    console.result(
        [
            f"Draft of the same {payload.kind}, serial {payload.serial}: {given.out}",
            "  next     chancery envelope sign",
        ],
        value,
    )
    return exit_status.DONE


def run_show(given: Any, console: Console) -> int:
    """Show."""
    from desktop.services import envelope_files
    from desktop.services.file_access import read_bytes

    file = envelope_files.read(read_bytes(given.file), given.file.name)
    lines, value = envelope_files.describe(file)
    console.result(lines, {"ok": True, **value})
    return exit_status.DONE
