"""How fast headers are verified: beside the least that curve and hash libraries need for the same seals."""

from __future__ import annotations

from pathlib import Path

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.extra_data import decode_extra_data
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.hashes import seal_digest
from lightnode.consensus.header_json import header_from_json
from lightnode.wire.curve import recover_address
from lightnode.wire.json_value import parse
from lightnode.wire.keccak import keccak256
from tests.bench.calibration import best, loop_seconds
from tests.bench.result import Result

RECORDED = Path(__file__).resolve().parents[1] / "vectors" / "recorded"
NETWORK = "goquorum-qbft-round-changes"
LATEST = 1 << 40


def run() -> list[Result]:
    """Verify a recorded chain of seven validators some times."""
    folder = RECORDED / NETWORK
    config = load_genesis((folder / "genesis.json").read_bytes())
    headers = [header_from_json(parse(line)) for line in (folder / "blocks.jsonl").read_bytes().splitlines()][1:]

    def verify() -> None:
        chain = HeaderChain(config)
        for header in headers:
            chain.append(header, LATEST)

    seals = []
    for header in headers:
        rules = config.schedule.rules(header.number)
        extra = decode_extra_data(rules, header.extra_data)
        digest = seal_digest(rules, header, extra)
        seals.append((header.encode(), [(digest, seal) for seal in extra.seals]))

    def floor() -> None:
        for encoded, pairs in seals:
            keccak256(encoded)
            keccak256(encoded)
            for digest, seal in pairs:
                r, s = int.from_bytes(seal[:32], "big"), int.from_bytes(seal[32:64], "big")
                recover_address(config.schedule.curve, digest, seal[64], r, s)

    took, least = best(verify), best(floor)
    return [
        Result("header verification, beside its recoveries and hashes alone", took / least, "ratio", 2.0),
        Result("headers verified in one calibration loop", len(headers) * loop_seconds() / took, "headers", None),
    ]
