"""A node that lies in any member of any answer makes the verified server refuse, never answer otherwise than the truth."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lightnode.node.methods import NOT_PROVABLE
from lightnode.serving.refusal import _RpcError
from tests.support import recorded_networks as recorded
from tests.support.recorded_upstream import Asked, proofs, receipts, variants

NETWORKS = ("besu-qbft-contract-cancun", "goquorum-qbft-votes", "besu-ibft2-to-qbft-shanghai")
# So many blocks of a recording are lied about in every member; a block with all types of transactions is among them.
MOST_VARIANTS = 1500


def questions(network: str) -> list[tuple[str, list[Any]]]:
    """Give one question of each kind about the block with the fewest logs among those with several transactions."""
    made = receipts(network)
    height = min((at for at in made if len(made[at]) > 1), key=lambda at: sum(len(one["logs"]) for one in made[at]))
    block: Any = recorded.blocks(network)[height]
    transaction = block["transactions"][-1]["hash"]
    line = next(line for line in proofs(network) if line["result"]["storageProof"])
    who, slots, at = line["params"]
    tag = at if isinstance(at, str) else hex(at)
    return [
        ("eth_getBlockByNumber", [block["number"], True]),
        ("eth_getBlockByNumber", [block["number"], False]),
        ("eth_getBlockByHash", [block["hash"], False]),
        ("eth_getBlockReceipts", [block["number"]]),
        ("eth_getTransactionByHash", [transaction]),
        ("eth_getTransactionReceipt", [transaction]),
        ("eth_getLogs", [{"fromBlock": block["number"], "toBlock": block["number"]}]),
        ("eth_getBalance", [who, tag]),
        ("eth_getTransactionCount", [who, tag]),
        ("eth_getStorageAt", [who, slots[0], tag]),
    ]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_lie_in_any_member_changes_no_answer(network: str) -> None:
    tried = refused = 0
    for method, params in questions(network):
        truth = Asked(network).get(method, *params)
        honest = Asked(network)
        honest.get(method, *params)
        for asked_method in dict.fromkeys(honest.node.asked):
            for lie in lies(network, asked_method, method, params):
                tried += 1
                said = answer(network, asked_method, lie, method, params)
                if isinstance(said, _RpcError):
                    refused += 1
                    assert said.code == NOT_PROVABLE, (method, asked_method)
                else:
                    # What the lie changed is not part of what is proven, and not passed on.
                    assert said == truth, (method, asked_method)
    assert tried > 500
    assert refused > tried // 4


def lies(network: str, asked_method: str, method: str, params: list[Any]) -> list[Any]:
    """Give every variant of what the node says to one of the questions that an answer takes."""
    caught: list[Any] = []

    def catch(name: str, said: Any) -> Any:
        if name == asked_method and not caught:
            caught.append(copy.deepcopy(said))
        return said

    Asked(network, catch).get(method, *params)
    found = [None, [], {}, "0x", 7, *variants(caught[0])]
    step = max(1, len(found) // MOST_VARIANTS)
    return found[::step]


def answer(network: str, asked_method: str, lie: Any, method: str, params: list[Any]) -> Any:
    asked = Asked(network, lambda name, said: lie if name == asked_method else said)
    try:
        return asked.get(method, *params)
    except _RpcError as error:
        return error


@pytest.mark.parametrize("network", NETWORKS)
def test_a_log_held_back_or_made_up_is_noticed(network: str) -> None:
    span = {"fromBlock": "0x0", "toBlock": "latest"}

    def held_back(name: str, said: Any) -> Any:
        if name == "eth_getBlockReceipts" and said and said[-1]["logs"]:
            said[-1]["logs"].pop()
        return said

    def no_receipts(name: str, said: Any) -> Any:
        return [] if name == "eth_getBlockReceipts" else said

    for lie in (held_back, no_receipts):
        assert Asked(network, lie).error("eth_getLogs", span).code == NOT_PROVABLE


@pytest.mark.parametrize("network", NETWORKS)
def test_a_body_of_another_block_is_noticed_and_not_kept(network: str) -> None:
    blocks: Any = recorded.blocks(network)
    one, other = [block for block in blocks if block["transactions"]][:2]
    lying = True

    def swapped(name: str, said: Any) -> Any:
        return other if lying and name == "eth_getBlockByNumber" else said

    asked = Asked(network, swapped)
    error = asked.error("eth_getBlockByNumber", one["number"], False)
    assert (error.code, error.extra["code"]) == (NOT_PROVABLE, "BODY-TRANSACTIONS")
    lying = False
    assert asked.get("eth_getBlockByNumber", one["number"], False)["hash"] == one["hash"]


def test_what_was_proven_is_not_asked_again() -> None:
    network = NETWORKS[0]
    asked = Asked(network)
    height = hex(max(receipts(network)))
    first = asked.get("eth_getBlockReceipts", height), asked.get("eth_getBlockByNumber", height, True)
    before = list(asked.node.asked)
    assert (asked.get("eth_getBlockReceipts", height), asked.get("eth_getBlockByNumber", height, True)) == first
    assert asked.node.asked == before
