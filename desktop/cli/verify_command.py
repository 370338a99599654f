"""`chancery verify`: judges an evidence file without a network."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import TRAINING_MARK, Console

if TYPE_CHECKING:
    from lightnode.verdict import Verdict

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
    console.result(lines(answer.verdict), answer.verdict.as_json())
    return STATUS[answer.verdict.outcome.value]


def lines(verdict: Verdict) -> list[str]:
    """Give the verdict for people."""
    shown = [f"{verdict.outcome.value}  ({verdict.code})", f"  {verdict.message}", f"  {verdict.next_step}"]
    if verdict.environment == "training":
        shown.append(f"  {TRAINING_MARK}")
    if verdict.age_seconds is not None:
        from lightnode.verdict.judgement import show_age

        shown.append(f"  relied on a trust list that is {show_age(verdict.age_seconds)} old")
    shown += [f"  note: {caveat}" for caveat in verdict.caveats]
    shown += [f"  {check.state.value:<12} {check.title}: {check.detail}" for check in verdict.checks]
    return shown + [f"  {field.label:<22} {field.value}" for field in verdict.fields]
