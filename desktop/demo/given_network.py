"""Looking at a network before a set-up begins on it: the right node for the genesis file, and a training chain id.

Invariants: nothing is made on a network that is not for training.
"""

from __future__ import annotations

from pathlib import Path

from desktop.services.file_access import read_bytes
from lightnode.consensus.genesis import load_genesis
from lightnode.light_client.follower import Follower
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.wire.profile import demand_environment

MAX_GENESIS = 32 * 1024 * 1024
COUNTRIES = ("SE", "FI", "EE", "LV", "LT", "PL", "DE")


def demand(rpc: str, genesis: Path) -> None:
    """Demand that a node works on the network of a genesis file, and that this is a training network.

    Raises:
        TrainingRangeError: its chain id is not in the training range.
        WrongNetworkError: the node works on another network.
        RpcError: the node gives trouble.
    """
    config = load_genesis(read_bytes(genesis, MAX_GENESIS))
    demand_environment("training", config.chain_id)
    client = JsonRpcClient(rpc)
    try:
        Follower(config, Ledger(client)).demand_network()
    finally:
        client.close()


def invented_operators(genesis: Path) -> dict[str, list[str]]:
    """Name an invented operator and country for each validator of a local network."""
    members = sorted(load_genesis(read_bytes(genesis, MAX_GENESIS)).extra.validators)
    return {
        f"0x{member.hex()}": [f"Training operator {at}", COUNTRIES[(at - 1) % len(COUNTRIES)]]
        for at, member in enumerate(members, 1)
    }
