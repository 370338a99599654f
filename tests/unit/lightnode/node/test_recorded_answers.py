"""What the verified server says of recorded networks is what their nodes printed, member by member."""

from __future__ import annotations

from typing import Any

import pytest

from lightnode.rpc.errors import RefusedError
from tests.support import recorded_networks as recorded
from tests.support.recorded_upstream import Asked, proofs, receipts

# Members that only one side has: what needs a node's word, and what a node of that make does not print.
ONLY_NODES = {"isPrivacyMarkerTransaction"}
ONLY_OURS = {
    "besu": set(),
    "goquorum": {"chainId", "yParity", "blockTimestamp", "effectiveGasPrice"},
}
WITH_BODIES = [name for name in recorded.NETWORKS if receipts(name)]


def agree(network: str, ours: Any, theirs: Any, where: str) -> None:
    """Demand that two printed values agree in all that both have, and that nothing else is missing or added."""
    if isinstance(theirs, dict):
        assert theirs.keys() - ours.keys() <= ONLY_NODES, where
        assert ours.keys() - theirs.keys() <= ONLY_OURS[recorded.config(network).schedule.client], where
        for name in theirs.keys() & ours.keys():
            agree(network, ours[name], theirs[name], f"{where}.{name}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for at, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            agree(network, one, other, f"{where}[{at}]")
    else:
        assert ours == theirs, where


@pytest.mark.parametrize("network", recorded.NETWORKS)
def test_blocks(network: str) -> None:
    asked = Asked(network)
    for block in recorded.blocks(network):
        whole = asked.get("eth_getBlockByNumber", block["number"], True)
        agree(network, whole, block, str(block["number"]))
        names: Any = [one["hash"] for one in block["transactions"]]  # type: ignore[attr-defined]
        assert asked.get("eth_getBlockByNumber", block["number"], False) == {**whole, "transactions": names}
        assert asked.get("eth_getBlockByHash", block["hash"], True) == whole
        assert int(asked.get("eth_getBlockTransactionCountByHash", block["hash"]), 16) == len(names)


@pytest.mark.parametrize("network", WITH_BODIES)
def test_transactions_and_receipts(network: str) -> None:
    asked = Asked(network)
    count = 0
    for block in recorded.blocks(network):
        printed: Any = block["transactions"]
        for index, one in enumerate(printed):
            agree(network, asked.get("eth_getTransactionByHash", one["hash"]), one, one["hash"])
            by_index = asked.get("eth_getTransactionByBlockNumberAndIndex", block["number"], hex(index))
            assert by_index == asked.get("eth_getTransactionByBlockHashAndIndex", block["hash"], hex(index))
            agree(network, by_index, one, one["hash"])
        assert asked.get("eth_getTransactionByBlockNumberAndIndex", block["number"], hex(len(printed))) is None
        height = int(str(block["number"]), 16)
        agree(network, asked.get("eth_getBlockReceipts", hex(height)), receipts(network).get(height, []), str(height))
        for receipt in receipts(network).get(height, []):
            count += 1
            name = receipt["transactionHash"]
            agree(network, asked.get("eth_getTransactionReceipt", name), receipt, name)
    assert count >= 11


@pytest.mark.parametrize("network", WITH_BODIES)
def test_logs(network: str) -> None:
    asked = Asked(network)
    printed = [log for made in receipts(network).values() for receipt in made for log in receipt["logs"]]
    span = {"fromBlock": "earliest", "toBlock": "latest"}
    agree(network, asked.get("eth_getLogs", span), printed, "all")
    for chosen in (printed[0], printed[2], printed[-1]):
        for wanted in (
            {"address": chosen["address"]},
            {"topics": chosen["topics"][:1]},
            {"topics": [None, chosen["topics"][1]]},
            {"address": [chosen["address"], "0x" + "00" * 20], "topics": [[chosen["topics"][0], "0x" + "00" * 32]]},
        ):
            expected = [log for log in printed if matches(wanted, log)]
            assert expected
            agree(network, asked.get("eth_getLogs", {**span, **wanted}), expected, str(wanted))
        in_block = [log for log in printed if log["blockHash"] == chosen["blockHash"]]
        agree(network, asked.get("eth_getLogs", {"blockHash": chosen["blockHash"]}), in_block, "block")
    assert asked.get("eth_getLogs", {**span, "address": "0x" + "ab" * 20}) == []


def matches(wanted: dict[str, Any], log: dict[str, Any]) -> bool:
    emitters = wanted.get("address", log["address"])
    if log["address"] not in (emitters if isinstance(emitters, list) else [emitters]):
        return False
    topics = wanted.get("topics", [])
    return len(log["topics"]) >= len(topics) and all(
        want is None or have in (want if isinstance(want, list) else [want])
        for want, have in zip(topics, log["topics"], strict=False)
    )


@pytest.mark.parametrize("network", WITH_BODIES)
def test_logs_of_quiet_blocks_cost_no_question(network: str) -> None:
    asked = Asked(network)
    asked.get("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": "0x" + "ab" * 20})
    with_logs = sum(any(receipt["logs"] for receipt in made) for made in receipts(network).values())
    assert len(asked.node.asked) <= 2 * with_logs


@pytest.mark.parametrize("network", [name for name in recorded.NETWORKS if proofs(name)])
def test_state(network: str) -> None:
    asked = Asked(network)
    seen = set()
    for line in proofs(network):
        (who, _, height), said = line["params"], line["result"]
        tag = height if isinstance(height, str) else hex(height)
        by_object = {"blockNumber": tag}
        for method, name in (("eth_getBalance", "balance"), ("eth_getTransactionCount", "nonce")):
            assert int(asked.get(method, who, tag), 16) == int(said[name], 16)
            assert asked.get(method, who, by_object) == asked.get(method, who, tag)
        for entry in said["storageProof"]:
            word = asked.get("eth_getStorageAt", who, entry["key"], tag)
            assert len(word) == 66
            assert int(word, 16) == int(entry["value"], 16)
            seen.add(int(word, 16) == 0)
    assert seen == {True, False}, "present and absent"


@pytest.mark.parametrize("network", ["goquorum-qbft-votes", "besu-qbft-votes-london"])
def test_a_node_without_receipts_of_blocks_is_asked_for_them_one_by_one(network: str) -> None:
    def older(method: str, said: Any) -> Any:
        if method == "eth_getBlockReceipts":
            raise RefusedError(-32601, "The method does not exist.")
        return said

    asked, whole = Asked(network, older), Asked(network)
    for height in receipts(network):
        assert asked.get("eth_getBlockReceipts", hex(height)) == whole.get("eth_getBlockReceipts", hex(height))
    assert asked.node.asked.count("eth_getTransactionReceipt") == sum(map(len, receipts(network).values()))
