"""Entry point of `chancery`: reads the command line, runs one command, turns every error into one clear line.

Invariants:
- No traceback ever reaches a person, whatever the input; a fault of the program is the error INTERNAL.
- The exit status is one of `desktop.cli.exit_status`.
- Only the module of the chosen command is imported.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

from desktop.cli import exit_status
from desktop.cli.console import Console
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
    "devnet": ("devnet", "start, ask or stop a local network for training and tests"),
    "headers": ("headers", "verify recorded block headers from genesis on"),
    "root": ("root", "make the root that everything signed is traced to"),
    "profile": ("profile", "make the signed description of a network"),
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

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]} ({self.prog}).")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words behind `chancery`; those of the process unless given.

    Returns:
        The exit status.
    """
    # Set-ups, stores with their side files, logs and evidence are their user's alone until given away.
    os.umask(0o077)
    words = list(sys.argv[1:] if arguments is None else arguments)
    console = Console(as_json="--json" in words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter must not stop a command.
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            try:
                return _run(words)
            finally:
                # Here, where a reader that left is no traceback, and not at the interpreter's end.
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except KeyboardInterrupt:
            raise StoppedError("Stopped.") from None
    except BrokenPipeError:
        _leave_pipe()
        return exit_status.REFUSED
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes a line
        return _report(console, error)


def _run(words: Sequence[str]) -> int:
    parser = build_parser(words)
    options = parser.parse_args(words)
    if not hasattr(options, "run"):
        parser.print_help()
        return exit_status.USAGE if words else exit_status.DONE
    console = Console(as_json=getattr(options, "json", False), quiet=getattr(options, "quiet", False))
    before = signal.getsignal(signal.SIGINT)
    try:
        status = int(options.run(options, console))
    finally:
        # A command that waits for a device takes Ctrl-C for itself while it runs.
        if threading.current_thread() is threading.main_thread() and before is not None:
            signal.signal(signal.SIGINT, before)
    sys.stdout.flush()
    return status


def _report(console: Console, error: Exception) -> int:
    if os.environ.get("CHANCERY_TRACEBACK"):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    shown = _known(error)
    try:
        more: dict[str, Any] = getattr(shown, "details", {}) or {}
        console.error(shown, **more)
    except BrokenPipeError:
        _leave_pipe()
    return exit_status.status_of(shown)


def _known(error: Exception) -> Exception:
    """Give an error of the four packages' trees for any error."""
    if isinstance(getattr(error, "code", None), str) and hasattr(error, "advice"):
        return error
    if isinstance(error, OSError):
        return SystemRefusalError(f"The operating system refused: {(error.strerror or 'no reason given').lower()}.")
    return InternalError(f"The program failed unexpectedly ({type(error).__name__}).")


def _leave_pipe() -> None:
    """Let the interpreter flush into nothing: the reader is gone."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())


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
    groups = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
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
