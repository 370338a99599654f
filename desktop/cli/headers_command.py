"""`chancery headers verify`: how far a recorded chain is proven, or which rule its first bad header breaks."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import Console
from desktop.errors import InputFileError, UsageError

MAX_LINE = 32 * 1024 * 1024


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    verify = options.subcommands(parser)("verify", "verify headers from genesis on, and what is recorded under them")
    verify.add_argument("--genesis", required=True, type=types.path, metavar="FILE", help="Besu or GoQuorum genesis")
    verify.add_argument(
        "--headers", required=True, type=types.path, metavar="FILE",
        help='a line each: an eth_getBlockByNumber result, or {"blockNumber"?, "header": raw RLP hex}',
    )  # fmt: skip
    verify.add_argument("--receipts", type=types.path, metavar="FILE", help='a line each: {"blockNumber", "receipts"}')
    verify.add_argument("--proofs", type=types.path, metavar="FILE", help='a line each: {"params", "result"}')
    verify.add_argument(
        "--validator-proofs", type=types.path, metavar="FILE", help="the same, for the validator contract"
    )
    verify.add_argument(
        "--validator-contract", type=types.validator_contract, action="append", default=[],
        metavar="ADDRESS=SLOT[:CODEHASH]",
        help="slot of the contract's list if not 0, and its code's hash if the genesis file does not hold it; repeatable",
    )  # fmt: skip
    verify.add_argument("--client", choices=("besu", "goquorum"), help="whose rules (found out from the genesis)")
    options.finish(verify, run, "headers verify --genesis genesis.json --headers blocks.jsonl --json")


def run(given: Any, console: Console) -> int:
    """Verify and say how far."""
    from desktop.services.file_access import read_bytes
    from lightnode.consensus.contract_pin import ContractPin
    from lightnode.recording.verification import Recording, verify_recording
    from lightnode.wire.types import address, hash32

    contracts = {
        address(contract): ContractPin(slot, None if code_hash is None else hash32(code_hash))
        for contract, slot, code_hash in given.validator_contract
    }
    if len(contracts) != len(given.validator_contract):
        raise UsageError("A validator contract is given twice.")
    recording = Recording(
        genesis=read_bytes(given.genesis, 32 * 1024 * 1024),
        headers=_lines(given.headers),
        receipts=_lines(given.receipts),
        proofs=_lines(given.proofs),
        validator_proofs=_lines(given.validator_proofs),
        client=given.client,
        contracts=contracts,
    )
    report = verify_recording(recording, int(time.time()))
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


def _good(report: Any, value: dict[str, Any]) -> list[str]:
    lines = [
        f"Proven from genesis to block {report.height}.",
        f"  hash        {value['hash']}",
        f"  rules       {report.rules}",
        f"  validators  {len(value['validators'])} in force for the next block",
        *(f"              {member}" for member in value["validators"]),
    ]
    if report.receipts or report.proofs:
        lines.append(f"  also proven receipts of {report.receipts} blocks, {report.proofs} state proofs")
    return lines + [f"  note        {warning}" for warning in report.warnings]


def _lines(path: Path | None) -> Iterator[bytes]:
    """Give a file's lines, none longer than the cap; a longer one comes as one piece too long to be taken."""
    if path is None:
        return
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE + 2):
                yield line
    except (OSError, ValueError) as cause:
        raise InputFileError(f"{path} cannot be read.") from cause
