"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli.console import Console

Run = Callable[[Any, Console], int]


class StoreOnce(argparse.Action):
    """Keeps an option's one value, where a second one taking its place would leave the first unread and unsaid."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        """Take the value.

        Raises:
            ArgumentError: there is one already.
        """
        if getattr(namespace, self.dest, None) is not None:
            raise argparse.ArgumentError(self, "is given twice")
        setattr(namespace, self.dest, values)


def finish(parser: argparse.ArgumentParser, run: Run, example: str = "") -> None:
    """Give a command what every command has.

    Args:
        parser: of the command.
        run: does it and gives the exit status.
        example: a filled-in command line for the help page.
    """
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    parser.add_argument("--quiet", action="store_true", help="say nothing about progress")
    parser.add_argument(
        "--home", type=types.path, metavar="DIR", help="data folder (else CHANCERY_HOME, else the platform's)"
    )
    if example:
        parser.epilog = f"example:\n  chancery {example}"
    parser.set_defaults(run=run)


def subcommands(parser: argparse.ArgumentParser) -> Callable[[str, str], argparse.ArgumentParser]:
    """Let a command have subcommands.

    Returns:
        A function that makes one from its name and its line of help.
    """
    group = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND", required=True, parser_class=type(parser))

    def make(name: str, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = group.add_parser(
            name, help=text, description=f"{text[:1].upper()}{text[1:]}.", allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        return made

    return make


def add_rpc(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Let a command name the node it asks."""
    parser.add_argument("--rpc", required=required, metavar="URL", help="JSON-RPC address of a node of the network")


def add_profile(parser: argparse.ArgumentParser) -> None:
    """Let a command name the profile of the network."""
    parser.add_argument("--profile", required=True, type=types.path, metavar="FILE", help="profile of the network")


def add_signer(parser: argparse.ArgumentParser) -> None:
    """Let a command name signer and key, and in training builds the debug channel that approves."""
    add_signer_url(parser)
    parser.add_argument("--key", required=True, metavar="LABEL", help="label of the key on the signer")
    add_approve_debug(parser)


def add_signer_url(parser: argparse.ArgumentParser) -> None:
    """Let a command name the signer it asks."""
    parser.add_argument(
        "--signer",
        required=True,
        metavar="URL",
        help="signer: serial:/dev/ttyACM0, usb:VID:PID, socket://127.0.0.1:PORT or local:FOLDER",
    )


def add_approve_debug(parser: argparse.ArgumentParser) -> None:
    """Let a command press the signer's buttons through the debug channel."""
    parser.add_argument(
        "--approve-debug", metavar="URL", help="debug channel that presses the buttons (training builds only)"
    )


def add_out(parser: argparse.ArgumentParser, what: str) -> None:
    """Let a command name the file it writes."""
    parser.add_argument("--out", required=True, type=types.path, metavar="FILE", help=f"where to write {what}")
    add_force(parser)


def add_force(parser: argparse.ArgumentParser) -> None:
    """Let a command replace a file of another kind than it writes."""
    parser.add_argument("--force", action="store_true", help="replace a file even where it is of another kind")


def add_root(parser: argparse.ArgumentParser) -> None:
    """Let a command name the root."""
    parser.add_argument("--root", type=types.path, metavar="FILE", help="root envelope (else the one IT installed)")


def add_term(parser: argparse.ArgumentParser, fresh_days: int, valid_days: int) -> None:
    """Let a command say how long a statement counts."""
    parser.add_argument("--issued", type=types.moment, metavar="TIME", help="time of issue (now)")
    parser.add_argument(
        "--fresh-days", type=types.within(0, 36500), default=fresh_days, metavar="N",
        help=f"days after which a newer one is due ({fresh_days})",
    )  # fmt: skip
    parser.add_argument(
        "--valid-days", type=types.within(0, 36500), default=valid_days, metavar="N",
        help=f"days after which it is not relied on ({valid_days})",
    )  # fmt: skip
    parser.add_argument(
        "--serial", type=types.within(1, 2**53 - 1), metavar="N", help="counts up within its line (seconds of issue)"
    )


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Let a command take the store's passphrase from a descriptor."""
    parser.add_argument(
        "--passphrase-fd", type=types.descriptor, metavar="N", help="descriptor with the store's passphrase"
    )
