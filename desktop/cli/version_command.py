"""`chancery version`: which program this is."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata
from typing import Any

from desktop.cli import exit_status, options
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    options.finish(parser, run, "--version --json")


def run(_options: Any, console: Console) -> int:
    """Print the version."""
    value = {"ok": True, "name": "chancery", "version": version(), "python": platform.python_version()}
    console.result([f"chancery {value['version']} (Python {value['python']})"], value)
    return exit_status.DONE


def version() -> str:
    """Give the program's version, also where it runs from its source tree."""
    try:
        return metadata.version("chancery")
    except metadata.PackageNotFoundError:
        import tomllib
        from pathlib import Path

        try:
            text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
            return str(tomllib.loads(text)["project"]["version"])
        except (OSError, KeyError, ValueError):
            return "unknown"
