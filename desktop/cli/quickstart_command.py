"""`chancery quickstart`: a whole training set-up, and every command that made it, filled in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import TRAINING_MARK, Console
from desktop.errors import UsageError

if TYPE_CHECKING:
    from desktop.demo.token_choice import Wish


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    parser.add_argument("folder", type=types.path, metavar="DIR", help="folder to make it in")
    parser.add_argument("--rpc", metavar="URL", help="node of a given network with a training chain id (else: our own)")
    parser.add_argument("--genesis", type=types.path, metavar="FILE", help="genesis file of the given network")
    parser.add_argument(
        "--token", metavar="URL", help="token behind the signer: software:FOLDER, pkcs11:MODULE?token=LABEL, or softhsm"
    )
    parser.add_argument("--pin-file", type=types.path, metavar="FILE", help="holds the PIN of that token")
    parser.add_argument(
        "--way", choices=("registry", "timestamp"), default="registry",
        help="record acts on our act registry, or on one like EBSI's Timestamp (registry)",
    )  # fmt: skip
    parser.add_argument(
        "--max-gas-price", type=types.within(0, 10**15), default=0, metavar="WEI",
        help="highest fee a unit of gas that an act may cost on the given network (0: gas is free)",
    )  # fmt: skip
    parser.add_argument(
        "--samples",
        action="store_true",
        help="only write what the other commands read: a sample record, invented operators, the token and its PIN",
    )
    options.finish(
        parser, run, "quickstart training\n  chancery quickstart training --rpc http://node:8545 --genesis genesis.json"
    )


def run(given: Any, console: Console) -> int:
    """Make it."""
    from desktop.demo.command_runner import CommandRunner
    from desktop.demo.set_up import SetUp
    from desktop.demo.timestamp_set_up import TimestampSetUp
    from desktop.demo.token_choice import Wish

    if (given.rpc is None) != (given.genesis is None):
        raise UsageError("Give a network by both its node (--rpc) and its genesis file (--genesis), or neither.")
    if given.max_gas_price and given.rpc is None:
        raise UsageError("On our own network gas is free; --max-gas-price belongs to a given one.")
    folder = given.folder.resolve()
    repository = Path(__file__).resolve().parents[2]
    wish = Wish(
        folder, given.rpc, None if given.genesis is None else given.genesis.resolve(), given.token,
        None if given.pin_file is None else given.pin_file.resolve(), repository, way=given.way,
        max_gas_price=given.max_gas_price,
    )  # fmt: skip
    if given.samples:
        return _samples(wish, console)
    console.progress(f"Making a training set-up in {folder} ({TRAINING_MARK})")
    home = given.home.resolve() if given.home is not None else folder / "home"
    kind = TimestampSetUp if wish.way == "timestamp" else SetUp
    value = kind(wish, CommandRunner(console, home=str(home))).make()
    console.result(_lines(value), value)
    return exit_status.DONE


def _samples(wish: Wish, console: Console) -> int:
    from desktop.demo import samples

    made = samples.write(wish)
    value = {"ok": True, "environment": "training", "files": {name: str(path) for name, path in made.items()}}
    console.result([f"Written for training: {path}" for path in made.values()], value)
    return exit_status.DONE


def _lines(value: dict[str, Any]) -> list[str]:
    from desktop.demo.command_runner import program

    folder, this = value["folder"], program()
    lines = [
        f"A training set-up stands in {folder} ({TRAINING_MARK}). It was made by these commands, in this order:",
        "",
    ]
    for step in value["commands"]:
        lines += [f"# {step['title']}", step["command"], ""]
    verdict = value["verdict"]
    return [
        *lines,
        f"The first act: {verdict['verdict']} ({verdict['code']}). {verdict['message']}",
        f"Open the windows with: {this} gui --home {value['home']}",
        f"Stop with: {this} signer stop {folder}/signer; {this} devnet stop {folder}/network",
        f"To type them for another folder, stop this one first, and put the new one's name for {folder} throughout.",
    ]
