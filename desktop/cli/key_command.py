"""`chancery key`: entitles a key on the registry; drafts what the authority states about its keys."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console

VERBS = ("register", "supersede", "suspend", "reinstate", "revoke", "acknowledge")


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    entitle = make("add", "entitle a key to act for an authority, by its administrators' decision")
    options.add_rpc(entitle)
    options.add_profile(entitle)
    options.add_signer(entitle)
    entitle.add_argument(
        "--authority", required=True, type=types.authority, metavar="COUNTRY/NUMBER", help="the authority, e.g. LU/0001"
    )
    entitle.add_argument(
        "--official", required=True, metavar="KEY", help="the key to entitle: LABEL on the signer, or ADDRESS"
    )
    entitle.add_argument("--verb", action="append", choices=VERBS, help="what it may do (all); may be repeated")
    entitle.add_argument("--holder", type=types.within(1, 2**32 - 1), default=1, metavar="N", help="holder number (1)")
    options.add_root(entitle)
    options.add_passphrase(entitle)
    options.finish(
        entitle, run_add,
        "key add --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key administrator --authority LU/0001 --official official --holder 7",
    )  # fmt: skip
    state = make("statement", "draft the statement in which an authority names its keys, for the authority to sign")
    options.add_rpc(state)
    options.add_profile(state)
    state.add_argument(
        "--official",
        action="append",
        required=True,
        metavar="KEY",
        help="a key to name: LABEL on the signer, or ADDRESS",
    )
    state.add_argument("--signer", metavar="URL", help="signer that holds the keys named by label")
    state.add_argument(
        "--device", choices=("software", "card", "board"), help="where the keys live (what the signer says of itself)"
    )
    options.add_passphrase(state)
    options.add_out(state, "the draft")
    options.add_term(state, 30, 90)
    options.finish(
        state, run_statement,
        "key statement --rpc http://127.0.0.1:8545 --profile profile.cenv --official official \\\n"
        "    --signer socket://127.0.0.1:7117 --out authority.draft",
    )  # fmt: skip


def run_add(given: Any, console: Console) -> int:
    """Entitle."""
    from desktop.services import registry_calls, signing
    from lightnode.wire.registry import Verb

    name = resolve.authority_id(given.authority)
    chosen = given.verb or VERBS
    mask = sum(1 << Verb[verb.upper()] for verb in set(chosen))
    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        who = resolve.account(given.official, desk.signer)
        known = registry_calls.find_key_slot(session, who)
        if known is not None and known.authority == name:
            value = {"ok": True, "already": True, "key": "0x" + who.hex(), "authority": name.hex()}
            console.result([f"Key 0x{who.hex()} is known to the registry already."], value)
            return exit_status.DONE
        slot = registry_calls.KeySlot(name, mask, 0, None, given.holder)
        stored = signing.draft_intent(
            session, desk, given.key, lambda limit: registry_calls.add_key(session, name, slot, who, limit)
        )
        done = signing.complete(session, desk, stored)
    value = {
        "ok": True, "key": "0x" + who.hex(), "authority": name.hex(), "verbs": list(chosen), "holder": given.holder,
        "block": done.job.place.height,
    }  # fmt: skip
    console.result(
        [f"Key 0x{who.hex()} may act for {'/'.join(given.authority)} from block {value['block']} on."], value
    )
    return exit_status.DONE


def run_statement(given: Any, console: Console) -> int:
    """Write the draft of the authority's statement; intervals and verbs are those proven on the ledger."""
    from desktop.services import envelope_files, registry_calls, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.signer_access import SignerAddress
    from lightnode.wire.trust import KeyEntry

    signer = None if given.signer is None else SignerAddress(given.signer)
    entries = []
    with resolve.open_session(given, console) as session:
        # After the files: what is wrong with them is said whatever devices are there.
        device = given.device or resolve.device_class(signer)
        profile = session.profile
        for named in given.official:
            who = resolve.account(named, signer)
            slot = registry_calls.key_slot(session, who)
            entries.append((slot.authority, KeyEntry(who, slot.verbs, slot.first, slot.last, slot.holder, device)))
    authority = resolve.demand_one_authority([name for name, _ in entries])
    payload = statements.authority(
        profile.environment, profile.genesis_hash, authority, [entry for _, entry in entries], resolve.read_term(given)
    )
    write_bytes(given.out, envelope_files.draft_bytes(payload))
    value = {"ok": True, "authority": authority.hex(), "keys": len(entries), "out": str(given.out)}
    lines = [
        f"Draft of the authority's statement: {given.out}",
        "  next     have the authority sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE
