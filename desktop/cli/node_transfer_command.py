"""`chancery node export` and `import`: what one office has verified, carried by file to one without a line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, follow_options, options
from desktop.cli.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.services.node_transfer import Imported, Wanted

_SAY_EVERY = 64 * 64


def add(make: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the subcommands to those of `chancery node`."""
    out = make("export", "write what this office has verified to a file for an office without a line")
    options.add_rpc(out)
    options.add_profile(out)
    options.add_root(out)
    options.add_passphrase(out)
    options.add_out(out, "the headers and proofs")
    out.add_argument(
        "--from", dest="start", type=types.within(1, 2**63 - 1), metavar="HEIGHT",
        help="begin at this block, which the receiver confirms by fingerprint, instead of genesis",
    )  # fmt: skip
    out.add_argument(
        "--prove", action="append", default=[], type=_account, metavar="ADDRESS[:SLOT,...]",
        help="put a proof of this account at the head into the file; repeatable",
    )  # fmt: skip
    options.finish(
        out, run_export, "node export --profile profile.cenv --rpc http://127.0.0.1:8545 --out to-border.chd"
    )
    take = make("import", "verify such a file, header by header, and keep what it holds")
    options.add_profile(take)
    options.add_root(take)
    options.add_passphrase(take)
    take.add_argument("file", type=types.path, metavar="FILE", help="made by node export")
    take.add_argument(
        "--confirm", metavar="FINGERPRINT",
        help="begin at the file's own checkpoint, after its fingerprint was compared by another way",
    )  # fmt: skip
    follow_options.add(take, checkpoint=False)
    options.finish(take, run_import, "node import --profile profile.cenv to-border.chd")


def _account(text: str) -> tuple[bytes, tuple[int, ...]]:
    whose, _, listed = text.partition(":")
    try:
        slots = tuple(int(slot, 0) for slot in listed.split(",")) if listed else ()
    except ValueError:
        raise argparse.ArgumentTypeError("slots are numbers, in decimal or with 0x") from None
    if any(not 0 <= slot < 1 << 256 for slot in slots) or len(slots) > 1024:
        raise argparse.ArgumentTypeError("at most 1024 slots of 256 bits each")
    return types.hex_bytes(20)(whose), slots


def _heights(console: Console) -> Callable[[int, int], None]:
    """Say now and then how far a file has come."""

    def say(height: int, target: int) -> None:
        if height % _SAY_EVERY == 0 and height < target:
            console.progress(f"Block {height} of {target}.")

    return say


def run_export(given: Any, console: Console) -> int:
    """Write the file."""
    from desktop.cli.node_sync_command import settings_of
    from desktop.services import file_access
    from desktop.services.node_sync import NodeSync
    from desktop.services.node_transfer import Wanted, export
    from lightnode.wire.types import Address

    file_access.demand_place(given.out, "transfer", force=given.force)
    wanted: list[Wanted] = [Wanted(Address(whose), slots) for whose, slots in given.prove]
    with NodeSync.open(settings_of(given)) as node:
        made = export(node, given.out, given.start, wanted, _heights(console))
    lines = [
        f"Blocks {made.first} to {made.last} written to {given.out}, with {made.proofs} proofs.",
        f"  hash        0x{made.block_hash.hex()}",
    ]
    if made.fingerprint is not None:
        lines.append(f"  fingerprint {made.fingerprint} (tell it to the receiver by another way)")
    value = {
        "ok": True, "first": made.first, "last": made.last, "hash": f"0x{made.block_hash.hex()}",
        "fingerprint": made.fingerprint, "proofs": made.proofs, "out": str(given.out),
    }  # fmt: skip
    console.result(lines, value)
    return exit_status.DONE


def run_import(given: Any, console: Console) -> int:
    """Take the file in."""
    from desktop.services import data_folder
    from desktop.services.loaded_profile import load_profile
    from desktop.services.node_transfer import take_in

    loaded = load_profile(given.profile, given.root)
    found = take_in(
        loaded,
        data_folder.base_folder(given.home),
        given.passphrase_fd,
        given.file,
        given.confirm,
        follow_options.choices(given, loaded.profile),
        _heights(console),
    )
    console.result(_lines(found), _value(found))
    return exit_status.DONE if found.evidence is None else exit_status.REFUSED


def _lines(found: Imported) -> list[str]:
    reached = found.reached
    lines = [
        f"Verified to block {reached.end} (from {reached.start}).",
        f"  hash       0x{found.block_hash.hex()}",
        f"  age        {found.age} s",
        f"  mode       {reached.mode.value}: {reached.mode.reason}",
        f"  seals      {reached.counting.value}: {reached.counting.reason}",
    ]
    for state in found.states:
        what = "does not exist" if state.account is None else f"{len(state.storage)} slots proven"
        lines.append(f"  proof      0x{state.address.hex()} after block {state.height}: {what}")
    if found.compared is not None:
        lines.append(f"  compared   {found.compared.outcome.value}. {found.compared.text}")
    if found.evidence is not None:
        lines += ["MISBEHAVIOUR: members of this network sealed two blocks at one height. It is halted here.",
                  f"  evidence   {found.evidence}"]  # fmt: skip
    return lines


def _value(found: Imported) -> dict[str, Any]:
    reached = found.reached
    return {
        "ok": found.evidence is None,
        "start": reached.start,
        "height": reached.end,
        "hash": f"0x{found.block_hash.hex()}",
        "age": found.age,
        "choices": {
            name: None if choice is None else {"value": choice.value, "reason": choice.reason}
            for name, choice in (("mode", reached.mode), ("counting", reached.counting), ("trust", reached.trust))
        },
        "states": [
            {
                "address": f"0x{state.address.hex()}",
                "height": state.height,
                "exists": state.account is not None,
                "storage": {hex(slot): hex(word) for slot, word in state.storage.items()},
            }
            for state in found.states
        ],
        "compared": None if found.compared is None else found.compared.outcome.value,
        "evidence": None if found.evidence is None else str(found.evidence),
    }
