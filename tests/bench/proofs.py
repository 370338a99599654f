"""What proving costs: state proofs and receipts beside their bare hashes, and blooms of 100,000 verified headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from random import Random
from typing import NoReturn

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.block_body import prove_receipts
from lightnode.proofs.bloom_row import bloom_row
from lightnode.proofs.log_filter import LogFilter
from lightnode.proofs.log_scan import LogScan
from lightnode.proofs.state import prove_state
from lightnode.wire import rlp
from lightnode.wire.account_proof import EMPTY_CODE, Account
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Log, Receipt, bloom_of
from lightnode.wire.trie import Trie, ordered_trie, secure_trie
from lightnode.wire.types import Address, Hash32
from tests.bench.calibration import best, loop_seconds, seconds
from tests.bench.result import Result
from tests.support.made_block import made_header

ACCOUNTS, PROVEN, SLOTS = 2000, 100, 3
TRANSACTIONS, LOGS = 100, 2
HEADERS, BLOOMS = 100_000, 1000
TURNS = 15


def run() -> list[Result]:
    """Measure each."""
    scan, rows = _scan()
    loop = loop_seconds()
    return [
        Result("proofs.account: an account with three words proven, beside its bare hashes", _state(), "ratio", 12.0),
        Result("proofs.receipts: receipts of 100 transactions from JSON to root and bloom, beside the trie's bare hashes",
               _receipts(), "ratio", 28.0),
        Result("proofs.receipts_root: the trie of 100 receipts built, beside its bare hashes", _receipts_root(), "ratio", 6.0),
        Result("proofs.bloom_scan: seconds for absence over 100,000 verified headers", scan, "s", 1.0),
        Result("proofs.bloom_scan.loops: the same in calibration loops", scan / loop, "loops", None),
        Result("proofs.bloom_scan.rows: seconds for the same out of stored headers' bytes", rows, "s", 1.0),
    ]  # fmt: skip


def _state() -> float:
    storage = secure_trie((at.to_bytes(32, "big"), rlp.encode(rlp.encode_uint(at + 1))) for at in range(ACCOUNTS))
    names = [Address(hashlib.sha256(bytes([1]) + at.to_bytes(4, "big")).digest()[:20]) for at in range(ACCOUNTS)]
    account = Account(1, 10**18, storage.root, EMPTY_CODE)
    state = secure_trie((name, account.encode()) for name in names)
    header, slots = made_header(state_root=state.root), list(range(SLOTS))
    answers = [_answer(state, storage, name, account, slots) for name in names[:PROVEN]]
    hashed = [
        [name, *state.prove(keccak256(name)), *(part for slot in slots for part in _word(storage, slot))]
        for name in names[:PROVEN]
    ]

    def prove() -> None:
        for name, answer in zip(names, answers, strict=False):
            prove_state(header, name, slots, answer)

    return _beside(prove, [part for parts in hashed for part in parts])


def _word(storage: Trie, slot: int) -> list[bytes]:
    key = slot.to_bytes(32, "big")
    return [key, *storage.prove(keccak256(key))]


def _answer(state: Trie, storage: Trie, name: Address, account: Account, slots: list[int]) -> dict[str, object]:
    return {
        "address": "0x" + name.hex(), "nonce": hex(account.nonce), "balance": hex(account.balance),
        "storageHash": "0x" + account.storage_root.hex(), "codeHash": "0x" + account.code_hash.hex(),
        "accountProof": ["0x" + node.hex() for node in state.prove(keccak256(name))],
        "storageProof": [
            {"key": hex(slot), "value": hex(slot + 1), "proof": ["0x" + node.hex() for node in _word(storage, slot)[1:]]}
            for slot in slots
        ],
    }  # fmt: skip


def _made_receipts() -> list[Receipt]:
    rng, receipts = Random(1), []
    for at in range(TRANSACTIONS):
        logs = tuple(
            Log(Address(rng.randbytes(20)), (Hash32(rng.randbytes(32)), Hash32(rng.randbytes(32))), rng.randbytes(64))
            for _ in range(LOGS)
        )
        receipts.append(Receipt(0, 1, 50_000 * (at + 1), bloom_of(logs), logs))
    return receipts


def _beside(act: Callable[[], object], hashed: Sequence[bytes]) -> float:
    """Give how long an act takes beside bare hashes: both by turns, the best of each, since others only make a turn slower."""
    turns = [(seconds(act), seconds(lambda: [keccak256(part) for part in hashed])) for _ in range(TURNS)]
    return min(turn[0] for turn in turns) / min(turn[1] for turn in turns)


def _receipts_root() -> float:
    encoded = [one.encode() for one in _made_receipts()]
    return _beside(lambda: ordered_trie(encoded), list(ordered_trie(encoded).nodes.values()))


def _receipts() -> float:
    receipts = _made_receipts()
    trie = ordered_trie([one.encode() for one in receipts])
    header = made_header(receipts_root=trie.root, logs_bloom=bloom_of(log for one in receipts for log in one.logs))
    printed = [
        {
            "status": "0x1", "cumulativeGasUsed": hex(one.cumulative_gas_used), "logsBloom": "0x" + one.logs_bloom.hex(),
            "type": "0x0", "logs": [
                {"address": "0x" + log.address.hex(), "topics": ["0x" + topic.hex() for topic in log.topics],
                 "data": "0x" + log.data.hex()} for log in one.logs
            ],
        }
        for one in receipts
    ]  # fmt: skip
    raws = [b"\xc0"] * TRANSACTIONS
    return _beside(lambda: prove_receipts(header, raws, printed, private_marks=False), list(trie.nodes.values()))


def _headers() -> Iterator[VerifiedHeader]:
    """Give headers that follow one another, with blooms of one to forty logs, as `HeaderChain` gives them."""
    rng, first = Random(2), made_header()
    blooms = [
        bloom_of(
            Log(Address(rng.randbytes(20)), (Hash32(rng.randbytes(32)),), b"") for _ in range(rng.randrange(1, 41))
        )
        for _ in range(BLOOMS)
    ]
    parent = first.header.parent_hash
    for height, bloom in enumerate(islice(cycle(blooms), HEADERS), 1):
        name = Hash32(hashlib.sha256(parent).digest())
        yield replace(
            first, header=replace(first.header, number=height, parent_hash=parent, logs_bloom=bloom), block_hash=name
        )
        parent = name


def _scan() -> tuple[float, float]:
    """Seconds of a scan that rules out every block, over whole headers and over stored ones."""
    wanted = LogFilter(
        frozenset({Address(b"\x07" * 20)}), (frozenset({Hash32(b"\x01" * 32)}), frozenset({Hash32(b"\x02" * 32)}))
    )
    headers = list(_headers())
    stored = [(one.height, one.block_hash, one.header.encode()) for one in headers]

    def no_body(header: VerifiedHeader) -> NoReturn:
        raise AssertionError(f"The bloom of block {header.height} was to rule it out.")

    def whole() -> None:
        scan = LogScan(wanted, no_body)
        for header in headers:
            scan.take(header)
        _demand_all_ruled_out(scan)

    def rows() -> None:
        scan = LogScan(wanted, no_body)
        scan.take_rows((bloom_row(*one) for one in stored), lambda height: headers[height - 1])
        _demand_all_ruled_out(scan)

    return best(whole, 3), best(rows, 3)


def _demand_all_ruled_out(scan: LogScan) -> None:
    if scan.result().ruled_out != HEADERS or not scan.result().certainly_none:
        raise AssertionError("The scan looked into blocks.")
