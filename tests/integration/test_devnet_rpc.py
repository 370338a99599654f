"""The local network's JSON-RPC: refusals as Besu words them, anything malformed, strange pages and slow clients."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from lightnode.devnet import rpc_server
from lightnode.devnet.rpc_server import MAX_CONNECTIONS
from lightnode.rpc.client import JsonRpcClient
from tests.support.on_demand_network import Net, running
from tests.support.training_network import account, signed

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


def test_a_body_that_is_too_large_is_refused_also_to_a_client_that_writes_it_all(net: Net) -> None:
    host, port = net.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.request("POST", "/", bytes(5 * 1024 * 1024), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 413
    connection.close()
    assert net.get("eth_chainId")


def test_an_answer_on_a_kept_connection_waits_for_no_acknowledgement(net: Net) -> None:
    """Header and body are two writes; held back for an acknowledgement, the second comes 40 ms after the first."""
    took = []
    with JsonRpcClient(net.url) as client:
        for _ in range(31):
            begun = time.monotonic()
            client.call("eth_chainId")
            took.append(time.monotonic() - begun)
    assert statistics.median(took) < 0.03


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
