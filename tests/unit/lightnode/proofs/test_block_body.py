"""Whole bodies of recorded networks of both clients: rebuilt under their roots, with every computed place as the node had it."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.schedule import GOQUORUM
from lightnode.errors import LightNodeError
from lightnode.proofs.block_body import ProvenBody, prove_body, prove_receipts
from lightnode.proofs.errors import (
    BodyReceiptsError,
    BodyTransactionsError,
    InclusionError,
    PrivateReceiptsError,
    StateUnprovenError,
)
from lightnode.proofs.inclusion import CountProof, Inclusion, cut_count, cut_inclusion, verify_count, verify_inclusion
from lightnode.proofs.state import prove_state
from lightnode.wire import rlp
from lightnode.wire.receipt import Receipt
from lightnode.wire.trie import ordered_trie
from lightnode.wire.types import Address
from tests.support.made_chain import MadeChain
from tests.support.made_source import MadeSource
from tests.support.recorded_networks import NETWORKS, config, lines
from tests.support.recorded_server import RecordedServer, verified

WITH_RECEIPTS = [name for name in NETWORKS if lines(name, "receipts.jsonl")]


def private(network: str) -> bool:
    return config(network).schedule.client == GOQUORUM


@pytest.mark.parametrize("network", WITH_RECEIPTS)
def test_every_recorded_body_is_rebuilt_with_its_places(network: str) -> None:
    server, known = RecordedServer(network), verified(network)
    bodies = 0
    for height, printed in server.receipts.items():
        if height not in known:
            continue
        body = prove_body(known[height], server.blocks[height]["transactions"], printed, private_marks=private(network))
        bodies += 1
        logs = [log for receipt in printed for log in receipt["logs"]]
        assert [(one.transaction_index, one.log_index) for one in body.logs()] == [
            (int(log["transactionIndex"], 16), int(log["logIndex"], 16)) for log in logs
        ]
        assert [one.transaction.hex() for one in body.logs()] == [log["transactionHash"][2:] for log in logs]
        assert [body.gas_used(at) for at in range(len(printed))] == [int(one["gasUsed"], 16) for one in printed]
        for index, one in enumerate(printed):
            assert body.index_of(bytes.fromhex(one["transactionHash"][2:])) == index  # type: ignore[arg-type]
    assert bodies


@pytest.mark.parametrize("network", WITH_RECEIPTS)
def test_inclusion_and_count_are_cut_and_verified(network: str) -> None:
    server, known = RecordedServer(network), verified(network)
    height = max(server.receipts, key=lambda at: len(server.receipts[at]))
    header = known[height]
    body = prove_body(
        header, server.blocks[height]["transactions"], server.receipts[height], private_marks=private(network)
    )
    for index in range(len(body.transactions)):
        cut = cut_inclusion(body, index)
        found = verify_inclusion(header, cut)
        assert (found.transaction, found.receipt) == (body.transactions[index], body.receipts[index])
        assert (found.height, found.block_hash, found.index) == (height, header.block_hash, index)
        moved = Inclusion((index + 1) % max(2, len(body.transactions)), cut.transaction_nodes, cut.receipt_nodes)
        with pytest.raises(InclusionError):
            verify_inclusion(header, moved)
        with pytest.raises(InclusionError):
            verify_inclusion(known[height - 1], cut)
    count = cut_count(body)
    assert verify_count(header, count) == len(body.transactions)
    for wrong in (count.count - 1, count.count + 1):
        with pytest.raises(InclusionError):
            verify_count(header, CountProof(wrong, count.last_nodes, count.beyond_nodes))
    with pytest.raises(InclusionError):
        cut_inclusion(body, len(body.transactions))


def test_an_empty_block_has_no_transactions_and_says_so() -> None:
    known = verified("besu-qbft-votes-london")
    body = prove_body(known[1], [], [], private_marks=False)
    assert list(body.logs()) == []
    assert verify_count(known[1], cut_count(body)) == 0


def changes(value: Any, rng: random.Random) -> Any:
    """Change one leaf of a JSON value."""
    if isinstance(value, dict) and value:
        name = rng.choice(sorted(value))
        return value | {name: changes(value[name], rng)}
    if isinstance(value, list) and value:
        at = rng.randrange(len(value))
        kind = rng.randrange(4)
        if kind == 0:
            return value[:at] + value[at + 1 :]
        if kind == 1:
            return [*value, value[at]]
        return [*value[:at], changes(value[at], rng), *value[at + 1 :]]
    if isinstance(value, str) and value.startswith("0x") and len(value) > 2:
        at = rng.randrange(2, len(value))
        return value[:at] + rng.choice("0123456789abcdef") + value[at + 1 :]
    return rng.choice([None, "0x", "0x0", 7, [], {}])


@pytest.mark.parametrize("network", WITH_RECEIPTS)
def test_no_change_of_a_body_proves_another_body(network: str) -> None:
    """The property that counts: whatever is changed, the same body is proven, or none."""
    rng = random.Random(network)
    server, known = RecordedServer(network), verified(network)
    refused = 0
    for height in server.receipts:
        entries, printed = server.blocks[height]["transactions"], server.receipts[height]
        truth = prove_body(known[height], entries, printed, private_marks=private(network))
        for _ in range(40):
            changed = changes({"t": copy.deepcopy(entries), "r": copy.deepcopy(printed)}, rng)
            try:
                found = prove_body(known[height], changed.get("t"), changed.get("r"), private_marks=private(network))
            except LightNodeError:
                refused += 1
                continue
            assert (found.transactions, found.receipts) == (truth.transactions, truth.receipts)
    assert refused > 20


@pytest.mark.parametrize("network", [name for name in NETWORKS if lines(name, "proofs.jsonl")])
def test_no_change_of_a_state_proof_proves_another_state(network: str) -> None:
    rng = random.Random(network)
    known, refused = verified(network), 0
    for line in lines(network, "proofs.jsonl"):
        entry = json.loads(line)
        height = int(entry["params"][2], 16)
        if height not in known:
            continue
        asked = Address(bytes.fromhex(entry["params"][0][2:]))
        slots = [int(slot, 16) for slot in entry["params"][1]]
        truth = prove_state(known[height], asked, slots, entry["result"])
        for _ in range(60):
            try:
                found = prove_state(known[height], asked, slots, changes(copy.deepcopy(entry["result"]), rng))
            except StateUnprovenError:
                refused += 1
                continue
            assert found == truth
    assert refused > 100


def test_absence_of_a_value_and_of_an_account_are_proven() -> None:
    network = "besu-qbft-votes-london"
    known, absent = verified(network), 0
    for line in lines(network, "proofs.jsonl"):
        entry = json.loads(line)
        height = int(entry["params"][2], 16)
        state = prove_state(
            known[height], Address(bytes.fromhex(entry["params"][0][2:])), [int(slot, 16) for slot in entry["params"][1]],
            entry["result"],
        )  # fmt: skip
        absent += len(state.absent_slots) + (state.account is None)
    assert absent


def test_receipts_of_private_transactions_are_an_error_of_their_own() -> None:
    """GoQuorum's parties show merged receipts, which do not make the public root."""
    network = "goquorum-qbft-votes"
    server, known = RecordedServer(network), verified(network)
    height = next(iter(server.receipts))
    body = prove_body(known[height], server.blocks[height]["transactions"], server.receipts[height], private_marks=True)
    fields = rlp.decode_list(body.transactions[0], max_bytes=1 << 20)
    marked = rlp.encode([*fields[:6], b"\x25", *fields[7:]])
    merged = copy.deepcopy(server.receipts[height])
    merged[0]["status"] = "0x0"
    with pytest.raises(PrivateReceiptsError):
        prove_receipts(known[height], [marked], merged, private_marks=True)
    with pytest.raises(BodyReceiptsError) as other:
        prove_receipts(known[height], [marked], merged, private_marks=False)
    assert other.value.code == "BODY-RECEIPTS"


@pytest.mark.parametrize("entries", [None, {}, "0x", [None], [{}], ["0x" + "11" * 32]])
def test_what_is_no_body_is_one_error(entries: Any) -> None:
    known = verified("besu-qbft-votes-london")
    with pytest.raises(BodyTransactionsError):
        prove_body(known[6], entries, [], private_marks=False)


def test_a_made_block_of_many_transactions_crosses_the_index_keys() -> None:
    """Keys of index 127 and 128 differ in length (0x7f, 0x8180); a proof must not confuse them."""
    raws = [bytes([0xC1, 0x80 if index == 0 else index % 127 + 1]) + b"" for index in range(130)]
    receipts = [Receipt(0, 1, 21000 * (index + 1), bytes(256), ()) for index in range(130)]
    chain = MadeChain()
    chain.block(changes={4: ordered_trie(raws).root, 5: ordered_trie([one.encode() for one in receipts]).root})
    header = HeaderChain(load_genesis(chain.genesis(), "besu")).append(MadeSource(chain).header(1), 1 << 40)
    body = ProvenBody(header, tuple(raws), tuple(receipts))
    for index in (0, 1, 126, 127, 128, 129):
        found = verify_inclusion(header, cut_inclusion(body, index))
        assert (found.transaction, found.receipt) == (raws[index], receipts[index])
    assert verify_count(header, cut_count(body)) == 130
