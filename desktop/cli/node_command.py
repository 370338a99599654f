"""`chancery node`: the light client by itself, headless."""

from __future__ import annotations

import argparse

from desktop.cli import node_serve_command, options


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    node_serve_command.add(make)
