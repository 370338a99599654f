"""Asking the node behind the server: trouble that passes is waited out shortly, a transaction is handed on once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from lightnode.node import upstream
from lightnode.node.request_time import RequestTime
from lightnode.node.upstream import UpstreamPool
from lightnode.rpc.errors import BusyError, RefusedError, RpcError
from lightnode.rpc.retrying import Pauses


class Client:
    """Gives trouble some times, then answers."""

    def __init__(self, *trouble: RpcError) -> None:
        self.trouble, self.asked = list(trouble), list[str]()

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        self.asked.append(method)
        if self.trouble:
            raise self.trouble.pop(0)
        return "answer"

    def close(self) -> None:
        return


def pool(client: Client) -> UpstreamPool:
    return UpstreamPool(lambda: client, 1, 0.1, RequestTime(20.0, time.monotonic))  # type: ignore[arg-type,return-value]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "PAUSES", Pauses(tries=3, first=0.001, longest=0.001, budget=3.0))


def test_a_busy_node_is_asked_again() -> None:
    client = Client(BusyError("busy"), BusyError("busy"))
    assert pool(client).call("eth_getProof") == "answer"
    assert client.asked == ["eth_getProof"] * 3


def test_an_end_is_put_to_it() -> None:
    client = Client(*[BusyError("busy")] * 9)
    with pytest.raises(BusyError):
        pool(client).call("eth_getProof")
    assert len(client.asked) == 3


def test_a_refusal_is_final_and_a_transaction_is_handed_on_once() -> None:
    refusing = Client(RefusedError(-32000, "World state unavailable"))
    with pytest.raises(RefusedError):
        pool(refusing).call("eth_getProof")
    sending = Client(BusyError("busy"))
    with pytest.raises(BusyError):
        pool(sending).call("eth_sendRawTransaction")
    assert (len(refusing.asked), len(sending.asked)) == (1, 1)
