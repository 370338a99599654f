"""`chancery key`: entitles, stops, shows a key of the registry; drafts what the authority states about its keys."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import change_commands as changes
from desktop.cli import exit_status, ledger_keys, options, resolve, timestamp_keys
from desktop.cli.console import Console

VERBS = ("register", "supersede", "suspend", "reinstate", "revoke", "acknowledge")


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    entitle = make("add", "entitle a key to act for an authority, by its administrators' decision")
    changes.add_change(entitle)
    changes.add_authority(entitle)
    entitle.add_argument(
        "--official", required=True, metavar="KEY", help="the key to entitle: LABEL on the signer, or ADDRESS"
    )
    entitle.add_argument("--verb", action="append", choices=VERBS, help="what it may do (all); may be repeated")
    changes.add_holder(entitle)
    changes.add_end(entitle)
    options.finish(
        entitle, run_add,
        "key add --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key administrator --authority LU/0001 --official official --holder 7",
    )  # fmt: skip
    stop = make("stop", "stop a key for good; any one administrator of its authority may")
    changes.add_change(stop)
    stop.add_argument(
        "--official", required=True, metavar="KEY", help="the key to stop: LABEL on the signer, or ADDRESS"
    )
    changes.add_end(stop)
    options.finish(
        stop, run_stop,
        "key stop --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key administrator --official 0x00112233445566778899aabbccddeeff00112233",
    )  # fmt: skip
    show = make("show", "show what the registry says of a key, proven at the verified head")
    show.add_argument("account", type=types.hex_bytes(20), metavar="ADDRESS", help="account of the key")
    changes.add_ledger(show)
    changes.add_end(show)
    options.finish(
        show, run_show,
        "key show 0x00112233445566778899aabbccddeeff00112233 --rpc http://127.0.0.1:8545 --profile profile.cenv",
    )  # fmt: skip
    _add_statement(make)


def _add_statement(make: Any) -> None:
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
    timestamp_keys.add(state)
    options.add_passphrase(state)
    options.add_out(state, "the draft")
    options.add_term(state, 30, 90)
    options.finish(
        state, run_statement,
        "key statement --rpc http://127.0.0.1:8545 --profile profile.cenv --official official \\\n"
        "    --signer socket://127.0.0.1:7117 --out authority.draft",
    )  # fmt: skip


def run_add(given: Any, console: Console) -> int:
    """Propose to entitle; where one administrator is enough, that entitles."""
    from desktop.services import governing, registry_calls
    from lightnode.wire.registry import Verb
    from lightnode.wire.registry_admin import Operation

    name = resolve.authority_id(given.authority)
    chosen = given.verb or VERBS
    mask = sum(1 << Verb[verb.upper()] for verb in set(chosen))
    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        who = resolve.account(given.official, desk.signer)
        slot = registry_calls.KeySlot(name, mask, 0, None, given.holder)
        if governing.is_entitled(session, who, slot):
            value = {"ok": True, "already": True, "key": "0x" + who.hex(), "authority": name.hex()}
            console.result([f"Key 0x{who.hex()} may do this already."], value)
            return exit_status.DONE
        wanted = governing.Wanted(Operation.ADD_KEY, name, registry_calls.key_words(slot, who))
        more = {"key": "0x" + who.hex(), "authority": name.hex(), "verbs": list(chosen), "holder": given.holder}
        sentence = f"Key 0x{who.hex()} may act for {'/'.join(given.authority)} from block {{block}} on."
        return changes.propose_in(session, desk, given.key, wanted, console, sentence, more)


def run_stop(given: Any, console: Console) -> int:
    """Stop."""
    from desktop.services import governing, signing
    from desktop.services.registry_calls import key_slot

    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        who = resolve.account(given.official, desk.signer)
        stored = governing.draft_stop(session, desk, given.key, who)
        changes.show_preview(session, stored, console)
        done = signing.complete(session, desk, stored)
        slot = key_slot(session, who)
    value = {
        "ok": True, "key": "0x" + who.hex(), "authority": slot.authority.hex(), "last_block": slot.last,
        "block": done.job.place.height,
    }  # fmt: skip
    console.result([f"Key 0x{who.hex()} is stopped; block {slot.last} was its last."], value)
    return exit_status.DONE


def run_show(given: Any, console: Console) -> int:
    """Show."""
    from desktop.services import change_words
    from desktop.services.registry_calls import KeyUnknownError
    from desktop.services.registry_view import RegistryView
    from lightnode.wire.types import address

    who = address(given.account)
    with resolve.open_session(given, console) as session:
        view = RegistryView(session)
        slot = view.key(who)
        if slot is None:
            raise KeyUnknownError(f"The registry knows no key 0x{who.hex()}.")
        in_office = view.authority(slot.authority).state.state == 1
    # The next block is the first that an act signed now could stand in.
    ended = slot.last is not None and slot.last <= view.height
    word = "ended" if ended else "may act" if in_office else "its authority is closed"
    word = "begins later" if not ended and slot.first > view.height + 1 else word
    value = {
        "ok": True, "key": "0x" + who.hex(), "authority": slot.authority.hex(), "state": word,
        "verbs": change_words.verb_words(slot.verbs), "first_block": slot.first, "last_block": slot.last,
        "holder": slot.holder, **changes.head_json(view),
    }  # fmt: skip
    lines = [
        f"Key 0x{who.hex()}: {word}",
        f"  {'authority':<14} {slot.authority.hex()}",
        f"  {'may':<14} {', '.join(value['verbs'])}",
        f"  {'blocks':<14} {slot.first} to {'open' if slot.last is None else slot.last}",
        f"  {'holder':<14} {slot.holder}",
        changes.head_line(view),
    ]
    console.result(lines, value)
    return exit_status.DONE


def run_statement(given: Any, console: Console) -> int:
    """Write the draft of the authority's statement.

    Intervals and verbs are those proven on the ledger; on the Timestamp way, which knows no keys, those that were said.
    From which block a key is withdrawn or in doubt is said on both ways.
    """
    from desktop.services import envelope_files, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.signer_access import SignerAddress

    signer = None if given.signer is None else SignerAddress(given.signer, home=given.home)
    with resolve.open_session(given, console) as session:
        # After the files: what is wrong with them is said whatever devices are there.
        device = given.device or resolve.device_class(signer)
        profile = session.profile
        accounts = [resolve.account(named, signer) for named in given.official]
        way = ledger_keys if profile.timestamp is None else timestamp_keys
        authority, entries = way.entries(given, session, accounts, device)
    payload = statements.authority(
        profile.environment, profile.genesis_hash, authority, entries, resolve.read_term(given)
    )
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    value = {"ok": True, "authority": authority.hex(), "keys": len(entries), "out": str(given.out)}
    lines = [
        f"Draft of the authority's statement: {given.out}",
        "  next     have the authority sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE
