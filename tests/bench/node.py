"""What a verified answer costs beside handing a node's answer on: the same upstream bytes, parsed in both cases."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from lightnode.node.methods import Methods, network_of
from lightnode.node.ports import Sources
from lightnode.node.server import Place, ServerLimits, VerifiedServer
from lightnode.node.upstream_prover import UpstreamProver
from lightnode.serving.http_server import GuardedServer, HttpLimits, Reply
from tests.bench.calibration import best, loop_seconds
from tests.bench.result import Result
from tests.support import recorded_networks as recorded
from tests.support.recorded_upstream import RecordedHeaders, RecordedNode, Standing, proofs, receipts

NETWORK = "besu-qbft-contract-cancun"
TIMES = 100


class Bytes:
    """A node's answers as the bytes that a connection would give."""

    def __init__(self) -> None:
        self._node = RecordedNode(NETWORK)
        self._raw: dict[str, bytes] = {}

    def raw(self, method: str, params: Sequence[Any]) -> bytes:
        """Give an answer's bytes, made once."""
        name = f"{method}{params}"
        if name not in self._raw:
            self._raw[name] = json.dumps(self._node.call(method, params)).encode()
        return self._raw[name]

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        """Read an answer."""
        return json.loads(self.raw(method, params))


def methods(upstream: Bytes) -> Methods:
    """Give the methods with nothing kept."""
    config = recorded.config(NETWORK)
    prover = UpstreamProver(upstream, private_marks=network_of(config).private_marks)
    return Methods(config, Sources(RecordedHeaders(NETWORK), prover, prover, prover), Standing(), version="bench")


class Proxy(GuardedServer):
    """Hands on what a node would say of a balance, behind the same guard."""

    def answer(self, body: bytes) -> Reply:
        """Read the question, give the answer."""
        return Reply(200, {"jsonrpc": "2.0", "id": json.loads(body)["id"], "result": "0x1"})


def over_http(served: Methods, who: str, tag: str) -> float:
    """Give the time of a verified balance over that of one handed on, both over one open connection each."""
    token = "bench"
    limits = ServerLimits(calls_per_second=1e9, burst=10**9)
    verified = VerifiedServer(served, token, Place(), lambda: (True, 0), limits)
    proxy = Proxy(("127.0.0.1", 0), HttpLimits(1 << 16, 8, 30.0), ("127.0.0.1",))
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": [who, tag]})
    took = []
    for server in (verified, proxy):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", server.port)

        def ask(open_one: http.client.HTTPConnection = connection) -> None:
            open_one.request("POST", "/", body, {"Authorization": f"Bearer {token}"})
            if "result" not in json.loads(open_one.getresponse().read()):
                raise AssertionError("no answer")

        ask()
        took.append(best(lambda asking=ask: [asking() for _ in range(TIMES)]))  # type: ignore[misc]
        connection.close()
        server.shutdown()
        server.server_close()
    return took[0] / took[1]


def run() -> list[Result]:
    """Ask for a balance, a block and receipts, verified and handed on."""
    upstream = Bytes()
    kept = methods(upstream)
    (who, _, at), *_ = [line["params"] for line in proofs(NETWORK)]
    tag = at if isinstance(at, str) else hex(at)
    height = hex(max(receipts(NETWORK), key=lambda number: len(receipts(NETWORK)[number])))
    loop = loop_seconds()

    def took(action: Callable[[], object]) -> float:
        action()
        return best(lambda: [action() for _ in range(TIMES)]) / TIMES

    def handed_on(raw: bytes) -> float:
        return took(lambda: json.dumps(json.loads(raw)))

    def verified(served: Callable[[], Methods], method: str, *params: Any) -> float:
        return took(lambda: json.dumps(served().answer(method, list(params))))

    proven_balance = verified(lambda: kept, "eth_getBalance", who, tag)
    plain_block = handed_on(upstream.raw("eth_getBlockByNumber", [height, True]))
    cold_block = verified(lambda: methods(upstream), "eth_getBlockByNumber", height, True)
    warm_block = verified(lambda: kept, "eth_getBlockByNumber", height, True)
    plain_receipts = handed_on(upstream.raw("eth_getBlockReceipts", [height]))
    warm_receipts = verified(lambda: kept, "eth_getBlockReceipts", height)
    return [
        Result("node.balance.loops: verified balances in one calibration loop", loop / proven_balance, "answers", 20.0, False),
        Result("node.balance.http: a verified balance over HTTP beside one handed on over HTTP", over_http(kept, who, tag), "ratio", 20.0),
        Result("node.block.loops: verified blocks, never seen, in one calibration loop", loop / cold_block, "answers", 3.0, False),
        Result("node.block.cold: a verified block, never seen, beside one handed on", cold_block / plain_block, "ratio", 60.0),
        Result("node.block.warm: a verified block, proven before, beside one handed on", warm_block / plain_block, "ratio", 30.0),
        Result("node.receipts.warm: verified receipts, proven before, beside those handed on", warm_receipts / plain_receipts, "ratio", 30.0),
    ]  # fmt: skip
