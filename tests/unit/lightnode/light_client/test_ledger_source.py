"""A node as a source of headers: batches that are split, blocks that were not asked for, trouble that passes."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from lightnode.light_client.ledger_source import LedgerSource
from lightnode.rpc import errors
from lightnode.rpc.client import MAX_BATCH, JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.retrying import Retrying
from tests.support.made_chain import MadeChain
from tests.support.raw_server import RawServer, http

HEIGHTS = range(1, 41)


@pytest.fixture(scope="module")
def chain() -> MadeChain:
    made = MadeChain()
    for _ in range(40):
        made.block()
    return made


class Node:
    """Answers batches; `trouble` may answer, or close the connection with None, instead."""

    def __init__(self, chain: MadeChain, trouble: Callable[[Any, int], bytes | None] | None = None) -> None:
        self.chain, self.trouble = chain, trouble
        self.sizes: list[int] = []

    def __call__(self, connection: socket.socket, body: bytes) -> None:
        asked = json.loads(body)
        self.sizes.append(len(asked) if isinstance(asked, list) else 0)
        said = self.trouble(asked, len(self.sizes)) if self.trouble is not None else b""
        if said is None:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            connection.sendall(said or http(json.dumps(self.answers(asked)).encode()))

    def answers(self, asked: Any) -> Any:
        if isinstance(asked, list):
            return [self.answers(one) for one in asked]
        return {"id": asked["id"], "result": self.chain.printed(int(asked["params"][0], 16))}


def ask(node: Node, heights: range = HEIGHTS, max_bytes: int = 1 << 24) -> list[int]:
    with RawServer(node) as server, JsonRpcClient(server.url, 5, max_bytes) as client:
        source = LedgerSource(Ledger(client), Retrying(sleep=lambda seconds: None))
        return [one.header.number for one in source.headers(heights)]


def test_headers_come_in_one_request(chain: MadeChain) -> None:
    node = Node(chain)
    assert ask(node) == list(HEIGHTS)
    assert node.sizes == [40]


def test_more_than_a_batch_comes_in_several(chain: MadeChain) -> None:
    node = Node(chain)
    heights = [5] * (MAX_BATCH + 3)
    assert ask(node, heights) == heights  # type: ignore[arg-type]
    assert node.sizes == [MAX_BATCH, 3]


def test_a_batch_that_is_too_big_is_halved_and_stays_so(chain: MadeChain) -> None:
    node = Node(chain)
    one = len(json.dumps(node.answers({"id": 1, "params": ["0x1"]})))
    assert ask(node, max_bytes=12 * one) == list(HEIGHTS)
    assert node.sizes == [40, 20, 10, 10, 10, 10]
    node = Node(chain)
    with pytest.raises(errors.TooBigError):
        ask(node, max_bytes=one // 2)
    assert node.sizes == [40, 20, 10, 5, 2, 1]


@pytest.mark.parametrize(
    "trouble",
    [
        lambda asked, turn: http(b"busy", "503 Service Unavailable", "Retry-After: 2\r\n") if turn < 4 else b"",
        lambda asked, turn: http(b"", "429 Too Many Requests") if turn < 4 else b"",
        lambda asked, turn: http(b"", "502 Bad Gateway") if turn < 4 else b"",
        lambda asked, turn: None if turn < 4 else b"",
    ],
)
def test_trouble_that_passes_costs_no_header(chain: MadeChain, trouble: Callable[[Any, int], bytes | None]) -> None:
    assert ask(Node(chain, trouble)) == list(HEIGHTS)


@pytest.mark.parametrize("status", ["400 Bad Request", "200 OK"])
def test_a_refusal_is_asked_once(chain: MadeChain, status: str) -> None:
    refusal = json.dumps({"id": 1, "error": {"code": -32000, "message": "no"}}).encode()
    node = Node(chain, lambda asked, turn: http(refusal, status))
    with pytest.raises(errors.RefusedError):
        ask(node, range(1, 2))
    # The batch, and then its question by itself: some servers take no batches.
    assert node.sizes == [1, 0]


def test_a_node_behind_the_address_that_lags_is_asked_for_the_missing_ones_only(chain: MadeChain) -> None:
    lacks: Counter[str] = Counter()

    class Lagging(Node):
        def answers(self, asked: Any) -> Any:
            if isinstance(asked, list):
                return [self.answers(one) for one in asked]
            height = asked["params"][0]
            lacks[height] += 1
            missing = int(height, 16) > 38 and lacks[height] < 4
            return {"id": asked["id"], "result": None} if missing else super().answers(asked)

    node = Lagging(chain)
    assert ask(node) == list(HEIGHTS)
    assert node.sizes == [40, *[0] * (40 + 2 * 2)]


def test_a_block_that_was_not_asked_for_is_no_answer(chain: MadeChain) -> None:
    class Shifted(Node):
        def answers(self, asked: Any) -> Any:
            if isinstance(asked, list):
                return [self.answers(one) for one in asked]
            return {"id": asked["id"], "result": self.chain.printed(7)}

    node = Shifted(chain)
    with pytest.raises(errors.OtherBlockError, match="block 8"):
        ask(node, range(7, 9))
    assert node.sizes == [2]


def test_a_server_without_batches_meets_one_time_limit_for_all(
    chain: MadeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one, each answer just in time would take as many times as long as there are questions."""
    passed = [0.0]
    monkeypatch.setattr("lightnode.rpc.client.time.monotonic", lambda: passed[0])

    def trouble(asked: Any, turn: int) -> bytes:
        if isinstance(asked, list):
            return http(b'{"error":{"code":-32600,"message":"no batches"}}')
        passed[0] += 4.9
        return b""

    node = Node(chain, trouble)
    with RawServer(node) as server, JsonRpcClient(server.url, 5) as client, pytest.raises(errors.DeadlineError):
        client.batch([("eth_getBlockByNumber", [hex(height), False]) for height in HEIGHTS])
    assert len(node.sizes) == 1 + 7
