"""Proving an act in a block that it shares with transactions which this program does not read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desktop.services.inclusion import Observer
from desktop.services.job import Inclusion, JobState
from desktop.services.job_errors import ProviderLiesError
from lightnode.consensus.genesis import load_genesis
from lightnode.light_client.follower import Follower
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.rpc.errors import RefusedError
from lightnode.rpc.ledger import Ledger
from lightnode.wire.receipt import Receipt
from lightnode.wire.transaction import decode_transaction
from lightnode.wire.trie import ordered_trie
from tests.support.made_chain import MadeChain
from tests.unit.desktop.test_job import in_state
from tests.unit.lightnode.wire.test_transaction_body import KINDS, Made

NOW = 4_000_000_000
HEIGHT = 7


def printed(raw: bytes) -> dict[str, Any]:
    """Give a legacy transaction as GoQuorum prints it, without the chain id."""
    made = decode_transaction(raw)
    fields = made.unsigned
    assert fields.to is not None
    return {"nonce": hex(fields.nonce), "gasPrice": hex(fields.gas_price or 0), "gas": hex(fields.gas_limit),
            "to": "0x" + fields.to.hex(), "value": hex(fields.value), "input": "0x" + fields.data.hex(), "v": hex(made.v),
            "r": hex(made.r), "s": hex(made.s), "hash": "0x" + made.hash().hex()}  # fmt: skip


class Node:
    """A node of a made chain whose seventh block holds an act and its neighbours."""

    def __init__(self, client: str, bodies: list[Made]) -> None:
        self.receipts = [
            Receipt(raw[0] if raw[0] < 0xC0 else 0, 1, 21_000 * (index + 1), bytes(256), ())
            for index, (raw, _) in enumerate(bodies)
        ]
        chain = self.chain = MadeChain(client, fork="prague" if client == "besu" else "berlin")
        for _ in range(HEIGHT - 1):
            chain.block()
        roots = (
            ordered_trie(values).root for values in ([raw for raw, _ in bodies], [r.encode() for r in self.receipts])
        )
        chain.block(changes=dict(zip((4, 5), roots, strict=True)))
        chain.bodies[HEIGHT] = [shown for _, shown in bodies]
        chain.block()

    def batch(self, calls: list[tuple[str, list[Any]]]) -> list[Any]:
        return [self.call(method, params) for method, params in calls]

    def call(self, method: str, params: list[Any] = ()) -> Any:  # type: ignore[assignment]
        if method == "eth_blockNumber":
            return hex(self.chain.height)
        if method == "eth_getBlockByNumber":
            return self.chain.printed(int(params[0], 16))
        if method == "eth_getTransactionByHash":
            # A node that does not tell where the act stands: the blocks themselves must show it.
            return None
        if method == "eth_getTransactionCount":
            return "0x8"
        if method == "eth_getProof":
            raise RefusedError(-32000, "World state unavailable")
        assert method == "eth_getBlockReceipts"
        return [
            {"type": hex(one.type), "status": "0x1", "cumulativeGasUsed": hex(one.cumulative_gas_used),
             "logsBloom": "0x" + bytes(256).hex(), "logs": []} for one in self.receipts
        ]  # fmt: skip

    def observer(self) -> Observer:
        ledger = Ledger(self)  # type: ignore[arg-type]
        return Observer(
            ledger, Follower(load_genesis(self.chain.genesis(), client=self.chain.client), LedgerSource(ledger)), NOW
        )


JOB = replace(in_state(JobState.SENT), drafted_at=1, not_after=NOW)
ACT: Made = (JOB.signatures[-1], printed(JOB.signatures[-1]))


@pytest.mark.parametrize("name", KINDS)
def test_an_act_is_found_and_proven_whatever_stands_beside_it(name: str) -> None:
    client, neighbour = KINDS[name]
    observer = Node(client, [neighbour, ACT]).observer()
    view, found = observer.look(JOB)
    assert view.ours_included
    assert found is not None
    block, place = found
    assert place == Inclusion(HEIGHT, block.header.block_hash, 1, JOB.hashes[0])
    assert [one.raw for one in block.transactions] == [neighbour[0], ACT[0]]


@pytest.mark.parametrize("name", KINDS)
def test_a_neighbour_that_is_not_the_block_s_is_a_lie(name: str) -> None:
    client, (raw, shown) = KINDS[name]
    node = Node(client, [(raw, shown), ACT])
    node.chain.bodies[HEIGHT] = [{key: shown[key] for key in shown if key != "hash"} | {"value": "0x77"}, ACT[1]]
    with pytest.raises(ProviderLiesError):
        node.observer().block(HEIGHT)
