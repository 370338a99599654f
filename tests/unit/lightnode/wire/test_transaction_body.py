"""Printed transactions of every kind, back to the bytes that the transactions trie holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import WireError
from lightnode.recording.errors import TransactionsRootError
from lightnode.recording.report import RecordingReport
from lightnode.wire import rlp
from lightnode.wire.json_value import JsonError
from lightnode.wire.keccak import keccak256
from lightnode.wire.transaction_body import TransactionJsonError, body_from_json
from lightnode.wire.transaction_fields import TransactionTypeError
from lightnode.wire.trie import ordered_trie
from tests.support.made_chain import MadeChain, uint

TO = b"\x22" * 20
HASH = b"\x01" * 32
ACCESS = [[b"\x11" * 20, [bytes(32), HASH]]]
AUTHORIZATION = [uint(1337), b"\x33" * 20, b"", b"\1", uint(5), uint(6)]

Made = tuple[bytes, dict[str, Any]]


def legacy(v: int, chain: int | None = None, nonce: int = 0) -> Made:
    raw = rlp.encode([uint(nonce), b"", uint(21000), TO, uint(1), b"\xab", uint(v), uint(7), uint(8)])
    shown = {"nonce": hex(nonce), "gasPrice": "0x0", "gas": "0x5208", "to": "0x" + TO.hex(), "value": "0x1",
             "input": "0xab", "v": hex(v), "r": "0x7", "s": "0x8", "hash": "0x" + keccak256(raw).hex()}  # fmt: skip
    return raw, shown | ({} if chain is None else {"chainId": hex(chain)})


def typed(kind: int, access: list[Any] | None = None, **more: Any) -> Made:
    listed = ACCESS if access is None else access
    fees = [uint(9)] if kind == 1 else [uint(2), uint(9)]
    fields: list[Any] = [uint(1337), b"", *fees, uint(21000), TO, uint(1), b"\xab", listed]
    fields += {3: [uint(4), [HASH]], 4: [[AUTHORIZATION]]}.get(kind, [])
    raw = bytes([kind]) + rlp.encode([*fields, b"\1", uint(7), uint(8)])
    shown = {"type": hex(kind), "chainId": "0x539", "nonce": "0x0", "gasPrice": "0x9", "gas": "0x5208",
             "maxPriorityFeePerGas": "0x2", "maxFeePerGas": "0x9", "to": "0x" + TO.hex(), "value": "0x1", "input": "0xab",
             "accessList": [{"address": "0x" + a.hex(), "storageKeys": ["0x" + k.hex() for k in keys]} for a, keys in listed],
             "maxFeePerBlobGas": "0x4", "blobVersionedHashes": ["0x" + HASH.hex()],
             "authorizationList": [{"chainId": "0x539", "address": "0x" + "33" * 20, "nonce": "0x0", "yParity": "0x1",
                                    "v": "0x1", "r": "0x5", "s": "0x6"}],
             "v": "0x1", "yParity": "0x1", "r": "0x7", "s": "0x8", "hash": "0x" + keccak256(raw).hex()}  # fmt: skip
    return raw, shown | more


LONG = [[(index + 1).to_bytes(20, "big"), []] for index in range(300)]
DEEP = [[b"\x11" * 20, [index.to_bytes(32, "big") for index in range(5000)]]]
KINDS: dict[str, tuple[str, Made]] = {
    "before EIP-155": ("besu", legacy(27)),
    "EIP-155": ("besu", legacy(2710, 1337)),
    "chain id 1 on Besu": ("besu", legacy(37, 1)),
    "private on GoQuorum": ("goquorum", legacy(37)),
    "private on GoQuorum, other parity": ("goquorum", legacy(38)),
    "private on GoQuorum, its chain id printed": ("goquorum", legacy(38, 1337)),
    "access list": ("besu", typed(1)),
    "access list of 300 accounts": ("besu", typed(1, LONG)),
    "access list of 5000 slots": ("besu", typed(2, DEEP)),
    "dynamic fee": ("besu", typed(2)),
    "blob": ("besu", typed(3)),
    "set code": ("besu", typed(4)),
}


def verify(bodies: list[Any], values: list[bytes], client: str = "besu") -> RecordingReport:
    """Verify three blocks of which the second holds transactions."""
    chain = MadeChain(client, fork="prague" if client == "besu" else "berlin")
    chain.block()
    chain.block(changes={4: ordered_trie(values).root})
    chain.bodies[2] = bodies
    chain.block()
    return chain.verify(chain.json_lines())


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_rebuilt(name: str) -> None:
    client, (raw, shown) = KINDS[name]
    assert body_from_json(shown, private_marks=client == "goquorum") == raw
    report = verify([shown], [raw], client)
    assert (report.failure, report.height, report.warnings) == (None, 3, ())


@pytest.mark.parametrize("name", KINDS)
def test_a_changed_field_is_a_wrong_root(name: str) -> None:
    client, (raw, shown) = KINDS[name]
    for change in ({"value": "0x2"}, {"s": "0x9"}, {"nonce": None}, {"input": "0x"}, {"hash": "0x" + "00" * 32}):
        made = {key: value for key, value in (shown | change).items() if value is not None}
        report = verify([made], [raw], client)
        assert report.failure is not None
        assert (report.failure.code, report.failure.height, report.height) == (TransactionsRootError.code, 2, 1)


@pytest.mark.parametrize("shown", [legacy(37, 1337)[1], legacy(27, 1337)[1], typed(2, v="0x0")[1], legacy(2710, 5)[1],
                                   legacy(2710)[1] | {"yParity": "0x0"}])  # fmt: skip
def test_what_is_printed_twice_agrees(shown: dict[str, Any]) -> None:
    with pytest.raises(TransactionJsonError):
        body_from_json(shown, private_marks=False)


def test_an_unknown_kind_is_a_warning_with_its_block() -> None:
    shown = typed(2, type="0x5")[1]
    with pytest.raises(TransactionTypeError):
        body_from_json(shown, private_marks=False)
    report = verify([shown], [b"\5whatever"])
    assert (report.failure, report.height) == (None, 3)
    assert len(report.warnings) == 1
    assert report.warnings[0].startswith("Block 2: ")


@pytest.mark.parametrize("kind", ["0x100", "2", 2, "0x", [], True])
def test_a_kind_that_is_no_number_is_malformed(kind: Any) -> None:
    with pytest.raises(JsonError):
        body_from_json(typed(2, type=kind)[1], private_marks=False)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from([shown for _, (_, shown) in KINDS.values() if len(str(shown)) < 5000]),
    st.sampled_from(list(typed(4)[1])),
    st.none() | st.integers() | st.text(max_size=4) | st.lists(st.text(max_size=3), max_size=2) | st.just({}),
)
def test_any_value_gives_bytes_or_one_clear_error(shown: dict[str, Any], name: str, value: Any) -> None:
    try:
        assert body_from_json(shown | {name: value}, private_marks=True)
    except WireError:
        pass
