"""What a command says: results on standard output, progress and errors on standard error, JSON where asked.

Invariants:
- With `--json`, standard output holds exactly one JSON object, of a result or of an error.
- Text from outside is stripped of control characters before it reaches a terminal; JSON is pure ASCII.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from desktop.cli import standard_streams

TRAINING_MARK = "TRAINING, no legal effect"


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command's words go.

    Attributes:
        as_json: whether the person asked for JSON.
        quiet: whether progress is left out.
        loud: whether progress is part of the result, as in a demonstration.
    """

    as_json: bool = False
    quiet: bool = False
    loud: bool = False

    def result(self, lines: Iterable[str], value: dict[str, Any]) -> None:
        """Give the command's result, once.

        Args:
            lines: for people.
            value: for programs.
        """
        if self.as_json:
            standard_streams.write(json.dumps(value) + "\n")
            return
        standard_streams.write("".join(plain(line) + "\n" for line in lines))

    def progress(self, line: str) -> None:
        """Say what is being done now."""
        if self.quiet:
            return
        if self.loud and not self.as_json:
            standard_streams.write(plain(line) + "\n")
            return
        _say(line)

    def asked(self, prompt: str) -> str:
        """Ask the person for one line; empty where nobody answers. Not for secrets: the terminal shows it."""
        sys.stderr.write(prompt)
        sys.stderr.flush()
        return sys.stdin.readline(256).strip()

    def error(self, error: Exception, **more: Any) -> None:
        """Give an error: one line for people, one object for programs.

        Args:
            error: of one of the four packages' trees.
            more: members for the JSON error beside code, message and advice.
        """
        code = getattr(error, "code", "INTERNAL")
        advice = getattr(error, "advice", "")
        text = getattr(error, "text", str(error))
        if self.as_json:
            body = {"code": code, "message": text, "advice": advice, **more}
            standard_streams.write(json.dumps({"ok": False, "error": body}) + "\n")
            return
        _say(f"chancery: {code}: {text} {advice}")


def _say(line: str) -> None:
    # Where nobody reads standard error there is nobody to tell; the result and the exit status remain.
    with contextlib.suppress(OSError, ValueError):
        print(plain(line), file=sys.stderr, flush=True)


def plain(text: str) -> str:
    """Replace what could steer a terminal; line ends become spaces."""
    return "".join(character if character.isprintable() else " " for character in text)
