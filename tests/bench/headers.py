"""How fast headers are verified, beside libsecp256k1 alone at its lowest level with the same seals (docs/performance.md).

Every figure begins with raw RLP and ends with a `VerifiedHeader`. The floor is what no verifier in this language can do
without: for each seal parsing and `secp256k1_ecdsa_recover` through the same binding, keys left where the library puts
them, and two Keccak hashes of the header. Both run by turns; each is the best of its turns, since other programs only
ever make a turn slower, and on one core it is processor time that counts. Where a goal is missed there are more turns: other
programs may have taken the second core.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from coincurve._libsecp256k1 import ffi, lib
from coincurve.context import GLOBAL_CONTEXT

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.extra_data import BftRules, decode_extra_data, encode_extra_data
from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.consensus.header import decode_header
from lightnode.consensus.header_json import printed_header
from lightnode.consensus.quorum import quorum
from lightnode.consensus.recovery_ahead import Printed, append_all
from lightnode.consensus.seal_workers import SealWorkers
from lightnode.wire.json_value import parse
from lightnode.wire.keccak import keccak256
from tests.bench.calibration import seconds
from tests.bench.header_memory import peak_mib
from tests.bench.made_headers import MadeHeaders
from tests.bench.result import Result

RECORDED = Path(__file__).resolve().parents[1] / "vectors" / "recorded"
OTHERS = (
    "besu-qbft-votes-london", "goquorum-qbft-round-changes", "besu-ibft2-votes-berlin", "goquorum-ibft1-votes",
    "besu-qbft-secp256r1",
)  # fmt: skip
VALIDATORS = (4, 7, 22)
SEALS = 9000
TURNS = 5
MOST_TURNS = 12
LATEST = 1 << 40
MEMORY_LENGTHS = (20_000, 60_000)

# What is hashed of a header, its digest, its seals.
Floor = list[tuple[bytes, bytes, tuple[bytes, ...]]]


# Seconds of one turn: the floor and the program on one core, the program on two, the floor on each of two.
Turn = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Work:
    """A chain to verify, and what the floor does for it.

    Attributes:
        config: of the network.
        raw: its headers after genesis.
        floor: what the floor does for them.
    """

    config: ChainConfig
    raw: list[bytes]
    floor: Floor


def run() -> list[Result]:
    """Measure all."""
    results = [figure for count in VALIDATORS for figure in _rates(count)]
    return [*results, *map(_from_json, OTHERS), *_memory()]


def _rates(validators: int) -> list[Result]:
    made = MadeHeaders(validators)
    work = _work(made.config, list(made.raw(SEALS // quorum(validators))))
    name = f"{validators} validators"
    with SealWorkers() as workers, ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        # The processes start here.
        _verify(work, workers)
        list(pool.map(floor_seconds, [work.floor[:9]] * 2))
        turns: list[Turn] = []
        while len(turns) < TURNS or (
            len(turns) < MOST_TURNS and not all(one.holds for one in _figures(work, name, turns))
        ):
            turns.append(
                (
                    floor_seconds(work.floor)[1],
                    _processor_seconds(lambda: _verify(work)),
                    seconds(lambda: _verify(work, workers)),
                    sum(took for took, _ in pool.map(floor_seconds, [work.floor] * 2)) / 2,
                )
            )
    return _figures(work, name, turns)


def _figures(work: Work, name: str, turns: list[Turn]) -> list[Result]:
    alone, one, two, both = (min(column) for column in zip(*turns, strict=True))
    count, two_cores = len(work.raw), 1.6 if (os.cpu_count() or 1) > 1 else None
    return [
        Result(f"headers.one core, {name}, beside libsecp256k1 alone", alone / one, "ratio", 0.85, at_most=False),
        Result(
            f"headers.two cores, {name}, beside libsecp256k1 on one", alone / two, "ratio", two_cores, at_most=False
        ),
        Result(f"headers.two cores, {name}, libsecp256k1 itself there", 2 * alone / both, "ratio", None),
        Result(f"headers.one core, {name}", count / one, "per s", None),
        Result(f"headers.two cores, {name}", count / two, "per s", None),
    ]


def _processor_seconds(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def floor_seconds(work: Floor) -> tuple[float, float]:
    """Recover every seal and hash every header twice, and nothing else; gives the seconds, by the clock and of the processor."""
    started, used = time.perf_counter(), time.process_time()
    context = GLOBAL_CONTEXT.ctx
    signature = ffi.new("secp256k1_ecdsa_recoverable_signature *")
    key = ffi.new("secp256k1_pubkey *")
    parse_compact, recover = lib.secp256k1_ecdsa_recoverable_signature_parse_compact, lib.secp256k1_ecdsa_recover
    for hashed, digest, seals in work:
        keccak256(hashed)
        keccak256(hashed)
        for seal in seals:
            parse_compact(context, signature, seal, seal[64])
            recover(context, key, signature, digest)
    return time.perf_counter() - started, time.process_time() - used


def _work(config: ChainConfig, raw: list[bytes]) -> Work:
    floor = []
    for one in raw:
        header = decode_header(one)
        extra = decode_extra_data(BftRules.QBFT, header.extra_data)
        hashed = header.encode_with(encode_extra_data(BftRules.QBFT, extra, with_seals=False))
        floor.append((hashed, bytes(keccak256(hashed)), extra.seals))
    return Work(config, raw, floor)


def _verify(work: Work, workers: SealWorkers | None = None) -> None:
    _append(work.config, ((decode_header(raw), None) for raw in work.raw), len(work.raw), workers)


def _append(config: ChainConfig, printed: Iterable[Printed], count: int, workers: SealWorkers | None = None) -> None:
    chain = HeaderChain(config)
    for _ in append_all(chain, printed, LATEST, workers):
        pass
    if chain.height != count:
        raise AssertionError(f"{chain.height} of {count} headers were verified.")


def _from_json(network: str) -> Result:
    """Verify a recorded network's blocks from the text that its node printed, on one core."""
    folder = RECORDED / network
    config = load_genesis((folder / "genesis.json").read_bytes())
    lines = (folder / "blocks.jsonl").read_bytes().splitlines()[1:]

    def verify() -> None:
        printed = (printed_header(parse(line)) for line in lines)
        _append(config, ((one.header, one.claimed_hash) for one in printed), len(lines))

    took = min(seconds(verify) for _ in range(TURNS))
    return Result(f"headers.one core, from JSON, {network}", len(lines) / took, "per s", None)


def _memory() -> list[Result]:
    """Compare the peak memory of a chain with that of one three times as long."""
    short, long = map(peak_mib, MEMORY_LENGTHS)
    return [
        Result(f"headers.memory, peak of {MEMORY_LENGTHS[1]} headers", long, "MiB", 200.0),
        Result("headers.memory, three times the headers beside", long / short, "ratio", 1.05),
    ]
