"""`chancery node`: the light client by itself, headless."""

from __future__ import annotations

import argparse

from desktop.cli import node_halt_command, node_serve_command, node_sync_command, node_transfer_command, options


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    node_sync_command.add(make)
    node_halt_command.add(make)
    node_transfer_command.add(make)
    node_serve_command.add(make)
