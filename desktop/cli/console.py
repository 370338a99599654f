"""What a command says: results on standard output, progress and errors on standard error, JSON where asked.

Invariants:
- With `--json`, standard output holds exactly one JSON object, of a result or of an error.
- Text from outside is stripped of control characters before it reaches a terminal; JSON is pure ASCII.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
            print(json.dumps(value), flush=True)
            return
        for line in lines:
            print(plain(line))
        sys.stdout.flush()

    def progress(self, line: str) -> None:
        """Say what is being done now."""
        if not self.quiet:
            print(plain(line), file=sys.stdout if self.loud and not self.as_json else sys.stderr, flush=True)

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
            print(json.dumps({"ok": False, "error": body}), flush=True)
            return
        print(plain(f"chancery: {code}: {text} {advice}"), file=sys.stderr, flush=True)


def plain(text: str) -> str:
    """Replace what could steer a terminal; line ends become spaces."""
    return "".join(character if character.isprintable() else " " for character in text)
