"""Transactions: recorded ones of two clients, a hardware wallet's signatures, and the canonical form."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import coincurve
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, LimitError, WireError
from lightnode.wire import rlp
from lightnode.wire.curve import Curve, HighSignatureError, SignatureRangeError, address_of, order
from lightnode.wire.json_value import JsonError
from lightnode.wire.transaction import (
    AccessEntry,
    SignedTransaction,
    TransactionError,
    TransactionType,
    TransactionTypeError,
    UnsignedTransaction,
    decode_transaction,
    decode_unsigned,
    split_legacy_v,
)
from lightnode.wire.transaction_body import TransactionJsonError, body_from_json
from lightnode.wire.trie import ordered_trie

K1 = Curve.SECP256K1


def transaction_from_json(obj: object) -> SignedTransaction:
    """Read a printed transaction that our own signer could have made."""
    return decode_transaction(body_from_json(obj, private_marks=False))


def legacy(**changes) -> UnsignedTransaction:
    fields = {
        "type": 0,
        "chain_id": 0x43480001,
        "nonce": 7,
        "gas_price": 0,
        "max_priority_fee_per_gas": None,
        "max_fee_per_gas": None,
        "gas_limit": 21000,
        "to": b"\x11" * 20,
        "value": 5,
        "data": b"\x01\x02",
        "access_list": (),
    }
    return UnsignedTransaction(**{**fields, **changes})


def access(**changes) -> UnsignedTransaction:
    entry = AccessEntry(b"\x22" * 20, (b"\x33" * 32, bytes(32)))
    return legacy(**{"type": 1, "access_list": (entry,), **changes})


def dynamic(**changes) -> UnsignedTransaction:
    fees = {"type": 2, "gas_price": None, "max_priority_fee_per_gas": 1, "max_fee_per_gas": 2}
    return access(**{**fees, **changes})


FORMS = [
    legacy(),
    legacy(chain_id=None),
    legacy(to=None),
    access(),
    access(access_list=()),
    dynamic(),
    dynamic(to=None),
]


def signed(unsigned: UnsignedTransaction, secret: int = 9) -> SignedTransaction:
    raw = coincurve.PrivateKey.from_int(secret).sign_recoverable(unsigned.signing_hash(), hasher=None)
    return SignedTransaction(unsigned, raw[64], int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"))


def test_published_example_of_eip_155() -> None:
    unsigned = legacy(
        chain_id=1, nonce=9, gas_price=20 * 10**9, gas_limit=21000, to=b"\x35" * 20, value=10**18, data=b""
    )
    assert unsigned.signing_payload().hex() == (
        "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080"
    )
    assert unsigned.signing_hash().hex() == "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
    tx = signed(unsigned, int("46" * 32, 16))
    assert tx.v == 37
    assert tx.encode().hex() == (
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025"
        "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
        "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    )
    assert tx.sender(K1).hex() == "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
    assert decode_transaction(tx.encode()) == tx


def test_every_recorded_transaction(recorded: Path) -> None:
    """All transactions of all networks: sender, hash, round trip, and the transactions root of every block."""
    kinds: set[tuple[str, int, bool]] = set()
    blocks = 0
    for path in sorted(recorded.glob("*/blocks.jsonl")):
        curve = Curve.SECP256R1 if "secp256r1" in path.parent.name else K1
        for line in path.read_text().splitlines():
            block = json.loads(line)
            raw = [_demand_recorded(entry, curve) for entry in block["transactions"]]
            assert ordered_trie(raw).root.hex() == block["transactionsRoot"][2:], (path.parent.name, block["number"])
            client = path.parent.name.split("-")[0]
            kinds |= {(client, int(entry["type"], 16), entry["to"] is None) for entry in block["transactions"]}
            blocks += 1
    assert blocks > 300
    assert {
        ("besu", 0, True),
        ("besu", 1, False),
        ("besu", 2, False),
        ("goquorum", 0, True),
        ("goquorum", 1, False),
    } <= kinds


def _demand_recorded(entry: dict, curve: Curve) -> bytes:
    tx = transaction_from_json(entry)
    assert tx.sender(curve).hex() == entry["from"][2:]
    assert tx.hash().hex() == entry["hash"][2:]
    tx.demand_low_s(curve)
    raw = tx.encode()
    assert decode_transaction(raw) == tx
    assert decode_unsigned(tx.unsigned.signing_payload()) == tx.unsigned
    return raw


def _wallet_address(mnemonic: str, path: str) -> bytes:
    """BIP-39 and BIP-32 for the public test seeds of the fixtures."""
    seed = hashlib.pbkdf2_hmac("sha512", mnemonic.encode(), b"mnemonic", 2048)
    node = hmac.digest(b"Bitcoin seed", seed, "sha512")
    key, chain = int.from_bytes(node[:32], "big"), node[32:]
    for step in path.removeprefix("m/").split("/"):
        hardened = step.endswith("'")
        index = int(step.rstrip("'")) + (2**31 if hardened else 0)
        public = coincurve.PrivateKey.from_int(key).public_key.format()
        data = (b"\0" + key.to_bytes(32, "big") if hardened else public) + index.to_bytes(4, "big")
        node = hmac.digest(chain, data, "sha512")
        key, chain = (int.from_bytes(node[:32], "big") + key) % order(K1), node[32:]
    return address_of(coincurve.PrivateKey.from_int(key).public_key.format(False))


def test_signatures_of_a_hardware_wallet(shared_vectors: Path) -> None:
    """Each fixture's signature recovers to the wallet's own address, so our signing hash is the wallet's."""
    folder = shared_vectors / "hardware" / "trezor-ethereum"
    known: dict[tuple[str, str], bytes] = {}
    count = {"legacy": 0, "dynamic": 0, "large chain id": 0}
    for path in sorted(folder.glob("sign_tx*.json")):
        if "error" in path.name or "7702" in path.name:
            continue
        fixtures = json.loads(path.read_text())
        for case in fixtures["tests"]:
            given_, result = case["parameters"], case["result"]
            if given_.get("tx_type") is not None:
                continue  # Wanchain's own form
            unsigned = _from_fixture(given_)
            assert decode_unsigned(unsigned.signing_payload()) == unsigned
            v, r, s = result["sig_v"], int(result["sig_r"], 16), int(result["sig_s"], 16)
            parity = v if v < 2 else split_legacy_v(v)[1]
            tx = SignedTransaction(unsigned, parity, r, s)
            if v >= 2:
                assert tx.v == v
            key = (fixtures["setup"]["mnemonic"], given_["path"])
            known.setdefault(key, _wallet_address(*key))
            assert tx.sender(K1) == known[key], case["name"]
            assert decode_transaction(tx.encode()) == tx
            count["dynamic" if unsigned.type == 2 else "legacy"] += 1
            count["large chain id"] += given_["chain_id"] > 2**32
    assert count["legacy"] > 90
    assert count["dynamic"] > 10
    assert count["large chain id"] >= 2


def _from_fixture(given_: dict) -> UnsignedTransaction:
    number = {name: int(given_.get(name) or "0", 16) for name in ("nonce", "gas_limit", "value", "gas_price")}
    is_dynamic = "max_gas_fee" in given_
    return legacy(
        type=2 if is_dynamic else 0,
        chain_id=given_["chain_id"],
        nonce=number["nonce"],
        gas_price=None if is_dynamic else number["gas_price"],
        max_priority_fee_per_gas=int(given_["max_priority_fee"], 16) if is_dynamic else None,
        max_fee_per_gas=int(given_["max_gas_fee"], 16) if is_dynamic else None,
        gas_limit=number["gas_limit"],
        to=bytes.fromhex(given_["to_address"].removeprefix("0x")) or None,
        value=number["value"],
        data=bytes.fromhex(given_["data"].removeprefix("0x")),
    )


@pytest.mark.parametrize("unsigned", FORMS)
def test_forms_round_trip(unsigned: UnsignedTransaction) -> None:
    tx = signed(unsigned)
    assert decode_unsigned(unsigned.signing_payload()) == unsigned
    assert decode_transaction(tx.encode()) == tx
    assert tx.sender(K1) == address_of(coincurve.PrivateKey.from_int(9).public_key.format(False))
    with pytest.raises(LightNodeError):
        decode_unsigned(tx.encode())
    with pytest.raises(LightNodeError):
        decode_transaction(unsigned.signing_payload())


@pytest.mark.parametrize("chain_id", [1, 2, 0x43480000, 2**31, 2**32, 2**53 + 1, 2**64 - 1, 2**200, 2**256 - 1])
def test_chain_ids_of_any_size(chain_id: int) -> None:
    for unsigned in (legacy(chain_id=chain_id), access(chain_id=chain_id), dynamic(chain_id=chain_id)):
        tx = signed(unsigned)
        assert decode_transaction(tx.encode()) == tx
        if unsigned.type == 0:
            assert split_legacy_v(tx.v) == (chain_id, tx.y_parity)


def test_before_eip_155() -> None:
    tx = signed(legacy(chain_id=None))
    assert tx.v in (27, 28)
    assert len(rlp.decode_list(tx.unsigned.signing_payload())) == 6


@pytest.mark.parametrize("v", [0, 1, 2, 26, 29, 34, 35, 36])
def test_v_of_nothing(v: int) -> None:
    with pytest.raises(TransactionError):
        split_legacy_v(v)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": 2**64 - 1},
        {"nonce": -1},
        {"gas_limit": 2**64},
        {"chain_id": 0},
        {"chain_id": 2**256},
        {"chain_id": -5},
        {"value": 2**256},
        {"value": -1},
        {"gas_price": 2**256},
        {"gas_price": None},
        {"max_fee_per_gas": 1},
        {"max_priority_fee_per_gas": 1},
        {"to": b""},
        {"to": bytes(19)},
        {"to": bytes(32)},
        {"access_list": (AccessEntry(bytes(20), ()),)},
        {"type": 3},
        {"type": -1},
        {"type": 1, "chain_id": None},
        {"type": 2},
        {"type": 2, "gas_price": None, "max_fee_per_gas": 1, "max_priority_fee_per_gas": 2},
        {"type": 1, "access_list": (AccessEntry(bytes(19), ()),)},
        {"type": 1, "access_list": (AccessEntry(bytes(20), (bytes(31),)),)},
    ],
)
def test_fields_that_do_not_fit(changes: dict) -> None:
    with pytest.raises(TransactionError):
        legacy(**changes)


def test_limits() -> None:
    with pytest.raises(LimitError):
        access(access_list=(AccessEntry(bytes(20), ()),) * 257)
    with pytest.raises(LimitError):
        access(access_list=(AccessEntry(bytes(20), (bytes(32),) * 4097),))
    with pytest.raises(LimitError):
        decode_transaction(signed(legacy(data=bytes(256 * 1024))).encode())
    with pytest.raises(LimitError):
        decode_unsigned(legacy(data=bytes(256 * 1024)).signing_payload())
    wide = [b"\1", *[b""] * 6, [[bytes(20), []]] * 10_000]
    with pytest.raises(WireError):
        decode_unsigned(b"\1" + rlp.encode(wide))


def test_signature_halves() -> None:
    unsigned = legacy()
    for parity, r, s in ((2, 1, 1), (-1, 1, 1), (0, 0, 1), (0, 1, 0), (0, 2**256, 1), (0, 1, 2**256)):
        with pytest.raises(TransactionError):
            SignedTransaction(unsigned, parity, r, s)
    beyond = SignedTransaction(unsigned, 0, order(K1), 1)
    assert decode_transaction(beyond.encode()) == beyond
    with pytest.raises(SignatureRangeError):
        beyond.sender(K1)


@pytest.mark.parametrize("curve", Curve)
def test_low_s_is_a_rule_of_its_own(curve: Curve) -> None:
    tx = signed(legacy())
    tx.demand_low_s(K1)
    other = replace(tx, s=order(K1) - tx.s, y_parity=tx.y_parity ^ 1)
    assert other.sender(K1) == tx.sender(K1)
    assert other.hash() != tx.hash()
    with pytest.raises(HighSignatureError):
        replace(tx, s=order(curve) - 1).demand_low_s(curve)


def _bytes_of(items, prefix: bytes = b"") -> bytes:
    return prefix + rlp.encode(items)


BODY = [b"\7", b"", b"\x52\x08", b"\x11" * 20, b"\5", b"\1\2"]
SIGNATURE = [b"\x1b", b"\1", b"\1"]
TYPED = [b"\7", b"", b"\1", b"\x52\x08", b"\x11" * 20, b"\5", b"\1\2", []]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" + rlp.encode(BODY + SIGNATURE),  # a type byte of zero
        _bytes_of(BODY),
        _bytes_of(BODY + SIGNATURE[:2]),
        _bytes_of([*BODY, *SIGNATURE, b""]),
        _bytes_of(BODY + SIGNATURE) + b"\0",
        _bytes_of([b"\0", *BODY[1:], *SIGNATURE]),  # a nonce with a leading zero
        _bytes_of([b"\0\7", *BODY[1:], *SIGNATURE]),
        _bytes_of([[], *BODY[1:], *SIGNATURE]),
        _bytes_of([*BODY[:3], bytes(21), *BODY[4:], *SIGNATURE]),
        _bytes_of([*BODY[:3], [], *BODY[4:], *SIGNATURE]),
        _bytes_of([*BODY[:5], [], *SIGNATURE]),
        _bytes_of([*BODY, b"\x25", b"\0\1", b"\1"]),
        _bytes_of([*BODY, b"\x25", b"", b"\1"]),
        _bytes_of([*BODY, b"", b"\1", b"\1"]),
        _bytes_of([*BODY, b"\1" * 34, b"\1", b"\1"]),
        _bytes_of([*TYPED, b"\2", b"\1", b"\1"], b"\1"),  # a parity of two
        _bytes_of([*TYPED, b"\x25", b"\1", b"\1"], b"\1"),
        _bytes_of([*TYPED, b"\1", b"\1"], b"\1"),
        _bytes_of([*TYPED, b"\1", b"\1", b"\1"], b"\2"),  # the fields of another type
        _bytes_of([*TYPED[:7], b"", b"\1", b"\1", b"\1"], b"\1"),  # an access list that is a string
        _bytes_of([*TYPED[:7], [[bytes(20)]], b"\1", b"\1", b"\1"], b"\1"),
        _bytes_of([*TYPED[:7], [[bytes(19), []]], b"\1", b"\1", b"\1"], b"\1"),
        _bytes_of([*TYPED[:7], [[bytes(20), [bytes(31)]]], b"\1", b"\1", b"\1"], b"\1"),
        _bytes_of([*TYPED[:7], [[bytes(20), b""]], b"\1", b"\1", b"\1"], b"\1"),
        _bytes_of([b"", *TYPED[1:], b"\1", b"\1", b"\1"], b"\1"),  # a chain id of zero
        b"\1" + rlp.encode(b"abc"),
        rlp.encode(b"\1" + rlp.encode([*TYPED, b"\1", b"\1", b"\1"])),  # wrapped in a string
    ],
)
def test_refuses_other_forms(raw: bytes) -> None:
    with pytest.raises(WireError):
        decode_transaction(raw)


@pytest.mark.parametrize("kind", [3, 4, 5, 0x7E, 0x7F])
def test_unknown_types_have_their_own_error(kind: int) -> None:
    for decode in (decode_transaction, decode_unsigned):
        with pytest.raises(TransactionTypeError):
            decode(bytes([kind]) + rlp.encode(TYPED))


@pytest.mark.parametrize("kind", [5, 0x7E, 0x7F])
def test_no_bytes_are_made_of_a_printed_type_that_is_unknown(kind: int) -> None:
    with pytest.raises(TransactionTypeError):
        transaction_from_json({"type": hex(kind)})


@pytest.mark.parametrize(
    "items",
    [
        BODY[:5],
        [*BODY, b"\1"],
        [*BODY, b"\1", b""],
        [*BODY, b"\1", b"", b"\0"],
        [*BODY, b"\1", b"", b"\1"],
        [*BODY, b"\1", [], b""],
        [*BODY, b"", b"", b""],  # chain id zero: not the six-item form
        [*BODY, b"\0\1", b"", b""],
        [*BODY, b"\1" * 33, b"", b""],
        [*BODY, b"\1", b"", b"", b""],
    ],
)
def test_refuses_other_signing_payloads(items: list) -> None:
    with pytest.raises(WireError):
        decode_unsigned(rlp.encode(items))


def besu_json(**changes) -> dict:
    tx = signed(dynamic(access_list=()))
    answer = {
        "accessList": [],
        "chainId": hex(tx.unsigned.chain_id or 0),
        "gas": "0x5208",
        "gasPrice": "0x1",
        "maxPriorityFeePerGas": "0x1",
        "maxFeePerGas": "0x2",
        "hash": "0x" + tx.hash().hex(),
        "input": "0x0102",
        "nonce": "0x7",
        "to": "0x" + "11" * 20,
        "type": "0x2",
        "value": "0x5",
        "yParity": hex(tx.y_parity),
        "v": hex(tx.y_parity),
        "r": hex(tx.r),
        "s": hex(tx.s),
    }
    return {**answer, **changes}


def legacy_json(**changes) -> dict:
    tx = signed(legacy())
    answer = {
        "gas": "0x5208",
        "gasPrice": "0x0",
        "input": "0x0102",
        "nonce": "0x7",
        "to": "0x" + "11" * 20,
        "value": "0x5",
        "v": hex(tx.v),
        "r": hex(tx.r),
        "s": hex(tx.s),
    }
    return {**answer, **changes}


def without(answer: dict, *names: str) -> dict:
    return {name: value for name, value in answer.items() if name not in names}


def test_json_shapes_of_the_clients() -> None:
    expected = signed(dynamic(access_list=()))
    for shape in (
        besu_json(),
        without(besu_json(), "v"),
        without(besu_json(), "yParity"),
        without(besu_json(), "hash"),
    ):
        assert transaction_from_json(shape) == expected
    expected = signed(legacy())
    for shape in (legacy_json(), legacy_json(type="0x0"), legacy_json(chainId=hex(0x43480001)), legacy_json(type=None)):
        assert transaction_from_json(shape) == expected
    assert transaction_from_json(legacy_json(chainId=None, yParity=hex(expected.y_parity))) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"yParity": "flip"},
        {"v": "0x1b"},
        {"hash": "0x" + "00" * 32},
        {"value": "0x6"},
        {"chainId": "0x5"},
    ],
)
def test_json_that_contradicts_itself(changes: dict) -> None:
    answer = besu_json()
    if changes.get("yParity") == "flip":
        changes = {"yParity": hex(1 - int(answer["yParity"], 16))}
    with pytest.raises(TransactionJsonError):
        transaction_from_json({**answer, **changes})


def test_legacy_json_that_contradicts_itself() -> None:
    for changes in ({"chainId": "0x5"}, {"yParity": hex(1 - signed(legacy()).y_parity)}):
        with pytest.raises(TransactionJsonError):
            transaction_from_json(legacy_json(**changes))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "0x",
        {},
        legacy_json(v=None),
        legacy_json(v=37),
        legacy_json(gas="21000"),
        legacy_json(gas="0x"),
        legacy_json(nonce="-0x1"),
        legacy_json(input=None),
        legacy_json(input="0x012"),
        legacy_json(input="0xzz"),
        legacy_json(r="0x" + "f" * 70),
        legacy_json(r="0x0"),
        legacy_json(to="0x"),
        legacy_json(to="0x" + "11" * 19),
        without(legacy_json(), "gasPrice"),
        without(besu_json(), "maxFeePerGas"),
        without(besu_json(), "chainId"),
        without(besu_json(), "accessList"),
        without(besu_json(), "v", "yParity"),
        besu_json(accessList={}),
        besu_json(accessList=[1]),
        besu_json(accessList=[{"address": "0x" + "11" * 20}]),
        besu_json(accessList=[{"address": "0x" + "11" * 20, "storageKeys": ["0x1"]}]),
        besu_json(type="0x2g"),
    ],
)
def test_malformed_json(answer: object) -> None:
    with pytest.raises((JsonError, WireError)):
        transaction_from_json(answer)


NUMBERS = st.integers(0, 2**64 - 2) | st.sampled_from([0, 1, 127, 128, 255, 256])
AMOUNTS = st.integers(0, 2**256 - 1) | NUMBERS
ENTRIES = st.builds(
    AccessEntry,
    st.binary(min_size=20, max_size=20),
    st.lists(st.binary(min_size=32, max_size=32), max_size=3).map(tuple),
)


@st.composite
def transactions(draw) -> SignedTransaction:
    kind = draw(st.sampled_from(list(TransactionType)))
    chain_id = draw(st.integers(1, 2**256 - 1) | (st.none() if kind == 0 else st.just(1)))
    tip, cap = sorted((draw(AMOUNTS), draw(AMOUNTS)))
    unsigned = UnsignedTransaction(
        type=kind,
        chain_id=chain_id,
        nonce=draw(NUMBERS),
        gas_price=None if kind == 2 else cap,
        max_priority_fee_per_gas=tip if kind == 2 else None,
        max_fee_per_gas=cap if kind == 2 else None,
        gas_limit=draw(NUMBERS),
        to=draw(st.none() | st.binary(min_size=20, max_size=20)),
        value=draw(AMOUNTS),
        data=draw(st.binary(max_size=80)),
        access_list=tuple(draw(st.lists(ENTRIES, max_size=3))) if kind else (),
    )
    return SignedTransaction(
        unsigned, draw(st.integers(0, 1)), draw(st.integers(1, 2**256 - 1)), draw(st.integers(1, 2**256 - 1))
    )


@settings(max_examples=150, derandomize=True, deadline=None)
@given(transactions())
def test_round_trip(tx: SignedTransaction) -> None:
    assert decode_transaction(tx.encode()) == tx
    assert decode_unsigned(tx.unsigned.signing_payload()) == tx.unsigned


@settings(max_examples=500, derandomize=True, deadline=None)
@given(transactions(), st.booleans(), st.integers(0), st.integers(1, 255), st.integers(0, 2))
def test_changed_bytes(tx: SignedTransaction, whole: bool, at: int, flip: int, how: int) -> None:
    """A changed encoding is refused, or decodes to something that encodes to just those bytes."""
    raw = bytearray(tx.encode() if whole else tx.unsigned.signing_payload())
    at %= len(raw)
    if how == 0:
        raw[at] ^= flip
    elif how == 1:
        del raw[at]
    else:
        raw.insert(at, flip)
    _demand_inverse(bytes(raw))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=120))
def test_arbitrary_bytes(raw: bytes) -> None:
    _demand_inverse(raw)


def _demand_inverse(raw: bytes) -> None:
    with contextlib.suppress(LightNodeError):
        assert decode_transaction(raw).encode() == raw
    with contextlib.suppress(LightNodeError):
        assert decode_unsigned(raw).signing_payload() == raw


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["0x", "0x0", "0x25", "0x1" * 3]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.sampled_from([besu_json(), legacy_json()]), st.data())
def test_only_our_errors_escape_from_json(answer: dict, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(answer)))
    with contextlib.suppress(LightNodeError):
        transaction_from_json({**answer, name: data.draw(JSON_VALUES)})
