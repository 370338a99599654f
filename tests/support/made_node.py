"""A made chain behind a local JSON-RPC address, as a node of that network: whole, behind, lying, or of another network."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.made_chain import MadeChain, State, proof_line


class MadeNode:
    """Serves a chain on `url` until closed.

    Attributes:
        head: what it says its newest block is; None for the chain's.
        change: changes a printed block before it is given.
        chain_id: what it says.
        states: the states after some blocks, for proofs.
        asked: every method asked for, in order.
        at_question: told how many were asked, before each answer.
    """

    def __init__(self, chain: MadeChain) -> None:
        self.chain = chain
        self.head: int | None = None
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda block: block
        self.chain_id = 1337
        self.states: dict[int, State] = {}
        self.asked: list[str] = []
        self.at_question: Callable[[int], None] = lambda count: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> MadeNode:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def result(self, method: str, params: list[Any]) -> Any:
        """Answer one question."""
        self.asked.append(method)
        self.at_question(len(self.asked))
        head = self.chain.height if self.head is None else self.head
        if method == "eth_chainId":
            return hex(self.chain_id)
        if method == "eth_blockNumber":
            return hex(head)
        if method == "eth_getBlockByNumber":
            height = int(params[0], 16)
            return None if height > head else self.change(self.chain.printed(height))
        if method == "eth_getProof":
            height = int(params[2], 16)
            state = self.states[max(at for at in self.states if at <= height)]
            slots = [int(slot, 16) for slot in params[1]]
            return proof_line(state, height, bytes.fromhex(params[0][2:]), slots)["result"]
        raise LookupError(method)

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer as JSON-RPC."""
        answer = {"jsonrpc": "2.0", "id": question["id"]}
        try:
            return answer | {"result": self.result(question["method"], question["params"])}
        except LookupError:
            return answer | {"error": {"code": -32601, "message": "Method not found"}}


def _handler(node: MadeNode) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body go out in two parts; Nagle would hold the second back for 40 ms.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = [node.answer(one) for one in question] if isinstance(question, list) else node.answer(question)
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return Handler
