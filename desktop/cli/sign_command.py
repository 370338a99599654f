"""`chancery sign`: registers a record: fields, document, device, ledger, evidence."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import TRAINING_MARK, Console


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    options.add_rpc(parser)
    options.add_profile(parser)
    parser.add_argument("--template", required=True, metavar="ID", help="kind of record, e.g. eessi.pda1.v1")
    parser.add_argument(
        "--fields", required=True, type=types.path, metavar="FILE", help="JSON object: value by field name"
    )
    parser.add_argument("--document", type=types.path, metavar="FILE", help="the document the record is about")
    options.add_signer(parser)
    parser.add_argument("--not-after", type=types.moment, metavar="TIME", help="last time to be recorded (in two days)")
    parser.add_argument(
        "--receiver", type=types.authority, metavar="COUNTRY/NUMBER", help="authority that may acknowledge the record"
    )
    parser.add_argument(
        "--wait", type=types.within(1, 86400), default=300, metavar="SECONDS", help="for the network (300)"
    )
    options.add_root(parser)
    options.add_passphrase(parser)
    options.add_out(parser, "the evidence")
    options.finish(
        parser, run,
        "sign --rpc http://127.0.0.1:8545 --profile profile.cenv --template eessi.pda1.v1 --fields fields.json \\\n"
        "    --document a1.pdf --signer socket://127.0.0.1:7117 --key official --out act.cev",
    )  # fmt: skip


def run(given: Any, console: Console) -> int:
    """Sign."""
    from desktop.services import signing
    from desktop.services.file_access import MAX_DOCUMENT, read_bytes, read_json
    from desktop.services.template_files import load_template

    template = load_template(given.template)
    typed = read_json(given.fields)
    document = None if given.document is None else read_bytes(given.document, MAX_DOCUMENT)
    with resolve.open_session(given) as session:
        desk = resolve.desk(given, console)
        request = signing.RecordRequest(
            template, resolve.demand_object(typed, given.fields), document, resolve.authority_id(given.receiver),
            given.not_after,
        )  # fmt: skip
        stored = signing.draft_record(session, desk, given.key, request)
        console.progress(f"Job {stored.job.identifier}: drafted and stored.")
        done = signing.complete(session, desk, stored)
    return report(done, given.out, console)


def report(done: Any, out: Path | None, console: Console) -> int:
    """Write the evidence and say what was done."""
    from desktop.services.file_access import write_bytes

    job = done.job
    if out is not None and done.evidence is not None:
        write_bytes(out, done.evidence)
    inclusion = job.inclusion
    value = {
        "ok": True,
        "job": job.identifier,
        "state": job.state.value,
        "environment": job.environment,
        "block": inclusion.height,
        "block_hash": "0x" + inclusion.block_hash.hex(),
        "transaction": "0x" + inclusion.transaction.hex(),
        "evidence": None if out is None or done.evidence is None else str(out),
    }
    lines = [
        f"Recorded and proven: {job.title}" + (f" ({TRAINING_MARK})" if job.environment == "training" else ""),
        f"  block        {inclusion.height}  {value['block_hash']}",
        f"  transaction  {value['transaction']}",
    ]
    if value["evidence"]:
        lines.append(f"  evidence     {out}")
    console.result(lines, value)
    return exit_status.DONE
