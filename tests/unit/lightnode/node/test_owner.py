"""The thread that owns the light client: it follows, answers between steps, outlives trouble, and keeps nobody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.node import owner as owners
from lightnode.node.errors import NodeStoppedError
from lightnode.node.owned_headers import OwnedHeaders
from lightnode.node.owner import Owner
from lightnode.rpc.errors import UnreachableError
from lightnode.wire.types import Hash32
from tests.support.recorded_upstream import verified

HEADERS = verified("besu-qbft-votes-london")


class Client:
    """A light client over recorded headers, which notes who calls it."""

    def __init__(self) -> None:
        self.height, self.target, self.step = 0, 0, 10
        self.trouble: Exception | None = None
        self.threads: set[int] = set()
        self.asked: list[int] = []
        self.closed = False

    def _note(self) -> None:
        self.threads.add(threading.get_ident())

    def advance(self) -> bool:
        self._note()
        if self.trouble is not None:
            raise self.trouble
        self.height = min(self.target, self.height + self.step)
        return self.height < self.target

    def head(self) -> VerifiedHeader:
        self._note()
        return HEADERS[self.height]

    def header(self, height: int) -> VerifiedHeader:
        self._note()
        self.asked.append(height)
        return HEADERS[height]

    def run(self, heights: list[int]) -> dict[int, VerifiedHeader]:
        return {height: self.header(height) for height in heights}

    def height_of(self, name: Hash32) -> int | None:
        self._note()
        return next((one.height for one in HEADERS if one.block_hash == name), None)

    def close(self) -> None:
        self._note()
        self.closed = True


@contextmanager
def running(client: Client) -> Iterator[Owner[Client]]:
    owner = Owner(lambda: client, 0.02)
    owner.start()
    try:
        yield owner
    finally:
        owner.close()


def until(holds: object) -> None:
    deadline = time.monotonic() + 10
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_follows_in_steps_and_everything_happens_in_one_thread() -> None:
    client = Client()
    client.target = 45
    with running(client) as owner:
        until(lambda: owner.head.height == 45)
        assert owner.wait_until_caught_up(5)
        client.target = 50
        until(lambda: owner.head.height == 50)
        headers = OwnedHeaders(owner)
        found: list[int] = []
        askers = [threading.Thread(target=lambda: found.append(headers.header(7).height)) for _ in range(8)]
        for one in askers:
            one.start()
        for one in askers:
            one.join()
        assert found == [7] * 8
    assert client.closed
    assert len(client.threads) == 1
    assert threading.get_ident() not in client.threads


def test_headers_are_asked_once_and_found_by_hash() -> None:
    client = Client()
    client.target = 50
    with running(client) as owner:
        until(lambda: owner.head.height == 50)
        headers = OwnedHeaders(owner)
        assert [one.height for one in headers.run(range(3, 8))] == [3, 4, 5, 6, 7]
        assert client.asked == [3, 4, 5, 6, 7]
        assert [one.height for one in headers.run(range(5, 10))] == [5, 6, 7, 8, 9]
        assert client.asked == [3, 4, 5, 6, 7, 8, 9]
        assert headers.height_of(HEADERS[12].block_hash) == 12
        assert headers.height_of(HEADERS[50].block_hash) == 50
        assert headers.height_of(Hash32(bytes(32))) is None


def test_trouble_is_noted_and_ends_nothing() -> None:
    client = Client()
    client.target = 10
    with running(client) as owner:
        until(lambda: owner.head.height == 10)
        client.trouble = UnreachableError("No connection.")
        until(lambda: owner.trouble is not None)
        assert owner.trouble is client.trouble
        assert owner.ask(lambda one: one.height) == 10
        client.trouble, client.target = None, 20
        until(lambda: owner.head.height == 20)
        assert owner.trouble is None


def test_a_fault_reaches_who_asked_and_nobody_else() -> None:
    with running(Client()) as owner:
        with pytest.raises(ZeroDivisionError):
            owner.ask(lambda _: 1 // 0)
        assert owner.alive


def test_a_client_that_cannot_be_opened_says_why() -> None:
    def fails() -> Client:
        raise UnreachableError("No connection.")

    with pytest.raises(UnreachableError):
        Owner(fails, 1.0).start()


def test_after_its_end_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Client()) as owner:
        pass
    with pytest.raises(NodeStoppedError):
        owner.ask(lambda one: one.height)
    client = Client()
    with running(client) as broken:
        client.trouble = RuntimeError("a fault of ours")
        until(lambda: not broken.alive)
        with pytest.raises(NodeStoppedError):
            broken.ask(lambda one: one.height)
        assert broken.fault is client.trouble
    monkeypatch.setattr(owners, "ANSWER_SECONDS", 0.1)
    with running(Client()) as slow, pytest.raises(NodeStoppedError, match="no answer"):
        slow.ask(lambda _: time.sleep(0.5))
