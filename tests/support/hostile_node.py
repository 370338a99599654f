"""A node in front of a local network that answers as other makes, small nodes and bad nodes do; one flag for each habit."""

from __future__ import annotations

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lightnode.wire.transaction import decode_transaction

NO_CODE = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
FLAGS: dict[str, Any] = {
    "account_missing": False,  # Besu before October 2025: no proof about accounts that are not in the state
    "window": None,  # how many recent states it keeps
    "refusal": None,  # number and words with which it refuses every transaction
    "swallow": False,  # takes transactions and forgets them
    "hide": False,  # knows no transaction
    "behind": 0,  # every second answer comes from a node this many blocks behind
    "least_price": 0,  # wei a unit of gas
    "trouble": {},  # number and words by method
    "pending": None,  # what it says the next number is, waiting transactions counted
}


class _RefusalError(Exception):
    """A JSON-RPC error on its way out."""

    def __init__(self, number: int, words: str, data: Any = None) -> None:
        super().__init__(words)
        self.error = {"code": number, "message": words} | ({"data": data} if data is not None else {})


class HostileNode:
    """Listens on `url`; tests set the flags above as attributes and read `seen`, the methods asked."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._asked = 0
        self.flags: dict[str, Any] = {}
        self.seen: list[str] = []
        self.behave()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def behave(self, **habits: Any) -> None:
        """Take on these habits and no others."""
        assert habits.keys() <= FLAGS.keys()
        self.flags = {**FLAGS, **habits}
        self.seen = []

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        self.seen.append(question["method"])
        try:
            body: dict[str, Any] = {"result": self._result(question["method"], question.get("params", []))}
        except _RefusalError as refusal:
            body = {"error": refusal.error}
        return {"jsonrpc": "2.0", "id": question["id"], **body}

    def _ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
        request = urllib.request.Request(self._upstream, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            answer = json.loads(reply.read())
        if "error" in answer:
            raise _RefusalError(answer["error"]["code"], answer["error"]["message"], answer["error"].get("data"))
        return answer["result"]

    def _head(self) -> int:
        self._asked += 1
        late = self.flags["behind"] if self._asked % 2 else 0
        return max(int(self._ask("eth_blockNumber"), 16) - late, 0)

    def _result(self, method: str, params: list[Any]) -> Any:
        if method in self.flags["trouble"]:
            raise _RefusalError(*self.flags["trouble"][method])
        special = getattr(self, "_" + method, None)
        return self._ask(method, *params) if special is None else special(params)

    def _eth_blockNumber(self, _: list[Any]) -> str:
        return hex(self._head())

    def _eth_getBlockByNumber(self, params: list[Any]) -> Any:
        return self._ask("eth_getBlockByNumber", *params) if int(params[0], 16) <= self._head() else None

    def _eth_getBlockReceipts(self, params: list[Any]) -> Any:
        return self._ask("eth_getBlockReceipts", *params) if int(params[0], 16) <= self._head() else None

    def _eth_getTransactionByHash(self, params: list[Any]) -> Any:
        found = None if self.flags["hide"] else self._ask("eth_getTransactionByHash", *params)
        return None if found and found["blockNumber"] and int(found["blockNumber"], 16) > self._head() else found

    def _eth_getTransactionCount(self, params: list[Any]) -> Any:
        if params[1] == "pending" and self.flags["pending"] is not None:
            return self.flags["pending"]
        return self._ask("eth_getTransactionCount", *params)

    def _eth_getProof(self, params: list[Any]) -> Any:
        height, head, window = int(params[2], 16), self._head(), self.flags["window"]
        if height > head or (window is not None and height < head - window):
            raise _RefusalError(-32000, "World state unavailable")
        proof = self._ask("eth_getProof", *params)
        empty = proof["nonce"] == proof["balance"] == "0x0" and proof["codeHash"] in (NO_CODE, "0x" + "0" * 64)
        if self.flags["account_missing"] and empty:
            raise _RefusalError(-32000, "Account not found")
        return proof

    def _eth_gasPrice(self, _: list[Any]) -> str:
        return hex(self.flags["least_price"])

    def _eth_sendRawTransaction(self, params: list[Any]) -> Any:
        if self.flags["refusal"] is not None:
            raise _RefusalError(*self.flags["refusal"])
        transaction = decode_transaction(bytes.fromhex(params[0][2:]))
        if (transaction.unsigned.gas_price or 0) < self.flags["least_price"]:
            raise _RefusalError(-32009, "Gas price below configured minimum gas price")
        return (
            f"0x{transaction.hash().hex()}" if self.flags["swallow"] else self._ask("eth_sendRawTransaction", *params)
        )


def _handler(node: HostileNode) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            return

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = [node.answer(one) for one in asked] if isinstance(asked, list) else node.answer(asked)
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
