"""Entry point of `chancery`: reads the command line, runs one command, turns every error into one clear line.

Invariants:
- No traceback ever reaches a person, whatever the input; a fault of the program is the error INTERNAL.
- The exit status is one of `desktop.cli.exit_status`.
- Only the module of the chosen command is imported.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from desktop.cli import exit_status, interrupt, standard_streams
from desktop.cli.console import Console
from desktop.cli.standard_streams import OutputLostError
from desktop.errors import InternalError, StoppedError, SystemRefusalError, UsageError

# Command -> (module with `add(parser)`, one line of help), in the order of the work.
COMMANDS: dict[str, tuple[str, str]] = {
    "quickstart": ("quickstart", "make a whole training set-up and print every command filled in"),
    "demo": ("demo", "show the whole path, from the key to the verdict, without questions"),
    "gui": ("gui", "open the windows"),
    "sign": ("sign", "sign a record with a device, record it on the ledger, keep the evidence"),
    "verify": ("verify", "judge an evidence file: VALID, NOT VALID or CANNOT TELL"),
    "jobs": ("jobs", "list signing jobs, carry on one that was cut short, give one up"),
    "store": ("store", "look after the encrypted store of a network"),
    "signer": ("signer", "start, ask or stop the local signer process"),
    "audit": ("audit", "take a signer's audit log over, check a copy of it"),
    "devnet": ("devnet", "start, ask or stop a local network for training and tests"),
    "node": ("node", "the light client by itself: follow a network, serve other programs from what it proved"),
    "headers": ("headers", "verify recorded block headers from genesis on"),
    "ledger": ("ledger", "ask EBSI's registries: time stamps, DIDs, accreditations, documents, each answer proven"),
    "root": ("root", "make the root that everything signed is traced to"),
    "profile": ("profile", "make and show the signed description of a network"),
    "order": ("order", "let one block pass that reads under two rule sets, by governance's word"),
    "registry": (
        "registry",
        "put a registry on a network or name one there, consent to what is proposed",
    ),
    "governance": ("governance", "change who governs the registry, and how many must agree"),
    "authority": ("authority", "admit, show or close a public body, change its administrators"),
    "key": ("key", "entitle, show or stop a key that acts for an authority"),
    "record": ("record", "show a record's proven state, restore one that was withdrawn wrongly"),
    "envelope": ("envelope", "sign a draft, show what an envelope holds"),
    "trust": ("trust", "make the trust package for offices without a line"),
    "version": ("version", "print the version"),
}


class _Parser(argparse.ArgumentParser):
    """Raises instead of printing and leaving, so that errors look the same everywhere."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._words: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._words = args or ()
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        if message.startswith("the following arguments are required"):
            # A word that means nothing here is the likelier slip than one that is missing.
            message = self._unknown() or message
        raise UsageError(f"{message[:1].upper()}{message[1:]} ({self.prog}).")

    def _unknown(self) -> str:
        words = list(self._words)
        options = [word for word in words[: words.index("--") if "--" in words else len(words)] if word[:2] == "--"]
        unknown = [word for word in options if word.partition("=")[0] not in self._option_string_actions]
        return f"unrecognized arguments: {' '.join(unknown)}" if unknown else ""

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        if action.option_strings and arg_strings == ["--"]:
            # argparse takes the two hyphens for the end of options, even behind an equals sign, and has no value left.
            raise argparse.ArgumentError(action, "-- is no value")
        return super()._get_values(action, arg_strings)

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        free = action.type is None and action.nargs != argparse.PARSER
        if free and any("\ud800" <= letter <= "\udfff" for letter in arg_string):
            # Only file names may be bytes that are no text.
            raise argparse.ArgumentError(action, "this is no text in UTF-8")
        return super()._get_value(action, arg_string)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words behind `chancery`; those of the process unless given.

    Returns:
        The exit status.
    """
    # Set-ups, stores with their side files, logs and evidence are their user's alone until given away.
    os.umask(0o077)
    words = command_first(sys.argv[1:] if arguments is None else arguments)
    console = Console(as_json="--json" in words)
    there = standard_streams.make_safe()
    try:
        if not there and words[:1] != ["gui"]:
            raise OutputLostError("Standard output is closed.")
        try:
            try:
                return _run(words)
            finally:
                # Here, where a reader that left is no traceback, and not at the interpreter's end.
                standard_streams.write("")
        except KeyboardInterrupt:
            raise StoppedError("Stopped.") from None
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes a line
        return report(console, error)


def command_first(words: Sequence[str]) -> list[str]:
    """Bring a command line into the one order: the options that every command takes stand behind the command.

    Args:
        words: as typed behind `chancery`; `--version` alone stands for the command.
    """
    rest, moved = list(words), []
    while rest and rest[0] in ("--json", "--quiet", "--home"):
        count = 2 if rest[0] == "--home" else 1
        moved += rest[:count]
        del rest[:count]
    if rest[:1] == ["--version"]:
        rest[0] = "version"
    at = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:at], *moved, *rest[at:]]


def _run(words: Sequence[str]) -> int:
    parser = build_parser(words)
    options = parser.parse_args(words)
    if not hasattr(options, "run"):
        parser.print_help()
        return exit_status.DONE
    console = Console(as_json=getattr(options, "json", False), quiet=getattr(options, "quiet", False))
    with interrupt.given_back():
        return int(options.run(options, console))


def report(console: Console, error: Exception) -> int:
    """Say an error, on standard error where standard output takes nothing, and give its exit status."""
    if os.environ.get("CHANCERY_TRACEBACK"):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    shown = _known(error)
    if isinstance(shown, OutputLostError):
        standard_streams.let_go()
        console = Console()
    try:
        more: dict[str, Any] = getattr(shown, "details", {}) or {}
        console.error(shown, **more)
    except OutputLostError as lost:
        standard_streams.let_go()
        shown = lost
        Console().error(shown)
    return exit_status.status_of(shown)


def _known(error: Exception) -> Exception:
    """Give an error of the four packages' trees for any error."""
    if isinstance(getattr(error, "code", None), str) and hasattr(error, "advice"):
        return error
    if isinstance(error, OSError):
        return SystemRefusalError(f"The operating system refused: {(error.strerror or 'no reason given').lower()}.")
    return InternalError(f"The program failed unexpectedly ({type(error).__name__}).")


def build_parser(words: Sequence[str] = (), *, everything: bool = False) -> argparse.ArgumentParser:
    """Make the parser, with the arguments of the chosen command only.

    Args:
        words: the command line, to see which command is chosen.
        everything: with the arguments of every command, for the handbook.
    """
    parser = _Parser(
        prog="chancery",
        description="Records signed by officials with keys in hardware, kept on a shared ledger, judged at a border "
        "without a network.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    groups = parser.add_subparsers(title="commands", metavar="COMMAND", required=bool(words), parser_class=_Parser)
    chosen = next((word for word in words if word in COMMANDS), None)
    for name, (module, text) in COMMANDS.items():
        command = groups.add_parser(
            name, help=text, description=f"{text[:1].upper()}{text[1:]}.", allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        if everything or chosen == name:
            importlib.import_module(f"desktop.cli.{module}_command").add(command)
    return parser


def _epilog() -> str:
    lines = ["exit status:", *(f"  {number:<4}{text}" for number, text in exit_status.MEANINGS)]
    lines += [
        "",
        "Every command takes --json (one object on standard output) and --help. docs/commands.md has examples.",
    ]
    return "\n".join(lines)
