"""`chancery authority`: admits, shows, closes a public body, changes its administrators; drafts its country's statement."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import change_commands as changes
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console

if TYPE_CHECKING:
    from desktop.services.signing import Desk
    from lightnode.wire.registry_admin import Operation


_PLACE = "--rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n    --key"


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    admit = make("admit", "admit an authority by governance's decision")
    changes.add_change(admit)
    changes.add_authority(admit)
    admit.add_argument(
        "--administrator", required=True, metavar="KEY", help="its first administrator: LABEL on the signer, or ADDRESS"
    )
    changes.add_holder(admit)
    changes.add_end(admit)
    options.finish(
        admit,
        run_admit,
        f"authority admit {_PLACE} governance-ledger --authority LU/0001 --administrator administrator",
    )
    show = make("show", "show an authority and its administrators, proven at the verified head")
    changes.add_ledger(show)
    changes.add_authority(show)
    changes.add_end(show)
    options.finish(
        show, run_show, "authority show --rpc http://127.0.0.1:8545 --profile profile.cenv --authority LU/0001"
    )
    _add_changes(make)
    _add_statement(make)


def _add_changes(make: Any) -> None:
    close = make("close", "close an authority by governance's decision; its keys end, its successor owns its records")
    changes.add_change(close)
    changes.add_authority(close)
    close.add_argument(
        "--successor", type=types.authority, metavar="COUNTRY/NUMBER",
        help="authority in office that owns its records from then on (none; may be named later, once)",
    )  # fmt: skip
    changes.add_end(close)
    options.finish(close, run_close, f"authority close {_PLACE} governance-1 --authority LU/0001 --successor LU/0002")
    for name, text, key, example in (
        ("replace-administrators", "replace all administrators by one, by governance's decision", True, "governance-1"),
        ("add-administrator", "add an administrator, by the administrators' decision", True, "administrator"),
        ("remove-administrator", "remove an administrator, by the administrators' decision", False, "administrator"),
    ):
        made = make(name, text)
        changes.add_change(made)
        changes.add_authority(made)
        made.add_argument("--administrator", required=True, metavar="KEY", help="LABEL on the signer, or ADDRESS")
        if key:
            changes.add_holder(made)
        changes.add_end(made)
        options.finish(
            made, _RUN[name], f"authority {name} {_PLACE} {example} --authority LU/0001 --administrator second"
        )
    threshold = make("threshold", "set how many administrators must agree, by the administrators' decision")
    changes.add_change(threshold)
    changes.add_authority(threshold)
    threshold.add_argument("--threshold", required=True, type=types.within(1, 64), metavar="N", help="how many")
    changes.add_end(threshold)
    options.finish(
        threshold, run_threshold, f"authority threshold {_PLACE} administrator --authority LU/0001 --threshold 2"
    )


def _add_statement(make: Any) -> None:
    state = make("statement", "draft the statement in which a country names its authority, for the country to sign")
    options.add_profile(state)
    changes.add_authority(state)
    state.add_argument(
        "--name",
        required=True,
        type=types.shown_name(64, any_direction=True),
        metavar="TEXT",
        help="name of the authority for people",
    )
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


def run_admit(given: Any, console: Console) -> int:
    """Propose to admit; where one of governance is enough, that admits."""
    from desktop.services import governing, registry_calls
    from lightnode.wire.registry_admin import Operation

    name, shown = resolve.authority_id(given.authority), "/".join(given.authority)
    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        who = resolve.account(given.administrator, desk.signer)
        if registry_calls.is_admitted(session, name):
            value = {"ok": True, "already": True, "authority": name.hex()}
            console.result([f"Authority {shown} is admitted already."], value)
            return exit_status.DONE
        wanted = governing.Wanted(Operation.ADMIT, name, (int.from_bytes(who, "big"), given.holder))
        more = {"authority": name.hex(), "administrator": "0x" + who.hex()}
        sentence = f"Authority {shown} ({name.hex()}) is admitted since block {{block}}."
        return changes.propose_in(session, desk, given.key, wanted, console, sentence, more)


def run_show(given: Any, console: Console) -> int:
    """Show."""
    from desktop.services import change_words, office_members
    from desktop.services.registry_view import RegistryView
    from lightnode.wire.registry_admin import Operation

    name = resolve.authority_id(given.authority)
    with resolve.open_session(given, console) as session:
        view = RegistryView(session)
        found = view.authority(name)
        members = office_members.members(session, view, view.office(Operation.ADD_KEY, name))
    word = {0: "never admitted", 1: "in office", 2: "closed"}.get(found.state.state, "unknown")
    value = {
        "ok": True, "authority": name.hex(), "state": word, "successor": change_words.hash_or_none(found.successor),
        "administrators": change_words.members_json(members), **changes.head_json(view),
    }  # fmt: skip
    lines = [f"Authority {'/'.join(given.authority)}: {word}", f"  {'ledger id':<14} {name.hex()}"]
    if any(found.successor):
        lines.append(f"  {'successor':<14} {found.successor.hex()}")
    lines += change_words.members_lines(members) if found.state.state == 1 else []
    console.result([*lines, changes.head_line(view)], value)
    return exit_status.DONE


def run_close(given: Any, console: Console) -> int:
    """Propose to close, or to name the successor of one closed without."""
    from lightnode.wire.registry_admin import Operation

    word = int.from_bytes(resolve.authority_id(given.successor), "big")
    return _change(given, console, Operation.CLOSE, lambda _: (word,), "is closed")


def run_replace(given: Any, console: Console) -> int:
    """Propose to replace all administrators."""
    from lightnode.wire.registry_admin import Operation

    return _change(given, console, Operation.RESET_ADMINISTRATORS, _who_and_holder(given), "has one new administrator")


def run_add_administrator(given: Any, console: Console) -> int:
    """Propose to add an administrator."""
    from lightnode.wire.registry_admin import Operation

    return _change(given, console, Operation.ADD_ADMINISTRATOR, _who_and_holder(given), "has a further administrator")


def run_remove_administrator(given: Any, console: Console) -> int:
    """Propose to remove an administrator."""
    from lightnode.wire.registry_admin import Operation

    def words(desk: Desk) -> tuple[int, ...]:
        return (int.from_bytes(resolve.account(given.administrator, desk.signer), "big"),)

    return _change(given, console, Operation.REMOVE_ADMINISTRATOR, words, "has one administrator less")


def run_threshold(given: Any, console: Console) -> int:
    """Propose another threshold."""
    from lightnode.wire.registry_admin import Operation

    operation = Operation.SET_ADMINISTRATORS_THRESHOLD
    return _change(given, console, operation, lambda _: (given.threshold,), f"needs {given.threshold} administrators")


def _who_and_holder(given: Any) -> Callable[[Desk], tuple[int, ...]]:
    return lambda desk: (int.from_bytes(resolve.account(given.administrator, desk.signer), "big"), given.holder)


def _change(
    given: Any, console: Console, operation: Operation, words: Callable[[Desk], tuple[int, ...]], what: str
) -> int:
    from desktop.services.governing import Wanted

    name = resolve.authority_id(given.authority)
    sentence = f"Authority {'/'.join(given.authority)} {what} since block {{block}}."
    more = {"authority": name.hex()}
    return changes.propose(
        given, console, lambda _, desk: Wanted(operation, name, words(desk)), sentence, more
    )  # fmt: skip


def run_statement(given: Any, console: Console) -> int:
    """Write the draft of the country's statement."""
    from desktop.services import envelope_files, key_references, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.loaded_profile import load_profile
    from desktop.services.signer_access import SignerAddress
    from lightnode.wire.trust import AuthorityEntry

    profile = load_profile(given.profile, None).profile
    signer = None if given.signer is None else SignerAddress(given.signer, home=given.home)
    find = key_references.finder(signer, given.statement_key)
    keys = key_references.key_set(given.threshold, [find(key) for key in given.statement_key])
    country, number = given.authority
    entry = AuthorityEntry(resolve.authority_id(given.authority), country, number, given.name, keys)
    payload = statements.country(profile.environment, profile.genesis_hash, country, [entry], resolve.read_term(given))
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    value = {"ok": True, "authority": entry.id.hex(), "out": str(given.out)}
    lines = [
        f"Draft of the statement by {country}: {given.out}",
        f"  next     have {country} sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE


_RUN = {
    "replace-administrators": run_replace,
    "add-administrator": run_add_administrator,
    "remove-administrator": run_remove_administrator,
}
