"""What the questions of `chancery ledger` share: where they are asked, over which route, and how far a scan has come."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import options
from desktop.cli.console import Console

if TYPE_CHECKING:
    from desktop.services.ledger_questions import LedgerQuestions
    from desktop.services.network_session import NetworkSession

WHERE = "--rpc http://127.0.0.1:8545 --profile profile.cenv --registries registries.json"
_EVERY = 1024


def add_route(parser: argparse.ArgumentParser) -> None:
    """Let a question choose its route."""
    parser.add_argument(
        "--route", choices=("state", "logs"), default="state",
        help="state: by eth_getProof; logs: by blocks alone, as EBSI's public API gives them (state)",
    )  # fmt: skip


def finish(parser: argparse.ArgumentParser, run: options.Run, example: str) -> None:
    """Give a question what every one has."""
    parser.add_argument(
        "--at", type=types.within(1, 2**53), metavar="BLOCK", help="state after this block (the newest)"
    )
    options.add_rpc(parser)
    options.add_profile(parser)
    parser.add_argument(
        "--registries", type=types.path, metavar="FILE", help="pins of registries, where the profile has none"
    )
    options.add_root(parser)
    options.add_passphrase(parser)
    options.finish(parser, run, example)


def questions(given: Any, session: NetworkSession) -> LedgerQuestions:
    """Give whoever asks the registries of a session's network."""
    from desktop.services.ledger_questions import LedgerQuestions
    from desktop.services.registry_pins import pins_of

    return LedgerQuestions(session, pins_of(session.profile, given.registries))


def scanning(console: Console) -> Any:
    """Give what says now and then how far a scan has come."""

    def say(height: int, last: int) -> None:
        if height % _EVERY == 0 and height < last:
            console.progress(f"Scanned up to block {height} of {last}.")

    return say
