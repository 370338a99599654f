"""Absence by sealed blooms: never a log missed, never one from outside the range, and a gap is an error."""

from __future__ import annotations

import random

import pytest

from lightnode.consensus.schedule import GOQUORUM
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.block_body import ProvenBody, prove_body
from lightnode.proofs.bloom import BloomQuestion
from lightnode.proofs.errors import NotProvableError, ScanGapError
from lightnode.proofs.log_filter import LogFilter
from lightnode.proofs.log_scan import LogScan
from lightnode.proofs.routes import PUBLIC_METHODS, ProofRoute, PublicRoute
from lightnode.wire.receipt import Log, bloom_of
from lightnode.wire.types import Address, Hash32
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
