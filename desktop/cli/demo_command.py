"""`chancery demo`: shows the whole path and what must not pass, without questions."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import TRAINING_MARK, Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    parser.add_argument("folder", type=types.path, metavar="DIR", help="folder for everything that is made")
    options.finish(parser, run, "demo demo-output")


def run(given: Any, console: Console) -> int:
    """Show it."""
    from desktop.demo.show import Demonstration
    from desktop.services.data_folder import make_folder

    repository = Path(__file__).resolve().parents[2]
    console = replace(console, loud=True)
    make_folder(given.folder)
    shown = Demonstration(given.folder.resolve(), repository, console).run()
    lines = [f"Shown in {shown['seconds']} s ({TRAINING_MARK}):"]
    lines += [f"  {one['title']:<24} {one['found']}" for one in shown["shown"]]
    lines += ["", f"Everything is in {shown['folder']}: evidence act.cev, trust package trust.cenv, root root.cenv."]
    console.result(lines, shown)
    return exit_status.DONE
