"""Names of blocks, null, errors, absence of transactions, limits of searches, computed calls, and the halt."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightnode.consensus.errors import ConsensusError
from lightnode.node import log_answers
from lightnode.node.methods import HALTED, NOT_PROVABLE
from lightnode.node.views import Read, ViewContract
from lightnode.serving.refusal import _RpcError
from lightnode.wire import abi
from lightnode.wire.types import Address, Hash32
from tests.support import recorded_networks as recorded
from tests.support.recorded_upstream import Asked, proofs, receipts

NETWORK = "besu-qbft-votes-london"
NOTHING = "0x" + "ab" * 32
NOBODY = "0x" + "77" * 20
BLOCKS: Any = recorded.blocks(NETWORK)
HEAD = len(BLOCKS) - 1


@pytest.fixture
def asked() -> Asked:
    return Asked(NETWORK)


def test_tags_and_numbers(asked: Asked) -> None:
    for tag in ("latest", "safe", "finalized", hex(HEAD)):
        assert asked.get("eth_getBlockByNumber", tag, False)["hash"] == BLOCKS[HEAD]["hash"]
    assert asked.get("eth_getBlockByNumber", "earliest", False)["hash"] == BLOCKS[0]["hash"]
    assert asked.get("eth_blockNumber") == hex(HEAD)
    assert asked.get("eth_chainId") == hex(recorded.config(NETWORK).chain_id)
    assert asked.get("net_version") == str(recorded.config(NETWORK).chain_id)
    assert asked.get("web3_clientVersion") == "Chancery/v9.9"
    assert asked.get("eth_syncing") is False
    assert asked.get("eth_accounts") == []


def test_null_is_said_only_of_what_is_above_the_newest_verified_block() -> None:
    low = Asked(NETWORK, head=5)
    for method, more in (
        ("eth_getBlockByNumber", [False]), ("eth_getBlockReceipts", []), ("eth_getBlockTransactionCountByNumber", []),
        ("eth_getTransactionByBlockNumberAndIndex", ["0x0"]),
    ):  # fmt: skip
        assert low.get(method, "0x6", *more) is None
    assert low.node.asked == []
    # The node knows this block, and nobody has verified it.
    assert low.error("eth_getBlockByHash", BLOCKS[6]["hash"], False).code == NOT_PROVABLE
    assert low.error("eth_getBalance", NOBODY, "0x6").code == NOT_PROVABLE
    assert low.error("eth_getBlockByHash", NOTHING, False).code == NOT_PROVABLE
    assert low.get("eth_getLogs", {"fromBlock": "0x6", "toBlock": "0x7"}) == []


@pytest.mark.parametrize("kind", ["blockHash", "blockNumber"])
def test_objects_of_eip_1898(asked: Asked, kind: str) -> None:
    who, _, height = proofs(NETWORK)[0]["params"]
    block = BLOCKS[height if isinstance(height, int) else int(height, 16)]
    named = {kind: block["hash"] if kind == "blockHash" else block["number"], "requireCanonical": True}
    assert asked.get("eth_getBalance", who, named) == asked.get("eth_getBalance", who, block["number"])


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBalance", []), ("eth_getBalance", [NOBODY, "latest", 1]), ("eth_getBalance", ["0x12", "latest"]),
        ("eth_getBalance", [NOBODY, "newest"]), ("eth_getBalance", [NOBODY, None]), ("eth_getBalance", [NOBODY, 5]),
        ("eth_getBalance", [NOBODY, {}]), ("eth_getBalance", [NOBODY, {"blockHash": NOTHING, "blockNumber": "0x1"}]),
        ("eth_getBalance", [NOBODY, {"blockNumber": "0x1", "more": 1}]), ("eth_getBalance", {"address": NOBODY}),
        ("eth_getBalance", [NOBODY, "0x1" + "0" * 40]), ("eth_getStorageAt", [NOBODY, "0x1" + "0" * 64, "latest"]),
        ("eth_getBlockByNumber", ["latest", "yes"]), ("eth_getBlockByHash", ["0x12", False]),
        ("eth_getTransactionByHash", [None]), ("eth_getLogs", ["all"]), ("eth_getLogs", [{"address": 7}]),
        ("eth_getLogs", [{"blockHash": NOTHING, "fromBlock": "0x0"}]), ("eth_getLogs", [{"fromBlock": "0x5", "toBlock": "0x4"}]),
        ("eth_getLogs", [{"topics": [[]] * 5}]), ("eth_call", [7]), ("eth_call", [{"to": NOBODY, "data": "0x1"}]),
        ("eth_call", [{"to": NOBODY, "data": "0x11", "input": "0x22"}]), ("eth_call", [{"to": NOBODY}, "latest", {}]),
        ("eth_chainId", [1]),
    ],
)  # fmt: skip
def test_parameters_that_cannot_be_read(asked: Asked, method: str, params: Any) -> None:
    with pytest.raises(Exception, match="Invalid params") as refused:
        asked.methods.answer(method, params)
    assert refused.value.code == -32602  # type: ignore[attr-defined]
    assert asked.node.asked == []


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_gasPrice", []), ("eth_feeHistory", [1, "latest", []]), ("eth_mining", []), ("debug_traceTransaction", [NOTHING]),
        ("admin_peers", []), ("", []), ("eth_getProof", [NOBODY, [], "latest"]), ("eth_getTransactionByHash", [NOTHING]),
        ("eth_getTransactionReceipt", [NOTHING]), ("eth_getBalance", [NOBODY, "pending"]),
        ("eth_getBlockByNumber", ["pending", False]), ("eth_getBalance", [NOBODY, "latest"]),
        ("eth_sendRawTransaction", ["0x00"]),
    ],
)  # fmt: skip
def test_everything_else_is_one_error(asked: Asked, method: str, params: list[Any]) -> None:
    error = asked.error(method, *params)
    assert (error.code, error.message) == (NOT_PROVABLE, "not provable")
    assert error.extra["method"] == method
    assert error.extra["reason"].endswith(".")
    assert error.extra["code"]


def test_what_clients_take_for_the_contracts_own_word_has_no_data(asked: Asked) -> None:
    for method, params in (("eth_call", [{"to": NOBODY, "data": "0x12345678"}]), ("eth_estimateGas", [{}])):
        error = asked.error(method, *params)
        assert (error.code, error.message, error.extra) == (NOT_PROVABLE, "not provable (NODE-UNPROVABLE)", None)


def test_a_halted_network_answers_nothing_of_the_ledger(asked: Asked) -> None:
    asked.standing.halt = ConsensusError("Two sealed blocks stand at one height.")
    for method, params in (
        ("eth_blockNumber", []),
        ("eth_getBlockByNumber", ["0x1", False]),
        ("eth_getBalance", [NOBODY]),
    ):
        error = asked.error(method, *params)
        assert (error.code, error.extra["code"]) == (HALTED, ConsensusError.code)
    assert asked.node.asked == []
    assert asked.get("chancery_status") == {"halted": True}
    assert asked.get("eth_chainId")


# Absence of a transaction


def later_and_earlier() -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Give a height with a proof of a sender, a transaction of his above it and one not above it."""
    for line in proofs(NETWORK):
        who, _, at = line["params"]
        height = at if isinstance(at, int) else int(at, 16)
        his = [one for block in BLOCKS for one in block["transactions"] if one["from"] == who.lower()]
        after = [one for one in his if int(one["blockNumber"], 16) > height]
        before = [one for one in his if int(one["blockNumber"], 16) <= height]
        if after and before:
            return height, after[0], before[0]
    raise AssertionError("no such proof is recorded")


def test_a_transaction_above_the_newest_verified_block_is_proven_to_be_in_none_yet() -> None:
    height, after, before = later_and_earlier()
    low = Asked(NETWORK, head=height)
    assert low.get("eth_getTransactionReceipt", after["hash"]) is None
    waiting = low.get("eth_getTransactionByHash", after["hash"])
    assert waiting["hash"] == after["hash"]
    assert [waiting[name] for name in ("blockHash", "blockNumber", "transactionIndex")] == [None] * 3
    assert low.get("eth_getTransactionByHash", before["hash"])["blockNumber"] == before["blockNumber"]


def test_a_node_cannot_deny_the_block_of_a_transaction_whose_number_is_used() -> None:
    height, _, before = later_and_earlier()

    def denies(method: str, said: Any) -> Any:
        return {**said, "blockNumber": None, "blockHash": None} if method == "eth_getTransactionByHash" else said

    for method in ("eth_getTransactionReceipt", "eth_getTransactionByHash"):
        error = Asked(NETWORK, denies, head=height).error(method, before["hash"])
        assert (error.code, error.extra["code"]) == (NOT_PROVABLE, "NODE-UNPROVABLE")


def test_a_false_place_is_noticed() -> None:
    _, _, one = later_and_earlier()
    other = next(block for block in BLOCKS if block["transactions"] and block["hash"] != one["blockHash"])

    def misplaces(method: str, said: Any) -> Any:
        return {**said, "blockNumber": other["number"]} if method == "eth_getTransactionByHash" else said

    error = Asked(NETWORK, misplaces).error("eth_getTransactionReceipt", one["hash"])
    assert (error.code, error.extra["code"]) == (NOT_PROVABLE, "NODE-UPSTREAM")


def raw_of(one: dict[str, Any]) -> str:
    from lightnode.wire.transaction_body import body_from_json

    return "0x" + body_from_json(one, private_marks=False).hex()


def test_sending_is_read_held_against_the_chain_and_remembered() -> None:
    height, after, _ = later_and_earlier()
    hides = Asked(
        NETWORK, lambda method, said: None if method == "eth_getTransactionByHash" else said, head=height, may_send=True
    )
    assert hides.error("eth_getTransactionReceipt", after["hash"]).code == NOT_PROVABLE
    raw = raw_of(after)
    for broken in (raw + "00", "0x", raw[:-2], "0x05" + raw[4:]):
        assert hides.error("eth_sendRawTransaction", broken).code == -32602
    foreign: Any = recorded.blocks("besu-ibft2-votes-berlin")
    other = next(one for block in foreign for one in block["transactions"])
    assert hides.error("eth_sendRawTransaction", raw_of(other)).code == -32602
    assert hides.node.sent == []
    assert hides.get("eth_sendRawTransaction", raw) == after["hash"]
    assert hides.node.sent == [raw]
    # Its bytes are known now, so that it is proven to be in no block up to here although the node denies it.
    assert hides.get("eth_getTransactionReceipt", after["hash"]) is None


def test_nothing_is_sent_unless_the_operator_allows_it(asked: Asked) -> None:
    assert asked.error("eth_sendRawTransaction", raw_of(later_and_earlier()[1])).code == NOT_PROVABLE
    assert asked.node.sent == []


# Limits of a search


def test_searches_are_bounded_and_refused_never_cut(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    everything = {"fromBlock": "0x0", "toBlock": "latest"}
    count = len(asked.get("eth_getLogs", everything))
    monkeypatch.setattr(log_answers, "_PART", 7)
    assert len(asked.get("eth_getLogs", everything)) == count
    with_logs = sum(any(one["logs"] for one in made) for made in receipts(NETWORK).values())
    for name, value in (("MAX_SPAN", HEAD), ("MAX_BODIES", with_logs - 1), ("MAX_LOGS", count - 1)):
        with monkeypatch.context() as patch:
            patch.setattr(log_answers, name, value)
            assert asked.error("eth_getLogs", everything).code == log_answers.LIMIT_EXCEEDED, name
            patch.setattr(log_answers, name, value + 1)
            assert len(asked.get("eth_getLogs", everything)) == count, name
    monkeypatch.setattr(log_answers, "SECONDS", -1.0)
    assert asked.error("eth_getLogs", everything).code == NOT_PROVABLE


# Whatever is asked

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    | st.sampled_from(["latest", "earliest", "pending", "0x1", "0x3f", "0x", NOBODY, NOTHING, BLOCKS[8]["hash"]]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["blockHash", "blockNumber", "fromBlock", "toBlock", "address", "topics", "to", "data", "x"]), inner,
        max_size=4,
    ),
    max_leaves=6,
)  # fmt: skip


@given(st.data())
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_only_refusals_escape_whatever_is_asked(data: st.DataObject) -> None:
    whole = Asked(NETWORK, may_send=True)
    method = data.draw(st.sampled_from(sorted(whole.methods.table)) | st.text(max_size=5))
    params = data.draw(st.lists(VALUES, max_size=3) | VALUES)
    try:
        json.dumps(whole.methods.answer(method, params))
    except _RpcError as refusal:
        assert refusal.code in (-32602, -32004, -32005, -32000)


# Computed calls


def contract() -> tuple[ViewContract, str, dict[str, Any]]:
    """Give a recorded contract with one view that reads its first recorded slot."""
    line = next(line for line in proofs(NETWORK) if len(line["result"]["storageProof"]) > 1)
    (who, slots, at), said = line["params"], line["result"]
    slot = int(slots[0], 16)

    def first(given: tuple[Any, ...], read: Read) -> bytes:
        return abi.encode("uint256,uint256", [given[0], read([slot, slot])[slot]])

    code_hash = Hash32(bytes.fromhex(said["codeHash"][2:]))
    made = ViewContract(Address(bytes.fromhex(who[2:])), code_hash, {"first(uint256)": first})
    value = next(int(one["value"], 16) for one in said["storageProof"] if int(one["key"], 16) == slot)
    return made, at if isinstance(at, str) else hex(at), {"value": value, "to": who}


def test_a_known_view_is_computed_from_proven_words() -> None:
    made, tag, expected = contract()
    asked = Asked(NETWORK, contracts=[made])
    call = {
        "to": expected["to"],
        "input": "0x" + abi.encode_call("first(uint256)", [7]).hex(),
        "from": NOBODY,
        "gas": "0x1",
    }
    assert asked.get("eth_call", call, tag) == "0x" + abi.encode("uint256,uint256", [7, expected["value"]]).hex()
    for changed in (
        {"input": call["input"][:-2]}, {"input": call["input"] + "00"}, {"input": "0x"}, {"input": "0x12345678"},
        {"to": None}, {"to": NOBODY}, {"value": "0x1"},
    ):  # fmt: skip
        assert asked.error("eth_call", {**call, **changed}, tag).code == NOT_PROVABLE, changed
    assert asked.error("eth_call", {**call, "code": "0x"}, tag).code == -32602


def test_a_contract_with_other_code_is_not_read() -> None:
    made, tag, expected = contract()
    other = ViewContract(made.address, Hash32(bytes(32)), made.views)
    call = {"to": expected["to"], "data": "0x" + abi.encode_call("first(uint256)", [7]).hex()}
    assert Asked(NETWORK, contracts=[other]).error("eth_call", call, tag).code == NOT_PROVABLE


def test_a_view_reads_only_so_much() -> None:
    made, tag, expected = contract()

    def greedy(given: tuple[Any, ...], read: Read) -> bytes:
        while True:
            read([0] * 100)

    call = {"to": expected["to"], "data": "0x" + abi.selector("greedy()").hex()}
    asked = Asked(NETWORK, contracts=[ViewContract(made.address, made.code_hash, {"greedy()": greedy})])
    assert asked.error("eth_call", call, tag).code == NOT_PROVABLE
    assert len(asked.node.asked) < 20
