"""Sender, gas, contract and logs of every recorded transaction: computed, and the same as the node printed them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lightnode.consensus.schedule import GOQUORUM
from lightnode.proofs.block_body import ProvenBody, prove_body
from lightnode.proofs.errors import SenderUnprovenError
from lightnode.proofs.placed_transaction import place_transaction
from lightnode.wire import rlp
from lightnode.wire.curve import Curve, recover_address
from lightnode.wire.keccak import keccak256
from lightnode.wire.ledger_transaction import read_ledger_transaction
from lightnode.wire.receipt import Receipt
from tests.support.made_block import made_header
from tests.support.recorded_networks import NETWORKS, config, lines
from tests.support.recorded_server import RecordedServer, verified

WITH_RECEIPTS = [name for name in NETWORKS if lines(name, "receipts.jsonl")]


@pytest.mark.parametrize("network", WITH_RECEIPTS)
def test_what_is_computed_is_what_the_node_printed(network: str) -> None:
    server, known, schedule = RecordedServer(network), verified(network), config(network).schedule
    private = schedule.client == GOQUORUM
    made = kinds = 0
    for height, printed in server.receipts.items():
        body = prove_body(known[height], server.blocks[height]["transactions"], printed, private_marks=private)
        for index, receipt in enumerate(printed):
            one = place_transaction(body, index, schedule.curve, private_marks=private)
            assert "0x" + one.sender.hex() == receipt["from"].lower()
            assert one.gas_used == int(receipt["gasUsed"], 16)
            assert "0x" + one.name.hex() == receipt["transactionHash"]
            assert (one.height, one.block_hash, one.index) == (height, known[height].block_hash, index)
            assert one.time == known[height].header.timestamp
            expected = receipt["contractAddress"] if receipt["status"] == "0x1" else None
            assert (None if one.created is None else "0x" + one.created.hex()) == expected
            assert [log.log_index for log in one.logs] == [int(log["logIndex"], 16) for log in receipt["logs"]]
            made += one.created is not None
            kinds |= 1 << one.transaction.type
    assert made
    assert kinds & 1


def test_a_reverted_creation_made_no_contract_and_one_before_byzantium_is_not_told() -> None:
    network = "besu-qbft-votes-london"
    server, known = RecordedServer(network), verified(network)
    for height, printed in server.receipts.items():
        body = prove_body(known[height], server.blocks[height]["transactions"], printed, private_marks=False)
        index = next((at for at, one in enumerate(printed) if one["contractAddress"]), None)
        if index is not None:
            break
    assert index is not None

    def created(receipt: Receipt) -> bytes | None:
        receipts = [*body.receipts[:index], receipt, *body.receipts[index + 1 :]]
        changed = ProvenBody(body.header, body.transactions, tuple(receipts))
        return place_transaction(changed, index, Curve.SECP256K1, private_marks=False).created

    whole = body.receipts[index]
    assert created(whole) is not None
    assert created(replace(whole, status_or_root=0)) is None
    assert created(replace(whole, status_or_root=bytes(32))) == created(whole)


@pytest.mark.parametrize("index", [-1, 1, 1 << 70])
def test_an_index_outside_the_block_is_an_error(index: int) -> None:
    """Also one that counts from the end."""
    server, known = RecordedServer("besu-qbft-votes-london"), verified("besu-qbft-votes-london")
    height = next(height for height, printed in server.receipts.items() if len(printed) == 1)
    body = prove_body(
        known[height], server.blocks[height]["transactions"], server.receipts[height], private_marks=False
    )
    assert place_transaction(body, 0, Curve.SECP256K1, private_marks=False).index == 0
    with pytest.raises(SenderUnprovenError):
        place_transaction(body, index, Curve.SECP256K1, private_marks=False)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xc0", b"\x05\xc0", b"\x00\xc0", rlp.encode([b""] * 9), rlp.encode([b""] * 6 + [b"\x1b", b"\1", b""]),
        rlp.encode([b""] * 6 + [b"\x1b", b"\xff" * 32, b"\xff" * 32]), b"\x02" + rlp.encode([b""] * 12),
        rlp.encode([*[b""] * 5, [b"list"], b"\x1b", b"\1", b"\1"]),
    ],
)  # fmt: skip
def test_what_nobody_signed_has_no_sender(raw: bytes) -> None:
    body = ProvenBody(made_header(), (raw,), (Receipt(0, 1, 1, bytes(256), ()),))
    with pytest.raises(SenderUnprovenError):
        place_transaction(body, 0, Curve.SECP256K1, private_marks=True)


def test_v_37_is_private_on_goquorum_and_chain_1_elsewhere() -> None:
    """The same bytes have another sender, because another hash was signed."""
    network = "goquorum-qbft-votes"
    server, known = RecordedServer(network), verified(network)
    height = next(iter(server.receipts))
    body = prove_body(known[height], server.blocks[height]["transactions"], server.receipts[height], private_marks=True)
    fields = rlp.decode_list(body.transactions[0])
    marked = rlp.encode([*fields[:6], b"\x25", *fields[7:]])
    one, other = (read_ledger_transaction(marked, private_marks=mark) for mark in (True, False))
    assert (one.chain_id, other.chain_id) == (None, 1)
    digests = keccak256(rlp.encode(fields[:6])), keccak256(rlp.encode([*fields[:6], b"\1", b"", b""]))
    assert (one.signing_hash, other.signing_hash) == digests
    assert one.sender(Curve.SECP256K1) == recover_address(Curve.SECP256K1, digests[0], 0, one.r, one.s)
    assert one.sender(Curve.SECP256K1) != other.sender(Curve.SECP256K1)
