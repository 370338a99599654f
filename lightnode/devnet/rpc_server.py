"""JSON-RPC over loopback HTTP: Host and Origin are checked, bodies, batches and connections are bounded.

The training network takes writes and needs no token; that is why nothing but loopback is served and a page from another
origin gets nothing.
"""

from __future__ import annotations

import json
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lightnode.devnet.connections import Connections
from lightnode.devnet.errors import DevnetPortError
from lightnode.devnet.rpc_methods import Methods
from lightnode.devnet.rpc_refusal import _RpcError
from lightnode.errors import LightNodeError
from lightnode.wire.json_value import parse

MAX_BODY = 4 * 1024 * 1024
MAX_BATCH = 1024
MAX_CONNECTIONS = 64
# For one read or write, and for a whole request with header and body.
_PART_SECONDS = 30
# A body that is refused for its length is read so far and so long: a client that still writes would lose the answer.
_MAX_DRAINED = 64 * 1024 * 1024
_DRAIN_SECONDS = 5.0
REQUEST_SECONDS = 30.0
# What a batch has not answered by then, it answers no more.
BATCH_SECONDS = 30.0


class RpcServer(ThreadingHTTPServer):
    """The server; stops with `shutdown`."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, methods: Methods, port: int) -> None:
        """Listen on loopback.

        Args:
            methods: what to serve.
            port: 0 for any free one.

        Raises:
            DevnetPortError: it cannot be opened.
        """
        self.methods = methods
        self.connections = Connections(MAX_CONNECTIONS, REQUEST_SECONDS)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as cause:
            raise DevnetPortError(f"Port {port} of this computer cannot be opened.") from cause

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

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _PART_SECONDS
    # Header and body are two writes: without this the second waits 40 ms for the client to acknowledge the first.
    disable_nagle_algorithm = True
    server: RpcServer

    def handle_one_request(self) -> None:
        """Read and answer a request."""
        self.server.connections.reading(self.connection)
        super().handle_one_request()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep quiet: a training network's log holds blocks, not requests."""

    def do_POST(self) -> None:
        """Answer one request or batch."""
        if not self._local():
            # The unread body must not be taken for a next request.
            self.close_connection = True
            self._send(403, {"error": "not from this computer"})
            return
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or len(length) > 9 or int(length) > MAX_BODY:
            self.close_connection = True
            self._send(413, {"error": "too large, or without a length"})
            self._drain()
            return
        body = self.rfile.read(int(length))
        if len(body) == int(length):
            self.server.connections.answering(self.connection)
            answer = self._answer(body)
            # Who does not take its answer gives way like who does not end its question.
            self.server.connections.reading(self.connection)
            self._send(200, answer)

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
        """Refuse: JSON-RPC is POST."""
        self.close_connection = True
        self._send(405, {"error": "send JSON-RPC by POST"})

    def _local(self) -> bool:
        """Refuse pages of other origins and names that only resolve to loopback."""
        port = self.server.server_address[1]
        host = self.headers.get("Host", "")
        return host in (f"127.0.0.1:{port}", f"localhost:{port}") and self.headers.get("Origin") is None

    def _answer(self, body: bytes) -> Any:
        try:
            request = parse(body, MAX_BODY)
        except LightNodeError:
            return _error(None, -32700, "Parse error")
        if isinstance(request, list):
            if not 1 <= len(request) <= MAX_BATCH:
                return _error(None, -32600, "Invalid Request")
            end = time.monotonic() + BATCH_SECONDS
            return [self._one(item, late=time.monotonic() > end) for item in request]
        return self._one(request)

    def _one(self, request: Any, *, late: bool = False) -> Any:
        if not isinstance(request, dict):
            return _error(None, -32600, "Invalid Request")
        name, parameters = request.get("id"), request.get("params")
        # A fraction would not come back as it went; an infinite one is no JSON.
        if not isinstance(name, str | int | None) or isinstance(name, bool):
            return _error(None, -32600, "Invalid Request")
        if late:
            return _error(name, -32603, "Timeout expired")
        try:
            result = self.server.methods.answer(request.get("method"), [] if parameters is None else parameters)
        except _RpcError as error:
            return _error(name, error.code, error.message, error.extra)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not hang the client
            return _error(name, -32603, f"Internal error: {type(error).__name__}")
        return {"jsonrpc": "2.0", "id": name, "result": result}

    def _send(self, status: int, content: Any) -> None:
        raw = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(raw)


def _error(name: Any, code: int, message: str, extra: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if extra is not None:
        error["data"] = extra
    return {"jsonrpc": "2.0", "id": name, "error": error}
