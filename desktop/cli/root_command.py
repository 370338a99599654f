"""`chancery root make`: the root that everything signed is traced to, as a draft for its own keys to sign."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)("make", "make a root from keys of a signer, or from files with public keys")
    make.add_argument("--environment", choices=("training", "test", "production"), default="training")
    make.add_argument("--signer", metavar="URL", help="signer that holds the keys named by label")
    make.add_argument(
        "--root-key", action="append", required=True, metavar="KEY", help="key of the root: LABEL, or CURVE:HEX"
    )
    make.add_argument("--root-threshold", type=types.within(1, 64), default=1, metavar="N", help="how many sign (1)")
    make.add_argument(
        "--governance-key", action="append", required=True, metavar="KEY", help="key of governance: LABEL, or CURVE:HEX"
    )
    make.add_argument(
        "--governance-threshold", type=types.within(1, 64), default=1, metavar="N", help="how many sign (1)"
    )
    make.add_argument(
        "--country-key",
        action="append",
        default=[],
        type=_country,
        metavar="CC=KEY",
        help="key of a country, e.g. LU=country",
    )
    options.add_out(make, "the draft")
    options.add_term(make, 365, 1095)
    options.finish(
        make, run,
        "root make --signer socket://127.0.0.1:7117 --root-key root --governance-key governance \\\n"
        "    --country-key LU=country --out root.draft",
    )  # fmt: skip


def _country(text: str) -> tuple[str, str]:
    name, separator, key = text.partition("=")
    if not (separator and key and len(name) == 2 and name.isascii() and name.isupper()):
        raise argparse.ArgumentTypeError("give a country's key as CC=LABEL or CC=CURVE:HEX")
    return name, key


def run(given: Any, console: Console) -> int:
    """Write the draft."""
    from desktop.services import envelope_files, key_references, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.signer_access import SignerAddress

    signer = None if given.signer is None else SignerAddress(given.signer)
    countries: dict[str, list[str]] = {}
    for name, key in given.country_key:
        countries.setdefault(name, []).append(key)
    named = [*given.root_key, *given.governance_key, *(key for _, key in given.country_key)]
    find = key_references.finder(signer, named)
    payload = statements.root(
        given.environment,
        key_references.key_set(given.root_threshold, [find(key) for key in given.root_key]),
        key_references.key_set(given.governance_threshold, [find(key) for key in given.governance_key]),
        {name: key_references.key_set(1, [find(key) for key in keys]) for name, keys in countries.items()},
        resolve.read_term(given, first=True),
    )
    write_bytes(given.out, envelope_files.draft_bytes(payload))
    value = {"ok": True, "environment": given.environment, "countries": sorted(countries), "out": str(given.out)}
    lines = [
        f"Draft of the root ({given.environment}): {given.out}",
        f"  next     sign it with {given.root_threshold} of its own keys: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE
