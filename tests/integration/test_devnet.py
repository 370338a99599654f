"""The local network as its clients see it: everything it says is proven by the light client, and nothing upsets it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lightnode.consensus.extra_data import Vote
from lightnode.consensus.header import decode_header
from lightnode.consensus.header_json import header_from_json
from lightnode.recording.verification import verify_recording
from lightnode.wire.account_proof import verify_get_proof
from lightnode.wire.block_transaction import block_transaction_from_json
from lightnode.wire.receipt import receipt_from_json
from lightnode.wire.trie import ordered_trie
from tests.support.on_demand_network import RICH, Net, raw, running
from tests.support.training_network import account, person, signed, words

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    with running(tmp_path_factory.mktemp("devnet") / "network") as made:
        yield made


def test_senders_without_a_balance_use_all_three_types(net: Net) -> None:
    contract = raw(net.contract())
    sender = net.newcomer()
    for nonce, kind in enumerate((0, 1, 2)):
        receipt = net.send(signed(sender, nonce, contract, words(nonce, 7), kind=kind))
        assert (receipt["status"], receipt["type"], receipt["effectiveGasPrice"]) == ("0x1", hex(kind), "0x0")
        shown = net.get("eth_getTransactionByHash", receipt["transactionHash"])
        assert block_transaction_from_json(shown).hash().hex() == receipt["transactionHash"][2:]
    assert net.get("eth_getBalance", f"0x{account(sender).hex()}", "latest") == "0x0"
    assert net.get("eth_getTransactionCount", f"0x{account(sender).hex()}", "latest") == "0x3"


def test_fees_go_to_the_proposer_where_someone_pays(net: Net) -> None:
    receipt = net.send(signed(RICH, 0, account(person(5)), kind=2, price=9, tip=4, value=123))
    assert receipt["effectiveGasPrice"] == "0x4"
    block = net.block(int(receipt["blockNumber"], 16))
    earned = net.get("eth_getBalance", block["miner"], receipt["blockNumber"])
    assert int(earned, 16) >= 4 * 21_000
    assert net.get("eth_getBalance", f"0x{account(person(5)).hex()}") == hex(123)


def test_everything_is_proven_by_the_light_client_votes_and_round_changes_included(net: Net) -> None:
    contract = raw(net.contract())
    sender = net.newcomer()
    net.send(signed(sender, 0, contract, words(5, 6)))
    known = {item["address"]: item["inSet"] for item in net.get("training_validators")}
    first = net.get("qbft_getValidatorsByBlockNumber", "latest")
    joining = next(address for address, inside in known.items() if not inside)
    leaving = first[0]
    net.get("training_proposeVote", joining, True)
    net.get("training_mine", 3)
    after = net.get("qbft_getValidatorsByBlockNumber", hex(net.height() + 0))
    net.get("training_mine", 2)
    assert joining in net.get("qbft_getValidatorsByBlockNumber", "latest")
    assert len(after) in (4, 5)
    net.get("training_proposeVote", leaving, False)
    net.get("training_mine", 6)
    members = net.get("qbft_getValidatorsByBlockNumber", "latest")
    assert members == sorted([*first[1:], joining])
    # Nobody votes for what is already so.
    assert net.extra(net.height()).vote is None
    net.get("training_roundChange", 3)
    net.get("training_mine", 2)
    assert [net.extra(net.height() - back).round for back in (1, 0)] == [3, 0]
    votes = [net.extra(at).vote for at in range(1, net.height() + 1)]
    assert Vote(raw(joining), True) in votes
    assert Vote(raw(leaving), False) in votes
    proofs = [(contract, [5, 6], net.height()), (account(sender), [], net.height()), (b"\x77" * 20, [1], 3)]
    report = verify_recording(net.recording(net.status.genesis_path, proofs), int(time.time()))
    assert report.failure is None
    assert report.height == net.height()
    assert report.proofs >= 3
    assert [f"0x{member.hex()}" for member in report.validators or ()] == members
    assert f"0x{report.block_hash.hex()}" == net.block(net.height())["hash"]


def test_a_silent_validator_costs_rounds_and_too_many_stop_the_chain(net: Net) -> None:
    members = net.get("qbft_getValidatorsByBlockNumber", "latest")
    net.get("training_stopValidator", members[0])
    before = net.height()
    net.get("training_mine", 8)
    made = range(before + 1, before + 9)
    assert {net.block(at)["miner"] for at in made} == set(members[1:])
    assert {net.extra(at).round for at in made} == {0, 1}
    net.get("training_stopValidator", members[1])
    assert net.refused("training_mine")["code"] == -32000
    waiting = signed(net.newcomer(), 0, b"\x01" * 20)
    assert net.send(waiting) is None
    # It waits, and says so as Besu does.
    shown = net.get("eth_getTransactionByHash", f"0x{waiting.hash().hex()}")
    assert (shown["blockHash"], shown["blockNumber"], shown["transactionIndex"]) == (None, None, None)
    for member in members[:2]:
        net.get("training_startValidator", member)
    net.get("training_mine")
    assert net.get("eth_getTransactionReceipt", f"0x{waiting.hash().hex()}")["status"] == "0x1"


def test_roots_are_those_of_what_the_network_tells(net: Net) -> None:
    contract = raw(net.contract())
    net.get("training_stopValidator", net.get("qbft_getValidatorsByBlockNumber", "latest")[0])
    senders = [net.newcomer() for _ in range(3)]
    others = net.get("qbft_getValidatorsByBlockNumber", "latest")
    net.get("training_stopValidator", others[1])
    for at, sender in enumerate(senders):
        # The second one reverts: it has a receipt, and its words are kept back.
        net.ask("eth_sendRawTransaction", f"0x{signed(sender, 0, contract, words(at, at), kind=at).encode().hex()}")
    for member in others[:2]:
        net.get("training_startValidator", member)
    net.get("training_mine")
    head = net.block(net.height(), whole=True)
    assert len(head["transactions"]) == 3
    header = header_from_json(head)
    assert ordered_trie([block_transaction_from_json(one).raw for one in head["transactions"]]).root == (
        header.transactions_root
    )
    receipts = net.get("eth_getBlockReceipts", head["hash"])
    assert ordered_trie([receipt_from_json(one).encode() for one in receipts]).root == header.receipts_root
    assert [one["status"] for one in receipts] == ["0x1", "0x0", "0x1"]
    assert receipts[1]["revertReason"] == f"0x{words(1).hex()}"
    assert [log["logIndex"] for one in receipts for log in one["logs"]] == ["0x0", "0x1"]
    assert int(head["gasUsed"], 16) == sum(int(one["gasUsed"], 16) for one in receipts)
    assert decode_header(raw(net.get("debug_getRawHeader", head["number"]))) == header
    found = net.get("eth_getLogs", {"blockHash": head["hash"], "topics": [[f"0x{words(2).hex()}", None][:1]]})
    assert found == receipts[2]["logs"]
    span = {"fromBlock": "earliest", "toBlock": "latest", "address": f"0x{contract.hex()}"}
    assert net.get("eth_getLogs", span) == receipts[0]["logs"] + receipts[2]["logs"]
    assert net.get("eth_getLogs", {**span, "topics": [None, None]}) == []


def test_logs_of_a_span_beyond_the_newest_block_are_those_up_to_it(net: Net) -> None:
    contract = net.contract()
    receipt = net.send(signed(net.newcomer(), 0, raw(contract), words(1, 2)))
    begin, head = receipt["blockNumber"], net.height()
    span = {"address": contract, "fromBlock": begin, "toBlock": hex(head + 500)}
    assert net.get("eth_getLogs", span) == receipt["logs"] != []
    assert net.get("eth_getLogs", {"fromBlock": hex(head + 1), "toBlock": hex(head + 2)}) == []
    for first, last in ((hex(head + 9), hex(head + 8)), (hex(head), hex(head - 1)), ("latest", "earliest")):
        error = net.refused("eth_getLogs", {"fromBlock": first, "toBlock": last})
        assert (error["code"], error["message"]) == (-32602, "Invalid params")
    assert net.refused("eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(5001)})["code"] == -32005
    both = {"blockHash": receipt["blockHash"], "fromBlock": begin}
    assert net.refused("eth_getLogs", both)["code"] == -32602
    assert net.refused("eth_getLogs", {"blockHash": f"0x{'ab' * 32}"})["message"] == "Unknown block"


def test_proofs_hold_at_every_kept_block(net: Net) -> None:
    contract = net.contract()
    sender = net.newcomer()
    for nonce in range(3):
        net.send(signed(sender, nonce, raw(contract), words(9, 100 + nonce)))
    for back in range(3):
        block = net.block(net.height() - back)
        answer = net.get("eth_getProof", contract, ["0x9", "0xa", "0x9"], {"blockHash": block["hash"]})
        assert [entry["key"] for entry in answer["storageProof"]] == ["0x9", "0xa"]
        proven = verify_get_proof(raw(block["stateRoot"]), raw(contract), [9, 10], answer)
        assert proven.storage == {9: 102 - back, 10: 0}
        stored = net.get("eth_getStorageAt", contract, "0x9", block["number"])
        assert int(stored, 16) == 102 - back
    nobody = f"0x{'99' * 20}"
    answer = net.get("eth_getProof", nobody, ["0x1"], "latest")
    assert answer["storageProof"] == []
    assert answer["nonce"] == "0x0"


def test_calls_run_at_their_block_and_leave_nothing(net: Net) -> None:
    contract = net.contract()
    before = net.block(net.height())["stateRoot"]
    call = {"to": contract, "data": f"0x{words(3, 1).hex()}"}
    error = net.refused("eth_call", call, "latest")
    assert (error["code"], error["message"], error["data"]) == (-32000, "Execution reverted", f"0x{words(1).hex()}")
    assert net.refused("eth_estimateGas", call)["message"] == "Execution reverted"
    assert net.get("eth_call", {"to": contract, "input": f"0x{words(3, 2).hex()}"}, "latest") == "0x"
    assert net.refused("eth_call", {"to": contract, "value": "0x1"}, "latest")["code"] == -32004
    assert net.refused("eth_call", {"data": "0xfe"}, "latest")["message"].startswith("Execution halted")
    gas = int(net.get("eth_estimateGas", {"to": contract, "data": f"0x{words(3, 2).hex()}"}), 16)
    receipt = net.send(signed(net.newcomer(), 0, raw(contract), words(3, 2), gas=gas))
    assert receipt["status"] == "0x1"
    assert net.get("eth_call", {"to": contract, "data": "0x"}, "0x0") == "0x"
    assert before != net.block(net.height())["stateRoot"]
    assert net.get("eth_getStorageAt", contract, "0x3") == f"0x{words(2).hex()}"


def test_answers_are_of_one_moment_while_blocks_are_made(net: Net) -> None:
    def look(_: int) -> None:
        height = net.height()
        net.get("eth_getTransactionCount", f"0x{'11' * 20}", hex(height))
        block = net.get("eth_getBlockByNumber", "latest", False)
        assert net.get("eth_getBlockByHash", block["hash"], False) == block

    with ThreadPoolExecutor(5) as workers:
        mining = workers.submit(net.get, "training_mine", 150)
        list(workers.map(look, range(60)))
        mining.result()
    head = net.block(net.height())
    assert int(head["timestamp"], 16) <= time.time() + 1


def test_old_states_are_said_to_be_gone(net: Net) -> None:
    while net.height() < 520:
        net.get("training_mine", 200)
    error = net.refused("eth_getBalance", f"0x{'11' * 20}", "0x1")
    assert (error["code"], error["message"]) == (-32000, "World state unavailable")
    assert net.refused("eth_getProof", f"0x{'11' * 20}", [], "0x1")["message"] == "World state unavailable"
    assert net.refused("eth_call", {"to": f"0x{'11' * 20}"}, "0x1")["message"] == "World state unavailable"
    assert net.block(1)["number"] == "0x1"
