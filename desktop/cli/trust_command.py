"""`chancery trust`: the trust package for offices without a line, and the signed templates that go into it."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, recompute_command, resolve, status_command
from desktop.cli.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    _add_templates(
        make("templates", "draft the file with the built-in kinds of record of a namespace, for governance to sign")
    )
    status_command.add(
        make("status", "draft an authority's list of records that are not in force, on the Timestamp way")
    )
    recompute_command.add(
        make("recompute", "make a trust package's list by record number again from the log, and compare")
    )
    _add_package(make("make", "draft a trust package as of the newest block, for governance to sign"))


def _add_package(package: argparse.ArgumentParser) -> None:
    options.add_rpc(package)
    options.add_profile(package)
    package.add_argument(
        "--with-root",
        action="append",
        required=True,
        type=types.path,
        metavar="FILE",
        help="every root since the first",
    )
    package.add_argument(
        "--country", action="append", default=[], type=types.path, metavar="FILE", help="a country's signed statement"
    )
    package.add_argument(
        "--authority",
        action="append",
        default=[],
        type=types.path,
        metavar="FILE",
        help="an authority's signed statement",
    )
    package.add_argument(
        "--templates", action="append", default=[], type=types.path, metavar="FILE", help="signed kinds of record"
    )
    package.add_argument(
        "--status", action="append", default=[], type=types.path, metavar="FILE",
        help="an authority's signed status list, on the Timestamp way",
    )  # fmt: skip
    package.add_argument(
        "--operators", type=types.path, metavar="FILE", help='JSON: {"0x...": ["name", "CC"]} for the validators'
    )
    options.add_root(package)
    options.add_passphrase(package)
    options.add_out(package, "the draft")
    options.add_term(package, 7, 30)
    options.finish(
        package, run_make,
        "trust make --rpc http://127.0.0.1:8545 --profile profile.cenv --with-root root.cenv --country lu.cenv \\\n"
        "    --authority office.cenv --templates eessi.cenv --out trust.draft",
    )  # fmt: skip


def _add_templates(kinds: argparse.ArgumentParser) -> None:
    options.add_profile(kinds)
    kinds.add_argument("--namespace", required=True, metavar="NAME", help="first part of their ids, e.g. eessi")
    options.add_out(kinds, "the draft")
    options.add_term(kinds, 180, 365)
    options.finish(kinds, run_templates, "trust templates --profile profile.cenv --namespace eessi --out eessi.draft")


def run_templates(given: Any, console: Console) -> int:
    """Write the draft of the templates."""
    from desktop.errors import UsageError
    from desktop.services import envelope_files, statements
    from desktop.services.file_access import write_bytes
    from desktop.services.loaded_profile import load_profile
    from desktop.services.template_files import namespaces

    kinds = namespaces().get(given.namespace)
    if not kinds:
        raise UsageError(f"There are no built-in kinds of record in {given.namespace}.")
    profile = load_profile(given.profile, None).profile
    payload = statements.templates(profile.environment, given.namespace, kinds, resolve.read_term(given))
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    names = [kind.id for kind in kinds]
    value = {"ok": True, "templates": names, "out": str(given.out)}
    lines = [f"Draft of {', '.join(names)}: {given.out}", "  next     have governance sign it"]
    console.result(lines, value)
    return exit_status.DONE


def run_make(given: Any, console: Console) -> int:
    """Write the draft of the package."""
    from desktop.services import envelope_files, network_facts, roots, statements
    from desktop.services.file_access import read_bytes, write_bytes
    from lightnode.wire.root import read_root
    from lightnode.wire.trust import open_statements

    line = roots.in_line([(path, read_bytes(path)) for path in given.with_root])
    countries, authorities = ([read_bytes(path) for path in paths] for paths in (given.country, given.authority))
    operators = {} if given.operators is None else resolve.operators(given.operators)
    with resolve.open_session(given, console) as session:
        profile = session.profile
        # The list of what is not in force follows from what these say of keys, so they are checked before.
        keys = open_statements(read_root(line[-1]), profile.genesis_hash, countries, authorities)
        facts = network_facts.collect(session, operators, keys)
        parts = statements.TrustParts(
            roots=line,
            profile=session.loaded.data,
            countries=countries,
            authorities=authorities,
            templates=[read_bytes(path) for path in given.templates],
            statuses=[read_bytes(path) for path in given.status],
        )
    payload = statements.trust(profile.environment, profile.genesis_hash, facts, parts, resolve.read_term(given))
    write_bytes(given.out, envelope_files.draft_bytes(payload), force=given.force)
    value = {
        "ok": True, "checkpoint": facts.checkpoint.height, "checkpoint_hash": "0x" + facts.checkpoint.block_hash.hex(),
        "log_size": facts.marks[-1].size if facts.marks else 0, "not_after": payload.not_after, "out": str(given.out),
        "not_in_force": None if facts.status is None else [[e.number, e.state, e.height] for e in facts.status.entries],
    }  # fmt: skip
    lines = [
        f"Draft of the trust package: {given.out}",
        f"  checkpoint  block {facts.checkpoint.height}, {value['checkpoint_hash']}",
        f"  log         {value['log_size']} entries",
        *([] if facts.status is None else [f"  status      {len(facts.status.entries)} records are not in force"]),
        f"  not after   {envelope_files.show_time(payload.not_after)}",
        "  next        have governance sign it: chancery envelope sign",
    ]
    console.result(lines, value)
    return exit_status.DONE
