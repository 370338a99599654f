"""`chancery ledger timestamp` and `timestamp-record`: what EBSI's Timestamp says of a hash, and of a record of versions."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, resolve
from desktop.cli import ledger_question as common
from desktop.cli import ledger_statement as shown
from desktop.cli.console import Console

if TYPE_CHECKING:
    from lightnode.registries.logged_reading import LoggedReading
    from lightnode.registries.stamp_history import Stampings


def add(make: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Make the subcommands."""
    stamp = make("timestamp", "tell when a hash was time-stamped first, or that it never was")
    stamp.add_argument("hash", type=_hash_value, metavar="HASH", help="the hash in hex, 20 to 64 bytes")
    common.add_route(stamp)
    stamp.add_argument(
        "--since", type=types.within(1, 2**53), metavar="BLOCK",
        help="of the route logs: begin here instead of the registry's first block",
    )  # fmt: skip
    common.finish(stamp, run_timestamp, f"ledger timestamp 2cf24dba... {common.WHERE}")
    record = make("timestamp-record", "show a record of the Timestamp: who may change it, and its versions")
    record.add_argument("id", type=types.hex_bytes(32), metavar="ID", help="id of the record, 32 bytes in hex")
    common.finish(record, run_record, f"ledger timestamp-record 9595c9df... {common.WHERE}")


def _hash_value(text: str) -> bytes:
    for width in (32, 20, 28, 48, 64):
        if len(text.removeprefix("0x")) == 2 * width:
            return types.hex_bytes(width)(text)
    raise argparse.ArgumentTypeError("give a hash of 20, 28, 32, 48 or 64 bytes in hex")


def run_timestamp(given: Any, console: Console) -> int:
    """Tell when a hash was time-stamped."""
    with resolve.open_session(given, console) as session:
        asked = common.questions(given, session)
        if given.route == "logs":
            told = asked.timestamp_by_logs(given.hash, given.at, given.since, common.scanning(console))
            return _show_stampings(told, asked.now, console)
        reading = asked.timestamp(given.hash, given.at)
    found = reading.value
    value: dict[str, Any] = {"ok": True, "found": found is not None, **shown.reading_json(reading, asked.now)}
    lines = ["NEVER time-stamped, as far as this block."]
    if found is not None:
        value["timestamp"] = {
            "id": found.id.hex(), "algorithm": found.algorithm_name or found.algorithm, "block": found.block,
            "by": "0x" + found.by.hex(), "data": "0x" + found.data.hex(),
        }  # fmt: skip
        lines = [f"Time-stamped in block {found.block} by 0x{found.by.hex()}", f"  {'id':<14} {found.id.hex()}"]
    console.result([*lines, *shown.reading_lines(reading, asked.now)], value)
    return exit_status.DONE


def _show_stampings(told: LoggedReading[Stampings], now: int, console: Console) -> int:
    times, whole = told.value.times, told.value.whole
    value = {
        "ok": bool(times) or whole, "found": bool(times), "first_block": told.first, "whole": whole,
        "stampings": [
            {"block": one.height, "time": one.time, "transaction": "0x" + one.transaction.hex(), "data": "0x" + one.data.hex()}
            for one in times
        ],
        **shown.reading_json(told, now),
    }  # fmt: skip
    begin = "the registry's first block" if whole else f"block {told.first}"
    lines = [f"Not time-stamped from {begin} on, as far as this block."]
    if times:
        lines = [f"Time-stamped in block {one.height}, transaction 0x{one.transaction.hex()}" for one in times]
        if not whole:
            lines.append(f"  {'first':<14} perhaps earlier: the scan began with {begin}")
    console.result([*lines, *shown.reading_lines(told, now)], value)
    return exit_status.DONE if times or whole else exit_status.CANNOT_TELL


def run_record(given: Any, console: Console) -> int:
    """Show a record."""
    from lightnode.wire.types import Hash32

    with resolve.open_session(given, console) as session:
        asked = common.questions(given, session)
        reading = asked.timestamp_record(Hash32(given.id), given.at)
    found = reading.value
    value: dict[str, Any] = {"ok": True, "found": found is not None, **shown.reading_json(reading, asked.now)}
    lines = ["The registry holds no such record, as far as this block."]
    if found is not None:
        value["record"] = {
            "owners": [
                {"name": one.name, "not_before": one.not_before, "not_after": one.not_after,
                 "may_act": one.may_act(reading.time)}
                for one in found.owners
            ],
            "revoked": [one.name for one in found.revoked],
            "versions": [
                {"hashes": [name.hex() for name in one.hashes], "information": [name.hex() for name in one.information]}
                for one in found.versions
            ],
        }  # fmt: skip
        lines = [f"Record with {len(found.versions)} versions"]
        lines += [
            f"  {'owner':<14} {one.name}{'' if one.may_act(reading.time) else ' (may not act)'}" for one in found.owners
        ]
        lines += [f"  {'revoked':<14} {one.name}" for one in found.revoked]
        lines += [
            f"  version {number:<6} {', '.join(name.hex() for name in one.hashes) or 'no hash left'}"
            for number, one in enumerate(found.versions)
        ]
    console.result([*lines, *shown.reading_lines(reading, asked.now)], value)
    return exit_status.DONE
