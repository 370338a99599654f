"""Receipts: the receipts root of every recorded block, genuine mainnet ones, and the canonical form."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, LimitError, WireError
from lightnode.wire import rlp
from lightnode.wire.receipt import (
    Log,
    Receipt,
    ReceiptBloomError,
    ReceiptError,
    ReceiptTypeError,
    bloom_of,
    decode_receipt,
    receipt_from_json,
)
from lightnode.wire.trie import index_key, ordered_trie, verify_proof

LOGS = (
    Log(b"\x11" * 20, (b"\x22" * 32, b"\x33" * 32), b"\x44" * 40),
    Log(b"\x55" * 20, (), b""),
)
RECEIPT = Receipt(0, 1, 21000, bloom_of(LOGS), LOGS)


def test_every_recorded_receipt(recorded: Path) -> None:
    """Each block's receipts root is rebuilt from the JSON, and a proof cut for each receipt and for the end."""
    kinds: set[tuple[str, int]] = set()
    blocks, reverted, most_logs = 0, 0, 0
    for path in sorted(recorded.glob("*/blocks.jsonl")):
        answers = {}
        if (path.parent / "receipts.jsonl").is_file():
            lines = (path.parent / "receipts.jsonl").read_text().splitlines()
            answers = {entry["blockNumber"]: entry["receipts"] for entry in map(json.loads, lines)}
        for line in path.read_text().splitlines():
            block = json.loads(line)
            receipts = [receipt_from_json(entry) for entry in answers.get(block["number"], [])]
            assert len(receipts) == len(block["transactions"])
            raw = [receipt.encode() for receipt in receipts]
            trie = ordered_trie(raw)
            assert trie.root.hex() == block["receiptsRoot"][2:], (path.parent.name, block["number"])
            assert [decode_receipt(value) for value in raw] == receipts
            for index in range(len(raw) + 1):
                expected = raw[index] if index < len(raw) else None
                assert verify_proof(trie.root, index_key(index), trie.prove(index_key(index))) == expected
            every_log = [log for receipt in receipts for log in receipt.logs]
            assert bloom_of(every_log).hex() == block["logsBloom"][2:]
            kinds |= {(path.parent.name.split("-")[0], receipt.type) for receipt in receipts}
            reverted += sum(receipt.succeeded is False for receipt in receipts)
            most_logs = max([most_logs, *(len(receipt.logs) for receipt in receipts)])
            blocks += 1
    assert blocks > 300
    assert reverted >= 5
    assert most_logs == 80
    assert {("besu", 0), ("besu", 1), ("besu", 2), ("goquorum", 0), ("goquorum", 1)} <= kinds


def test_mainnet_and_besu_proofs(shared_vectors: Path) -> None:
    data = json.loads((shared_vectors / "consensus" / "receipt_proofs.json").read_text())
    absent = 0
    for vector in data["vectors"]:
        root = bytes.fromhex(vector["receiptsRoot"][2:])
        for case in vector["proofs"]:
            nodes = [bytes.fromhex(node[2:]) for node in case["proof"]]
            key = bytes.fromhex(case["key"][2:])
            assert index_key(case["index"]) == key
            value = verify_proof(root, key, nodes)
            if case["value"] is None:
                assert value is None
                absent += 1
                continue
            assert value is not None
            assert value.hex() == case["value"][2:]
            receipt = decode_receipt(value)
            assert receipt.encode() == value
            assert receipt.type == int(str(case["type"]), 16)
    assert absent == 2
    published = data["vectors"][0]["published_proof_index_39"]
    assert verify_proof(
        bytes.fromhex(data["vectors"][0]["receiptsRoot"][2:]),
        index_key(39),
        [bytes.fromhex(node[2:]) for node in published],
    )


def json_receipt(**changes) -> dict:
    answer = {
        "blockHash": "0x" + "00" * 32,
        "cumulativeGasUsed": "0x5208",
        "gasUsed": "0x1",
        "logs": [
            {
                "address": "0x" + log.address.hex(),
                "topics": ["0x" + topic.hex() for topic in log.topics],
                "data": "0x" + log.data.hex(),
                "logIndex": "0x7",
            }
            for log in LOGS
        ],
        "logsBloom": "0x" + bloom_of(LOGS).hex(),
        "status": "0x1",
        "type": "0x0",
    }
    return {**answer, **changes}


def test_json_traps() -> None:
    assert receipt_from_json(json_receipt()) == RECEIPT
    assert receipt_from_json(json_receipt(revertReason="0x08c379a0", type=None)) == RECEIPT
    assert receipt_from_json(json_receipt(status="0x0")).succeeded is False
    before = receipt_from_json(json_receipt(status=None, root="0x" + "aa" * 32))
    assert before.status_or_root == b"\xaa" * 32
    assert before.succeeded is None
    assert decode_receipt(before.encode()) == before


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        json_receipt(status=None),
        json_receipt(root="0x" + "aa" * 32),
        json_receipt(status="0x2"),
        json_receipt(status=1),
        json_receipt(status=None, root="0x" + "aa" * 31),
        json_receipt(status=None, root="0x"),
        json_receipt(cumulativeGasUsed="0x" + "1" * 17),
        json_receipt(cumulativeGasUsed=None),
        json_receipt(logs=None),
        json_receipt(logs={}),
        json_receipt(logs=[1]),
        json_receipt(logs=[{"address": "0x" + "11" * 20, "data": "0x"}]),
        json_receipt(logs=[{"address": "0x" + "11" * 20, "data": "0x", "topics": "0x"}]),
        json_receipt(logsBloom="0x"),
        json_receipt(logsBloom="0x" + "00" * 256),
        json_receipt(type="0x5"),
        json_receipt(type="0x100"),
    ],
)
def test_malformed_json(answer: object) -> None:
    with pytest.raises(WireError):
        receipt_from_json(answer)


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("status", [0, 1, b"\xaa" * 32])
def test_round_trip_of_each_form(kind: int, status: int | bytes) -> None:
    receipt = Receipt(kind, status, 2**64 - 1, bloom_of(LOGS), LOGS)
    raw = receipt.encode()
    assert decode_receipt(raw) == receipt
    assert (raw[0] == kind) == (kind > 0)


def test_status_and_short_root_are_not_confused() -> None:
    assert decode_receipt(replace(RECEIPT, status_or_root=0).encode()).status_or_root == 0
    with pytest.raises(ReceiptError):
        Receipt(0, 2, 0, bloom_of(()), ())
    with pytest.raises(ReceiptError):
        Receipt(0, bytes(31), 0, bloom_of(()), ())


def test_fields_out_of_range() -> None:
    with pytest.raises(ReceiptError):
        replace(RECEIPT, cumulative_gas_used=2**64)
    with pytest.raises(ReceiptBloomError):
        replace(RECEIPT, logs_bloom=bytes(256))
    with pytest.raises(ReceiptBloomError):
        replace(RECEIPT, logs=LOGS[:1])
    for kind in (-1, 5, 127):
        with pytest.raises(ReceiptTypeError):
            replace(RECEIPT, type=kind)
    for log in ((bytes(19), (), b""), (bytes(20), (bytes(31),), b""), (bytes(20), (bytes(32),) * 5, b"")):
        with pytest.raises(ReceiptError):
            Log(*log)


def _raw(*items, prefix: bytes = b"") -> bytes:
    return prefix + rlp.encode(list(items))


BLOOM = bytes(256)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" + _raw(b"\1", b"", BLOOM, []),
        b"\5" + _raw(b"\1", b"", BLOOM, []),
        b"\x7f" + _raw(b"\1", b"", BLOOM, []),
        rlp.encode(b"\2" + _raw(b"\1", b"", BLOOM, [])),  # wrapped in a string
        b"\2",
        _raw(b"\1", b"", BLOOM),
        _raw(b"\1", b"", BLOOM, [], b""),
        _raw(b"\1", b"", BLOOM, []) + b"\0",
        _raw(b"\2", b"", BLOOM, []),
        _raw(b"\0", b"", BLOOM, []),
        _raw(bytes(31), b"", BLOOM, []),
        _raw([], b"", BLOOM, []),
        _raw(b"\1", b"\0", BLOOM, []),
        _raw(b"\1", b"\1" * 9, BLOOM, []),
        _raw(b"\1", b"", BLOOM[1:], []),
        _raw(b"\1", b"", [], []),
        _raw(b"\1", b"", b"\1" + BLOOM[1:], []),
        _raw(b"\1", b"", BLOOM, b""),
        _raw(b"\1", b"", BLOOM, [[bytes(20), []]]),
        _raw(b"\1", b"", BLOOM, [[bytes(20), b"", b""]]),
        _raw(b"\1", b"", BLOOM, [[bytes(19), [], b""]]),
        _raw(b"\1", b"", BLOOM, [[bytes(20), [bytes(31)], b""]]),
        _raw(b"\1", b"", BLOOM, [[bytes(20), [bytes(32)] * 5, b""]]),
        _raw(b"\1", b"", BLOOM, [[bytes(20), [], []]]),
    ],
)
def test_refuses_other_forms(raw: bytes) -> None:
    with pytest.raises(WireError):
        decode_receipt(raw)


def test_size_limit() -> None:
    with pytest.raises(LimitError):
        decode_receipt(bytes(4 * 1024 * 1024 + 1))


@st.composite
def receipts(draw) -> Receipt:
    words = st.binary(min_size=32, max_size=32)
    logs = st.builds(
        Log, st.binary(min_size=20, max_size=20), st.lists(words, max_size=4).map(tuple), st.binary(max_size=70)
    )
    chosen = tuple(draw(st.lists(logs, max_size=3)))
    status = draw(st.integers(0, 1) | words)
    return Receipt(draw(st.integers(0, 4)), status, draw(st.integers(0, 2**64 - 1)), bloom_of(chosen), chosen)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(receipts())
def test_round_trip(receipt: Receipt) -> None:
    assert decode_receipt(receipt.encode()) == receipt


@settings(max_examples=300, derandomize=True, deadline=None)
@given(receipts(), st.integers(0), st.integers(1, 255), st.integers(0, 2))
def test_changed_bytes(receipt: Receipt, at: int, flip: int, how: int) -> None:
    raw = bytearray(receipt.encode())
    at %= len(raw)
    if how == 0:
        raw[at] ^= flip
    elif how == 1:
        del raw[at]
    else:
        raw.insert(at, flip)
    with contextlib.suppress(LightNodeError):
        assert decode_receipt(bytes(raw)).encode() == raw


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.binary(max_size=100))
def test_arbitrary_bytes(raw: bytes) -> None:
    with contextlib.suppress(LightNodeError):
        assert decode_receipt(raw).encode() == raw
