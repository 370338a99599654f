"""Asking the node behind the server from many threads: a few connections, each used by one thread at a time."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from lightnode.node.request_time import RequestTime
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.errors import UnreachableError
from lightnode.rpc.retrying import Pauses, Retrying

# Trouble that passes is waited out shortly: somebody waits for the answer.
PAUSES = Pauses(tries=3, first=0.2, longest=1.0, budget=3.0)
SEND = "eth_sendRawTransaction"


class Upstream(Protocol):
    """Questions to a node; answers are claims."""

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        """Ask one question.

        Raises:
            RpcError: the node gives trouble.
        """


class UpstreamPool:
    """So many connections to one node, opened when they are first needed."""

    def __init__(self, make: Callable[[], JsonRpcClient], size: int, wait: float, time: RequestTime) -> None:
        """Take the way to make a client.

        Args:
            make: gives a client that nobody else uses.
            size: how many at once.
            wait: seconds that a caller waits for a free one.
            time: that each request has for all its questions.
        """
        self._wait, self._time = wait, time
        self._made: list[JsonRpcClient] = [make() for _ in range(size)]
        # The last one given back is taken first: its connection is the likeliest to be open still.
        self._free: queue.LifoQueue[tuple[JsonRpcClient, Retrying]] = queue.LifoQueue()
        for client in self._made:
            self._free.put((client, Retrying(PAUSES)))

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        """Ask by whichever connection is free.

        Raises:
            DeadlineError: the request that this is for has no more time.
            UnreachableError: none became free.
            RpcError: the node gives trouble.
        """
        self._time.demand()
        try:
            client, retrying = self._free.get(timeout=self._wait)
        except queue.Empty as cause:
            raise UnreachableError("All connections to the node are in use.") from cause
        try:
            if method == SEND:
                # Whoever sends decides himself whether to send again.
                return client.call(method, params)
            return retrying.ask(lambda: client.call(method, params))
        finally:
            self._free.put((client, retrying))

    def close(self) -> None:
        """Close all connections."""
        for client in self._made:
            with suppress(OSError):
                client.close()
