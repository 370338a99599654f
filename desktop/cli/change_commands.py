"""What every command that changes who may do what has in common: propose, say what came of it, never more than is proven.

Invariants: a change that still waits for consents is called proposed, in words, in JSON and by the exit status.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console

if TYPE_CHECKING:
    from desktop.services.governing import Outcome, Wanted
    from desktop.services.network_session import NetworkSession
    from desktop.services.registry_view import RegistryView
    from desktop.services.signing import Desk
    from desktop.services.workspace import StoredStep
    from lightnode.wire.template import Template

Want = Callable[["NetworkSession", "Desk"], "Wanted"]


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """Let a command read a network's registry."""
    options.add_rpc(parser)
    options.add_profile(parser)


def add_change(parser: argparse.ArgumentParser) -> None:
    """Let a command change the registry: network, signer, key."""
    add_ledger(parser)
    options.add_signer(parser)


def add_end(parser: argparse.ArgumentParser) -> None:
    """Let a command name root and passphrase, the last of its arguments."""
    options.add_root(parser)
    options.add_passphrase(parser)


def add_authority(parser: argparse.ArgumentParser) -> None:
    """Let a command name the authority."""
    parser.add_argument(
        "--authority", required=True, type=types.authority, metavar="COUNTRY/NUMBER", help="the authority, e.g. LU/0001"
    )


def add_holder(parser: argparse.ArgumentParser) -> None:
    """Let a command give a key's holder number."""
    parser.add_argument("--holder", type=types.within(1, 2**32 - 1), default=1, metavar="N", help="holder number (1)")


def propose(given: Any, console: Console, want: Want, sentence: str, more: dict[str, Any]) -> int:
    """Propose a change.

    Args:
        given: parsed arguments.
        console: where the result goes.
        want: gives the change, with session and desk at hand.
        sentence: what is so once it is in effect, for people; `{block}` stands for the block.
        more: members for the JSON result.
    """
    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        return propose_in(session, desk, given.key, want(session, desk), console, sentence, more)


def propose_in(
    session: NetworkSession, desk: Desk, key: str, wanted: Wanted, console: Console, sentence: str, more: dict[str, Any]
) -> int:
    """Propose a change in an open session; see `propose`."""
    from desktop.services import governing

    stored = governing.draft_proposal(session, desk, key, wanted)
    show_preview(session, stored, console)
    return report(session, governing.settle(session, desk, stored), console, sentence, more)


def show_preview(
    session: NetworkSession, stored: StoredStep, console: Console, template: Template | None = None
) -> None:
    """Say what the signer will show; a draft that cannot be shown, or was stopped meanwhile, is given up."""
    from desktop.services import preview, signing

    try:
        console.progress(f"Job {stored.job.identifier}: drafted and stored. The signer will show:")
        for screen in preview.screens(session.profile, stored.job, template=template):
            console.progress(f"  {screen.label:<22} {screen.value}")
    except BaseException:
        # Nobody agreed to what could not be shown.
        signing.give_up(session, stored)
        raise


def report(
    session: NetworkSession, outcome: Outcome, console: Console, sentence: str = "", more: dict[str, Any] | None = None
) -> int:
    """Say what a proposal or a consent came to; the exit status says whether it is in effect.

    Args:
        session: the open network.
        outcome: proven.
        console: where the result goes.
        sentence: what is so once it is in effect; a general one where empty.
        more: members for the JSON result.
    """
    from desktop.services import change_words, office_members
    from desktop.services.registry_view import RegistryView

    change, block = outcome.change, outcome.done.job.place.height
    word, number = change_words.operation_word(change.proposal.operation), change.proposal.number
    sentence = sentence or f"Change {number} ({word}) is in effect since block {{block}}."
    value = {"ok": True, **change_words.change_json(change), **(more or {}), "block": block}
    if change.state == "in effect":
        console.result([sentence.replace("{block}", str(block))], value)
        return exit_status.DONE
    members = office_members.members(session, RegistryView(session), change.office)
    who = change_words.office_word(change)
    lines = [
        f"PROPOSED, not in effect: {word}, change {number}.",
        *change_words.change_lines(change, members),
        f"  {'next':<14} another of {who} consents: chancery registry consent --change {number}",
    ]
    may = change_words.may_consent(change, members)
    console.result(lines, {**value, "may_consent": may, "not_listed": max(members.missing, 0)})
    return exit_status.PROPOSED


def head_json(view: RegistryView) -> dict[str, Any]:
    """Give the block that what is shown was proven at, for programs."""
    return {"height": view.height, "block_hash": "0x" + view.head.block_hash.hex(), "block_time": view.time}


def head_line(view: RegistryView) -> str:
    """Give the block that what is shown was proven at, for people."""
    from desktop.services.envelope_files import show_time

    return f"  {'proven at':<14} block {view.height}, {show_time(view.time)}"
