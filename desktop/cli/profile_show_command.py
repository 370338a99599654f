"""`chancery profile show`: a whole profile in plain words, and who signed it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import Console


def add(make: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the subcommand to those of `chancery profile`."""
    show = make("show", "show everything that a profile says, and who signed it")
    show.add_argument("file", type=types.path, metavar="FILE", help="draft or envelope of a profile")
    options.add_root(show)
    options.finish(show, run, "profile show profile.cenv --root root.cenv")


def run(given: Any, console: Console) -> int:
    """Show; one that is not signed as it must be, or cannot be used, is refused, and shown all the same."""
    from desktop.services import envelope_files, profile_view, roots
    from desktop.services.file_access import read_bytes

    data = read_bytes(given.file)
    file = envelope_files.read(data, given.file.name)
    wanted = given.root is not None or roots.installed_path().exists()
    view = profile_view.view(file, data, roots.load(given.root).root if wanted else None)
    refused = view.signatures.refusal is not None or view.first_set is None
    console.result(view.lines(), {"ok": not refused, **view.as_json()})
    return exit_status.REFUSED if refused else exit_status.DONE
