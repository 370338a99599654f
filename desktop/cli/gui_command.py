"""`chancery gui`: opens the windows."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from desktop.cli import options
from desktop.cli.console import Console
from desktop.errors import DesktopError


class WindowsMissingError(DesktopError):
    """The part with the windows is not installed."""

    code = "GUI-MISSING"
    advice = "Install the extra `desktop`, or use the commands: they do the same."


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    parser.add_argument("--page", choices=("home", "sign", "verify"), default="home", help="page to begin with")
    options.finish(parser, run, "gui --page verify")


def run(given: Any, _console: Console) -> int:
    """Open the main window and stay until it is closed."""
    try:
        module = importlib.import_module("desktop.qt.app")
    except ImportError as cause:
        raise WindowsMissingError("Qt is not installed here.") from cause
    return int(module.run(page=given.page, home=given.home))
