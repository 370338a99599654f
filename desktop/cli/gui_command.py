"""`chancery gui`: opens the windows."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from desktop.cli import options
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    parser.add_argument("--page", choices=("home", "sign", "verify"), default="home", help="page to begin with")
    options.finish(parser, run, "gui --page verify")


def run(given: Any, _console: Console) -> int:
    """Open the main window and stay until it is closed."""
    from desktop.services import display

    display.demand()
    module = importlib.import_module("desktop.qt.app")
    return int(module.run(page=given.page, home=given.home))
