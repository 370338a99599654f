"""Looking at a network before a set-up begins on it: the right node for the genesis file, a training chain id, the fees.

Invariants: nothing is made on a network that is not for training, or that asks a fee which was not allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import DesktopError
from desktop.services import preflight
from desktop.services.file_access import read_bytes
from lightnode.consensus.genesis import asks_base_fee, load_genesis
from lightnode.consensus.header_json import header_from_json
from lightnode.light_client.follower import Follower
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.patience import patiently
from lightnode.wire.profile import demand_environment
from lightnode.wire.types import Address

# Of a profile that this set-up makes, see `chancery profile make`.
GAS_LIMIT = 8_000_000
MAX_GENESIS = 32 * 1024 * 1024
COUNTRIES = ("SE", "FI", "EE", "LV", "LT", "PL", "DE")


class UnfundedError(DesktopError):
    """The network asks a fee, and accounts of this set-up cannot pay it."""

    code = "QUICKSTART-UNFUNDED"
    advice = "Have these accounts credited, then run the same command again in the same folder; the keys stay."


@dataclass(frozen=True, slots=True)
class FeeNeeds:
    """What acts cost on a network, by its node's word.

    Attributes:
        price: wei a unit of gas; 0 where gas is free.
        gas: highest that one act may use.
    """

    price: int
    gas: int


def demand(rpc: str, genesis: Path, limit: int) -> FeeNeeds:
    """Demand that a node works on the network of a genesis file, that this is a training network, and what acts cost.

    Args:
        rpc: address of the node.
        genesis: file.
        limit: highest price a unit of gas that the set-up may pay, in wei.

    Raises:
        TrainingRangeError: its chain id is not in the training range.
        WrongNetworkError: the node works on another network.
        FeePolicyError: the network asks a higher fee.
        RpcError: the node gives trouble.
    """
    file = read_bytes(genesis, MAX_GENESIS)
    config = load_genesis(file)
    demand_environment("training", config.chain_id)
    base_fee = asks_base_fee(file, config)
    preflight.demand_genesis_within_policy(base_fee, limit)
    with JsonRpcClient(rpc) as client:
        ledger = Ledger(client)
        Follower(config, LedgerSource(ledger)).demand_network()
        head = header_from_json(patiently(lambda: ledger.block(ledger.height())))
        price = max(ledger.gas_price() or 0, (head.base_fee_per_gas or 0) if head.number or base_fee else 0)
    preflight.demand_within_policy(price, limit)
    return FeeNeeds(price, GAS_LIMIT)


def demand_funds(rpc: str, accounts: Mapping[str, Address], needs: FeeNeeds) -> None:
    """Demand that accounts can pay for an act.

    Args:
        rpc: address of the node.
        accounts: by the name of their key.
        needs: what an act costs.

    Raises:
        UnfundedError: some cannot; it names them.
        RpcError: the node gives trouble.
    """
    least = needs.price * needs.gas
    if least == 0:
        return
    with JsonRpcClient(rpc) as client:
        ledger = Ledger(client)
        held = {name: ledger.balance(who) for name, who in accounts.items()}
    poor = [f"{name} 0x{who.hex()}" for name, who in accounts.items() if (held[name] or 0) < least]
    if poor:
        raise UnfundedError(
            f"This network asks {needs.price} wei for a unit of gas. These accounts have less than {least} wei: "
            + ", ".join(poor)
            + "."
        )


def invented_operators(genesis: Path) -> dict[str, list[str]]:
    """Name an invented operator and country for each validator of a local network."""
    members = sorted(load_genesis(read_bytes(genesis, MAX_GENESIS)).extra.validators)
    return {
        f"0x{member.hex()}": [f"Training operator {at}", COUNTRIES[(at - 1) % len(COUNTRIES)]]
        for at, member in enumerate(members, 1)
    }
