"""`chancery verify`: judges an evidence file without a network."""

from __future__ import annotations

import argparse
import time
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import TRAINING_MARK, Console

STATUS = {"VALID": exit_status.DONE, "NOT VALID": exit_status.REFUSED, "CANNOT TELL": exit_status.CANNOT_TELL}


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    parser.add_argument("evidence", type=types.path, metavar="EVIDENCE", help="evidence file (.cev)")
    parser.add_argument("--document", type=types.path, metavar="FILE", help="the document the evidence is about")
    parser.add_argument("--trust", required=True, type=types.path, metavar="FILE", help="this office's trust package")
    options.add_root(parser)
    parser.add_argument("--at", type=types.moment, metavar="TIME", help="judge as of this time (now)")
    options.finish(parser, run, "verify act.cev --document act.pdf --trust trust.cenv --root root.cenv")


def run(given: Any, console: Console) -> int:
    """Judge and say so."""
    from desktop.services import data_folder
    from desktop.services.verify import Question, judge

    at = given.at if given.at is not None else int(time.time())
    question = Question(given.evidence, given.document, given.trust, given.root, at)
    answer = judge(question, data_folder.base_folder(given.home))
    if answer.notice:
        console.progress(answer.notice)
    console.result(lines(answer.verdict), as_json(answer.verdict))
    return STATUS[answer.verdict.verdict]


def as_json(verdict: Any) -> dict[str, Any]:
    """Give the object for programs; the first five members are fixed for ever."""
    return {
        "verdict": verdict.verdict,
        "code": verdict.code,
        "message": verdict.message,
        "age_seconds": verdict.age_seconds,
        "environment": verdict.environment,
    }


def lines(verdict: Any) -> list[str]:
    """Give the verdict for people."""
    shown = [f"{verdict.verdict}  ({verdict.code})", f"  {verdict.message}"]
    if verdict.environment == "training":
        shown.append(f"  {TRAINING_MARK}")
    if verdict.age_seconds is not None:
        shown.append(f"  relied on facts that are {show_age(verdict.age_seconds)} old")
    return shown


def show_age(seconds: int) -> str:
    """Write an age in its largest fitting unit."""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{max(seconds, 0)} seconds"
