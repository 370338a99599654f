"""`chancery sign`: one of the six acts on a record: fields, document, device, ledger, evidence."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import change_commands as changes
from desktop.cli import exit_status, options, resolve
from desktop.cli.console import TRAINING_MARK, Console
from desktop.errors import UsageError

if TYPE_CHECKING:
    from desktop.services.signing import RecordRequest
    from lightnode.wire.template import Template
    from lightnode.wire.types import Hash32


VERBS = ("register", "supersede", "suspend", "reinstate", "revoke", "acknowledge")


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    options.add_rpc(parser)
    options.add_profile(parser)
    parser.add_argument("--verb", choices=VERBS, default="register", help="what to do (register)")
    parser.add_argument("--record", type=types.within(0, 2**63), metavar="N", help="number of the existing record")
    parser.add_argument(
        "--subject",
        type=types.hex_bytes(32),
        metavar="HEX",
        help="commitment of the existing record, on the Timestamp way",
    )
    parser.add_argument(
        "--authority", type=types.authority, metavar="COUNTRY/NUMBER",
        help="authority that the key acts for, on the Timestamp way (elsewhere the ledger says it)",
    )  # fmt: skip
    parser.add_argument("--template", metavar="ID", help="kind of record, e.g. eessi.pda1.v1")
    parser.add_argument("--fields", type=types.path, metavar="FILE", help="JSON object: value by field name")
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
    parser.add_argument("--out", type=types.path, metavar="FILE", help="where to write the evidence of a new record")
    options.add_force(parser)
    options.finish(
        parser, run,
        "sign --rpc http://127.0.0.1:8545 --profile profile.cenv --template eessi.pda1.v1 --fields fields.json \\\n"
        "    --document a1.pdf --signer socket://127.0.0.1:7117 --key official --out act.cev\n"
        "  chancery sign --verb revoke --record 12 --rpc http://127.0.0.1:8545 --profile profile.cenv \\\n"
        "    --signer socket://127.0.0.1:7117 --key official\n"
        "  chancery sign --verb revoke --subject 2f8c...d1 --authority LU/0001 --rpc http://127.0.0.1:8545 \\\n"
        "    --profile profile.cenv --signer socket://127.0.0.1:7117 --key official",
    )  # fmt: skip


def run(given: Any, console: Console) -> int:
    """Sign."""
    from desktop.services import signing
    from desktop.services.template_files import load_template
    from lightnode.wire.registry import Verb

    _demand_words(given)
    demand_evidence_place(given)
    template = None if given.template is None else load_template(given.template)
    request = None if template is None else _record(given, template)
    with resolve.open_session(given, console) as session:
        desk = resolve.desk(given, console)
        if request is not None:
            stored = signing.draft_record(session, desk, given.key, request, _existing(given))
        else:
            what = signing.ChangeRequest(Verb[given.verb.upper()], _existing(given), given.not_after, _authority(given))
            stored = signing.draft_change(session, desk, given.key, what)
        changes.show_preview(session, stored, console, template)
        done = signing.complete(session, desk, stored)
    return report(done, given, console)


def _demand_words(given: Any) -> None:
    """Demand the arguments that belong to the verb, and no others."""
    content = given.verb in ("register", "supersede")
    if given.record is not None and given.subject is not None:
        raise UsageError("Name the existing record by --record or by --subject, not by both.")
    needed = {"--record (or --subject)": _existing(given)} if given.verb != "register" else {}
    needed |= {"--template": given.template, "--fields": given.fields, "--out": given.out} if content else {}
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise UsageError(f"To {given.verb} a record, give {' and '.join(missing)}.")
    foreign = {"--record": given.record, "--subject": given.subject} if given.verb == "register" else {}
    if not content:
        foreign = {
            "--template": given.template,
            "--fields": given.fields,
            "--document": given.document,
            "--out": given.out,
        }
    extra = [name for name, value in foreign.items() if value is not None]
    if extra:
        raise UsageError(f"To {given.verb} a record, leave out {' and '.join(extra)}.")


def _existing(given: Any) -> Any:
    """Give the number or the commitment of the existing record."""
    from lightnode.wire.types import hash32

    return hash32(given.subject) if given.subject is not None else given.record


def _authority(given: Any) -> Hash32 | None:
    return None if given.authority is None else resolve.authority_id(given.authority)


def _record(given: Any, template: Template) -> RecordRequest:
    from desktop.services.file_access import MAX_DOCUMENT, read_bytes, read_json
    from desktop.services.signing import RecordRequest

    typed = resolve.demand_object(read_json(given.fields), given.fields)
    document = None if given.document is None else read_bytes(given.document, MAX_DOCUMENT)
    return RecordRequest(
        template, typed, document, resolve.authority_id(given.receiver), given.not_after, _authority(given)
    )


def demand_evidence_place(given: Any) -> None:
    """Demand that the evidence may be written where `--out` says, before anything is signed."""
    from desktop.services.file_access import demand_place
    from desktop.services.file_kind import EVIDENCE

    if given.out is not None:
        demand_place(given.out, EVIDENCE, force=given.force)


def report(done: Any, given: Any, console: Console) -> int:
    """Write the evidence where `--out` says, and say what was done."""
    from desktop.services.file_access import write_bytes

    job, out = done.job, given.out
    if out is not None and done.evidence is not None:
        write_bytes(out, done.evidence, force=given.force)
    inclusion = job.inclusion
    value = {
        "ok": True,
        "job": job.identifier,
        "state": job.state.value,
        "environment": job.environment,
        "record": done.record,
        "commitment": None if done.commitment is None else done.commitment.hex(),
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
    if done.record is not None:
        lines.append(f"  record       {done.record}")
    elif done.commitment is not None:
        lines.append(f"  commitment   {done.commitment.hex()}")
    if value["evidence"]:
        lines.append(f"  evidence     {out}")
    console.result(lines, value)
    return exit_status.DONE
