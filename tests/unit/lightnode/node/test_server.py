"""The verified server's HTTP: who may ask, how much, how often, and what the envelope of JSON-RPC says."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lightnode.node.call_rate import CallRate
from lightnode.node.errors import NodePortError
from lightnode.node.request_time import RequestTime
from lightnode.node.server import Place, ServerLimits, VerifiedServer
from lightnode.node.upstream import UpstreamPool
from lightnode.rpc.errors import DeadlineError
from lightnode.serving.refusal import _RpcError

TOKEN = "t" * 43
CALL = {"jsonrpc": "2.0", "id": 1, "method": "echo", "params": [5]}


class Echo:
    """Methods that say what they were asked; `slow` waits for a test."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.go_on = threading.Event()

    def answer(self, method: Any, parameters: Any) -> Any:
        self.asked.append((method, parameters))
        if method == "slow":
            self.go_on.wait(10)
        if method == "fault":
            raise RuntimeError("a fault of ours with a secret in it")
        if method == "refused":
            raise _RpcError(-32004, "not provable", {"method": method})
        return [method, parameters]


class Bench:
    """A running server with its methods."""

    def __init__(self, server: VerifiedServer, echo: Echo) -> None:
        self.server, self.echo = server, echo

    def send(self, body: Any, method: str = "POST", path: str = "/", **headers: str | None) -> tuple[int, Any, Any]:
        given: dict[str, str | None] = {
            "Authorization": f"Bearer {TOKEN}",
            "Host": f"127.0.0.1:{self.server.port}",
            **headers,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.putrequest(method, path, skip_host=True)
        for name, value in given.items():
            if value is not None:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(raw)))
        connection.endheaders(raw)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        return answer.status, json.loads(said) if said else None, answer.headers


@contextmanager
def running(limits: ServerLimits | None = None, place: Place | None = None, ready: bool = True) -> Iterator[Bench]:
    echo: Any = Echo()
    server = VerifiedServer(echo, TOKEN, place or Place(), lambda: (ready, 7), limits)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield Bench(server, echo)
    finally:
        echo.go_on.set()
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with running() as made:
        yield made


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {"Authorization": None}), (401, {"Authorization": TOKEN}), (401, {"Authorization": f"Basic {TOKEN}"}),
        (401, {"Authorization": f"Bearer {TOKEN[:-1]}"}), (401, {"Authorization": f"Bearer {TOKEN}t"}),
        (401, {"Authorization": "Bearer "}), (401, {"Authorization": "Bearer \xe4"}),
        (403, {"Origin": "http://127.0.0.1"}), (403, {"Origin": "null"}), (403, {"Host": "example.org"}),
        (403, {"Host": None}), (403, {"Host": "127.0.0.1"}), (403, {"Host": "127.0.0.1.evil.example:80"}),
        (413, {"Transfer-Encoding": "chunked"}),
        (200, {}), (200, {"Authorization": f"bearer {TOKEN}"}),
    ],
)  # fmt: skip
def test_who_may_ask(bench: Bench, status: int, headers: dict[str, str | None]) -> None:
    bench.echo.asked.clear()
    found, said, replied = bench.send(CALL, **headers)
    assert found == status
    assert bool(bench.echo.asked) == (status == 200)
    assert (replied["WWW-Authenticate"] is not None) == (status == 401)
    assert TOKEN not in json.dumps(said)
    assert "Python" not in replied["Server"]


def test_headers_given_twice_are_refused(bench: Bench) -> None:
    name = f"127.0.0.1:{bench.server.port}".encode()
    head = b"POST / HTTP/1.1\r\nHost: %b\r\nAuthorization: Bearer %b\r\n" % (name, TOKEN.encode())
    body = json.dumps(CALL).encode()
    length = b"Content-Length: %d\r\n" % len(body)
    for more, status in (
        (length, b"200"), (length + b"Host: evil.example\r\n", b"403"), (length + length, b"413"),
        (length + b"Authorization: Bearer x\r\n", b"401"),
    ):  # fmt: skip
        with socket.create_connection(("127.0.0.1", bench.server.port), 10) as one:
            one.sendall(head + more + b"\r\n" + body)
            assert one.recv(64).split(b" ")[1] == status


def test_health_and_nothing_else_without_a_token(bench: Bench) -> None:
    status, said, _ = bench.send(b"", "GET", "/health", Authorization=None)
    assert (status, said) == (200, {"ready": True, "age": 7})
    assert bench.send(b"", "GET", "/", Authorization=None)[0] == 405
    assert bench.send(b"", "GET", "/health", Host="evil.example")[0] == 403
    assert bench.send(b"", "GET", "/health", Origin="http://evil.example")[0] == 403
    assert bench.send(b"", "OPTIONS", "/")[0] == 501
    with running(ready=False) as behind:
        assert behind.send(b"", "GET", "/health")[:2] == (503, {"ready": False, "age": 7})


ERRORS: list[tuple[Any, int]] = [
    (b"{", -32700), (b"", -32700), (b'{"a":1,"a":2}', -32700), (b"[" * 5000, -32700), (7, -32600), ([], -32600), ("x", -32600),
    ({**CALL, "jsonrpc": "1.0"}, -32600), ({"id": 1, "method": "echo"}, -32600), ({**CALL, "id": 1.5}, -32600),
    ({**CALL, "id": True}, -32600), ({**CALL, "id": {}}, -32600), ({**CALL, "method": 7}, -32600),
    ([CALL] * 101, -32600), ({**CALL, "method": "fault"}, -32603), ({**CALL, "method": "refused"}, -32004),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code"), ERRORS)
def test_errors_of_the_envelope(bench: Bench, body: Any, code: int) -> None:
    status, said, _ = bench.send(body)
    assert (status, said["error"]["code"], said["jsonrpc"]) == (200, code, "2.0")
    assert "secret" not in json.dumps(said)


def test_batches_and_notifications(bench: Bench) -> None:
    quiet = {"jsonrpc": "2.0", "method": "echo"}
    status, said, _ = bench.send([{**CALL, "id": "a"}, quiet, 5, {**CALL, "id": None, "params": {}}])
    assert status == 200
    assert [one["id"] for one in said] == ["a", None, None]
    assert said[0]["result"] == ["echo", [5]]
    assert said[1]["error"]["code"] == -32600
    assert said[2]["result"] == ["echo", {}]
    for body in (quiet, [quiet, quiet]):
        assert bench.send(body)[:2] == (204, None)


def test_bodies_are_bounded() -> None:
    with running(ServerLimits(max_body=2000)) as small:
        assert small.send({**CALL, "params": ["x" * 1000]})[0] == 200
        assert small.send({**CALL, "params": ["x" * 2000]})[0] == 413
        assert len(small.echo.asked) == 1


def test_so_many_at_once_and_the_rest_in_turn() -> None:
    with running(ServerLimits(concurrency=2, queue_seconds=0.3)) as busy:
        slow = [threading.Thread(target=busy.send, args=({**CALL, "method": "slow"},)) for _ in range(2)]
        for one in slow:
            one.start()
        while len(busy.echo.asked) < 2:
            time.sleep(0.01)
        begun = time.monotonic()
        status, said, headers = busy.send(CALL)
        assert (status, said["error"]["message"], headers["Retry-After"]) == (503, "busy", "1")
        assert time.monotonic() - begun < 3
        # Health is not kept waiting by those that are answered.
        assert busy.send(b"", "GET", "/health")[0] == 200
        busy.echo.go_on.set()
        for one in slow:
            one.join()
        assert busy.send(CALL)[0] == 200


def test_so_many_calls_a_second_batches_counted_call_by_call() -> None:
    with running(ServerLimits(calls_per_second=0.001, burst=3)) as slow:
        assert slow.send(CALL)[1]["result"]
        said = slow.send([CALL, CALL, CALL])[1]
        assert [one.get("error", {}).get("code") for one in said] == [None, None, -32005]
        assert len(slow.echo.asked) == 3


def test_the_rate_fills_steadily_up_to_a_burst() -> None:
    moment = 100.0
    rate = CallRate(2.0, 4, lambda: moment)
    assert [rate.take() for _ in range(5)] == [True] * 4 + [False]
    moment += 0.5
    assert [rate.take() for _ in range(2)] == [True, False]
    moment += 3600
    assert [rate.take() for _ in range(5)] == [True] * 4 + [False]


def test_a_request_asks_the_node_only_for_so_long() -> None:
    moment = 0.0
    time_limit = RequestTime(20.0, lambda: moment)
    asked: list[str] = []

    class Slow:
        def call(self, method: str, params: Any) -> str:
            nonlocal moment
            moment += 8.0
            asked.append(method)
            return "0x1"

        def close(self) -> None:
            asked.append("closed")

    make: Any = Slow
    pool = UpstreamPool(make, 1, 0.1, time_limit)
    with time_limit.running():
        for _ in range(3):
            pool.call("eth_getTransactionReceipt")
        with pytest.raises(DeadlineError):
            pool.call("eth_getTransactionReceipt")
    # Outside a request, and in the next one, there is time again; a connection comes back whatever happened.
    pool.call("eth_chainId")
    with time_limit.running():
        pool.call("eth_chainId")
    assert len(asked) == 5
    pool.close()
    assert asked[-1] == "closed"


def test_a_slow_client_is_cut() -> None:
    with (
        running(ServerLimits(request_seconds=0.5)) as bench,
        socket.create_connection(("127.0.0.1", bench.server.port), 10) as one,
    ):
        one.sendall(b"POST / HTTP/1.1\r\nContent-Le")
        one.settimeout(10)
        begun = time.monotonic()
        assert one.recv(1) == b""
        assert 0.3 < time.monotonic() - begun < 5


def test_names_and_ports() -> None:
    with running(place=Place(names=("chancery.office",))) as bench:
        for host, status in (("chancery.office", 200), ("localhost", 200), ("127.0.0.1", 200), ("chancery", 403)):
            assert bench.send(CALL, Host=f"{host}:{bench.server.port}")[0] == status
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            for address, port in (("127.0.0.1", taken.getsockname()[1]), ("192.0.2.1", 0), ("127.0.0.1", 70_000)):
                echo: Any = Echo()
                with pytest.raises(NodePortError):
                    VerifiedServer(echo, TOKEN, Place(address, port), lambda: (True, 1))
