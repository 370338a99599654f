"""JSON-RPC of the local network over loopback HTTP.

The training network takes writes and needs no token; that is why nothing but loopback is served and a page from another
origin gets nothing.
"""

from __future__ import annotations

from lightnode.devnet.errors import DevnetPortError
from lightnode.devnet.rpc_methods import Methods
from lightnode.serving import envelope
from lightnode.serving.http_server import GuardedServer, HttpLimits, Reply

MAX_BODY = 4 * 1024 * 1024
MAX_BATCH = 1024
MAX_CONNECTIONS = 64
REQUEST_SECONDS = 30.0
# What a batch has not answered by then, it answers no more.
BATCH_SECONDS = 30.0


class RpcServer(GuardedServer):
    """The server; stops with `shutdown`."""

    def __init__(self, methods: Methods, port: int) -> None:
        """Listen on loopback.

        Args:
            methods: what to serve.
            port: 0 for any free one.

        Raises:
            DevnetPortError: it cannot be opened.
        """
        self.methods = methods
        limits = HttpLimits(MAX_BODY, MAX_CONNECTIONS, REQUEST_SECONDS)
        try:
            super().__init__(("127.0.0.1", port), limits, ("127.0.0.1", "localhost"))
        except OSError as cause:
            raise DevnetPortError(f"Port {port} of this computer cannot be opened.") from cause

    def answer(self, body: bytes) -> Reply:
        """Answer one request or batch."""
        rules = envelope.EnvelopeRules(MAX_BODY, MAX_BATCH, BATCH_SECONDS)
        return Reply(200, envelope.answer(body, rules, self.methods.answer))

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://127.0.0.1:{self.port}"
