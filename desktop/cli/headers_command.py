"""`chancery headers verify`: how far a recorded chain is proven, or which rule its first bad header breaks."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import Console
from desktop.errors import DesktopError, UsageError

if TYPE_CHECKING:
    from lightnode.recording.report import RecordingReport


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    verify = options.subcommands(parser)("verify", "verify headers from genesis on, and what is recorded under them")
    verify.add_argument(
        "--genesis",
        action=options.StoreOnce,
        required=True,
        type=types.path,
        metavar="FILE",
        help="Besu or GoQuorum genesis",
    )
    verify.add_argument(
        "--headers", action=options.StoreOnce, required=True, type=types.path, metavar="FILE",
        help='a line each: an eth_getBlockByNumber result, or {"blockNumber"?, "header": raw RLP hex}',
    )  # fmt: skip
    verify.add_argument(
        "--receipts",
        action=options.StoreOnce,
        type=types.path,
        metavar="FILE",
        help='a line each: {"blockNumber", "receipts"}',
    )
    verify.add_argument(
        "--proofs", action=options.StoreOnce, type=types.path, metavar="FILE", help='a line each: {"params", "result"}'
    )
    verify.add_argument(
        "--validator-proofs",
        action=options.StoreOnce,
        type=types.path,
        metavar="FILE",
        help="the same, for the validator contract",
    )
    verify.add_argument(
        "--validator-contract", type=types.validator_contract, action="append", default=[],
        metavar="ADDRESS=SLOT[:CODEHASH]",
        help="slot of the contract's list if not 0, and its code's hash if the genesis file does not hold it; repeatable",
    )  # fmt: skip
    verify.add_argument("--client", choices=("besu", "goquorum"), help="whose rules (found out from the genesis)")
    options.finish(verify, run, "headers verify --genesis genesis.json --headers blocks.jsonl --json")


def run(given: Any, console: Console) -> int:
    """Verify and say how far; what cannot be read has the same members as what is refused."""
    from lightnode.errors import LightNodeError

    try:
        report = _verified(given)
    except (DesktopError, LightNodeError) as error:
        if not console.as_json:
            raise
        shown = {"code": error.code, "height": None, "rule": None, "message": error.text, "advice": error.advice}
        console.result([], {"ok": False, "height": getattr(error, "last_good", None), "error": shown})
        return exit_status.status_of(error)
    value = report.as_json()
    if report.failure is not None:
        failure = report.failure
        where = "" if failure.height is None else f" at block {failure.height}"
        lines = [
            f"REFUSED{where}: {failure.message}",
            f"  rule       {failure.rule} ({failure.code})",
            f"  last good  {report.height}",
            f"  advice     {failure.advice}",
        ]
        console.result(lines, value)
        return exit_status.REFUSED
    console.result(_good(report, value), value)
    return exit_status.DONE


def _verified(given: Any) -> RecordingReport:
    from desktop.services.line_files import read_lines, read_whole
    from lightnode.consensus.contract_pin import ContractPin
    from lightnode.consensus.genesis import MAX_BYTES
    from lightnode.recording.lines import MAX_LINE
    from lightnode.recording.verification import Recording, verify_recording
    from lightnode.wire.types import address, hash32

    contracts = {
        address(contract): ContractPin(slot, None if code_hash is None else hash32(code_hash))
        for contract, slot, code_hash in given.validator_contract
    }
    if len(contracts) != len(given.validator_contract):
        raise UsageError("A validator contract is given twice.")
    recording = Recording(
        genesis=read_whole(given.genesis, MAX_BYTES),
        headers=read_lines(given.headers, MAX_LINE),
        receipts=read_lines(given.receipts, MAX_LINE),
        proofs=read_lines(given.proofs, MAX_LINE),
        validator_proofs=read_lines(given.validator_proofs, MAX_LINE),
        client=given.client,
        contracts=contracts,
    )
    return verify_recording(recording, int(time.time()))


def _good(report: RecordingReport, value: dict[str, Any]) -> list[str]:
    members = value["validators"]
    in_force = "not known for the next block" if members is None else f"{len(members)} in force for the next block"
    lines = [
        f"Proven from genesis to block {report.height}.",
        f"  hash        {value['hash']}",
        f"  rules       {report.rules}",
        f"  validators  {in_force}",
        *(f"              {member}" for member in members or ()),
    ]
    if report.receipts or report.proofs:
        lines.append(f"  also proven receipts of {report.receipts} blocks, {report.proofs} state proofs")
    return lines + [f"  note        {warning}" for warning in report.warnings]
