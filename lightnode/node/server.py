"""The verified server's HTTP: a token for each request, a rate for all, so many answered at once; health without a token.

Invariants: nothing of a request is read before Host, Origin and token are checked; the token is compared in constant time
and never printed; whatever is asked, the answer is bounded in time by the limits of the node behind and of the search.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Any

from lightnode.node.call_rate import CallRate
from lightnode.node.errors import NodePortError
from lightnode.node.log_answers import LIMIT_EXCEEDED
from lightnode.node.methods import Methods
from lightnode.node.request_time import RequestTime
from lightnode.serving import envelope
from lightnode.serving.http_server import GuardedServer, HttpLimits, Reply, is_local
from lightnode.serving.refusal import _RpcError, error_object

HEALTH = "/health"
LOOPBACK = "127.0.0.1"
_UNAUTHORISED = Reply(401, {"error": "a token is wanted"}, (("WWW-Authenticate", 'Bearer realm="chancery"'),))


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What clients may take.

    Attributes:
        max_body: bytes of one request.
        max_batch: calls in one request.
        connections: open at once.
        concurrency: requests answered at once.
        queue_seconds: that a request waits for its turn.
        calls_per_second: of all clients together, for ever.
        burst: of all clients together, at once.
        request_seconds: for reading a whole request, and for answering a batch.
        answer_seconds: in which one call may put questions to the node.
    """

    max_body: int = 256 * 1024
    max_batch: int = 100
    connections: int = 64
    concurrency: int = 8
    queue_seconds: float = 5.0
    calls_per_second: float = 200.0
    burst: int = 1000
    request_seconds: float = 30.0
    answer_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens.

    Attributes:
        address: of this computer; loopback unless the operator says otherwise.
        port: 0 for any free one.
        names: by which clients may call it in Host, beside the address and, on loopback, localhost.
    """

    address: str = LOOPBACK
    port: int = 0
    names: tuple[str, ...] = ()


class VerifiedServer(GuardedServer):
    """Serves the methods over HTTP; stops with `shutdown`."""

    def __init__(
        self, methods: Methods, token: str, place: Place, health: Callable[[], tuple[bool, int | None]],
        limits: ServerLimits | None = None, request_time: RequestTime | None = None,
    ) -> None:  # fmt: skip
        """Listen.

        Args:
            methods: what to serve.
            token: that every request but one for health shows.
            place: where.
            health: tells whether answers can be given, and the newest verified block's age in seconds.
            limits: what clients may take.
            request_time: of the questions to the node; None where there is none to ask.

        Raises:
            NodePortError: it cannot be opened.
        """
        self._methods, self._token, self._health = methods, token.encode(), health
        self._rules = limits or ServerLimits()
        self._time = request_time or RequestTime(self._rules.answer_seconds, time.monotonic)
        self._rate = CallRate(self._rules.calls_per_second, self._rules.burst, time.monotonic)
        self._turns = threading.BoundedSemaphore(self._rules.concurrency)
        names = (place.address, *(("localhost",) if place.address == LOOPBACK else ()), *place.names)
        http = HttpLimits(self._rules.max_body, self._rules.connections, self._rules.request_seconds)
        try:
            super().__init__((place.address, place.port), http, names)
        except (OSError, OverflowError) as cause:
            raise NodePortError(f"Port {place.port} of {place.address} cannot be opened.") from cause
        self.url = f"http://{place.address}:{self.port}"

    def refusal(self, headers: Message) -> Reply | None:
        """Refuse foreign pages and names first, then whoever shows no token."""
        refused = super().refusal(headers)
        return refused if refused is not None or self._shows_token(headers) else _UNAUTHORISED

    def _shows_token(self, headers: Message) -> bool:
        shown = headers.get_all("Authorization") or []
        kind, _, token = (shown[0] if len(shown) == 1 else "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token)

    def answer(self, body: bytes) -> Reply:
        """Answer one request or batch, or say that too many are being answered."""
        if not self._turns.acquire(timeout=self._rules.queue_seconds):
            return Reply(503, error_object(None, LIMIT_EXCEEDED, "busy"), (("Retry-After", "1"),))
        try:
            rules = envelope.EnvelopeRules(
                self._rules.max_body, self._rules.max_batch, self._rules.request_seconds, strict=True
            )
            content = envelope.answer(body, rules, self._call)
        finally:
            self._turns.release()
        return Reply(204 if content is None else 200, content)

    def _call(self, method: Any, parameters: Any) -> Any:
        if not self._rate.take():
            raise _RpcError(LIMIT_EXCEEDED, "too many calls in this second")
        with self._time.running():
            return self._methods.answer(method, parameters)

    def page(self, path: str, headers: Message) -> Reply:
        """Give health, to anybody on this computer; it says only whether answers are given and how old they are."""
        if not is_local(headers, self.hosts):
            return Reply(403, {"error": "not from this computer"})
        if path != HEALTH:
            return Reply(405, {"error": "send JSON-RPC by POST"})
        ready, age = self._health()
        return Reply(200 if ready else 503, {"ready": ready, "age": age})
