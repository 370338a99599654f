"""`chancery governance`: who governs the registry, and how many must agree."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import change_commands as changes
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console

_PLACE = (
    "--rpc http://127.0.0.1:8545 --profile profile.cenv --signer socket://127.0.0.1:7117 \\\n    --key governance-1"
)


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    show = make("show", "show who governs, proven at the verified head")
    changes.add_ledger(show)
    changes.add_end(show)
    options.finish(show, run_show, "governance show --rpc http://127.0.0.1:8545 --profile profile.cenv")
    enter = make("add-member", "add a member, by governance's decision")
    changes.add_change(enter)
    enter.add_argument("--member", required=True, metavar="KEY", help="the member: LABEL on the signer, or ADDRESS")
    enter.add_argument("--holder", required=True, type=types.within(1, 2**32 - 1), metavar="N", help="holder number")
    changes.add_end(enter)
    options.finish(enter, run_add, f"governance add-member {_PLACE} --member 0x00112233445566778899aabbccddeeff00112233 --holder 4")  # fmt: skip
    leave = make("remove-member", "remove a member, by governance's decision")
    changes.add_change(leave)
    leave.add_argument("--member", required=True, metavar="KEY", help="the member: LABEL on the signer, or ADDRESS")
    changes.add_end(leave)
    options.finish(leave, run_remove, f"governance remove-member {_PLACE} --member 0x00112233445566778899aabbccddeeff00112233")  # fmt: skip
    threshold = make("threshold", "set how many members must agree, by governance's decision")
    changes.add_change(threshold)
    threshold.add_argument("--threshold", required=True, type=types.within(1, 64), metavar="N", help="how many")
    changes.add_end(threshold)
    options.finish(threshold, run_threshold, f"governance threshold {_PLACE} --threshold 2")


def run_show(given: Any, console: Console) -> int:
    """Show."""
    from desktop.services import change_words, office_members
    from desktop.services.registry_view import RegistryView

    with resolve.open_session(given, console) as session:
        view = RegistryView(session)
        members = office_members.members(session, view, view.governance())
    value = {"ok": True, **change_words.members_json(members), **changes.head_json(view)}
    console.result(["Governance of the registry", *change_words.members_lines(members), changes.head_line(view)], value)
    return exit_status.DONE


def run_add(given: Any, console: Console) -> int:
    """Propose to add a member."""
    from desktop.services.governing import Wanted
    from lightnode.wire.registry_admin import Operation
    from lightnode.wire.types import ZERO_HASH

    def want(_: Any, desk: Any) -> Wanted:
        who = resolve.account(given.member, desk.signer)
        return Wanted(Operation.ADD_GOVERNOR, ZERO_HASH, (int.from_bytes(who, "big"), given.holder))

    return changes.propose(given, console, want, f"{given.member} is a member of governance since block {{block}}.", {})


def run_remove(given: Any, console: Console) -> int:
    """Propose to remove a member."""
    from desktop.services.governing import Wanted
    from lightnode.wire.registry_admin import Operation
    from lightnode.wire.types import ZERO_HASH

    def want(_: Any, desk: Any) -> Wanted:
        who = resolve.account(given.member, desk.signer)
        return Wanted(Operation.REMOVE_GOVERNOR, ZERO_HASH, (int.from_bytes(who, "big"),))

    return changes.propose(given, console, want, f"{given.member} left governance with block {{block}}.", {})


def run_threshold(given: Any, console: Console) -> int:
    """Propose another threshold."""
    from desktop.services.governing import Wanted
    from lightnode.wire.registry_admin import Operation
    from lightnode.wire.types import ZERO_HASH

    wanted = Wanted(Operation.SET_GOVERNANCE_THRESHOLD, ZERO_HASH, (given.threshold,))
    sentence = f"{given.threshold} of governance must agree since block {{block}}."
    return changes.propose(given, console, lambda *_: wanted, sentence, {})
