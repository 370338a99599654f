"""`chancery authority`: admits a public body to the registry; drafts what its country and itself state about it."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    admit = make("admit", "admit an authority by governance's decision")
    options.add_rpc(admit)
    options.add_profile(admit)
    options.add_signer(admit)
    _authority(admit)
    admit.add_argument(
        "--administrator", required=True, metavar="KEY", help="its first administrator: LABEL on the signer, or ADDRESS"
    )
    admit.add_argument("--holder", type=types.within(1, 2**32 - 1), default=1, metavar="N", help="holder number (1)")
    options.add_root(admit)
    options.add_passphrase(admit)
    options.finish(
        admit, run_admit,
        "authority admit --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key governance-ledger --authority LU/0001 --administrator administrator",
    )  # fmt: skip
    state = make("statement", "draft the statement in which a country names its authority, for the country to sign")
    options.add_profile(state)
    _authority(state)
    state.add_argument("--name", required=True, metavar="TEXT", help="name of the authority for people")
    state.add_argument("--signer", metavar="URL", help="signer that holds the keys named by label")
    state.add_argument(
        "--statement-key", action="append", required=True, metavar="KEY",
        help="key that signs what the authority states: LABEL, or CURVE:HEX",
    )  # fmt: skip
    state.add_argument("--threshold", type=types.within(1, 64), default=1, metavar="N", help="how many sign (1)")
    options.add_out(state, "the draft")
    options.add_term(state, 30, 90)
    options.finish(
        state, run_statement,
        "authority statement --profile profile.cenv --authority LU/0001 --name 'Training office' \\\n"
        "    --signer socket://127.0.0.1:7117 --statement-key authority --out country.draft",
    )  # fmt: skip


def _authority(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--authority", required=True, type=types.authority, metavar="COUNTRY/NUMBER", help="the authority, e.g. LU/0001"
    )


def run_admit(given: Any, console: Console) -> int:
    """Admit."""
    from desktop.services import registry_calls, signing

    name = resolve.authority_id(given.authority)
    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        who = resolve.account(given.administrator, desk.signer)
        shown = "/".join(given.authority)
        if registry_calls.is_admitted(session, name):
            value = {"ok": True, "already": True, "authority": name.hex()}
            console.result([f"Authority {shown} is admitted already."], value)
            return exit_status.DONE
        stored = signing.draft_intent(
            session, desk, given.key, lambda limit: registry_calls.admit(session, name, who, given.holder, limit)
        )
        done = signing.complete(session, desk, stored)
    value = {
        "ok": True, "authority": name.hex(), "administrator": "0x" + who.hex(), "block": done.job.place.height,
    }  # fmt: skip
    console.result(
        [f"Authority {shown} is admitted since block {value['block']}.", f"  ledger id  {name.hex()}"], value
    )
    return exit_status.DONE


def run_statement(given: Any, console: Console) -> int:
    """Write the draft of the country's statement."""
    from desktop.services import envelope_files, key_references, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.network_session import load_profile
    from desktop.services.signer_access import SignerAddress
    from lightnode.wire.trust import AuthorityEntry

    profile = load_profile(given.profile, None).profile
    signer = None if given.signer is None else SignerAddress(given.signer)
    find = key_references.finder(signer, given.statement_key)
    keys = key_references.key_set(given.threshold, [find(key) for key in given.statement_key])
    country, number = given.authority
    entry = AuthorityEntry(resolve.authority_id(given.authority), country, number, given.name, keys)
    payload = statements.country(profile.environment, profile.genesis_hash, country, [entry], resolve.read_term(given))
    write_bytes(given.out, envelope_files.draft_bytes(payload))
    value = {"ok": True, "authority": entry.id.hex(), "out": str(given.out)}
    lines = [
        f"Draft of the statement by {country}: {given.out}",
        f"  next     have {country} sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE
