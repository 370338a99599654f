"""Each bug that verifiers of others had (consensus notes 4.5 to 4.7), as a test that names it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import LightNodeError
from lightnode.proofs.block_body import ProvenBody, prove_body, prove_receipts
from lightnode.proofs.errors import (
    BodyReceiptsError,
    BodyTransactionsError,
    CodeUnprovenError,
    InclusionError,
    ProvingError,
    StateUnprovenError,
)
from lightnode.proofs.inclusion import CountProof, Inclusion, cut_count, cut_inclusion, verify_count, verify_inclusion
from lightnode.proofs.routes import ProofRoute
from lightnode.proofs.state import ProvenState, prove_code, prove_state
from lightnode.rpc.errors import MissingAnswerError, RefusedError
from lightnode.wire import rlp
from lightnode.wire.account_proof import EMPTY_CODE, Account
from lightnode.wire.keccak import keccak256
from lightnode.wire.receipt import Log, Receipt, bloom_of
from lightnode.wire.trie import EMPTY_ROOT, ProofError, Trie, index_key, ordered_trie, secure_trie, verify_proof
from lightnode.wire.types import Address, Hash32
from tests.support.made_block import made_header
from tests.support.recorded_server import RecordedServer, verified

WHO = Address(b"\x11" * 20)
STRANGER = Address(b"\x99" * 20)
CODE = b"\x60\x00"
WORDS = {0: 4, 0x1F: 2**256 - 1, 2**255: 0x1234}


def word_key(slot: int) -> bytes:
    return slot.to_bytes(32, "big")


STORAGE = secure_trie(
    [(word_key(slot), rlp.encode(rlp.encode_uint(word))) for slot, word in WORDS.items()]
    + [(word_key(1000 + at), b"\5") for at in range(60)]
)
ACCOUNT = Account(3, 10**18, STORAGE.root, keccak256(CODE))
STATE = secure_trie(
    [(WHO, ACCOUNT.encode())] + [(bytes([at]) * 20, Account(0, 1, EMPTY_ROOT, EMPTY_CODE).encode()) for at in range(32, 96)]
)  # fmt: skip


@pytest.fixture(scope="module")
def header() -> VerifiedHeader:
    """A verified header whose stateRoot is that of `STATE`."""
    return made_header(state_root=STATE.root)


def shown(data: bytes) -> str:
    return "0x" + data.hex()


def entry(slot: int, **changes: Any) -> dict[str, Any]:
    nodes = [shown(node) for node in STORAGE.prove(keccak256(word_key(slot)))]
    return {"key": hex(slot), "value": hex(WORDS.get(slot, 0)), "proof": nodes} | changes


def answer(*slots: int, **changes: Any) -> dict[str, Any]:
    return {
        "address": shown(WHO), "accountProof": [shown(node) for node in STATE.prove(keccak256(WHO))], "nonce": "0x3",
        "balance": hex(10**18), "storageHash": shown(STORAGE.root), "codeHash": shown(keccak256(CODE)),
        "storageProof": [entry(slot) for slot in slots],
    } | changes  # fmt: skip


def absent(**changes: Any) -> dict[str, Any]:
    return {
        "address": shown(STRANGER), "accountProof": [shown(node) for node in STATE.prove(keccak256(STRANGER))],
        "nonce": "0x0", "balance": "0x0", "storageHash": shown(EMPTY_ROOT), "codeHash": shown(EMPTY_CODE),
        "storageProof": [],
    } | changes  # fmt: skip


def refused(header: VerifiedHeader, given: Any, *slots: int, account: Address = WHO) -> None:
    with pytest.raises(StateUnprovenError) as failure:
        prove_state(header, account, slots, given)
    assert failure.value.height == header.height


def fixed(key: bytes, *nodes: Any) -> tuple[bytes, list[bytes]]:
    """Encode nodes, each of which names the next by the marker None; give the root and the encodings."""
    encoded: list[bytes] = []
    for node in reversed(nodes):
        digest = keccak256(encoded[0]) if encoded else b""
        encoded.insert(0, rlp.encode([digest if item is None else item for item in node]))
    return keccak256(encoded[0]), encoded


# State proofs: what shows absence, and what does not


def test_chainsecurity_2025_a_missing_next_node_is_no_exclusion(header: VerifiedHeader) -> None:
    """ "Empty means valid": a verifier that stops where the next node was left out proves anything absent."""
    nodes = answer()["accountProof"]
    assert len(nodes) >= 2
    nothing = {"nonce": "0x0", "balance": "0x0", "storageHash": shown(EMPTY_ROOT), "codeHash": shown(EMPTY_CODE)}
    for cut in range(len(nodes)):
        refused(header, answer(accountProof=nodes[:cut], **nothing))
        refused(header, answer(accountProof=[*nodes[:cut], "0x80"], **nothing))
    whole = entry(0)["proof"]
    for cut in range(len(whole)):
        refused(header, answer(storageProof=[entry(0, value="0x0", proof=whole[:cut])]), 0)


def test_polytope_labs_39_no_depth_turns_into_absence() -> None:
    """A depth cap that gives "empty": the deepest path that 32-byte keys can have is walked to its end."""
    deepest = bytes(32)
    siblings = []
    for nibble in range(64):
        other = bytearray(deepest)
        other[nibble // 2] ^= 1 << (0 if nibble % 2 else 4)
        siblings.append(bytes(other))
    trie = Trie.from_items([(deepest, b"v" * 40), *((key, b"w" * 40) for key in siblings)])
    proof = trie.prove(deepest)
    assert len(proof) == 65
    assert verify_proof(trie.root, deepest, proof, fixed_width=True) == b"v" * 40
    for cut in range(65):
        with pytest.raises(ProofError):
            verify_proof(trie.root, deepest, proof[:cut], fixed_width=True)


def test_optimism_4845_a_short_node_never_passes_for_a_hashed_one() -> None:
    """A node of less than 32 bytes that is given on its own behind a reference, and a value that looks like a node."""
    short = [b"\x32", b"v"]
    branch: list[Any] = [b""] * 17
    branch[15] = keccak256(b"another")
    branch[1] = None
    root, nodes = fixed(b"\x12", branch, short)
    with pytest.raises(ProofError):
        verify_proof(root, b"\x12", nodes)
    # A reference of another width is none, in the slot of the path and beside it.
    for slot, width in ((1, 31), (1, 33), (2, 31), (9, 1)):
        branch = [b""] * 17
        branch[slot] = b"\x99" * width
        root, nodes = fixed(b"\x12", branch)
        with pytest.raises(ProofError):
            verify_proof(root, b"\x12", nodes)
    # The bytes of a node as the value of a leaf stay a value.
    inner = rlp.encode([b"\x20\x34", b"forged"])
    root, nodes = fixed(b"\x12", [b"\x20\x12", inner])
    assert verify_proof(root, b"\x12", nodes) == inner
    assert verify_proof(root, b"\x12\x34", nodes) is None
    with pytest.raises(ProofError):
        verify_proof(root, b"\x12\x34", [*nodes, inner])


def test_opbnb_114_nodes_inside_their_parent_are_followed() -> None:
    """A trie of short values keeps nodes of less than 32 bytes inside their parents; genuine proofs hold them so."""
    items = {bytes([at, other]): bytes([at + 1]) for at in range(4) for other in range(4)}
    trie = Trie.from_items(items.items())
    inside = 0
    for key, value in items.items():
        proof = trie.prove(key)
        assert verify_proof(trie.root, key, proof) == value
        # Path of four nibbles: fewer nodes than steps means that some stood inside.
        inside += len(proof) < 3
    assert inside == len(items)
    assert verify_proof(trie.root, b"\x09\x09", trie.prove(b"\x09\x09")) is None


def test_aeternity_11_every_node_is_hashed(header: VerifiedHeader) -> None:
    nodes = [bytes.fromhex(node[2:]) for node in answer()["accountProof"]]
    richer = Account(3, 10**30, STORAGE.root, keccak256(CODE))
    leaf = rlp.decode_list(nodes[-1])
    forged = [*nodes[:-1], rlp.encode([leaf[0], richer.encode()])]
    refused(header, answer(accountProof=[shown(node) for node in forged], balance=hex(10**30)))


def test_alloy_trie_15_the_first_divergent_node_is_demanded(header: VerifiedHeader) -> None:
    """Absence shown by the parents alone: the leaf that goes another way must be there."""
    who = next(
        Address(at.to_bytes(20, "big")) for at in range(1, 4000)
        if len(rlp.decode_list(STATE.prove(keccak256(at.to_bytes(20, "big")))[-1])) == 2
    )  # fmt: skip
    nodes = [shown(node) for node in STATE.prove(keccak256(who))]
    given = absent(address=shown(who), accountProof=nodes)
    assert prove_state(header, who, [], given).account is None
    refused(header, given | {"accountProof": nodes[:-1]}, account=who)


def test_extra_nodes_are_refused(header: VerifiedHeader) -> None:
    nodes = answer()["accountProof"]
    other = [shown(node) for node in STATE.prove(keccak256(b"\x20" * 20))]
    for extra in ([*nodes, other[-1]], [*nodes, nodes[-1]], [nodes[0], *nodes], [*nodes, "0x80"], [*nodes, "0x"]):
        refused(header, answer(accountProof=extra))
    refused(header, answer(storageProof=[entry(0, proof=[*entry(0)["proof"], "0x80"])]), 0)


@pytest.mark.parametrize("proof", [[], ["0x80"]])
def test_the_empty_root_is_shown_by_no_node_or_by_80(proof: list[str]) -> None:
    plain = Account(0, 1, EMPTY_ROOT, EMPTY_CODE)
    state = secure_trie([(WHO, plain.encode())])
    given = answer(
        accountProof=[shown(node) for node in state.prove(keccak256(WHO))], nonce="0x0", balance="0x1",
        storageHash=shown(EMPTY_ROOT), codeHash=shown(EMPTY_CODE),
        storageProof=[{"key": "0x0", "value": "0x0", "proof": proof}],
    )  # fmt: skip
    under = made_header(state_root=state.root)
    assert prove_state(under, WHO, [0], given).absent_slots == (0,)
    given["storageProof"][0]["value"] = "0x1"
    refused(under, given, 0)


@pytest.mark.parametrize("proof", [["0x"], ["0x80", "0x80"], ["0xc0"], ["0x00"]])
def test_the_empty_root_is_shown_by_nothing_else(proof: list[str]) -> None:
    with pytest.raises(ProofError):
        verify_proof(EMPTY_ROOT, bytes(32), [bytes.fromhex(node[2:]) for node in proof], fixed_width=True)


@pytest.mark.parametrize("proof", [[], [b"\x80"]])
def test_no_node_and_80_show_nothing_under_another_root(proof: list[bytes]) -> None:
    with pytest.raises(ProofError):
        verify_proof(STATE.root, keccak256(STRANGER), proof, fixed_width=True)


def test_an_extension_that_diverges_shows_absence_and_is_demanded() -> None:
    """All keys share a beginning, so that the root is an extension; a key with another beginning is absent by it."""
    items = [(bytes([0x12, 0x34, at]) + bytes(29), b"v" * 40) for at in range(3)]
    trie = Trie.from_items(items)
    elsewhere = bytes([0x12, 0x35]) + bytes(30)
    proof = trie.prove(elsewhere)
    assert len(proof) == 1
    assert len(rlp.decode_list(proof[0])) == 2
    assert verify_proof(trie.root, elsewhere, proof, fixed_width=True) is None
    with pytest.raises(ProofError):
        verify_proof(trie.root, elsewhere, [], fixed_width=True)
    # Where the path goes along with the extension, it alone shows nothing.
    with pytest.raises(ProofError):
        verify_proof(trie.root, items[0][0], proof, fixed_width=True)


def test_a_branch_of_a_secure_trie_holds_no_value() -> None:
    branch: list[Any] = [b""] * 16 + [b"v"]
    branch[15] = keccak256(b"another")
    root, nodes = fixed(b"", branch)
    for key in (bytes(32), b"\xf0" + bytes(31)):
        with pytest.raises(ProofError):
            verify_proof(root, key, nodes, fixed_width=True)


# State proofs: leaves, keys, claims


@pytest.mark.parametrize(
    "leaf",
    [b"\x00", b"\x80", b"\x81\x04", b"\x82\x00\x04", b"\xb8\x01\x04", b"\x04\x00", b"\xc1\x04", b"\xa1" + b"\1" * 33, b"\xc0"],
)  # fmt: skip
def test_a_word_that_is_not_canonical_rlp_is_refused(leaf: bytes) -> None:
    """Also one of zero: a slot set to zero is taken out of the trie, so that no leaf can hold it."""
    storage = secure_trie([(word_key(0), leaf)])
    state = secure_trie([(WHO, Account(3, 10**18, storage.root, keccak256(CODE)).encode())])
    given = answer(
        accountProof=[shown(node) for node in state.prove(keccak256(WHO))], storageHash=shown(storage.root),
        storageProof=[{"key": "0x0", "value": "0x4", "proof": [shown(node) for node in storage.prove(keccak256(word_key(0)))]}],
    )  # fmt: skip
    for value in ("0x4", "0x0", "0x104"):
        given["storageProof"][0]["value"] = value
        refused(made_header(state_root=state.root), given, 0)


@pytest.mark.parametrize(
    "leaf",
    [
        rlp.encode([b"\0", b"\1", STORAGE.root, EMPTY_CODE]), rlp.encode([b"\1", b"\0\1", STORAGE.root, EMPTY_CODE]),
        rlp.encode([b"\1", b"\1", STORAGE.root[:31], EMPTY_CODE]), rlp.encode([b"\1", b"\1", STORAGE.root]),
        rlp.encode([b"\1", b"\1", STORAGE.root, EMPTY_CODE, b""]), rlp.encode([b"\1", b"\1", STORAGE.root, []]),
        rlp.encode([b"\1", b"\1", STORAGE.root, EMPTY_CODE]) + b"\0", b"\x80", rlp.encode(b"\1" * 70),
    ],
)  # fmt: skip
def test_an_account_that_is_not_canonical_is_refused(leaf: bytes) -> None:
    state = secure_trie([(WHO, leaf)])
    nodes = [shown(node) for node in state.prove(keccak256(WHO))]
    refused(made_header(state_root=state.root), answer(accountProof=nodes, nonce="0x1", balance="0x1"))


def test_besu_prints_keys_trimmed_sorted_and_once(header: VerifiedHeader) -> None:
    """Slots are matched by number: asked for twice, padded and unsorted, answered once, trimmed and in order."""
    slots = [2**255, 0x1F, 0, 0x1F, 77]
    given = answer(*sorted(set(slots)))
    proven = prove_state(header, WHO, slots, given)
    assert dict(proven.storage) == {slot: WORDS.get(slot, 0) for slot in slots}
    assert proven.absent_slots == (77,)
    by_position = answer(0, 77)
    by_position["storageProof"][0]["key"], by_position["storageProof"][1]["key"] = hex(77), hex(0)
    refused(header, by_position, 0, 77)


def test_goquorum_prints_keys_as_asked_and_each(header: VerifiedHeader) -> None:
    given = answer(0, 0x1F, 0)
    for one in given["storageProof"]:
        one["key"] = shown(word_key(int(one["key"], 16)))
    assert dict(prove_state(header, WHO, [0, 0x1F], given).storage) == {0: 4, 0x1F: 2**256 - 1}


def test_key_zero_padding_names_the_same_slot(header: VerifiedHeader) -> None:
    for key in ("0x1f", "0x01f", "0x" + "0" * 62 + "1f"):
        assert prove_state(header, WHO, [0x1F], answer(storageProof=[entry(0x1F, key=key)])).storage == {
            0x1F: 2**256 - 1
        }
    # A slot is hashed as 32 bytes; the hash of the short form is another key.
    short = keccak256(b"\x1f")
    assert STORAGE.prove(short) != STORAGE.prove(keccak256(word_key(0x1F)))
    assert verify_proof(STORAGE.root, short, STORAGE.prove(short), fixed_width=True) is None


def test_besu_answers_a_missing_account_without_slots(header: VerifiedHeader) -> None:
    """A zero account with an EMPTY storageProof, whatever slots were asked for; only its nodes prove anything."""
    proven = prove_state(header, STRANGER, [0, 5], absent())
    assert proven.account is None
    assert dict(proven.storage) == {0: 0, 5: 0}
    assert proven.code_hash == EMPTY_CODE
    assert (proven.height, proven.block_hash, proven.time) == (
        header.height,
        header.block_hash,
        header.header.timestamp,
    )
    refused(header, absent(accountProof=[]), 0, account=STRANGER)
    # An account that is there is not missing because an answer says so.
    refused(header, absent(address=shown(WHO), accountProof=answer()["accountProof"]), 0)
    # Its slots are not zero because an answer leaves them out.
    refused(header, answer(), 0)
    refused(header, answer(0), 0, 5)


def test_besu_prints_0x0_for_an_absent_word(header: VerifiedHeader) -> None:
    assert prove_state(header, WHO, [77], answer(77)).absent_slots == (77,)
    refused(header, answer(storageProof=[entry(0, value="0x0")]), 0)
    refused(header, answer(storageProof=[entry(77, value="0x1")]), 77)


def test_storage_root_and_code_hash_come_from_the_leaf(header: VerifiedHeader) -> None:
    """An answer whose storage is of another contract, with that contract's storageHash printed beside it."""
    other = secure_trie([(word_key(0), b"\x63")])
    stranger = {"key": "0x0", "value": "0x63", "proof": [shown(node) for node in other.prove(keccak256(word_key(0)))]}
    refused(header, answer(storageHash=shown(other.root), storageProof=[stranger]), 0)
    refused(header, answer(storageProof=[stranger]), 0)
    refused(header, answer(codeHash=shown(keccak256(b"other"))))
    state = prove_state(header, WHO, [], answer())
    assert prove_code(state, CODE) == CODE
    for wrong in (b"", CODE + b"\0", b"other"):
        with pytest.raises(CodeUnprovenError):
            prove_code(state, wrong)
    missing = prove_state(header, STRANGER, [], absent())
    assert prove_code(missing, b"") == b""
    with pytest.raises(CodeUnprovenError):
        prove_code(missing, CODE)


@pytest.mark.parametrize("slot", [-1, 2**256])
def test_there_is_no_such_slot(header: VerifiedHeader, slot: int) -> None:
    """Not even of a missing account, all of whose slots hold nothing; nobody is asked about it."""
    refused(header, absent(), slot, account=STRANGER)
    with pytest.raises(StateUnprovenError):
        ProofRoute(Saying()).state(header, WHO, [slot])


def test_a_proof_of_another_account_is_refused(header: VerifiedHeader) -> None:
    refused(header, answer(), account=STRANGER)
    refused(header, answer(address=shown(STRANGER)), account=STRANGER)
    refused(header, absent(address=shown(WHO)))


# What a node says instead of an answer


class Saying:
    """A node that says one thing to each method."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def call(self, method: str, params: Any = ()) -> Any:
        given = self.answers[method]
        if isinstance(given, Exception):
            raise given
        return given


@pytest.mark.parametrize("given", [None, {}, [], "0x", "0x0", {"accountProof": []}, False])
def test_besu_6926_null_and_defaults_are_no_state(header: VerifiedHeader, given: Any) -> None:
    """Over its limit of kept states Besu may answer null or a default as a success."""
    with pytest.raises(StateUnprovenError):
        ProofRoute(Saying(eth_getProof=given)).state(header, WHO, [0])


@pytest.mark.parametrize("given", [None, "0x", "0x0", [], 7])
def test_besu_6926_null_and_defaults_are_no_code(header: VerifiedHeader, given: Any) -> None:
    with pytest.raises(CodeUnprovenError):
        ProofRoute(Saying(eth_getProof=answer(), eth_getCode=given)).code(header, WHO)


def test_an_error_answer_is_told_apart_from_absence(header: VerifiedHeader) -> None:
    pruned = RefusedError(-32000, "World state unavailable")
    with pytest.raises(RefusedError):
        ProofRoute(Saying(eth_getProof=pruned)).state(header, WHO, [0])
    with pytest.raises(RefusedError):
        ProofRoute(Saying(eth_getProof=answer(), eth_getCode=pruned)).code(header, WHO)
    assert ProofRoute(Saying(eth_getProof=answer(), eth_getCode=shown(CODE))).code(header, WHO) == CODE
    # What is proven to have no code is not asked for it.
    assert ProofRoute(Saying(eth_getProof=absent())).code(header, STRANGER) == b""


def test_null_for_a_block_or_receipts_is_no_empty_body() -> None:
    network = "besu-qbft-votes-london"
    server, known = RecordedServer(network), verified(network)
    height = next(iter(server.receipts))
    block, receipts = server.blocks[height], server.receipts[height]
    for given in (
        {"eth_getBlockByNumber": None}, {"eth_getBlockByNumber": block, "eth_getBlockReceipts": None},
        {"eth_getBlockByNumber": block, "eth_getBlockReceipts": [None] * len(receipts)},
    ):  # fmt: skip
        with pytest.raises(MissingAnswerError):
            ProofRoute(Saying(**given)).body(known[height])
    with pytest.raises(BodyTransactionsError):
        ProofRoute(Saying(eth_getBlockByNumber=block | {"transactions": []}, eth_getBlockReceipts=[])).body(
            known[height]
        )
    with pytest.raises(BodyReceiptsError):
        ProofRoute(Saying(eth_getBlockByNumber=block, eth_getBlockReceipts=[])).body(known[height])


# Receipts and transactions


def block_of(receipts: list[Receipt]) -> tuple[VerifiedHeader, ProvenBody]:
    """Make a block of so many transactions with these receipts."""
    raws = tuple(rlp.encode([rlp.encode_uint(at), b"made"]) for at in range(len(receipts)))
    header = made_header(
        transactions_root=ordered_trie(raws).root, receipts_root=ordered_trie([one.encode() for one in receipts]).root,
        logs_bloom=bloom_of(log for one in receipts for log in one.logs),
    )  # fmt: skip
    return header, ProvenBody(header, raws, tuple(receipts))


def printed(receipt: Receipt, **changes: Any) -> dict[str, Any]:
    status = receipt.status_or_root
    first = {"status": hex(status)} if isinstance(status, int) else {"root": shown(status)}
    logs = [{"address": shown(log.address), "topics": [shown(topic) for topic in log.topics], "data": shown(log.data)}
            for log in receipt.logs]  # fmt: skip
    return {
        **first, "cumulativeGasUsed": hex(receipt.cumulative_gas_used), "logsBloom": shown(receipt.logs_bloom),
        "logs": logs, "type": hex(receipt.type), **changes,
    }  # fmt: skip


LOGS = (Log(WHO, (Hash32(b"\5" * 32),), b"data"),)


def test_typed_receipts_stand_behind_their_type_byte_and_are_not_wrapped() -> None:
    """EIP-2718: the value is the type byte and the list, as it is; types 1 to 4, and 0 without a byte."""
    receipts = [Receipt(kind, 1, 21000 * (kind + 1), bloom_of(LOGS), LOGS) for kind in range(5)]
    header, body = block_of(receipts)
    given = [printed(one) for one in receipts]
    assert prove_receipts(header, body.transactions, given, private_marks=False) == tuple(receipts)
    for kind in range(5):
        wrong = copy.deepcopy(given)
        wrong[kind]["type"] = hex((kind + 1) % 5)
        with pytest.raises(BodyReceiptsError):
            prove_receipts(header, body.transactions, wrong, private_marks=False)
    wrapped = [one.encode() if not one.type else rlp.encode(one.encode()) for one in receipts]
    other = made_header(
        transactions_root=header.header.transactions_root, receipts_root=ordered_trie(wrapped).root,
        logs_bloom=header.header.logs_bloom,
    )  # fmt: skip
    with pytest.raises(BodyReceiptsError):
        prove_receipts(other, body.transactions, given, private_marks=False)


def test_receipts_before_byzantium_hold_a_state_root() -> None:
    receipts = [Receipt(0, Hash32(bytes([at]) * 32), 21000 * at, bytes(256), ()) for at in range(1, 4)]
    header, body = block_of(receipts)
    given = [printed(one) for one in receipts]
    found = prove_receipts(header, body.transactions, given, private_marks=True)
    assert found == tuple(receipts)
    assert [one.succeeded for one in found] == [None] * 3
    for change in ({"status": "0x1"}, {"root": None}, {"root": None, "status": "0x1"}, {"root": shown(b"\x09" * 32)}):
        with pytest.raises(BodyReceiptsError):
            prove_receipts(header, body.transactions, [*given[:2], given[2] | change], private_marks=True)


def test_the_reason_of_a_revert_is_no_part_of_a_receipt() -> None:
    """Besu prints `revertReason` and keeps it out of the trie."""
    receipts = [Receipt(0, 0, 21000, bytes(256), ())]
    header, body = block_of(receipts)
    for reason in ("0x08c379a0", None, "no hex", 7):
        given = [printed(receipts[0], revertReason=reason, gasUsed="0x1", contractAddress=shown(WHO))]
        assert prove_receipts(header, body.transactions, given, private_marks=False) == tuple(receipts)


def test_keys_of_index_127_and_128_differ_in_length() -> None:
    """RLP of the index: 0x80 for 0, one byte up to 127, two from 128 on."""
    assert [index_key(at) for at in (0, 1, 127, 128)] == [b"\x80", b"\1", b"\x7f", b"\x81\x80"]
    receipts = [Receipt(0, 1, 21000 * (at + 1), bytes(256), ()) for at in range(130)]
    header, body = block_of(receipts)
    for index in (0, 1, 127, 128, 129):
        cut = cut_inclusion(body, index)
        assert verify_inclusion(header, cut).receipt == receipts[index]
        for other in (0, 1, 127, 128, 129):
            if other != index:
                with pytest.raises(InclusionError):
                    verify_inclusion(header, Inclusion(other, cut.transaction_nodes, cut.receipt_nodes))
    assert verify_count(header, cut_count(body)) == 130


def test_the_number_of_transactions_is_proven_from_both_sides() -> None:
    header, body = block_of([Receipt(0, 1, 21000 * (at + 1), bytes(256), ()) for at in range(20)])
    trie, good = ordered_trie(body.transactions), cut_count(body)
    assert verify_count(header, good) == 20
    nodes = {at: tuple(trie.prove(index_key(at))) for at in range(22)}
    for wrong in (
        CountProof(19, nodes[18], nodes[19]), CountProof(21, nodes[20], nodes[21]), CountProof(20, (), good.beyond_nodes),
        CountProof(20, good.last_nodes, ()), CountProof(0, (), ()), CountProof(0, (), nodes[0]),
        CountProof(0, good.last_nodes, good.beyond_nodes), CountProof(-1, (), ()), CountProof(1 << 600, (), ()),
    ):  # fmt: skip
        with pytest.raises(InclusionError):
            verify_count(header, wrong)
    for index in (-1, 1 << 600):
        with pytest.raises(InclusionError):
            verify_inclusion(header, Inclusion(index, nodes[0], nodes[0]))


def test_the_count_of_an_empty_block_is_proven_without_a_byte_beside() -> None:
    empty = made_header()
    assert verify_count(empty, CountProof(0, (), ())) == 0
    assert verify_count(empty, CountProof(0, (), (b"\x80",))) == 0
    for wrong in (CountProof(0, (b"beside",), ()), CountProof(0, (b"\x80",), ()), CountProof(1, (), ())):
        with pytest.raises(InclusionError):
            verify_count(empty, wrong)


def test_there_are_as_many_receipts_as_transactions_whatever_the_roots_say() -> None:
    receipts = [Receipt(0, 1, 21000 * (at + 1), bytes(256), ()) for at in range(3)]
    header, body = block_of(receipts)
    for count in (2, 4):
        with pytest.raises(BodyReceiptsError):
            prove_receipts(header, [b"\xc0"] * count, [printed(one) for one in receipts], private_marks=False)
    assert prove_receipts(header, body.transactions, [printed(one) for one in receipts], private_marks=False)


def test_a_receipt_is_bound_to_the_transaction_at_its_own_index() -> None:
    """A receipt names no transaction: both are proven under one index, or the outcome could be another's."""
    header, body = block_of([Receipt(0, at % 2, 21000 * (at + 1), bytes(256), ()) for at in range(4)])
    first, second = cut_inclusion(body, 0), cut_inclusion(body, 1)
    for nodes in ((first.transaction_nodes, second.receipt_nodes), (second.transaction_nodes, first.receipt_nodes)):
        for index in (0, 1):
            with pytest.raises(InclusionError):
                verify_inclusion(header, Inclusion(index, *nodes))


def test_logs_held_back_are_noticed_and_so_is_a_whole_receipt() -> None:
    """Completeness: no log and no receipt can be left out, added, or moved."""
    receipts = [Receipt(0, 1, 21000 * (at + 1), bloom_of(LOGS), LOGS) for at in range(3)]
    header, body = block_of(receipts)
    given = [printed(one) for one in receipts]
    silent = printed(Receipt(0, 1, 42000, bytes(256), ()))
    for wrong in (
        given[:2],
        given[1:],
        [*given, given[0]],
        [given[1], given[0], given[2]],
        [given[0], silent, given[2]],
    ):
        with pytest.raises(BodyReceiptsError):
            prove_receipts(header, body.transactions, wrong, private_marks=False)
    assert [log.log_index for log in ProvenBody(header, body.transactions, tuple(receipts)).logs()] == [0, 1, 2]


def test_a_sealed_bloom_that_is_not_that_of_the_logs_is_an_error() -> None:
    receipts = [Receipt(0, 1, 21000, bloom_of(LOGS), LOGS)]
    header, body = block_of(receipts)
    bare = made_header(
        transactions_root=header.header.transactions_root,
        receipts_root=header.header.receipts_root,
        logs_bloom=bytes(256),
    )
    with pytest.raises(BodyReceiptsError):
        prove_receipts(bare, body.transactions, [printed(receipts[0])], private_marks=False)


def test_harmonia_everything_is_held_against_the_header_that_was_verified() -> None:
    """A comparison of headers that leaves out stateRoot, and a commit that is not tied to its header (notes 4.5): a proof
    of one block proves nothing under any other."""
    network = "besu-qbft-votes-london"
    server, known = RecordedServer(network), verified(network)
    first = server.proofs[0]
    height = int(first["params"][2], 16)
    account, slots = Address(bytes.fromhex(first["params"][0][2:])), [int(slot, 16) for slot in first["params"][1]]
    good = prove_state(known[height], account, slots, first["result"])
    assert isinstance(good, ProvenState)
    other = [at for at in known if known[at].header.state_root != known[height].header.state_root]
    assert other
    for at in other:
        with pytest.raises(StateUnprovenError):
            prove_state(known[at], account, slots, first["result"])
    body_height = next(iter(server.receipts))
    entries, receipts = server.blocks[body_height]["transactions"], server.receipts[body_height]
    for at in known:
        if at != body_height:
            with pytest.raises(ProvingError):
                prove_body(known[at], entries, receipts, private_marks=False)


@pytest.mark.parametrize("given", ["nonsense", {"logs": 1}, [[]], [{"type": "0x9"}], [{"status": "0x2"}], [1]])
def test_whatever_is_answered_only_our_errors_escape(header: VerifiedHeader, given: Any) -> None:
    for act in (
        lambda: prove_state(header, WHO, [0], given), lambda: prove_body(header, given, given, private_marks=True),
        lambda: prove_receipts(header, [b"\xc0"], given, private_marks=True),
    ):  # fmt: skip
        with pytest.raises(LightNodeError):
            act()


def test_the_recorded_networks_show_each_quirk() -> None:
    """The answers above are made; these are genuine, of both clients: missing accounts, absent words, trimmed keys."""
    seen: set[str] = set()
    for network in ("besu-qbft-votes-london", "goquorum-qbft-votes"):
        known, client = verified(network), network.split("-")[0]
        for one in RecordedServer(network).proofs:
            whose, slots, height = one["params"]
            numbers = [int(slot, 16) for slot in slots]
            found = prove_state(known[int(height, 16)], Address(bytes.fromhex(whose[2:])), numbers, one["result"])
            keys = [each["key"] for each in one["result"]["storageProof"]]
            seen |= {f"{client} account"} if found.account else {f"{client} no account, {len(keys) > 0}"}
            seen |= {f"{client} absent word" for _ in found.absent_slots if found.account}
            seen |= {f"{client} trimmed" for key in keys if len(key) < 66}
            json.dumps(sorted(found.storage))
    assert {"besu account", "goquorum account", "besu absent word", "goquorum absent word", "besu trimmed"} <= seen
    assert any(each.startswith("besu no account, False") for each in seen), seen
