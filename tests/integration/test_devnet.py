"""The local network as its clients see it: everything it says is proven by the light client, and nothing upsets it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from lightnode.consensus.extra_data import BftRules, Vote, decode_extra_data
from lightnode.consensus.header import decode_header
from lightnode.consensus.header_json import header_from_json
from lightnode.devnet import control, process, rpc_server
from lightnode.devnet.errors import (
    DevnetFolderError,
    DevnetPortError,
    DevnetRunsError,
    DevnetStartError,
    DevnetStatusError,
    DevnetStopError,
)
from lightnode.devnet.rpc_server import MAX_CONNECTIONS
from lightnode.devnet.settings import DevnetSettings
from lightnode.recording.verification import verify_recording
from lightnode.wire.account_proof import verify_get_proof
from lightnode.wire.receipt import receipt_from_json
from lightnode.wire.transaction_json import transaction_from_json
from lightnode.wire.trie import ordered_trie
from tests.support.training_network import CONTRACT, Client, account, person, signed, words

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (os.environ.get("CHANCERY_ENGINE_PYTHON") or (ROOT / ".venv-engine").exists()),
        reason="the EVM engine's environment is not set up",
    ),
]
RICH = person(900)


class Net(Client):
    """The network of these tests, with a fresh sender for each that asks."""

    def __init__(self, status: control.DevnetStatus, folder: Path) -> None:
        super().__init__(status.rpc_url)
        self.status, self.folder, self.people = status, folder, 1000

    def newcomer(self) -> Any:
        self.people += 1
        return person(self.people)

    def contract(self) -> str:
        made = self.send(signed(self.newcomer(), 0, None, CONTRACT))
        assert made["status"] == "0x1"
        return made["contractAddress"]

    def extra(self, number: int) -> Any:
        return decode_extra_data(BftRules.QBFT, header_from_json(self.block(number)).extra_data)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    folder = tmp_path_factory.mktemp("devnet") / "network"
    status = control.start(folder, DevnetSettings(on_demand=True, funded=(account(RICH),)))
    try:
        yield Net(status, folder)
    finally:
        control.stop(folder)


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def test_senders_without_a_balance_use_all_three_types(net: Net) -> None:
    contract = raw(net.contract())
    sender = net.newcomer()
    for nonce, kind in enumerate((0, 1, 2)):
        receipt = net.send(signed(sender, nonce, contract, words(nonce, 7), kind=kind))
        assert (receipt["status"], receipt["type"], receipt["effectiveGasPrice"]) == ("0x1", hex(kind), "0x0")
        shown = net.get("eth_getTransactionByHash", receipt["transactionHash"])
        assert transaction_from_json(shown).hash().hex() == receipt["transactionHash"][2:]
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
    assert ordered_trie([transaction_from_json(one).encode() for one in head["transactions"]]).root == (
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


def test_the_pool_refuses_with_the_codes_of_besu(net: Net) -> None:
    sender = net.newcomer()

    def code(**changes: Any) -> tuple[int, str]:
        given = {"key": sender, "nonce": 1, "to": b"\x01" * 20, **changes}
        error = net.refused("eth_sendRawTransaction", f"0x{signed(**given).encode().hex()}")
        return error["code"], error["message"]

    first = signed(sender, 0, b"\x01" * 20)
    net.send(first)
    assert net.refused("eth_sendRawTransaction", f"0x{first.encode().hex()}")["message"] == "Known transaction"
    assert code(nonce=0, gas=400_000) == (-32001, "Nonce too low")
    assert code(gas=20_999) == (-32003, "Intrinsic gas exceeds gas limit")
    assert code(gas=30_000_001) == (-32005, "Transaction gas limit exceeds block gas limit")
    assert code(value=1) == (-32004, "Upfront cost exceeds account balance")
    assert code(price=1)[0] == -32004
    assert code(chain_id=1337) == (-32000, "Wrong chainId")
    assert net.refused("eth_sendRawTransaction", "0x02c0")["code"] == -32602
    who = f"0x{account(sender).hex()}"
    later = signed(sender, 3, b"\x01" * 20)
    net.get("eth_sendRawTransaction", f"0x{later.encode().hex()}")
    assert net.get("eth_getTransactionCount", who, "pending") == "0x1"
    for nonce in (1, 2):
        net.send(signed(sender, nonce, b"\x01" * 20))
    # The third was waiting for the two before it.
    assert net.get("eth_getTransactionReceipt", f"0x{later.hash().hex()}")["status"] == "0x1"


WRONG: list[tuple[str, list[Any], int]] = [
    ("eth_nothing", [], -32601),
    ("eth_chainId", [1], -32602),
    ("eth_getBlockByNumber", [], -32602),
    ("eth_getBlockByNumber", ["latest", 1], -32602),
    ("eth_getBlockByNumber", [7, False], -32602),
    ("eth_getBlockByNumber", ["0xg", False], -32602),
    ("eth_getBlockByNumber", [None, False], -32602),
    ("eth_getBlockByHash", ["0x12", False], -32602),
    ("eth_getBlockReceipts", [["latest"]], -32602),
    ("eth_getTransactionCount", ["0x12", "latest"], -32602),
    ("eth_getBalance", [f"0x{'11' * 20}", "0xffffff"], -32000),
    ("eth_getStorageAt", [f"0x{'11' * 20}", "0x" + "1" * 65], -32602),
    ("eth_getProof", [f"0x{'11' * 20}", "0x0", "latest"], -32602),
    ("eth_getProof", [f"0x{'11' * 20}", ["0x0"] * 1025, "latest"], -32602),
    ("eth_call", ["0x", "latest"], -32602),
    ("eth_call", [{"to": "0x1"}, "latest"], -32602),
    ("eth_call", [{"data": "0x00", "input": "0x01"}, "latest"], -32602),
    ("eth_sendRawTransaction", ["0x"], -32602),
    ("eth_sendRawTransaction", ["zz"], -32602),
    ("eth_getLogs", [[]], -32602),
    ("eth_getLogs", [{"topics": "0x"}], -32602),
    ("eth_getLogs", [{"topics": [["0x1"]]}], -32602),
    ("eth_getLogs", [{"fromBlock": "0x1", "toBlock": "0x0"}], -32602),
    ("training_mine", [0], -32602),
    ("training_mine", [True], -32602),
    ("training_mine", [1001], -32602),
    ("training_proposeVote", [f"0x{'11' * 20}", "yes"], -32602),
    ("training_roundChange", [-1], -32602),
    ("training_stopValidator", [f"0x{'11' * 20}"], -32000),
]


@pytest.mark.parametrize(("method", "parameters", "code"), WRONG)
def test_wrong_parameters_have_the_right_code(net: Net, method: str, parameters: list[Any], code: int) -> None:
    assert net.refused(method, *parameters)["code"] == code


def test_unknown_things_are_null_not_errors(net: Net) -> None:
    nothing = f"0x{'ab' * 32}"
    assert net.get("eth_getBlockByNumber", "0xffffffff", False) is None
    assert net.get("eth_getBlockByHash", nothing, False) is None
    assert net.get("eth_getTransactionByHash", nothing) is None
    assert net.get("eth_getTransactionReceipt", nothing) is None
    assert net.get("eth_getBlockReceipts", nothing) is None
    for tag in ("latest", "pending", "finalized", "safe"):
        assert net.get("eth_getBlockByNumber", tag, False) == net.block(net.height())
    assert net.get("eth_getBlockByNumber", "earliest", True)["hash"] == net.status.genesis_hash


def test_arbitrary_json_never_upsets_it(net: Net) -> None:
    chance = random.Random(20261124)
    methods = [name for name, _, _ in WRONG if name != "training_mine"] + ["eth_estimateGas", "eth_getCode"]
    atoms: list[Any] = [None, True, -1, 0, 1e300, "", "0x", "0x0", "latest", f"0x{'11' * 20}", f"0x{'22' * 32}", {}]

    def anything(depth: int) -> Any:
        kind = chance.randrange(8 if depth else 6)
        if kind < 6:
            return chance.choice(atoms)
        if kind == 6:
            return [anything(depth - 1) for _ in range(chance.randrange(4))]
        names = ("to", "from", "data", "gas", "value", "blockHash", "blockNumber", "topics", "address", "fromBlock")
        return {chance.choice(names): anything(depth - 1) for _ in range(chance.randrange(4))}

    for _ in range(40):
        batch = [
            {"jsonrpc": "2.0", "id": at, "method": chance.choice(methods), "params": anything(3)} for at in range(25)
        ]
        answers = json.loads(net.post(json.dumps(batch).encode()))
        assert [answer["id"] for answer in answers] == list(range(25))
        for request, answer in zip(batch, answers, strict=True):
            assert answer.get("error", {}).get("code") != -32603, (request, answer)
    net.get("training_roundChange", 0)


def test_malformed_messages_get_an_answer_each(net: Net) -> None:
    for body, code in (
        (b"", -32700), (b"{", -32700), (b"[]", -32600), (b"7", -32600), (b"\xff\xfe", -32700),
        (b"[" * 100_000, -32700), (b'{"id":{},"method":"eth_chainId"}', -32600),
        (b'{"id":1,"method":"eth_chainId","params":{}}', -32602), (b'{"id":1,"method":["eth_chainId"]}', -32601),
        *((b'{"id":%s,"method":"eth_chainId"}' % one, -32600) for one in (b"1e400", b"-1e400", b"1.5", b"true", b"[]")),
    ):  # fmt: skip
        answer = json.loads(net.post(body), parse_constant=pytest.fail)
        assert answer["error"]["code"] == code, body[:40]
        assert answer["id"] in (None, 1)
    assert json.loads(net.post(b"[1, 2]"))[1]["error"]["code"] == -32600
    for name in ("1", "-7", '"x"', "null", "9" * 80):
        # As Besu does it, the version is not looked at.
        for version in ("", '"jsonrpc":"2.0",', '"jsonrpc":"1.0",', '"jsonrpc":7,'):
            answer = json.loads(net.post(f'{{{version}"id":{name},"method":"eth_chainId"}}'.encode()))
            assert answer == {"jsonrpc": "2.0", "id": json.loads(name), "result": "0x43480001"}


def test_only_this_computer_and_no_page_is_served(net: Net) -> None:
    good = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
    for headers in ({"Origin": "https://example.org"}, {"Origin": "null"}, {"Host": "rebound.example:80"}):
        with pytest.raises(HTTPError) as caught:
            net.post(good, headers)
        assert caught.value.code == 403
    place = urlsplit(net.url)
    assert place.hostname == "127.0.0.1"
    for length in ("", "99999999", "-1", "9" * 5000, "1 2"):
        connection = http.client.HTTPConnection("127.0.0.1", place.port or 0, timeout=10)
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", length)
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()
    connection = http.client.HTTPConnection("127.0.0.1", place.port or 0, timeout=10)
    connection.request("GET", "/", good)
    assert connection.getresponse().status == 405
    connection.close()


def test_slow_clients_keep_no_honest_one_out(net: Net) -> None:
    place = ("127.0.0.1", urlsplit(net.url).port or 0)
    held = [socket.create_connection(place, 10) for _ in range(MAX_CONNECTIONS + 6)]
    try:
        for at, one in enumerate(held):
            with contextlib.suppress(OSError):
                one.sendall(b"POST / HTTP/1.1\r\nX-Slow: %d\r\n" % at)
        for _ in range(5):
            begun = time.monotonic()
            assert net.height() >= 0
            assert time.monotonic() - begun < 5
        # Those that were first gave way.
        held[0].settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            assert held[0].recv(1) == b""
        held[-1].settimeout(0.2)
        with pytest.raises(TimeoutError):
            held[-1].recv(1)
    finally:
        for one in held:
            one.close()


def test_a_request_has_so_long_and_no_longer_however_it_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc_server, "REQUEST_SECONDS", 1.5)
    methods: Any = None
    server = rpc_server.RpcServer(methods, 0)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    serving.start()
    place = urlsplit(server.url)
    whole = f"POST / HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 900\r\n\r\n".encode()
    try:
        for sent in (b"POST / HTTP/1.1\r\n", whole):
            with socket.create_connection((place.hostname, place.port), 10) as slow:
                slow.sendall(sent)
                begun = time.monotonic()
                with contextlib.suppress(ConnectionError):
                    while time.monotonic() - begun < 15:
                        slow.sendall(b"X: y\r\n")
                        slow.settimeout(0.2)
                        with contextlib.suppress(TimeoutError):
                            assert slow.recv(1) == b""
                            break
                assert 1 < time.monotonic() - begun < 6
    finally:
        server.shutdown()
        server.server_close()


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


def test_a_second_process_cannot_take_the_folder(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = control.status(net.folder).pid
    again = control.start(net.folder)
    assert (again.already, again.pid) == (True, pid)
    kept = (net.folder / "status.json").read_bytes()
    monkeypatch.setattr(control, "_START_SECONDS", 1.0)
    try:
        (net.folder / "status.json").unlink()
        assert control.status(net.folder).pid == pid
        with pytest.raises(DevnetStartError, match="does not serve"):
            control.start(net.folder)
        with pytest.raises(DevnetRunsError):
            process.run(net.folder, 0)
        (net.folder / "status.json").write_bytes(kept[:-9])
        for ask in (control.status, control.start):
            with pytest.raises(DevnetStatusError) as caught:
                ask(net.folder)
            assert "devnet stop" in caught.value.advice
    finally:
        (net.folder / "status.json").write_bytes(kept)
    assert control.status(net.folder).running


def test_a_port_that_is_taken_is_said_with_what_to_do(net: Net, tmp_path: Path) -> None:
    taken = urlsplit(net.url).port or 0
    with pytest.raises(DevnetPortError, match=str(taken)) as caught:
        control.start(tmp_path / "other", DevnetSettings(validators=1, on_demand=True), taken)
    assert "--port" in caught.value.advice
    assert not control.status(tmp_path / "other").running


def test_of_several_starts_at_once_one_makes_the_network(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    settings = DevnetSettings(validators=1, on_demand=True)
    try:
        for _ in range(2):
            with ThreadPoolExecutor(4) as pool:
                found = list(pool.map(lambda _: control.start(folder, settings), range(4)))
            assert sorted(one.already for one in found) == [False, True, True, True]
            assert {(one.running, one.pid, one.rpc_url) for one in found} == {(True, found[0].pid, found[0].rpc_url)}
            assert not control.stop(folder).running
    finally:
        control.stop(folder)


def test_a_damaged_folder_is_said_and_its_network_can_be_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    control.start(folder, DevnetSettings(validators=1, on_demand=True))
    good = (folder / "genesis.json").read_bytes()
    try:
        for wrong in (b"", b"{", b"[]", b'{"config":{"chainId":"1"}}', b"\xff", b"[" * 100_000):
            (folder / "genesis.json").write_bytes(wrong)
            for ask in (control.status, control.start):
                with pytest.raises(DevnetFolderError, match="genesis file is damaged"):
                    ask(folder)
        (folder / "status.json").write_bytes(b'{"pid": 1}')
        (folder / "network.pid").write_bytes(b"1")
        with pytest.raises(DevnetStopError, match="no file"):
            control.stop(folder)
        pid = int(next(path for path in Path("/proc").iterdir() if _serves(path, folder)).name)
        (folder / "network.pid").write_bytes(b"%d\n" % pid)
        assert not control.stop(folder).running
    finally:
        (folder / "genesis.json").write_bytes(good)
        for left in [path for path in Path("/proc").iterdir() if _serves(path, folder)]:
            os.kill(int(left.name), signal.SIGKILL)
    # What a former process left behind is not believed: this test's own process lives on.
    (folder / "network.pid").write_text(f"{os.getpid()}\n")
    (folder / "status.json").write_text(json.dumps({"pid": os.getpid()}))
    assert not control.status(folder).running
    assert not control.stop(folder).running
    (folder / "settings.json").write_text("{}")
    with pytest.raises(DevnetStartError, match="DEVNET-FOLDER"):
        control.start(folder)


def _serves(path: Path, folder: Path) -> bool:
    with contextlib.suppress(OSError):
        words = (path / "cmdline").read_bytes().split(b"\0")
        return b"lightnode.devnet" in words and bytes(folder.resolve()) in words
    return False


def test_killed_at_any_moment_it_goes_on_where_it_was(net: Net) -> None:
    contract = net.contract()
    sender = net.newcomer()
    for nonce in range(2):
        net.send(signed(sender, nonce, raw(contract), words(nonce, 50 + nonce)))
    last = net.height()
    head = net.block(last)
    pid = control.status(net.folder).pid
    with ThreadPoolExecutor(1) as worker:
        mining = worker.submit(net.ask, "training_mine", 1000)
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises((OSError, http.client.HTTPException)):
            mining.result()
    assert not control.status(net.folder).running
    begun = time.monotonic()
    again = control.start(net.folder)
    assert time.monotonic() - begun < 10
    net.url = again.rpc_url
    assert again.head > last
    assert net.block(last) == head
    assert net.get("eth_getStorageAt", contract, "0x1") == f"0x{words(51).hex()}"
    assert net.send(signed(sender, 2, raw(contract), words(2, 52)))["status"] == "0x1"
    report = verify_recording(net.recording(net.status.genesis_path, [(raw(contract), [2], net.height())]), 1 << 40)
    assert report.failure is None


def test_by_the_clock_blocks_come_in_time_and_never_early(tmp_path: Path) -> None:
    folder = tmp_path / "clock"
    status = control.start(folder, DevnetSettings(validators=1, period_seconds=1))
    try:
        client = Client(status.rpc_url)
        assert (folder / "validators.keys").stat().st_mode & 0o777 == 0o600
        answers = [client.ask("training_mine") for _ in range(4)]
        assert answers[-1]["error"]["message"] == "The next block is not due yet"
        deadline = time.monotonic() + 10
        while client.height() < 4 and time.monotonic() < deadline:
            time.sleep(0.1)
        times = [int(client.block(at)["timestamp"], 16) for at in range(5)]
        assert times == sorted(set(times))
        assert times[-1] <= time.time() + 1
        report = verify_recording(client.recording(status.genesis_path, []), int(time.time()))
        assert report.failure is None
    finally:
        control.stop(folder)
    assert not control.status(folder).running
    with sqlite3.connect(folder / "blocks.db") as blocks:
        blocks.execute("UPDATE block SET header = x'c0' WHERE number = 2")
    blocks.close()
    with pytest.raises(DevnetStartError, match="DEVNET-FOLDER"):
        control.start(folder)


def test_a_port_that_another_network_took_is_not_ours(net: Net, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    control.start(folder, DevnetSettings(validators=1, on_demand=True))
    control.stop(folder)
    stale = json.loads((net.folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps({**stale, "genesis_hash": f"0x{'00' * 32}"}))
    assert not control.status(folder).running
    assert not control.stop(folder).running
    assert control.status(net.folder).running
    with pytest.raises(DevnetFolderError):
        control.status(tmp_path / "none")
