"""What a hostile server costs: each habit meets an error of its own, in bounded time and memory, in a process of its own."""

from __future__ import annotations

import gzip
import json
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.asking_process import BUDGET, cost_of
from tests.support.made_chain import MadeChain
from tests.support.raw_server import Handler, RawServer, http

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells the peak memory of a process by itself"
)

CAP = 16 * 1024 * 1024
# Seconds for a request to servers that take their time, and to those that do not.
SHORT, LONG = 0.5, 5.0
# Beyond a call's budget and the request under way when it ends: what a loaded machine takes to read 16 MiB.
READING = 4.0
MOST_MEBIBYTES = 256
CHAIN = MadeChain()
for _ in range(8):
    CHAIN.block()


def sending(*parts: bytes, again: int = 1) -> Handler:
    """Send the same bytes whatever was asked, the last of them many times, and close."""

    def handler(connection: socket.socket, _: bytes) -> None:
        for part in parts[:-1]:
            connection.sendall(part)
        for _ in range(again):
            connection.sendall(parts[-1])
        connection.shutdown(socket.SHUT_RDWR)

    return handler


def dripping(head: bytes, drop: bytes) -> Handler:
    """Send something, then a little for ever."""

    def handler(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(0.02)

    return handler


def answers(body: bytes) -> list[dict[str, Any]]:
    """Give the genuine answers to a batch."""
    asked = json.loads(body)
    return [
        {"jsonrpc": "2.0", "id": one["id"], "result": CHAIN.printed(int(one["params"][0], 16))}
        for one in (asked if isinstance(asked, list) else [asked])
    ]


def changing(change: Callable[[list[dict[str, Any]]], Any]) -> Handler:
    """Answer genuinely but for a change."""

    def handler(connection: socket.socket, body: bytes) -> None:
        changed = change(answers(body))
        if isinstance(changed, list) and not body.startswith(b"["):
            (changed,) = changed
        connection.sendall(http(changed if isinstance(changed, bytes) else json.dumps(changed).encode()))

    return handler


def with_result(change: Callable[[dict[str, Any]], Any]) -> Handler:
    return changing(lambda given: [one | {"result": change(one["result"])} for one in given])


def resetting(connection: socket.socket, body: bytes) -> None:
    """Close with a reset in the middle of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[{")
    connection.close()


OK = b"HTTP/1.1 200 OK\r\n"
HABITS: dict[str, tuple[Handler, str]] = {
    "a gigabyte": (sending(OK + b"Content-Length: 1073741824\r\n\r\n", b" " * (1 << 20), again=1024), "RPC-TOO-BIG"),
    "no end": (sending(OK + b"\r\n", b" " * (1 << 20), again=1024), "RPC-TOO-BIG"),
    "chunks without end": (
        sending(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + b" " * (1 << 20) + b"\r\n", again=1024),
        "RPC-TOO-BIG",
    ),
    "a chunk's length without end": (
        sending(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * (1 << 20), again=512), "RPC-BROKEN"),
    "a status without end": (sending(b"HTTP/1.1 200 ", b"x" * (1 << 20), again=512), "RPC-BROKEN"),
    "headers without end": (sending(OK, b"X-A: " + b"x" * 60_000 + b"\r\n", again=9000), "RPC-BROKEN"),
    "continue without end": (dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "RPC-TIMEOUT"),
    "trailers without end": (
        dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n", b"X-A: 1\r\n"), "RPC-TIMEOUT"),
    "headers in drops": (dripping(OK + b"X-A: ", b"x"), "RPC-TIMEOUT"),
    "a body in drops": (dripping(OK + b"Content-Length: 100000\r\n\r\n", b" "), "RPC-TIMEOUT"),
    "a body in drops until the end": (dripping(OK + b"\r\n", b" "), "RPC-TIMEOUT"),
    "a body in drops on its last connection": (
        dripping(OK + b"Content-Length: 100000\r\nConnection: close\r\n\r\n", b" "), "RPC-TIMEOUT"),
    "a body in drops, as of old": (dripping(b"HTTP/1.0 200 OK\r\n\r\n", b" "), "RPC-TIMEOUT"),
    "silence": (lambda connection, body: time.sleep(5), "RPC-TIMEOUT"),
    "a reset": (resetting, "RPC-BROKEN"),
    "no http": (sending(b"SSH-2.0-OpenSSH_9.9\r\n"), "RPC-BROKEN"),
    "deep": (sending(http(b"[" * 500_000 + b"]" * 500_000)), "RPC-BAD-JSON"),
    "brackets": (sending(http(b"[" * CAP)), "RPC-BAD-JSON"),
    "pairs": (sending(http(b"[" + b"[]" * (CAP // 2 - 1) + b"]")), "RPC-BAD-JSON"),
    "quotes": (sending(http(b'""' * (CAP // 2))), "RPC-BAD-JSON"),
    "one string": (sending(http(b'"' + b"a" * (CAP - 2) + b'"')), "RPC-MISMATCH"),
    "escapes": (sending(http(b'"' + b"\\" * (CAP - 1))), "RPC-BAD-JSON"),
    "half characters": (sending(http(b'"' + b"\\ud800" * (CAP // 6 - 1) + b'"')), "RPC-BAD-JSON"),
    "many values": (sending(http(b"[" + b"1," * 7_000_000 + b"1]")), "RPC-BAD-JSON"),
    "many names": (sending(http(b"{" + b",".join(b'"%d":0' % n for n in range(900_000)) + b"}")), "RPC-MISMATCH"),
    "a long number": (sending(http(b"1" * CAP)), "RPC-BAD-JSON"),
    "a long fraction": (sending(http(b"1." + b"1" * (CAP - 2))), "RPC-MISMATCH"),
    "a redirect": (sending(http(b"", "307 Temporary Redirect", "Location: /\r\n")), "RPC-REDIRECT"),
    "a redirect of a refusal": (
        sending(http(b'{"error":{"code":1,"message":"x"}}', "302 Found", "Location: /\r\n")), "RPC-REDIRECT"),
    "a gzip bomb": (
        sending(http(gzip.compress(bytes(1 << 28)), extra="Content-Encoding: gzip\r\n")), "RPC-HTTP"),
    "busy": (sending(http(b"", "503 Service Unavailable", "Retry-After: 99999\r\n")), "RPC-BUSY"),
    "busy in a refusal": (
        sending(http(b'{"error":{"code":-32005,"message":"limit"}}', "429 Too Many Requests")), "RPC-BUSY"),
    "forbidden": (sending(http(b"<html>", "403 Forbidden")), "RPC-HTTP"),
    "truncated": (changing(lambda given: json.dumps(given).encode()[:-9]), "RPC-BAD-JSON"),
    "no list": (changing(lambda given: given[0]), "RPC-MISMATCH"),
    "one answer less": (changing(lambda given: given[1:]), "RPC-MISMATCH"),
    "one answer more": (changing(lambda given: [*given, given[0]]), "RPC-MISMATCH"),
    "a number twice": (changing(lambda given: [given[0], given[0], *given[2:]]), "RPC-MISMATCH"),
    "other numbers": (changing(lambda given: [one | {"id": one["id"] + 1} for one in given]), "RPC-MISMATCH"),
    "the block before": (with_result(lambda block: CHAIN.printed(max(0, int(block["number"], 16) - 1))), "RPC-OTHER-BLOCK"),
    "blocks changed about": (
        changing(lambda given: [one | {"result": other["result"]} for one, other in zip(given, reversed(given), strict=True)]),
        "RPC-OTHER-BLOCK",
    ),
    "no block number": (with_result(lambda block: block | {"number": None}), "JSON"),
    "nothing": (with_result(lambda block: None), "RPC-NOTHING"),
    "text for a block": (with_result(lambda block: "block"), "RPC-BAD-JSON"),
    # Not refused here but by the rules of headers (H9).
    "a huge field": (with_result(lambda block: block | {"extraData": "0x" + "00" * 1_000_000}), ""),
}  # fmt: skip


@pytest.mark.parametrize("habit", HABITS)
def test_a_hostile_server_costs_bounded_time_and_memory(habit: str) -> None:
    handler, code = HABITS[habit]
    with RawServer(handler) as server:
        timeout = SHORT if code == "RPC-TIMEOUT" else LONG
        cost = cost_of(server.url, timeout)
        assert cost.code == code
        assert cost.seconds < BUDGET + SHORT + READING
        assert cost.mebibytes < MOST_MEBIBYTES
        assert server.connections <= 20


def test_an_honest_server_is_believed_by_the_same_process() -> None:
    with RawServer(changing(lambda given: given)) as server:
        cost = cost_of(server.url, LONG)
    assert (cost.code, cost.mebibytes < 40) == ("", True)
