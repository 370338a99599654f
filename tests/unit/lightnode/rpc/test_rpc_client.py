"""The JSON-RPC client against servers that are slow, large, wrong or hostile."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightnode.rpc import errors
from lightnode.rpc.client import JsonRpcClient
from tests.support.raw_server import Handler, RawServer, http


def answering(make: Callable[[dict], object]) -> Handler:
    def handler(connection: socket.socket, body: bytes) -> None:
        asked = json.loads(body)
        answer = [make(one) for one in asked] if isinstance(asked, list) else make(asked)
        connection.sendall(http(json.dumps(answer).encode()))

    return handler


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], RawServer]]:
    servers: list[RawServer] = []

    def start(handler: Handler) -> RawServer:
        servers.append(RawServer(handler))
        return servers[-1]

    yield start
    for server in servers:
        server.socket.close()


def echo(one: dict) -> dict:
    return {"jsonrpc": "2.0", "id": one["id"], "result": one["method"]}


def test_a_call_and_a_batch_over_one_connection(serve) -> None:
    server = serve(answering(echo))
    with JsonRpcClient(server.url) as client:
        assert client.call("eth_chainId") == "eth_chainId"
        assert client.batch([("a", []), ("b", [1])]) == ["a", "b"]
        assert client.batch([]) == []
    assert server.connections == 1


def test_a_batch_may_come_back_in_any_order(serve) -> None:
    def handler(connection: socket.socket, body: bytes) -> None:
        connection.sendall(http(json.dumps([echo(one) for one in reversed(json.loads(body))]).encode()))

    assert JsonRpcClient(serve(handler).url).batch([("a", []), ("b", []), ("c", [])]) == ["a", "b", "c"]


def test_a_closed_idle_connection_is_opened_again(serve) -> None:
    def handler(connection: socket.socket, body: bytes) -> None:
        answering(echo)(connection, body)
        connection.shutdown(socket.SHUT_RDWR)

    server = serve(handler)
    client = JsonRpcClient(server.url)
    assert client.call("a") == "a"
    assert client.call("b") == "b"
    assert server.connections == 2


WRONG = {
    "other number": (lambda one: {**echo(one), "id": one["id"] + 1}, errors.WrongAnswerError),
    "number as text": (lambda one: {**echo(one), "id": str(one["id"])}, errors.WrongAnswerError),
    "true as number": (lambda one: {**echo(one), "id": True}, errors.WrongAnswerError),
    "no number": (lambda one: {"result": 1}, errors.WrongAnswerError),
    "no result": (lambda one: {"id": one["id"]}, errors.BadJsonError),
    "a list": (lambda one: [1], errors.BadJsonError),
    "text": (lambda one: "hello", errors.BadJsonError),
    "refusal": (lambda one: {"id": one["id"], "error": {"code": -32601, "message": "no\x1bsuch"}}, errors.RefusedError),
    "odd refusal": (lambda one: {"id": one["id"], "error": 5}, errors.RefusedError),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_answers(serve, case: str) -> None:
    make, error = WRONG[case]
    with pytest.raises(error) as caught:
        JsonRpcClient(serve(answering(make)).url).call("m")
    assert "\x1b" not in caught.value.text


def test_a_refusal_keeps_its_data(serve) -> None:
    handler = answering(
        lambda one: {"id": one["id"], "error": {"code": 3, "message": "reverted", "data": "0x08c379a0"}}
    )
    with pytest.raises(errors.RefusedError) as caught:
        JsonRpcClient(serve(handler).url).call("m")
    assert (caught.value.number, caught.value.data) == (3, bytes.fromhex("08c379a0"))


@pytest.mark.parametrize(
    "answers", [[], [{"id": 1, "result": 1}], [{"id": 1, "result": 1}] * 2, {"id": None, "error": {}}]
)
def test_a_batch_answered_wrongly(serve, answers: object) -> None:
    server = serve(lambda connection, _: connection.sendall(http(json.dumps(answers).encode())))
    with pytest.raises((errors.WrongAnswerError, errors.RefusedError)):
        JsonRpcClient(server.url).batch([("a", []), ("b", [])])


RAW = {
    "redirect": (http(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n"), errors.RedirectError),
    "not found": (http(b"no", "404 Not Found"), errors.HttpStatusError),
    "compressed": (http(b"x", extra="Content-Encoding: gzip\r\n"), errors.HttpStatusError),
    "no json": (http(b"<html>"), errors.BadJsonError),
    "no utf-8": (http(b'"\xff"'), errors.BadJsonError),
    "same key twice": (http(b'{"id":1,"id":1,"result":2}'), errors.BadJsonError),
    "not a number": (http(b'{"id":1,"result":NaN}'), errors.BadJsonError),
    "deep": (http(b"[" * 100_000), errors.BadJsonError),
    "deep and closed": (http(b"[" * 40 + b"]" * 40), errors.BadJsonError),
    "long number": (http(b'{"id":1,"result":' + b"9" * 5000 + b"}"), errors.BadJsonError),
    "no http": (b"hello\r\n\r\n", errors.BrokenError),
    "cut short": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", errors.BrokenError),
    "odd length": (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{", errors.RpcError),
    "odd chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", errors.UnreachableError),
}


@pytest.mark.parametrize("case", RAW)
def test_hostile_http(serve, case: str) -> None:
    raw, error = RAW[case]

    def handler(connection: socket.socket, body: bytes) -> None:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)

    with pytest.raises(error):
        JsonRpcClient(serve(handler).url, timeout=5).call("m")


def test_a_refusal_with_another_status_keeps_its_reason(serve) -> None:
    """As Besu answers where it refuses a request as a whole, and a gateway in front of it."""
    asked = []

    def handler(connection: socket.socket, body: bytes) -> None:
        asked.append(json.loads(body))
        error = {"code": -32600, "message": "Invalid Request", "data": "0x01"}
        connection.sendall(http(json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode(), "400 Bad Request"))

    client = JsonRpcClient(serve(handler).url)
    for ask in (lambda: client.call("m"), lambda: client.batch([("a", []), ("b", [])]), lambda: client.call("m")):
        with pytest.raises(errors.RefusedError) as caught:
            ask()
        assert (caught.value.number, caught.value.reason, caught.value.data) == (-32600, "Invalid Request.", b"\1")
    assert len(asked) == 4, "a batch that is refused is asked again one by one"


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
def test_where_batches_are_refused_the_questions_are_asked_one_by_one(serve, status: str) -> None:
    asked: list[object] = []

    def handler(connection: socket.socket, body: bytes) -> None:
        question = json.loads(body)
        asked.append(question)
        if isinstance(question, list):
            answer: dict = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Invalid Request"}}
            connection.sendall(http(json.dumps(answer).encode(), status))
            return
        answer = {"id": question["id"], "result": question["method"]}
        if question["method"] == "bad":
            answer = {"id": question["id"], "error": {"code": -1, "message": "no"}}
        connection.sendall(http(json.dumps(answer).encode()))

    client = JsonRpcClient(serve(handler).url)
    assert client.batch([("a", []), ("b", [])]) == ["a", "b"]
    assert client.batch([("c", [])]) == ["c"]
    assert [isinstance(one, list) for one in asked] == [True, False, False, False]
    with pytest.raises(errors.RefusedError):
        client.batch([("a", []), ("bad", [])])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"error": "no"}', b'{"result": 1}', b'{"result": 1, "error": {}}', b"[" * 50_000,
     b'{"message": "Host not authorized."}', b'{"error": {}, "pad": "' + b"x" * 70_000 + b'"}'],
)  # fmt: skip
def test_any_other_body_with_another_status_is_that_status(serve, body: bytes) -> None:
    server = serve(lambda connection, _: connection.sendall(http(body, "403 Forbidden")))
    with pytest.raises(errors.HttpStatusError, match="403"):
        JsonRpcClient(server.url).call("m")


def test_braces_inside_text_are_no_nesting(serve) -> None:
    text = "[" * 200 + '\\"{'
    server = serve(answering(lambda one: {"id": one["id"], "result": text}))
    assert JsonRpcClient(server.url).call("m") == text


def test_an_answer_without_end_stops_at_the_cap(serve) -> None:
    sent = []

    def handler(connection: socket.socket, body: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)
            sent.append(1)

    with pytest.raises(errors.TooBigError):
        JsonRpcClient(serve(handler).url, max_bytes=300_000).call("m")
    assert len(sent) < 200


@pytest.mark.parametrize("where", ["silent", "head", "body"])
def test_a_dripping_server_meets_the_deadline(serve, where: str) -> None:
    def handler(connection: socket.socket, body: bytes) -> None:
        if where == "body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        if where == "silent":
            time.sleep(5)
        for _ in range(1000):
            connection.sendall(b"H" if where == "head" else b" ")
            time.sleep(0.05)

    started = time.monotonic()
    with pytest.raises(errors.DeadlineError):
        JsonRpcClient(serve(handler).url, timeout=0.5).call("m")
    assert time.monotonic() - started < 2


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(errors.UnreachableError):
        JsonRpcClient(f"http://127.0.0.1:{port}").call("m")


@pytest.mark.parametrize(
    "url",
    ["", "node", "ftp://node", "file:///etc/passwd", "http://", "http://user:secret@node", "http://node?x=1", "http://no de",
     "http://node:99999", "http://node:x", "http://[::1", "http://n\u00f6de", "http://node/\r\nX: y", "http://node/a b"],
)  # fmt: skip
def test_addresses_that_are_not_opened(url: str) -> None:
    with pytest.raises(errors.UrlError) as caught:
        JsonRpcClient(url)
    assert "secret" not in caught.value.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(body=st.one_of(st.binary(max_size=60), st.text(max_size=40).map(str.encode)))
def test_only_our_errors_escape(serve_once: RawServer, body: bytes) -> None:
    serve_once.handler = lambda connection, _: connection.sendall(http(body))
    client = JsonRpcClient(serve_once.url, timeout=5)
    with pytest.raises(errors.RpcError):
        client.call("m")
    client.close()


@pytest.fixture(scope="module")
def serve_once() -> Iterator[RawServer]:
    server = RawServer(lambda connection, body: None)
    yield server
    server.socket.close()
