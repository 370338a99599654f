"""A recorded network as a JSON-RPC server that notes every method it is asked, for proofs under its verified headers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.rpc.errors import RefusedError
from tests.support.recorded_networks import FOREVER, blocks, config, headers, lines


def verified(network: str) -> dict[int, VerifiedHeader]:
    """Verify a recorded network in header mode from genesis, as far as its sets are certain."""
    chain, found = HeaderChain(config(network)), {}
    proofs = {
        int(entry["params"][2], 16): entry["result"]
        for entry in map(json.loads, lines(network, "validator_proofs.jsonl"))
    }
    for header in headers(network)[1:]:
        if chain.contract_for_next() is not None and chain.validators_for_next() is None:
            chain.prove_validators(proofs[max(at for at in proofs if at <= chain.height)])
        found[header.number] = chain.append(header, FOREVER)
    return found


class RecordedServer:
    """Answers from a recording.

    Attributes:
        asked: every method, in order.
        one_by_one: whether it lacks eth_getBlockReceipts.
    """

    def __init__(self, network: str, *, one_by_one: bool = False) -> None:
        self.blocks = {int(str(block["number"]), 16): dict(block) for block in blocks(network)}
        self.receipts = {
            int(entry["blockNumber"], 16): entry["receipts"]
            for entry in map(json.loads, lines(network, "receipts.jsonl"))
        }
        self.proofs = [json.loads(line) for line in lines(network, "proofs.jsonl")]
        self.asked: list[str] = []
        self.one_by_one = one_by_one

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        """Answer one call."""
        self.asked.append(method)
        if method == "eth_getBlockByNumber":
            return self.blocks[int(params[0], 16)]
        if method == "eth_getBlockReceipts" and not self.one_by_one:
            return self.receipts.get(int(params[0], 16), [])
        if method == "eth_getTransactionReceipt":
            every = [one for listed in self.receipts.values() for one in listed]
            return next(one for one in every if one["transactionHash"] == params[0])
        if method == "eth_getProof":
            for entry in self.proofs:
                if entry["params"][0].lower() == params[0] and int(entry["params"][2], 16) == int(params[2], 16):
                    return entry["result"]
            raise RefusedError(-32000, "World state unavailable")
        raise RefusedError(-32601, "Method not found")
