"""All types of transactions read from their bytes, as nodes print them, and nothing that is none."""

from __future__ import annotations

from typing import Any

import coincurve
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError
from lightnode.node.ledger_transaction import LedgerTransaction, print_transaction, read_ledger_transaction
from lightnode.wire import rlp
from lightnode.wire.curve import Curve, address_of
from lightnode.wire.keccak import keccak256
from lightnode.wire.transaction_body import body_from_json
from lightnode.wire.types import Address

KEY = coincurve.PrivateKey(b"\x07" * 32)
SENDER = address_of(KEY.public_key.format(False))
TO, HASH = b"\x33" * 20, b"\x44" * 32
ACCESS = [[TO, [HASH, HASH]], [bytes(20), []]]
AUTHORITY = [[b"\x05", TO, b"", b"\x01", b"\x09", b"\x08"]]
FIELDS: dict[int, list[Any]] = {
    1: [b"\x05", b"\x01", b"\x0a", b"\x64", TO, b"", b"\xff", ACCESS],
    2: [b"\x05", b"", b"\x02", b"\x0a", b"\x64", b"", b"\x01", b"", []],
    3: [b"\x05", b"\x07", b"\x02", b"\x0a", b"\x64", TO, b"", b"", ACCESS, b"\x04", [HASH]],
    4: [b"\x05", b"\x07", b"\x02", b"\x0a", b"\x64", TO, b"", b"\x12\x34", [], AUTHORITY],
}
LEGACY = [b"\x01", b"\x0a", b"\x64", TO, b"\x03", b"\xab"]


def sign(digest: bytes) -> tuple[int, bytes, bytes]:
    made = KEY.sign_recoverable(digest, hasher=None)
    return (
        made[64],
        rlp.encode_uint(int.from_bytes(made[:32], "big")),
        rlp.encode_uint(int.from_bytes(made[32:64], "big")),
    )


def typed(kind: int) -> bytes:
    parity, r, s = sign(keccak256(bytes([kind]) + rlp.encode(FIELDS[kind])))
    return bytes([kind]) + rlp.encode([*FIELDS[kind], rlp.encode_uint(parity), r, s])


def legacy(chain_id: int | None, base: int) -> bytes:
    tail = [] if chain_id is None else [rlp.encode_uint(chain_id), b"", b""]
    parity, r, s = sign(keccak256(rlp.encode([*LEGACY, *tail])))
    return rlp.encode([*LEGACY, rlp.encode_uint(base + parity), r, s])


CASES = {
    **{f"type {kind}": (typed(kind), False, 5) for kind in FIELDS},
    "before EIP-155": (legacy(None, 27), False, None),
    "EIP-155": (legacy(1337, 35 + 2 * 1337), False, 1337),
    "large chain id": (legacy(2**64, 35 + 2**65), False, 2**64),
    "private": (legacy(None, 37), True, None),
    "chain id 1": (legacy(1, 37), False, 1),
}


def read(name: str) -> LedgerTransaction:
    raw, private, _ = CASES[name]
    return read_ledger_transaction(raw, private_marks=private)


@pytest.mark.parametrize("name", CASES)
def test_sender_chain_and_back_to_the_bytes(name: str) -> None:
    raw, private, chain_id = CASES[name]
    one = read(name)
    assert one.sender(Curve.SECP256K1) == SENDER
    assert (one.chain_id, one.hash) == (chain_id, keccak256(raw))
    printed = print_transaction(one, SENDER, None)
    # `gasPrice` of the later types is the price paid, which the reader of printed bodies knows.
    assert body_from_json(printed, private_marks=private) == raw


def test_the_price_paid_and_the_account_created() -> None:
    assert [read("type 2").price(base) for base in (None, 0, 3, 8, 100)] == [2, 2, 5, 10, 10]
    assert read("type 1").price(1000) == read("EIP-155").price(1000) == 10
    assert read("type 1").created(SENDER) is None
    # The first contract of this account, by the rule of the yellow paper: Keccak-256 of RLP of sender and nonce.
    made = read("type 2").created(Address(bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")))
    assert made is not None
    assert made.hex() == "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"


@pytest.mark.parametrize("name", CASES)
def test_no_change_of_a_byte_keeps_hash_and_sender(name: str) -> None:
    raw, private, _ = CASES[name]
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        try:
            one = read_ledger_transaction(changed, private_marks=private)
            assert one.hash != read(name).hash
            assert one.sender(Curve.SECP256K1) != SENDER
        except LightNodeError:
            continue


@given(st.binary(max_size=300) | st.sampled_from([raw for raw, _, _ in CASES.values()]).flatmap(
    lambda raw: st.integers(0, len(raw)).map(lambda at: raw[:at])
))  # fmt: skip
@settings(max_examples=300)
def test_only_errors_of_ours_escape(raw: bytes) -> None:
    for private in (False, True):
        try:
            one = read_ledger_transaction(raw, private_marks=private)
        except LightNodeError:
            continue
        assert one.raw == raw
