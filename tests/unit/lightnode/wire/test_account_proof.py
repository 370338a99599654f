"""EIP-1186: genuine answers of four clients, the quirks that are tolerated, and everything else refused."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, LimitError, WireError
from lightnode.wire import rlp
from lightnode.wire.account_proof import (
    EMPTY_CODE,
    Account,
    CodeMismatchError,
    ProofMismatchError,
    parse_get_proof,
    verify_account,
    verify_code,
    verify_get_proof,
    verify_storage,
)
from lightnode.wire.keccak import keccak256
from lightnode.wire.trie import EMPTY_ROOT, ProofError, secure_trie

CODE = b"\x60\x00"
WHO = b"\x11" * 20
SLOTS = {0: 4, 1: 2**256 - 1, 2**255: 0x1234}
STORAGE = secure_trie(
    [(slot.to_bytes(32, "big"), rlp.encode(rlp.encode_uint(value))) for slot, value in SLOTS.items()]
    + [((1000 + index).to_bytes(32, "big"), b"\5") for index in range(40)]
)
ACCOUNT = Account(3, 10**18, STORAGE.root, keccak256(CODE))
PLAIN = Account(0, 1, EMPTY_ROOT, EMPTY_CODE)
STATE = secure_trie([(WHO, ACCOUNT.encode())] + [(bytes([index]) * 20, PLAIN.encode()) for index in range(0x20, 0x60)])


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _slot_entry(slot: int, value: int | None = None) -> dict:
    nodes = STORAGE.prove(keccak256(slot.to_bytes(32, "big")))
    return {
        "key": hex(slot),
        "value": hex(SLOTS.get(slot, 0) if value is None else value),
        "proof": [_hex(node) for node in nodes],
    }


def answer(slots: tuple[int, ...] = (0, 1, 2**255, 77), **changes) -> dict:
    base = {
        "address": _hex(WHO),
        "accountProof": [_hex(node) for node in STATE.prove(keccak256(WHO))],
        "nonce": "0x3",
        "balance": hex(10**18),
        "storageHash": _hex(STORAGE.root),
        "codeHash": _hex(keccak256(CODE)),
        "storageProof": [_slot_entry(slot) for slot in slots],
    }
    return {**base, **changes}


def absent_answer(**changes) -> dict:
    base = {
        "address": "0x" + "99" * 20,
        "accountProof": [_hex(node) for node in STATE.prove(keccak256(b"\x99" * 20))],
        "nonce": "0x0",
        "balance": "0x0",
        "storageHash": _hex(EMPTY_ROOT),
        "codeHash": _hex(EMPTY_CODE),
        "storageProof": [],
    }
    return {**base, **changes}


def _roots(folder: Path) -> dict[int, bytes]:
    blocks = map(json.loads, (folder / "blocks.jsonl").read_text().splitlines())
    return {int(block["number"], 16): bytes.fromhex(block["stateRoot"][2:]) for block in blocks}


def test_every_recorded_proof(recorded: Path) -> None:
    """All of proofs.jsonl and validator_proofs.jsonl, of both clients, against the state roots of their blocks."""
    count = absent = empty_slots = 0
    for path in sorted(recorded.glob("*/*proofs.jsonl")):
        roots = _roots(path.parent)
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            whose, slots, height = entry["params"]
            numbers = [int(slot, 16) for slot in slots]
            proven = verify_get_proof(roots[int(height, 16)], bytes.fromhex(whose[2:]), numbers, entry["result"])
            assert set(proven.storage) == set(numbers)
            count += 1
            absent += proven.account is None
            empty_slots += sum(value == 0 for value in proven.storage.values())
            other = roots[0] if roots[int(height, 16)] != roots[0] else roots[max(roots)]
            if other != roots[int(height, 16)]:
                with pytest.raises(WireError):
                    verify_get_proof(other, bytes.fromhex(whose[2:]), numbers, entry["result"])
    assert count > 150
    assert absent > 5
    assert empty_slots > 20


def test_genuine_public_answers(shared_vectors: Path) -> None:
    data = json.loads((shared_vectors / "consensus" / "eth_getproof.json").read_text())
    checked = refused = 0
    for vector in data["vectors"]:
        response = vector["response"]
        if "stateRoot" in vector:
            root, whose = bytes.fromhex(vector["stateRoot"][2:]), bytes.fromhex(response["address"][2:])
            slots = [int(entry["key"], 16) for entry in response["storageProof"]]
            proven = verify_get_proof(root, whose, slots, response)
            assert proven.account is not None
            assert proven.account.balance == int(response["balance"], 16)
            checked += 1
            continue
        root = bytes.fromhex(response["storageHash"][2:])
        for entry in response["storageProof"]:
            nodes = [bytes.fromhex(node[2:]) for node in entry["proof"]]
            if vector["storage_verifies"]:
                assert verify_storage(root, int(entry["key"], 16), nodes) == int(entry["value"], 16)
                checked += 1
            else:
                with pytest.raises(ProofError):
                    verify_storage(root, int(entry["key"], 16), nodes)
                refused += 1
    assert checked >= 7
    assert refused >= 1


def test_genesis_state_of_a_goquorum_chain(shared_vectors: Path) -> None:
    data = json.loads((shared_vectors / "consensus" / "ibft1_genesis_state_proofs.json").read_text())
    root = bytes.fromhex(data["stateRoot"][2:])
    for case in data["proofs"]:
        proven = verify_get_proof(
            root,
            bytes.fromhex(case["address"][2:]),
            [5],
            {**case, "storageProof": [{"key": "0x5", "value": "0x0", "proof": []}]},
        )
        assert (proven.account is not None) == case["present"]
        assert proven.storage == {5: 0}


def test_validator_contract_storage(shared_vectors: Path) -> None:
    data = json.loads((shared_vectors / "consensus" / "qbft_validator_contract_storage.json").read_text())
    first = int.from_bytes(keccak256(bytes(32)), "big")
    count = 0
    for case in data["cases"]:
        if not isinstance(case["contracts"], list):
            continue
        for contract in case["contracts"]:
            proof, length = contract["proof"], contract["array_length"]
            slots = [0, *(first + index for index in range(length + 1))]
            whose = bytes.fromhex(proof["address"][2:])
            proven = verify_get_proof(bytes.fromhex(case["stateRoot_derived"][2:]), whose, slots, proof)
            assert proven.storage[0] == length
            found = [f"0x{proven.storage[first + index]:040x}" for index in range(length)]
            assert found == contract["validators_raw_order"]
            assert proven.storage[first + length] == 0
            count += 1
    assert count == 4


def test_what_is_tolerated() -> None:
    expected = {0: 4, 1: 2**256 - 1, 2**255: 0x1234, 77: 0}
    proven = verify_get_proof(STATE.root, WHO, list(expected), answer())
    assert proven.account == ACCOUNT
    assert proven.storage == expected
    turned = answer(slots=(77, 2**255, 1, 0))
    assert verify_get_proof(STATE.root, WHO, list(expected), turned) == proven
    padded = answer()
    for entry in padded["storageProof"]:
        entry["key"] = f"0x{int(entry['key'], 16):064x}"
    assert verify_get_proof(STATE.root, WHO, list(expected), padded) == proven
    doubled = answer(slots=(0, 0, 1, 2**255, 77))
    assert verify_get_proof(STATE.root, WHO, list(expected), doubled) == proven
    more = verify_get_proof(STATE.root, WHO, [1], answer())
    assert more.storage == {1: 2**256 - 1}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"storageHash": "0x" + "00" * 32, "codeHash": "0x" + "00" * 32},
        {"storageProof": [{"key": "0x1", "value": "0x0", "proof": []}]},
    ],
)
def test_missing_accounts(changes: dict) -> None:
    proven = verify_get_proof(STATE.root, b"\x99" * 20, [1, 2], absent_answer(**changes))
    assert proven.account is None
    assert proven.storage == {1: 0, 2: 0}


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "0x1"},
        {"balance": "0x1"},
        {"codeHash": _hex(keccak256(CODE))},
        {"storageHash": _hex(STORAGE.root)},
        {"storageProof": [{"key": "0x0", "value": "0x5", "proof": []}]},
    ],
)
def test_claims_about_missing_accounts(changes: dict) -> None:
    with pytest.raises(ProofMismatchError):
        verify_get_proof(STATE.root, b"\x99" * 20, [], absent_answer(**changes))


@pytest.mark.parametrize("nodes", [["0xdeadbeef"], ["0x80", "0x80"], _slot_entry(0)["proof"]])
def test_nodes_for_slots_of_missing_accounts_are_used_as_well(nodes: list[str]) -> None:
    entry = {"key": "0x0", "value": "0x0", "proof": nodes}
    with pytest.raises(ProofError):
        verify_get_proof(STATE.root, b"\x99" * 20, [0], absent_answer(storageProof=[entry]))
    entry["proof"] = ["0x80"]
    assert verify_get_proof(STATE.root, b"\x99" * 20, [0], absent_answer(storageProof=[entry])).storage == {0: 0}


def test_a_missing_proof_is_never_absence() -> None:
    """GoQuorum answers [] for a missing account of an old state; that proves nothing unless the state is empty."""
    for nodes in ([], ["0x80"], ["0x"], absent_answer()["accountProof"][:-1]):
        with pytest.raises(ProofError):
            verify_get_proof(STATE.root, b"\x99" * 20, [], absent_answer(accountProof=nodes))
    assert verify_get_proof(EMPTY_ROOT, b"\x99" * 20, [], absent_answer(accountProof=[])).account is None
    broken = answer()
    broken["storageProof"][3]["proof"] = []
    with pytest.raises(ProofError):
        verify_get_proof(STATE.root, WHO, [0], broken)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "0x4"},
        {"balance": "0x1"},
        {"storageHash": _hex(EMPTY_ROOT)},
        {"codeHash": _hex(EMPTY_CODE)},
        {"address": "0x" + "99" * 20},
        {"storageProof": [_slot_entry(0, 5), _slot_entry(1)]},
        {"storageProof": [_slot_entry(0), _slot_entry(1), {**_slot_entry(0), "value": "0x5"}]},
        {"storageProof": [_slot_entry(0)]},
        {"storageProof": [{**_slot_entry(0), "key": "0x1"}]},
    ],
)
def test_claims_that_differ_from_what_is_proven(changes: dict) -> None:
    with pytest.raises((ProofMismatchError, ProofError)):
        verify_get_proof(STATE.root, WHO, [0, 1], answer(**changes))


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {},
        answer(accountProof=None),
        answer(accountProof="0x"),
        answer(accountProof=["zz"]),
        answer(accountProof=[1]),
        answer(accountProof=["0x123"]),
        answer(nonce=3),
        answer(nonce="0x" + "1" * 17),
        answer(storageHash="0x"),
        answer(codeHash="0x" + "00" * 31),
        answer(address="0x11"),
        answer(storageProof={}),
        answer(storageProof=[1]),
        answer(storageProof=[{"key": "0x", "value": "0x0", "proof": []}]),
        answer(storageProof=[{"key": "0x" + "1" * 65, "value": "0x0", "proof": []}]),
        answer(storageProof=[{"key": "0x0", "value": "0x0"}]),
        answer(storageProof=[{"key": "0x0", "proof": []}]),
        answer(storageProof=[{"key": "0x0", "value": "0x0", "proof": ["0x"] * 130}]),
        answer(storageProof=[{"key": hex(slot), "value": "0x0", "proof": []} for slot in range(2049)]),
    ],
)
def test_malformed_answers(broken: object) -> None:
    with pytest.raises(WireError):
        parse_get_proof(broken)


def test_parsing_believes_nothing_and_keeps_all() -> None:
    got = parse_get_proof(answer(nonce="0x9"))
    assert got.address == WHO
    assert got.claimed.nonce == 9
    assert got.slots[2**255].value == 0x1234
    assert list(got.slots) == [0, 1, 2**255, 77]


def test_code() -> None:
    verify_code(ACCOUNT, CODE)
    verify_code(PLAIN, b"")
    for code in (b"", CODE + b"\0"):
        with pytest.raises(CodeMismatchError):
            verify_code(ACCOUNT, code)


@pytest.mark.parametrize(
    "leaf",
    [
        b"\x83abc",
        rlp.encode([b"", b"", EMPTY_ROOT]),
        rlp.encode([b"", b"", EMPTY_ROOT, EMPTY_CODE, b""]),
        rlp.encode([b"\0", b"", EMPTY_ROOT, EMPTY_CODE]),
        rlp.encode([b"\1" * 9, b"", EMPTY_ROOT, EMPTY_CODE]),
        rlp.encode([b"", b"\1" * 33, EMPTY_ROOT, EMPTY_CODE]),
        rlp.encode([b"", b"", EMPTY_ROOT[:31], EMPTY_CODE]),
        rlp.encode([b"", b"", EMPTY_ROOT, b""]),
        rlp.encode([b"", [], EMPTY_ROOT, EMPTY_CODE]),
        PLAIN.encode() + b"\0",
        bytes(200),
    ],
)
def test_malformed_account_leaves(leaf: bytes) -> None:
    state = secure_trie([(WHO, leaf)])
    with pytest.raises(WireError):
        verify_account(state.root, WHO, state.prove(keccak256(WHO)))


@pytest.mark.parametrize("leaf", [b"\x80", b"\0", b"\x81\5", b"\x82\0\5", b"\xa1" + b"\1" * 33, b"\xc0", b"\5\5"])
def test_malformed_storage_leaves(leaf: bytes) -> None:
    storage = secure_trie([(bytes(32), leaf)])
    with pytest.raises(WireError):
        verify_storage(storage.root, 0, storage.prove(keccak256(bytes(32))))


def test_leaves_above_full_depth_prove_nothing() -> None:
    node = rlp.encode([b"\x20\x12", PLAIN.encode()])
    with pytest.raises(ProofError):
        verify_account(keccak256(node), WHO, [node])
    with pytest.raises(ProofError):
        verify_storage(keccak256(node), 0, [node])


def test_arguments_out_of_range() -> None:
    for slot in (-1, 2**256):
        with pytest.raises(LimitError):
            verify_storage(EMPTY_ROOT, slot, [])
    with pytest.raises(WireError):
        verify_account(EMPTY_ROOT[:31], WHO, [])
    with pytest.raises(WireError):
        verify_account(EMPTY_ROOT, WHO + b"\0", [])
    with pytest.raises(WireError):
        verify_storage(b"", 0, [])


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.data())
def test_a_changed_answer_never_proves_anything_else(data: st.DataObject) -> None:
    """One hex digit of one text changes anywhere: it is refused, or shows just the same."""
    slots = [0, 1, 2**255, 77]
    expected = verify_get_proof(STATE.root, WHO, slots, answer())
    changed = copy.deepcopy(answer())
    holder, key = _some_text(changed, data)
    text = holder[key]
    at = data.draw(st.integers(0, len(text) - 1))
    how = data.draw(st.integers(0, 2))
    digit = data.draw(st.sampled_from("0123456789abcdefx"))
    holder[key] = text[:at] + digit * (how != 1) + text[at + (how != 2) :]
    with contextlib.suppress(LightNodeError):
        assert verify_get_proof(STATE.root, WHO, slots, changed) == expected


def _some_text(value, data: st.DataObject):
    while True:
        keys = sorted(value) if isinstance(value, dict) else list(range(len(value)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], str):
            return value, key
        value = value[key]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["0x", "0x0", "0x" + "00" * 32]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.sampled_from(sorted(answer())), JSON_VALUES)
def test_only_our_errors_escape(name: str, value: object) -> None:
    try:
        verify_get_proof(STATE.root, WHO, [0], answer(**{name: value}))
    except LightNodeError:
        return
