"""`chancery ledger`: questions to EBSI's registries, each answered with its proof's block, time, age, route and program."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, ledger_timestamp_command, options, resolve
from desktop.cli import ledger_question as common
from desktop.cli import ledger_statement as shown
from desktop.cli.console import Console

if TYPE_CHECKING:
    from lightnode.registries.event_history import EventHistory
    from lightnode.registries.logged_reading import LoggedReading
    from lightnode.registries.reading import Reading


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    ledger_timestamp_command.add(make)
    did = make("did", "show a DID document as the registry holds it, and whether a key was valid for a purpose")
    did.add_argument("did", type=types.filled, metavar="DID", help="the DID")
    did.add_argument("--key", type=types.filled, metavar="ID", help="key asked about")
    did.add_argument("--purpose", choices=_PURPOSES, default="assertionMethod", help="of --key (assertionMethod)")
    common.add_route(did)
    common.finish(did, run_did, f"ledger did did:ebsi:z... {common.WHERE}")
    issuer = make("issuer", "tell whether an issuer was accredited after a block, and is still after another")
    issuer.add_argument("did", type=types.filled, metavar="DID", help="of the issuer")
    issuer.add_argument(
        "--attribute", required=True, type=types.hex_bytes(32), metavar="ID", help="id of the accreditation, in hex"
    )
    issuer.add_argument(
        "--schema", type=types.filled, metavar="ID", help="schema that it must name, exactly so written"
    )
    issuer.add_argument("--still-at", type=types.within(1, 2**53), metavar="BLOCK", help="ask again after this block")
    issuer.add_argument("--credential", type=types.path, metavar="FILE", help="the accreditation (JWT) to be bound")
    common.add_route(issuer)
    common.finish(issuer, run_issuer, f"ledger issuer did:ebsi:z... --attribute cf89... {common.WHERE}")
    document = make("document", "show a document that Track and Trace holds")
    document.add_argument(
        "hash", type=types.hex_bytes(32), metavar="HASH", help="hash of the document, 32 bytes in hex"
    )
    common.add_route(document)
    common.finish(document, run_document, f"ledger document 9595c9df... {common.WHERE}")
    call = make("call", "show what a call on a DID would do before it is signed, and warn of a lock-out")
    call.add_argument("data", type=_call_data, metavar="DATA", help="call data in hex")
    common.finish(call, run_call, f"ledger call 0xe317dd17... {common.WHERE}")
    program = make("program", "show the program in force at an address, for governance to pin")
    program.add_argument("address", type=types.hex_bytes(20), metavar="ADDRESS", help="of the registry")
    program.add_argument("--proxy", required=True, choices=_FORMS, help="how the address leads to the program")
    common.finish(program, run_program, f"ledger program 0x5c87... --proxy owned {common.WHERE}")


_FORMS = ("none", "owned", "erc1967", "versioned-beacon")
_PURPOSES = ("authentication", "assertionMethod", "keyAgreement", "capabilityInvocation", "capabilityDelegation")


def _call_data(text: str) -> bytes:
    digits = text.removeprefix("0x")
    try:
        return bytes.fromhex(digits) if digits.isalnum() else b""
    except ValueError:
        raise argparse.ArgumentTypeError("give call data in hex") from None


def run_did(given: Any, console: Console) -> int:
    """Show a DID document."""
    from lightnode.registries.key_standing import KeyState, key_standing

    with resolve.open_session(given, console) as session:
        asked = common.questions(given, session)
        keys = [given.key] if given.key else []
        reading: Reading[Any] | LoggedReading[Any]
        if given.route == "logs":
            reading = asked.did_by_logs(given.did, given.at, keys, common.scanning(console))
        else:
            reading = asked.did(given.did, given.at, *keys)
    found = reading.value
    value: dict[str, Any] = {"ok": True, "found": found is not None, **shown.reading_json(reading, asked.now)}
    lines = ["The registry has no such DID, as far as this block."]
    if found is not None:
        value["document"] = shown.did_json(found, reading.time)
        lines = shown.did_lines(found, reading.time)
    status = exit_status.DONE
    if given.key:
        standing = key_standing(found, given.key, given.purpose, reading.time)
        value["key"] = {
            "id": given.key, "purpose": given.purpose, "state": standing.state.name.lower(), "time": standing.time,
            "not_before": standing.not_before, "not_after": standing.not_after, "revoked": standing.revoked,
        }  # fmt: skip
        lines.append(
            f"  {given.purpose} of {given.key}: {standing.state.value}{', revoked' if standing.revoked else ''}"
        )
        status = exit_status.DONE if standing.state is KeyState.VALID else exit_status.REFUSED
    console.result([*lines, *shown.reading_lines(reading, asked.now)], value)
    return status


def run_issuer(given: Any, console: Console) -> int:
    """Tell whether an issuer was, and is still, accredited."""
    from desktop.services.file_access import read_bytes
    from lightnode.registries.accreditation_answer import AccreditationQuestion, Accredited
    from lightnode.wire.types import Hash32

    credential = None if given.credential is None else read_bytes(given.credential).strip()
    question = AccreditationQuestion(given.did, Hash32(given.attribute), given.schema)
    with resolve.open_session(given, console) as session:
        asked = common.questions(given, session)
        if given.route == "state":
            answer = asked.accredited_by_storage(question, given.at, given.still_at, credential)
        else:
            answer = asked.accredited_by_logs(question, given.at, given.still_at, credential, common.scanning(console))
    statements = [answer.at] if answer.still is None else [answer.at, answer.still]
    value = {
        "ok": all(said.answer is not Accredited.CANNOT_TELL for said in statements),
        "issuer": given.did, "attribute": given.attribute.hex(), "schema": given.schema,
        "at": shown.statement_json(answer.at, asked.now),
        "still": None if answer.still is None else shown.statement_json(answer.still, asked.now),
        "changed": answer.changed,
    }  # fmt: skip
    lines = [line for said in statements for line in shown.statement_lines(said, asked.now)]
    console.result(lines, value)
    answers = {said.answer for said in statements}
    if Accredited.CANNOT_TELL in answers:
        return exit_status.CANNOT_TELL
    return exit_status.REFUSED if Accredited.NO in answers else exit_status.DONE


def run_document(given: Any, console: Console) -> int:
    """Show a tracked document."""
    from lightnode.wire.types import Hash32

    with resolve.open_session(given, console) as session:
        asked = common.questions(given, session)
        if given.route == "logs":
            told = asked.document_by_logs(Hash32(given.hash), given.at, common.scanning(console))
            return _show_history(told, asked.now, console)
        reading = asked.document(Hash32(given.hash), given.at)
    found = reading.value
    value: dict[str, Any] = {"ok": True, "found": found is not None, **shown.reading_json(reading, asked.now)}
    lines = ["The registry holds no such document, as far as this block."]
    if found is not None:
        value["document"] = {
            "creator": found.creator, "metadata": found.metadata, "time": found.time.seconds,
            "time_source": found.time.source.name.lower(), "events": [one.hex() for one in found.events],
        }  # fmt: skip
        stated = "" if found.time.source == 0 else " (stated by its creator, not proven)"
        lines = [
            f"Document of {found.creator}",
            f"  {'registered':<14} {found.time.seconds}{stated}",
            f"  {'events':<14} {len(found.events)}",
        ]
    console.result([*lines, *shown.reading_lines(reading, asked.now)], value)
    return exit_status.DONE


def _show_history(told: LoggedReading[EventHistory], now: int, console: Console) -> int:
    document = told.value.document
    entries = [(entry.event.SIGNATURE.split("(")[0], entry) for entry in told.value.entries]
    value = {
        "ok": True, "found": document is not None,
        "document": None if document is None else {
            "creator": document.creator, "metadata": document.metadata, "time": document.time,
            "time_source": "block" if document.source == 0 else "external",
        },
        "history": [
            {"event": name, "block": one.height, "time": one.time, "transaction": "0x" + one.transaction.hex()}
            for name, one in entries
        ],
        **shown.reading_json(told, now),
    }  # fmt: skip
    lines = ["The registry holds no such document, as far as this block."]
    if document is not None:
        lines = [f"Document of {document.creator}"]
    lines += [f"  block {one.height:<8} {name}" for name, one in entries]
    console.result([*lines, *shown.reading_lines(told, now)], value)
    return exit_status.DONE


def run_call(given: Any, console: Console) -> int:
    """Show a call on a DID and what it may do."""
    from lightnode.registries import did_messages
    from lightnode.registries.key_rotation import rotation_warnings
    from lightnode.registries.typed_call import decode_among

    call = decode_among(did_messages.CALLS, given.data)
    whose: str = call.did  # type: ignore[attr-defined]
    with resolve.open_session(given, console) as session:
        asked = common.questions(given, session)
        reading = asked.did(whose, given.at)
    found = reading.value
    warnings = () if found is None else rotation_warnings(found, call, reading.time)
    name = call.SIGNATURE.split("(")[0]
    value = {
        "ok": True, "function": name, "did": whose, "found": found is not None,
        "warnings": [
            {"name": one.hazard.value, "locks_out": one.locks_out, "text": one.text, "safer": list(one.safer),
             "others": list(one.others)}
            for one in warnings
        ],
        **shown.reading_json(reading, asked.now),
    }  # fmt: skip
    nothing = "  no known way to lock oneself out" if found is not None else "  the registry has no such DID"
    lines = [f"{name} on {whose}", *(shown.warning_lines(warnings) or [nothing])]
    console.result([*lines, *shown.reading_lines(reading, asked.now)], value)
    return exit_status.DONE


def run_program(given: Any, console: Console) -> int:
    """Show the program in force."""
    from lightnode.registries.pin import ProxyForm
    from lightnode.wire.types import Address

    with resolve.open_session(given, console) as session:
        asked = common.questions(given, session)
        found = shown.program_json(asked.program(Address(given.address), ProxyForm(given.proxy), given.at))
    lines = [f"In force at 0x{given.address.hex()} after block {found['block']}:"]
    lines += [f"  {name.replace('_', ' '):<26} {value}" for name, value in found["pin"].items()]
    console.result(lines, {"ok": True, **found})
    return exit_status.DONE
