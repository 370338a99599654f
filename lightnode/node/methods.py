"""The methods of the verified server: a name and parameters to a result or one of a few errors.

Errors: -32602 for parameters that cannot be read, -32005 for what exceeds a limit, -32000 with data for a call that is
proven to revert or a transaction that the node refuses, -32020 while the network is halted, and -32004 "not provable" for
everything else that is asked, known or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from typing import Any

from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.schedule import GOQUORUM
from lightnode.errors import LightNodeError
from lightnode.node.block_answers import BlockAnswers
from lightnode.node.errors import UnprovableError
from lightnode.node.log_answers import LogAnswers
from lightnode.node.named_block import NamedBlocks
from lightnode.node.ports import Sources, Standing
from lightnode.node.printed import quantity
from lightnode.node.proven_block import Network
from lightnode.node.state_answers import StateAnswers
from lightnode.node.transaction_answers import TransactionAnswers
from lightnode.node.views import ViewAnswers, ViewContract
from lightnode.rpc.errors import RefusedError
from lightnode.serving.refusal import _RpcError, invalid_params

NOT_PROVABLE = -32004
HALTED = -32020
# Where clients take the data of an error for the contract's own refusal (web3.py: any object), there is none, and no word
# of a node in the message either.
_CONTRACT_SPEAKS = ("eth_call", "eth_estimateGas", "eth_createAccessList")
# What says nothing of the ledger is answered even where the network is halted.
_ALWAYS = ("web3_clientVersion", "chancery_status", "eth_chainId", "net_version")


def network_of(config: ChainConfig) -> Network:
    """Give what printing needs to know of a network."""
    return Network(config.schedule.curve, config.schedule.client == GOQUORUM, config.header.difficulty)


class Methods:
    """All methods over one network; called from several threads at once."""

    def __init__(
        self,
        config: ChainConfig,
        sources: Sources,
        standing: Standing,
        contracts: Iterable[ViewContract] = (),
        *,
        version: str,
        may_send: bool = False,
    ) -> None:
        """Answer for one network.

        Args:
            config: its rules.
            sources: of headers, proofs and hints.
            standing: of the light client.
            contracts: whose views are computed.
            version: of the program.
            may_send: whether transactions are forwarded.
        """
        network = network_of(config)
        blocks = NamedBlocks(sources.headers, sources.claims)
        self._standing = standing
        self.table: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: f"Chancery/v{version}",
            "net_version": lambda: str(config.chain_id),
            "eth_chainId": lambda: quantity(config.chain_id),
            "eth_blockNumber": lambda: quantity(sources.headers.head().height),
            "eth_syncing": standing.syncing,
            "eth_accounts": lambda: [],
            "chancery_status": standing.status,
            **BlockAnswers(network, blocks, sources.bodies).table,
            **StateAnswers(blocks, sources.state).table,
            **TransactionAnswers(network, config.chain_id, sources, may_send=may_send).table,
            **LogAnswers(sources.headers, blocks, sources.bodies).table,
            **ViewAnswers(blocks, sources.state, contracts).table,
        }
        self._counts = {name: _counts(method) for name, method in self.table.items()}

    def answer(self, method: Any, parameters: Any) -> Any:
        """Answer one request.

        Args:
            method: its name.
            parameters: a list; by name they are never given to a node.

        Raises:
            _RpcError: see above.
        """
        if method not in self.table:
            raise _not_provable(str(method)[:64], "This server answers no such method.", UnprovableError.code)
        least, most = self._counts[method]
        if not isinstance(parameters, list) or not least <= len(parameters) <= most:
            raise invalid_params()
        if method not in _ALWAYS:
            self._demand_not_halted(method)
        try:
            return self.table[method](*parameters)
        except RefusedError as refusal:
            if method != "eth_sendRawTransaction":
                raise _not_provable(method, refusal.text, refusal.code) from refusal
            raise _RpcError(-32000, refusal.reason) from refusal
        except LightNodeError as error:
            raise _not_provable(method, error.text, error.code) from error

    def _demand_not_halted(self, method: str) -> None:
        try:
            self._standing.guard()
        except LightNodeError as error:
            raise _RpcError(HALTED, "halted", {"method": method, "reason": error.text, "code": error.code}) from error


def _not_provable(method: str, reason: str, code: str) -> _RpcError:
    if method in _CONTRACT_SPEAKS:
        return _RpcError(NOT_PROVABLE, f"not provable ({code})")
    return _RpcError(NOT_PROVABLE, "not provable", {"method": method, "reason": reason, "code": code})


def _counts(method: Callable[..., Any]) -> tuple[int, int]:
    """Give how few and how many parameters a method takes."""
    given = signature(method).parameters.values()
    return sum(item.default is Parameter.empty for item in given), len(given)
