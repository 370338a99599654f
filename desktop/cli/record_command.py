"""`chancery record`: a record's proven state; restoring one that a key not entitled withdrew."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import change_commands as changes
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console

if TYPE_CHECKING:
    from desktop.services.registry_view import RecordView

STATES = {"in-force": 1, "suspended": 2}


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    show = make("show", "show the state of a record, proven at the verified head")
    _record(show)
    changes.add_ledger(show)
    changes.add_end(show)
    options.finish(show, run_show, "record show 12 --rpc http://127.0.0.1:8545 --profile profile.cenv")
    restore = make("restore", "bring back what a key not entitled withdrew, by the owner's administrators' decision")
    _record(restore)
    changes.add_change(restore)
    restore.add_argument("--state", choices=tuple(STATES), default="in-force", help="state to bring back (in-force)")
    changes.add_end(restore)
    options.finish(
        restore, run_restore,
        "record restore 12 --rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --key administrator",
    )  # fmt: skip


def _record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=types.within(0, 2**63), metavar="N", help="number of the record")


def run_show(given: Any, console: Console) -> int:
    """Show."""
    from desktop.services.change_words import RECORD_STATES, hash_or_none
    from desktop.services.registry_view import RegistryView

    with resolve.open_session(given, console) as session:
        view = RegistryView(session)
        found = view.record(given.record)
    value = {
        "ok": True, "record": found.number, "state": RECORD_STATES.get(found.state, "unknown"), "acts": found.acts,
        "acknowledged": found.acknowledged, "valid_until_day": found.valid_until or None,
        "owner": found.owner.hex(), "registered_by": found.registered_by.hex(), "template": found.template.hex(),
        "kind": _kind(found), "commitment": found.commitment.hex(), "receiver": hash_or_none(found.receiver),
        "batch": None if found.batch is None else {"first": found.batch[0], "count": found.batch[1]},
        **changes.head_json(view),
    }  # fmt: skip
    console.result([*_lines(found, str(value["state"])), changes.head_line(view)], value)
    return exit_status.DONE


def _kind(found: RecordView) -> str | None:
    """Give the id of the built-in template, where it is one."""
    from lightnode.templates import BUILT_IN, built_in

    return next((name for name in BUILT_IN if built_in(name).ledger_id == found.template), None)


def _lines(found: RecordView, state: str) -> list[str]:
    from firmware_bridge.signer.screens import show_day

    rows = [
        ("acts", str(found.acts) + (", acknowledged by the receiver" if found.acknowledged else "")),
        ("kind", _kind(found) or found.template.hex()),
        ("owner", found.owner.hex()),
    ]
    if found.registered_by != found.owner:
        rows.append(("registered by", found.registered_by.hex()))
    rows.append(("commitment" if found.batch is None else "batch root", found.commitment.hex()))
    if found.batch is not None:
        rows.append(("batch", f"records {found.batch[0]} to {found.batch[0] + found.batch[1] - 1}"))
    if any(found.receiver):
        rows.append(("receiver", found.receiver.hex()))
    if found.valid_until:
        rows.append(("valid until", show_day(found.valid_until)))
    return [f"Record {found.number}: {state}", *(f"  {label:<14} {text}" for label, text in rows)]


def run_restore(given: Any, console: Console) -> int:
    """Propose to restore."""
    from desktop.services.governing import Wanted
    from desktop.services.registry_view import RegistryView
    from lightnode.wire.registry_admin import Operation

    def want(session: Any, _: Any) -> Wanted:
        found = RegistryView(session).record(given.record)
        return Wanted(Operation.RESTORE_RECORD, found.owner, (given.record, STATES[given.state], found.acts))

    sentence = (
        f"Record {given.record} is {given.state.replace('-', ' ')} again for the registry since block {{block}}. Lists follow "
        "where the authority's statement calls the key that withdrew it not entitled or in doubt."
    )
    return changes.propose(given, console, want, sentence, {"record": given.record})
