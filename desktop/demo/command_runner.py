"""Running commands of `chancery` one after another in this process, and writing them down as they would be typed.

Invariants: a step is run through the same parser and the same code as in a shell; what is printed can be typed again.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.cli import interrupt
from desktop.cli.console import Console
from desktop.cli.main import build_parser
from desktop.errors import DesktopError


class StepError(DesktopError):
    """A command of a set-up ended otherwise than it should."""

    code = "STEP"
    advice = "Read what the command said above; run it alone to see more."


def program() -> str:
    """Give what to type for this program: as the launcher says, else the name under which it is installed."""
    return os.environ.get("CHANCERY_COMMAND") or "chancery"


@dataclass(frozen=True, slots=True)
class _Recorder(Console):
    """A console that keeps a command's result instead of printing it."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    outer: Console = field(default_factory=Console)

    def result(self, lines: Iterable[str], value: dict[str, Any]) -> None:
        self.kept.append({**value, "lines": list(lines)})

    def progress(self, line: str) -> None:
        self.outer.progress(f"    {line}")


@dataclass(frozen=True, slots=True)
class RanCommand:
    """A command that was run.

    Attributes:
        title: what it does, for people.
        words: as typed behind `chancery`.
        redirect: what the shell adds, such as a descriptor with a PIN.
        prefix: variables set for the command alone.
        status: its exit status.
        value: its result for programs.
        seconds: how long it took.
    """

    title: str
    words: tuple[str, ...]
    redirect: str
    prefix: str
    status: int
    value: dict[str, Any]
    seconds: float

    @property
    def line(self) -> str:
        """The command as typed in a shell."""
        parts = (self.prefix, program(), shlex.join(self.words), self.redirect)
        return " ".join(part for part in parts if part)


class CommandRunner:
    """Runs commands and remembers them."""

    def __init__(self, console: Console, *, home: str) -> None:
        """Say progress on a console; give each command the same data folder."""
        self.console = console
        self.home = home
        self.ran: list[RanCommand] = []

    def run(self, title: str, words: Sequence[str], *, expect: Sequence[int] = (0,)) -> RanCommand:
        """Run one command.

        Args:
            title: what it does.
            words: behind `chancery`, without `--home`.
            expect: exit statuses that are as they should be.

        Raises:
            StepError: the command ended with another status; its own errors pass through.
        """
        return self._run(title, words, words, ("", ""), expect)

    def run_with_descriptor(
        self, title: str, words: Sequence[str], descriptor: int, redirect: str, prefix: str = ""
    ) -> RanCommand:
        """Run a command that reads from descriptor 3 in a shell, and from another one here.

        Args:
            title: what it does.
            words: as typed; the word "3" names the descriptor.
            descriptor: open here.
            redirect: what a shell adds.
            prefix: variables that a shell sets for the command, set here already.
        """
        executed = [str(descriptor) if word == "3" else word for word in words]
        return self._run(title, words, executed, (redirect, prefix), (0,))

    def _run(
        self, title: str, words: Sequence[str], executed: Sequence[str], shell: tuple[str, str], expect: Sequence[int]
    ) -> RanCommand:
        self.console.progress(f"  {title}")
        recorder = _Recorder(outer=self.console)
        run_words = [*executed, "--home", self.home]
        options = build_parser(run_words).parse_args(run_words)
        started = time.monotonic()
        with interrupt.given_back():
            status = int(options.run(options, recorder))
        value = recorder.kept[-1] if recorder.kept else {}
        typed = (*words, "--home", self.home)
        ran = RanCommand(title, typed, *shell, status, value, time.monotonic() - started)
        self.ran.append(ran)
        if status not in expect:
            raise StepError(f'The step "{title}" ended with status {status}.')
        return ran
