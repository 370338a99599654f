"""`chancery root make`: the root that everything signed is traced to, the first or the next, as a draft to be signed."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)(
        "make", "make a root, the first or the next, from keys of a signer or public keys"
    )
    make.add_argument(
        "--previous", type=types.path, metavar="FILE",
        help="root that the new one follows, with serial + 1; keys that are not named stay as they are",
    )  # fmt: skip
    make.add_argument("--environment", choices=("training", "test", "production"), help="of a first root (training)")
    make.add_argument("--signer", metavar="URL", help="signer that holds the keys named by label")
    make.add_argument(
        "--root-key", action="append", default=[], metavar="KEY", help="key of the root: LABEL, or CURVE:HEX"
    )
    make.add_argument("--root-threshold", type=types.within(1, 64), metavar="N", help="how many sign (1)")
    make.add_argument(
        "--governance-key", action="append", default=[], metavar="KEY", help="key of governance: LABEL, or CURVE:HEX"
    )
    make.add_argument("--governance-threshold", type=types.within(1, 64), metavar="N", help="how many sign (1)")
    make.add_argument(
        "--country-key", action="append", default=[], type=_country, metavar="CC=KEY",
        help="key of a country, e.g. LU=country",
    )  # fmt: skip
    make.add_argument(
        "--drop-country", action="append", default=[], metavar="CC", help="country that the next root names no more"
    )
    options.add_out(make, "the draft")
    options.add_term(make, 365, 1095)
    options.finish(
        make, run,
        "root make --signer socket://127.0.0.1:7117 --root-key root --governance-key governance \\\n"
        "    --country-key LU=country --out root.draft\n"
        "  chancery root make --previous root.cenv --signer socket://127.0.0.1:7117 \\\n"
        "    --governance-key new-governance --out root-2.draft",
    )  # fmt: skip


def _country(text: str) -> tuple[str, str]:
    name, separator, key = text.partition("=")
    if not (separator and key and len(name) == 2 and name.isascii() and name.isupper()):
        raise argparse.ArgumentTypeError("give a country's key as CC=LABEL or CC=CURVE:HEX")
    return name, key


def run(given: Any, console: Console) -> int:
    """Write the draft."""
    from desktop.services import envelope_files, next_root, statements
    from desktop.services.file_access import read_bytes, write_bytes
    from desktop.services.signer_access import SignerAddress
    from lightnode.wire.root import read_root

    signer = None if given.signer is None else SignerAddress(given.signer, home=given.home)
    previous = None if given.previous is None else read_root(read_bytes(given.previous))
    term = resolve.read_term(given, first=True)
    countries: dict[str, list[str]] = {}
    for name, key in given.country_key:
        countries.setdefault(name, []).append(key)
    wish = next_root.Wish(
        given.environment, next_root.Keys(given.root_key, given.root_threshold),
        next_root.Keys(given.governance_key, given.governance_threshold), countries, given.drop_country, given.serial,
    )  # fmt: skip
    made = next_root.plan(wish, previous, signer)
    payload = statements.root(
        made.environment, made.keys, made.governance, made.countries, replace(term, serial=made.serial)
    )
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    value = {
        "ok": True, "environment": made.environment, "serial": made.serial, "countries": sorted(made.countries),
        "fingerprint": next_root.fingerprint(payload).hex(), "previous_threshold": next_root.threshold(previous),
        "threshold": made.keys.threshold, "out": str(given.out),
    }  # fmt: skip
    before = "" if previous is None else f"{previous.keys.threshold} of the keys of the root before and "
    lines = [
        f"Draft of root {made.serial} ({made.environment}): {given.out}",
        f"  next     sign it with {before}{made.keys.threshold} of its own keys: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE
