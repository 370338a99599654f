"""`chancery audit`: take a signer's audit log over, and check a copy of it: every entry and every mark."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import Console

if TYPE_CHECKING:
    from desktop.services.audit_copy import AuditCopy
    from firmware_bridge.audit_entry import Entry


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    pull = make("pull", "carry a copy on to where the signer's log ends, and tell the signer that it is held here")
    pull.add_argument("file", type=types.path, metavar="FILE", help="the copy; made where there is none")
    options.add_signer_url(pull)
    pull.add_argument("--keep", action="store_true", help="leave the entries waiting on the signer")
    options.finish(pull, run_pull, "audit pull official-7.audit --signer serial:/dev/ttyACM0")
    verify = make("verify", "check a copy: the chain, and each mark by the signer's attestation key")
    _copy(verify)
    verify.add_argument("--key", type=types.hex_bytes(32), metavar="ID", help="id that the attestation key must have")
    options.finish(verify, run_verify, "audit verify official-7.audit --key 0xKEYID")
    show = make("show", "print a copy's entries")
    _copy(show)
    options.finish(show, run_show, "audit show official-7.audit")


def _copy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=types.path, metavar="FILE", help="the copy; its marks stand beside it")


def run_pull(given: Any, console: Console) -> int:
    """Carry a copy on."""
    from desktop.services import audit_copy, signer_access

    address = signer_access.SignerAddress(given.signer, home=given.home)
    with signer_access.connect(address, console.progress) as signer:
        pulled = audit_copy.pull(signer, given.file, take_over=not given.keep)
    value = {"ok": True, "new": pulled.new, "waiting": pulled.waiting, **_value(pulled.copy)}
    lines = [f"{pulled.new} new entries; the copy has {pulled.copy.head.counter}.", *_lines(pulled.copy)]
    console.result([*lines, f"  waiting     {pulled.waiting} on the signer"], value)
    return exit_status.DONE


def run_verify(given: Any, console: Console) -> int:
    """Check a copy."""
    from desktop.services import audit_copy
    from firmware_bridge.errors import AuditMarkError

    copy = audit_copy.read_copy(given.file)
    if not copy.marks:
        raise AuditMarkError("No mark stands beside the copy: nobody vouches for it.")
    if given.key is not None and _key_id(copy) != given.key:
        raise AuditMarkError("The marks are by another key than the one named.")
    unmarked = copy.head.counter - copy.marked
    said = "every one vouched for" if not unmarked else f"the last {unmarked} not vouched for by a mark"
    lines = [f"The copy is whole: {copy.head.counter} entries, {said}.", *_lines(copy)]
    lines += [f"  {count:>6}  {name}" for name, count in copy.events().items()]
    console.result(lines, {"ok": True, "unmarked": unmarked, "events": copy.events(), **_value(copy)})
    return exit_status.DONE


def run_show(given: Any, console: Console) -> int:
    """Print the entries."""
    from desktop.services import audit_copy

    copy = audit_copy.read_copy(given.file)
    rows = [_row(entry) for entry in copy.entries]
    lines = [
        f"{row['counter']:>6}  {row['event']:<12} {row['outcome']:<10} {row['key_id'][:16]:<16}  {', '.join(row['detail'])}"
        for row in rows
    ]
    console.result(lines or ["The copy has no entries."], {"ok": True, "entries": rows, **_value(copy)})
    return exit_status.DONE


def _row(entry: Entry) -> dict[str, Any]:
    what, act = entry.what, entry.what.act
    return {
        "counter": entry.counter, "event": what.event, "outcome": what.outcome,
        "key_id": "" if what.key is None else what.key.hex(), "digest": "" if what.digest is None else what.digest.hex(),
        "act": None if act is None else {
            "chain_id": act.chain_id, "contract": None if act.contract is None else "0x" + act.contract.hex(),
            "selector": "0x" + act.selector.hex(), "intent": None if act.intent is None else act.intent.hex(),
        },
        "detail": [item if isinstance(item, str) else item.hex() for item in what.detail], "shown": what.shown,
        "hash": entry.hash.hex(),
    }  # fmt: skip


def _key_id(copy: AuditCopy) -> bytes:
    from lightnode.wire.key_set import key_id

    return b"" if copy.key is None else key_id(copy.key.curve, copy.key.public_key)


def _value(copy: AuditCopy) -> dict[str, Any]:
    return {
        "entries_in_all": copy.head.counter, "head": copy.head.hash.hex(), "marks": len(copy.marks),
        "marked": copy.marked, "key_id": _key_id(copy).hex(),
    }  # fmt: skip


def _lines(copy: AuditCopy) -> list[str]:
    return [
        f"  ends with   {copy.head.hash.hex()}",
        f"  key id      {_key_id(copy).hex() or '(no marks)'}  compare it with your inventory",
        f"  marks       {len(copy.marks)}, the last at entry {copy.marked}",
    ]
