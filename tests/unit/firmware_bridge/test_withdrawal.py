"""CANCEL is answered truthfully, and a token that hangs holds up nothing but itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_bridge.client import SignerClient
from firmware_bridge.errors import (
    BridgeError,
    BusyError,
    CancelledError,
    MalformedRequestError,
    NoSuchRequestError,
    TokenSilentError,
)
from firmware_bridge.messages import Method, Request
from firmware_bridge.signer import service
from firmware_bridge.signer.work import Withdrawal, Work
from tests.support.link_host import hear, post
from tests.support.signer_bench import SignerBench

NAME = b"\x17" * 16


class Slow:
    """Holds the bench's token up at signing until it is let go."""

    def __init__(self, bench: SignerBench) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self._sign = bench.token.sign_digest
        bench.token.sign_digest = self._wait

    def _wait(self, *given: object) -> object:
        self.begun.set()
        assert self.go.wait(30)
        return self._sign(*given)


@pytest.fixture
def bench(tmp_path: Path) -> SignerBench:
    return SignerBench(tmp_path)


@pytest.fixture
def slow(bench: SignerBench) -> Iterator[Slow]:
    held = Slow(bench)
    yield held
    held.go.set()


def asked(bench: SignerBench) -> Request:
    opening = bench.opening()
    wanted = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    parameters = [wanted.key_label, wanted.payload, wanted.template_id, wanted.opening, None]
    return Request(NAME, Method.SIGN_TRANSACTION, parameters)


def send(client: SignerClient, request: Request) -> None:
    post(client, request)


def failure(client: SignerClient) -> int:
    while True:
        response = hear(client, NAME)
        if response.failure is not None:
            return response.failure.number


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def free(client: SignerClient) -> bool:
    try:
        return bool(client.keys())
    except BusyError:
        return False


def log(bench: SignerBench) -> bytes:
    return bytes.fromhex((bench.folder / "state" / "audit.log").read_text().replace("\n", ""))


def test_a_signature_that_comes_after_its_cancel_is_thrown_away(bench: SignerBench, slow: Slow) -> None:
    request = asked(bench)
    with bench.client() as client:
        send(client, request)
        assert slow.begun.wait(10)
        send(client, Request(b"\1" * 16, Method.CANCEL, NAME))
        # At once, while the token still hangs.
        assert failure(client) == CancelledError.number
        with pytest.raises(BusyError, match="token behind the signer has not answered"):
            client.info()
        with pytest.raises(BusyError):
            client.call(Method.SIGN_TRANSACTION, request.parameters, NAME)
        with pytest.raises(NoSuchRequestError):
            client.call(Method.CANCEL, NAME)
        slow.go.set()
        until(lambda: free(client))
        assert log(bench).count(b"discarded") == 1
        assert b"transaction\x78" not in log(bench)
        assert bench.session.files.answered(NAME) is None
        assert bench.session.files.memory().nonces == ()
        # The same id begins anew: screens are shown again.
        bench.finger.seen.clear()
        assert client.call(Method.SIGN_TRANSACTION, request.parameters, NAME)
        assert bench.finger.seen


def test_cancel_says_what_became_of_it(bench: SignerBench, slow: Slow) -> None:
    bench.finger.decide = lambda shown: None
    with bench.client() as client:
        send(client, asked(bench))
        until(bench.port.current)
        assert client.call(Method.CANCEL, NAME) == Withdrawal.WITHDRAWN
        until(lambda: free(client))
        bench.finger.decide = lambda shown: "approve" if shown.last else "next"
        send(client, asked(bench))
        assert slow.begun.wait(10)
        assert client.call(Method.CANCEL, NAME) == Withdrawal.DISCARDED
        slow.go.set()
        until(lambda: free(client))
        assert client.call(Method.SIGN_TRANSACTION, asked(bench).parameters, NAME)
        assert client.call(Method.CANCEL, NAME) == Withdrawal.TOO_LATE


@pytest.mark.parametrize("bad", [None, 5, [], b"", bytes(15), bytes(17), "x" * 16, True, [bytes(16)]])
def test_cancel_of_nothing(bench: SignerBench, bad: object) -> None:
    with bench.client() as client:
        with pytest.raises(MalformedRequestError):
            client.call(Method.CANCEL, bad)
        with pytest.raises(NoSuchRequestError):
            client.call(Method.CANCEL, os.urandom(16))


def test_a_token_that_hangs_runs_out_of_time(bench: SignerBench, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "TOKEN_SECONDS", 0.5)
    request = asked(bench)
    with bench.client() as client:
        with pytest.raises(TokenSilentError):
            client.call(Method.SIGN_TRANSACTION, request.parameters, NAME)
        with pytest.raises(BusyError, match="has not answered"):
            client.info()
    with bench.client() as again:
        slow.go.set()
        until(lambda: free(again))
    assert log(bench).count(b"discarded") == 1


def test_a_key_list_that_hangs_can_be_withdrawn(bench: SignerBench) -> None:
    begun, go, keys = threading.Event(), threading.Event(), bench.token.keys
    bench.token.keys = lambda: (begun.set(), go.wait(30), keys())[2]
    cancel = threading.Event()
    failed: list[BridgeError] = []

    def ask() -> None:
        with bench.client(cancel) as client:
            try:
                client.keys()
            except BridgeError as error:
                failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(10)
    cancel.set()
    asking.join(10)
    go.set()
    assert [error.code for error in failed] == ["DEVICE-CANCELLED"]


def test_one_of_withdrawal_and_outcome_wins() -> None:
    work = Work()
    work.begin()
    work.commit()
    assert work.withdraw() is Withdrawal.TOO_LATE
    work = Work()
    assert work.withdraw() is Withdrawal.WITHDRAWN
    for late in (work.begin, work.commit):
        with pytest.raises(CancelledError):
            late()
