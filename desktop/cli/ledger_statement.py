"""How a proven statement about a registry is printed: its block, time, age, route and program, for people and programs."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightnode.registries.accreditation_answer import AccreditationStatement
    from lightnode.registries.did_documents import DidDocument
    from lightnode.registries.key_rotation import RotationWarning
    from lightnode.registries.logged_reading import LoggedReading
    from lightnode.registries.program import Program, ProgramState
    from lightnode.registries.reading import Reading

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def age_text(seconds: int) -> str:
    """Write an age in its largest whole unit."""
    for size, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def reading_json(reading: Reading[Any] | LoggedReading[Any], now: int) -> dict[str, Any]:
    """Give what stands beside every value that a registry told."""
    return {
        "block": reading.height, "block_hash": _hex(reading.block_hash), "time": reading.time, "age": reading.age(now),
        "route": reading.route, "program": _program_json(reading.program),
    }  # fmt: skip


def _program_json(program: Program | ProgramState) -> dict[str, Any]:
    if isinstance(program, enum.Enum):
        return {"state": program.name.lower()}
    return {
        "state": "proven", "form": program.form.value, "address": _hex(program.address), "code_hash": _hex(program.code_hash),
        "implementation": _hex(program.implementation), "implementation_code_hash": _hex(program.implementation_code_hash),
        "beacon": _hex(program.beacon), "beacon_code_hash": _hex(program.beacon_code_hash),
    }  # fmt: skip


def reading_lines(reading: Reading[Any] | LoggedReading[Any], now: int) -> list[str]:
    """Give the lines that stand below every value that a registry told."""
    program = reading.program
    if isinstance(program, enum.Enum):
        shown = program.value
    else:
        shown = f"the pinned one, {_hex(program.implementation or program.address)}"
    return [*_when(reading.height, reading.time, reading.age(now), reading.route), _line("program", shown)]


def program_json(program: Program) -> dict[str, Any]:
    """Give a program that nobody pinned, in the words of a pin."""
    shown = {name: value for name, value in _program_json(program).items() if name != "state" and value is not None}
    return {"block": program.height, "pin": {"proxy": shown.pop("form"), **shown}}


def statement_json(said: AccreditationStatement, now: int) -> dict[str, Any]:
    """Give a statement about an accreditation."""
    document = said.document
    return {
        "answer": said.answer.value, "reason": said.reason, "block": said.height, "block_hash": _hex(said.block_hash),
        "time": said.time, "age": said.age(now), "route": said.route, "program": {"state": said.program.name.lower()},
        "issuer_type": None if said.issuer_type is None else said.issuer_type.name,
        "revision": _hex(said.revision), "revised_at": said.revised_at, "tao": said.tao, "root_tao": said.root_tao,
        "schemas": None if document is None else list(document.schemas),
        "credential": None if document is None else _hex(document.revision),
    }  # fmt: skip


def statement_lines(said: AccreditationStatement, now: int) -> list[str]:
    """Give the lines of a statement about an accreditation."""
    from lightnode.registries.program import ProgramState

    rows = [
        ("type", None if said.issuer_type is None else said.issuer_type.name.replace("_", " ").lower()),
        ("accredited by", said.tao), ("root", said.root_tao), ("revision", _hex(said.revision)),
        ("since block", None if said.revised_at is None else str(said.revised_at)),
    ]  # fmt: skip
    program = "the pinned one, proven" if said.program is ProgramState.PROVEN else said.program.value
    return [
        f"{said.answer.value.upper()}: {said.reason}",
        *(_line(label, text) for label, text in rows if text is not None),
        *_when(said.height, said.time, said.age(now), said.route),
        _line("program", program),
    ]


def did_json(document: DidDocument, time: int) -> dict[str, Any]:
    """Give a DID document with what the registry makes of its keys."""
    return {
        "did": document.did, "base_document": document.base_document, "controllers": list(document.controllers),
        "keys": [
            {"id": key.id, "secp256k1": key.is_secp256k1, "public_key": _hex(key.public_key), "revoked": key.revoked,
             "address": _hex(key.address), "may_invoke": key.may_invoke(time)}
            for key in document.methods
        ],
        "relationships": [
            {"name": one.name, "key": one.method, "not_before": one.not_before, "not_after": one.not_after,
             "holds": one.covers(time)}
            for one in document.relationships
        ],
    }  # fmt: skip


def did_lines(document: DidDocument, time: int) -> list[str]:
    """Give the lines of a DID document."""
    lines = [document.did, _line("controllers", ", ".join(document.controllers) or "none")]
    for key in document.methods:
        purposes = [one.name for one in document.relationships if one.method == key.id and one.covers(time)]
        marks = (["REVOKED"] if key.revoked else []) + (
            ["the registry takes its calls"] if key.may_invoke(time) else []
        )
        lines.append(_line("key", f"{key.id}: {', '.join([*purposes, *marks]) or 'for nothing at this time'}"))
    return lines


def warning_lines(warnings: tuple[RotationWarning, ...]) -> list[str]:
    """Give the lines of warnings about a call."""
    lines = []
    for one in warnings:
        lines.append(f"WARNING {one.hazard.value}: {one.text}")
        lines += [f"  {number}. {step}" for number, step in enumerate(one.safer, 1)]
        if one.others:
            lines.append(_line("might mend it", ", ".join(one.others)))
    return lines


def _when(height: int, time: int, age: int, route: str) -> list[str]:
    from desktop.services.envelope_files import show_time

    return [_line("proven at", f"block {height}, {show_time(time)}, {age_text(age)} old"), _line("route", route)]


def _line(label: str, text: str) -> str:
    return f"  {label:<14} {text}"


def _hex(value: bytes | None) -> str | None:
    return None if value is None else "0x" + value.hex()
