"""HTTP for JSON-RPC: who may ask is decided before anything is read, and every connection has only so long.

Invariants:
- One Host header that names this server, no Origin header (a page of another site has one), one plain Content-Length.
- A refused body is not taken for a next request.
"""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lightnode.serving.connections import Connections

# For one read or write.
_PART_SECONDS = 30
# A body that is refused for its length is read so far and so long: a client that still writes would lose the answer.
_MAX_DRAINED = 64 * 1024 * 1024
_DRAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP.

    Attributes:
        status: of HTTP.
        content: JSON; None for no body.
        headers: beside those that every reply has.
    """

    status: int
    content: Any
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one client may take of the server.

    Attributes:
        max_body: bytes of a request.
        connections: open at once.
        request_seconds: for a whole request with header and body.
    """

    max_body: int
    connections: int
    request_seconds: float


def is_local(headers: Message, hosts: frozenset[str]) -> bool:
    """Tell whether a request names this server and comes from no web page.

    Args:
        headers: of the request.
        hosts: the values that its Host may have, with the port.
    """
    named = headers.get_all("Host") or []
    return len(named) == 1 and named[0] in hosts and headers.get("Origin") is None


def body_length(headers: Message, limit: int) -> int | None:
    """Give the length of a body; None where it is too large, said twice, or not said at all."""
    lengths = headers.get_all("Content-Length") or []
    if len(lengths) != 1 or headers.get("Transfer-Encoding") is not None:
        return None
    length = lengths[0]
    if not length.isascii() or not length.isdigit() or len(length) > 9 or int(length) > limit:
        return None
    return int(length)


class GuardedServer(ThreadingHTTPServer):
    """A server of JSON-RPC; stops with `shutdown`. Whoever derives from it says how a body is answered."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], limits: HttpLimits, hosts: tuple[str, ...]) -> None:
        """Listen.

        Args:
            address: where; port 0 for any free one.
            limits: of each request.
            hosts: names by which clients reach it, without port.

        Raises:
            OSError: it cannot be opened.
        """
        self.limits = limits
        self.connections = Connections(limits.connections, limits.request_seconds)
        super().__init__(address, _Handler)
        self.port: int = self.server_address[1]
        self.hosts = frozenset(f"{host}:{self.port}" for host in hosts)

    def refusal(self, headers: Message) -> Reply | None:
        """Say why a request is refused before its body is read; None where it is not."""
        return None if is_local(headers, self.hosts) else Reply(403, {"error": "not from this computer"})

    def answer(self, body: bytes) -> Reply:
        """Answer a body."""
        raise NotImplementedError

    def page(self, path: str, headers: Message) -> Reply:
        """Answer a GET: none, since JSON-RPC is POST."""
        return Reply(405, {"error": "send JSON-RPC by POST"})

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, or close it where too many are being answered."""
        if not self.connections.admit(request):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, then give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.gone(request)

    def service_actions(self) -> None:
        """Between two connections, and twice a second, close those that are late."""
        self.connections.cut_late()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: a client that goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _PART_SECONDS
    # Header and body are two writes: without this the second waits 40 ms for the client to acknowledge the first.
    disable_nagle_algorithm = True
    server: GuardedServer

    def handle_one_request(self) -> None:
        """Read and answer a request."""
        self.server.connections.reading(self.connection)
        super().handle_one_request()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep quiet: what programs ask is nobody's business."""

    def version_string(self) -> str:
        """Say no version of Python to anybody."""
        return "chancery"

    def do_POST(self) -> None:
        """Answer one request or batch."""
        refusal = self.server.refusal(self.headers)
        if refusal is not None:
            # The unread body must not be taken for a next request.
            self.close_connection = True
            self._send(refusal)
            return
        length = body_length(self.headers, self.server.limits.max_body)
        if length is None:
            self.close_connection = True
            self._send(Reply(413, {"error": "too large, or without a length"}))
            self._drain()
            return
        body = self.rfile.read(length)
        if len(body) == length:
            self.server.connections.answering(self.connection)
            reply = self.server.answer(body)
            # Who does not take its answer gives way like who does not end its question.
            self.server.connections.reading(self.connection)
            self._send(reply)

    def _drain(self) -> None:
        """Say that nothing follows, then read what the client still sends: unread bytes would reset the connection."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_DRAIN_SECONDS)
        end, left = time.monotonic() + _DRAIN_SECONDS, _MAX_DRAINED
        while left > 0 and time.monotonic() < end:
            part = self.rfile.read1(min(left, 1 << 16))
            if not part:
                return
            left -= len(part)

    def do_GET(self) -> None:
        """Answer what is no JSON-RPC; such a connection ends."""
        self.close_connection = True
        self._send(self.server.page(self.path, self.headers))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request that is served, in the form of all other refusals; such a connection ends."""
        self.close_connection = True
        self._send(Reply(code, {"error": "no request that is served here"}))

    def _send(self, reply: Reply) -> None:
        raw = b"" if reply.content is None else json.dumps(reply.content).encode()
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if raw:
            self.send_header("Content-Type", "application/json")
        if reply.status != 204:
            self.send_header("Content-Length", str(len(raw)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(raw)
