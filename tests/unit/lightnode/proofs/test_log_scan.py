"""Absence by sealed blooms: never a log missed, never one from outside the range, and a gap is an error."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from lightnode.consensus.errors import HeaderFormError
from lightnode.consensus.schedule import GOQUORUM
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.block_body import ProvenBody, prove_body
from lightnode.proofs.bloom import BloomQuestion
from lightnode.proofs.bloom_row import BloomRow, bloom_row
from lightnode.proofs.errors import NotProvableError, ScanGapError
from lightnode.proofs.log_filter import LogFilter
from lightnode.proofs.log_scan import LogScan
from lightnode.proofs.routes import PUBLIC_METHODS, ProofRoute, PublicRoute
from lightnode.wire.receipt import Log, bloom_of
from lightnode.wire.types import Address, Hash32, Height
from tests.support.recorded_networks import NETWORKS, config, lines
from tests.support.recorded_server import RecordedServer, verified

WITH_RECEIPTS = [name for name in NETWORKS if lines(name, "receipts.jsonl")]


def route(network: str, **settings: bool) -> tuple[PublicRoute, RecordedServer, dict[int, VerifiedHeader]]:
    server = RecordedServer(network, **settings)
    return PublicRoute(server, private_marks=config(network).schedule.client == GOQUORUM), server, verified(network)


@pytest.mark.parametrize("network", WITH_RECEIPTS)
@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_scan_finds_exactly_what_the_node_lists(network: str, one_by_one: bool) -> None:
    public, server, known = route(network, one_by_one=one_by_one)
    every = [log for listed in server.receipts.values() for receipt in listed for log in receipt["logs"]]
    emitters = {log["address"] for log in every}
    topics = {log["topics"][0] for log in every if log["topics"]}
    for address in sorted(emitters):
        for topic in [None, *sorted(topics)]:
            wanted = LogFilter(
                frozenset({Address(bytes.fromhex(address[2:]))}),
                () if topic is None else (frozenset({Hash32(bytes.fromhex(topic[2:]))}),),
            )
            scan = LogScan(wanted, public.body)
            for height in sorted(known):
                scan.take(known[height])
            result = scan.result()
            expected = [
                (int(log["blockNumber"], 16), int(log["logIndex"], 16)) for log in every
                if log["address"] == address and (topic is None or log["topics"][:1] == [topic])
            ]  # fmt: skip
            assert [(one.height, one.log_index) for one in result.logs] == expected
            assert (result.first, result.last) == (min(known), max(known))
            assert result.ruled_out + result.looked_into == len(known)
            assert result.last_time == known[max(known)].header.timestamp
    assert set(server.asked) <= PUBLIC_METHODS


def test_what_nobody_emitted_is_certainly_absent_without_a_single_body() -> None:
    public, server, known = route("besu-qbft-votes-london")
    scan = LogScan(LogFilter(frozenset({Address(b"\x77" * 20)})), public.body)
    for height in sorted(known):
        scan.take(known[height])
    assert scan.result().certainly_none
    assert len(server.asked) == scan.result().looked_into


@pytest.mark.parametrize("break_at", ["skip", "repeat", "other"])
def test_a_gap_in_the_headers_is_an_error(break_at: str) -> None:
    public, _, known = route("besu-qbft-votes-london")
    other = verified("besu-ibft2-votes-berlin")
    scan = LogScan(LogFilter(frozenset({Address(b"\x77" * 20)})), public.body)
    scan.take(known[10])
    with pytest.raises(ScanGapError):
        scan.take({"skip": known[12], "repeat": known[10], "other": other[11]}[break_at])


def test_a_scan_of_nothing_says_nothing() -> None:
    with pytest.raises(ScanGapError):
        LogScan(LogFilter(None), lambda header: ProvenBody(header, (), ())).result()


def test_a_body_of_another_block_is_refused() -> None:
    _, server, known = route("besu-qbft-votes-london")
    body = prove_body(known[6], server.blocks[6]["transactions"], server.receipts[6], private_marks=False)
    heights = [height for height in server.receipts if height != 6]
    scan = LogScan(LogFilter(None), lambda header: body)
    with pytest.raises(ScanGapError):
        scan.take(known[heights[0]])


def test_a_bloom_never_rules_out_what_is_there() -> None:
    rng = random.Random(1)
    for _ in range(400):
        logs = [
            Log(Address(rng.randbytes(20)), tuple(Hash32(rng.randbytes(32)) for _ in range(rng.randrange(5))), b"")
            for _ in range(rng.randrange(1, 6))
        ]
        bloom, log = bloom_of(logs), rng.choice(logs)
        topics = tuple(
            rng.choice([None, frozenset({topic}), frozenset({topic, Hash32(rng.randbytes(32))})])
            for topic in log.topics
        )
        emitters = rng.choice([None, frozenset({log.address}), frozenset({log.address, Address(rng.randbytes(20))})])
        wanted = LogFilter(emitters, topics[: rng.randrange(len(topics) + 1)])
        assert wanted.accepts(log)
        assert BloomQuestion(wanted).may_hold(bloom)


def test_a_bloom_rules_out_most_of_what_is_not_there() -> None:
    rng = random.Random(2)
    bloom = bloom_of([Log(Address(rng.randbytes(20)), (Hash32(rng.randbytes(32)),), b"")])
    asked = [BloomQuestion(LogFilter(frozenset({Address(rng.randbytes(20))}))) for _ in range(1000)]
    assert sum(question.may_hold(bloom) for question in asked) < 5
    assert not BloomQuestion(LogFilter(None)).may_hold(bytes(256))
    assert not BloomQuestion(LogFilter(frozenset())).may_hold(bloom)


def test_the_public_route_proves_no_state_and_asks_nothing_for_it() -> None:
    public, server, known = route("besu-qbft-votes-london")
    with pytest.raises(NotProvableError):
        public.state(known[5], Address(bytes(20)), [1])
    with pytest.raises(NotProvableError):
        public.code(known[5], Address(bytes(20)))
    assert server.asked == []


def test_the_proof_route_proves_what_was_recorded() -> None:
    server, known = RecordedServer("besu-qbft-votes-london"), verified("besu-qbft-votes-london")
    proven = 0
    for entry in server.proofs:
        height = int(entry["params"][2], 16)
        slots = [int(slot, 16) for slot in entry["params"][1]]
        account = Address(bytes.fromhex(entry["params"][0][2:]))
        first = next(one for one in server.proofs if one["params"][0] == entry["params"][0]
                     and int(one["params"][2], 16) == height)  # fmt: skip
        if first is not entry:
            continue
        state = ProofRoute(server).state(known[height], account, slots)
        assert (state.height, state.block_hash) == (height, known[height].block_hash)
        proven += 1
    assert proven


def row_of(header: VerifiedHeader) -> BloomRow:
    return bloom_row(header.height, header.block_hash, header.header.encode())


@pytest.mark.parametrize("network", NETWORKS)
def test_rows_are_read_out_of_every_recorded_header(network: str) -> None:
    for header in verified(network).values():
        expected = BloomRow(header.height, header.block_hash, header.header.parent_hash, header.header.logs_bloom)
        assert row_of(header) == expected


def test_bytes_that_are_no_header_make_no_row() -> None:
    raw = verified("besu-qbft-votes-london")[6].header.encode()
    height, name = Height(6), Hash32(bytes(32))
    for bad in (b"", raw[:100], raw[:440], raw[1:], b"\xf8" + raw[1:], b"\x00" + raw):
        with pytest.raises(HeaderFormError):
            bloom_row(height, name, bad)
    for at in (3, 36, 69, 90, 123, 156, 189, 190, 191):
        with pytest.raises(HeaderFormError):
            bloom_row(height, name, raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])


def test_a_header_of_more_than_64_kib_gives_its_row_too() -> None:
    header = verified("besu-qbft-votes-london")[6].header.replace_extra_data(bytes(70_000))
    row = bloom_row(Height(6), Hash32(bytes(32)), header.encode())
    assert (row.parent_hash, row.bloom) == (header.parent_hash, header.logs_bloom)


@pytest.mark.parametrize("network", WITH_RECEIPTS)
@pytest.mark.parametrize("parts", [1, 3])
def test_rows_find_what_whole_headers_find(network: str, parts: int) -> None:
    public, server, known = route(network)
    every = [log for listed in server.receipts.values() for receipt in listed for log in receipt["logs"]]
    heights = sorted(known)
    size = -(-len(heights) // parts)
    for emitter in sorted({log["address"] for log in every}):
        wanted = LogFilter(frozenset({Address(bytes.fromhex(emitter[2:]))}))
        whole, rows, asked = LogScan(wanted, public.body), LogScan(wanted, public.body), []

        def header_at(height: Height, asked: list[Height] = asked) -> VerifiedHeader:
            asked.append(height)
            return known[height]

        for height in heights:
            whole.take(known[height])
        for start in range(0, len(heights), size):
            rows.take_rows([row_of(known[height]) for height in heights[start : start + size]], header_at)
        assert rows.result() == whole.result()
        assert rows.result().logs
        # Only blocks that were looked into, and the end of each part, were read whole.
        assert len(asked) == rows.result().looked_into + -(-len(heights) // size)


def test_rows_and_whole_headers_follow_one_another() -> None:
    public, _, known = route("besu-qbft-votes-london")
    scan = LogScan(LogFilter(None), public.body)
    scan.take(known[1])
    scan.take_rows([row_of(known[height]) for height in range(2, 9)], known.__getitem__)
    scan.take_rows([], known.__getitem__)
    scan.take(known[9])
    found = scan.result()
    assert (found.first, found.last, found.last_hash) == (1, 9, known[9].block_hash)
    assert found.ruled_out + found.looked_into == 9
    assert all(known[height].header.logs_bloom != bytes(256) for height in found.examined)


@pytest.mark.parametrize("wrong", ["gap", "repeat", "parent", "hash", "bloom", "header", "start"])
def test_rows_that_do_not_fit_are_an_error_and_change_nothing(wrong: str) -> None:
    public, server, known = route("besu-qbft-votes-london")
    emptied = next(
        height for height, listed in server.receipts.items() if any(one["logs"] for one in listed) and height > 5
    )
    scan = LogScan(LogFilter(None), public.body)
    scan.take(known[2])
    before = scan.result()
    rows = [row_of(known[height]) for height in range(3, emptied + 1)]
    given: Any = known.__getitem__
    if wrong == "gap":
        del rows[1]
    elif wrong == "repeat":
        rows.insert(1, rows[1])
    elif wrong == "parent":
        rows[1] = replace(rows[1], parent_hash=Hash32(bytes(32)))
    elif wrong == "hash":
        rows[-1] = replace(rows[-1], block_hash=Hash32(bytes(32)))
    elif wrong == "bloom":
        # A bloom emptied in the last row: the whole header shows it.
        rows[-1] = replace(rows[-1], bloom=bytes(256))
    elif wrong == "header":
        given = lambda height: known[height - 1]  # noqa: E731
    else:
        rows = rows[1:]
    with pytest.raises(ScanGapError):
        scan.take_rows(rows, given)
    assert scan.result() == before


def test_a_body_that_cannot_be_had_leaves_a_scan_of_rows_where_it_stood() -> None:
    public, server, known = route("besu-qbft-votes-london")
    heights = sorted(height for height, listed in server.receipts.items() if any(one["logs"] for one in listed))
    failing = heights[1]

    def body_of(header: VerifiedHeader) -> ProvenBody:
        if header.height == failing:
            raise NotProvableError("Not now.", header.height)
        return public.body(header)

    scan = LogScan(LogFilter(None), body_of)
    scan.take(known[1])
    rows = [row_of(known[height]) for height in range(2, failing + 3)]
    before = scan.result()
    with pytest.raises(NotProvableError):
        scan.take_rows(rows, known.__getitem__)
    assert scan.result() == before
    failing = 0
    scan.take_rows(rows, known.__getitem__)
    assert len(scan.result().logs) == sum(
        len(one["logs"]) for height in heights if height <= rows[-1].height for one in server.receipts[height]
    )


def test_a_false_positive_is_resolved_by_the_body() -> None:
    """A topic that sets no bit of its own in a block's bloom, though no log of the block has it."""
    public, server, known = route("besu-qbft-votes-london")
    height = max(server.receipts, key=lambda at: sum(len(one["logs"]) for one in server.receipts[at]))
    bloom = known[height].header.logs_bloom
    rng = random.Random(3)
    hit = next(
        topic for topic in (Hash32(rng.randbytes(32)) for _ in range(2_000_000))
        if BloomQuestion(LogFilter(None, (frozenset({topic}),))).may_hold(bloom)
    )  # fmt: skip
    scan = LogScan(LogFilter(None, (frozenset({hit}),)), public.body)
    for each in (height - 1, height):
        scan.take(known[each])
    assert scan.result().certainly_none
    assert height in scan.result().examined
