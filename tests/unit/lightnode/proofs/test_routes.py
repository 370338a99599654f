"""The public route asks a server nothing but what EBSI's public API lists, and gets all that can be proven so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from lightnode.consensus.schedule import GOQUORUM
from lightnode.proofs.errors import NotProvableError
from lightnode.proofs.log_filter import LogFilter
from lightnode.proofs.log_scan import LogScan
from lightnode.proofs.routes import PUBLIC_METHODS, ProofRoute, PublicRoute, Route
from lightnode.rpc.errors import RefusedError
from lightnode.wire.types import Address
from tests.support.recorded_networks import NETWORKS, config, lines
from tests.support.recorded_server import RecordedServer, verified

WITH_RECEIPTS = [name for name in NETWORKS if lines(name, "receipts.jsonl")]
# The research note on EBSI, section 3.1; written here anew, so that the program's own list is held against it.
LISTED = {
    "eth_blockNumber", "eth_call", "eth_chainId", "eth_estimateGas", "eth_getBlockByHash", "eth_getBlockByNumber",
    "eth_getBlockReceipts", "eth_getBlockTransactionCountByHash", "eth_getBlockTransactionCountByNumber", "eth_getCode",
    "eth_getLogs", "eth_getTransactionByBlockHashAndIndex", "eth_getTransactionByBlockNumberAndIndex",
    "eth_getTransactionByHash", "eth_getTransactionCount", "eth_getTransactionReceipt", "net_version",
}  # fmt: skip


class PublicServer:
    """EBSI's public Ledger API over a recording: refuses every method that it does not list, and counts them."""

    def __init__(self, network: str, *, one_by_one: bool = False) -> None:
        self._recorded = RecordedServer(network, one_by_one=one_by_one)
        self.answered: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        if method not in LISTED:
            self.refused[method] += 1
            raise RefusedError(-32601, f"The method {method} does not exist/is not available")
        self.answered[method] += 1
        return self._recorded.call(method, params)


def scan(route: Route, network: str, wanted: LogFilter) -> int:
    known, search = verified(network), LogScan(wanted, route.body)
    for height in sorted(known):
        search.take(known[height])
    return len(search.result().logs)


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize("network", WITH_RECEIPTS)
def test_events_and_absence_are_proven_without_any_other_method(network: str, one_by_one: bool) -> None:
    server = PublicServer(network, one_by_one=one_by_one)
    route = PublicRoute(server, private_marks=config(network).schedule.client == GOQUORUM)
    printed = RecordedServer(network).receipts.values()
    assert scan(route, network, LogFilter(None)) == sum(len(one["logs"]) for listed in printed for one in listed)
    assert scan(route, network, LogFilter(frozenset({Address(b"\x77" * 20)}))) == 0
    assert not server.refused
    assert server.answered["eth_getBlockByNumber"]
    receipts = "eth_getTransactionReceipt" if one_by_one else "eth_getBlockReceipts"
    assert server.answered[receipts]


@pytest.mark.parametrize("network", WITH_RECEIPTS)
def test_state_is_refused_before_anything_is_asked(network: str) -> None:
    server, known = PublicServer(network), verified(network)
    route = PublicRoute(server)
    for ask in (
        lambda: route.state(known[5], Address(bytes(20)), [0]),
        lambda: route.code(known[5], Address(bytes(20))),
    ):
        with pytest.raises(NotProvableError) as failure:
            ask()
        assert failure.value.code == "ROUTE-UNPROVABLE"
        assert failure.value.height == 5
    assert not server.answered
    assert not server.refused


def test_the_other_route_over_the_public_server_is_told_no() -> None:
    server = PublicServer("besu-qbft-votes-london")
    with pytest.raises(RefusedError):
        ProofRoute(server).state(verified("besu-qbft-votes-london")[5], Address(bytes(20)))
    assert server.refused == {"eth_getProof": 1}


def test_the_list_of_the_program_is_within_the_published_one() -> None:
    assert PUBLIC_METHODS <= LISTED


def test_an_empty_block_costs_no_question() -> None:
    server, known = PublicServer("besu-qbft-votes-london"), verified("besu-qbft-votes-london")
    assert PublicRoute(server).body(known[1]).transactions == ()
    assert not server.answered
