"""eth_call and eth_estimateGas: bounded in gas and time, and run beside the chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightnode.devnet.block_tag import kept_block
from lightnode.devnet.call_engine import CallEngine
from lightnode.devnet.errors import CallTimeError
from lightnode.devnet.network import Network
from lightnode.devnet.settings import GAS_LIMIT
from lightnode.devnet.transaction_pool import intrinsic_gas_of
from lightnode.serving.refusal import _RpcError, invalid_params
from lightnode.wire import json_value as js

# As Besu's --rpc-gas-cap: who asks for more gets this much.
GAS_CAP = GAS_LIMIT


class CallMethods:
    """The methods over one network; they hold its lock only to find the state that they start from."""

    def __init__(self, network: Network, engine: CallEngine) -> None:
        """Serve a network.

        Args:
            network: running.
            engine: that runs calls, beside the network's own.
        """
        self.network, self.engine = network, engine
        self.table: dict[str, Callable[..., Any]] = {"eth_call": self.call, "eth_estimateGas": self.estimate}

    def call(self, request: Any, tag: Any = "latest") -> str:
        """eth_call."""
        outcome = self._run(*_message(request), tag)
        return f"0x{outcome['output']}"

    def estimate(self, request: Any, tag: Any = "latest") -> str:
        """eth_estimateGas: the gas of a trial run, with what inner calls must hold back on top."""
        message, intrinsic = _message(request)
        used = self._run(message, intrinsic, tag)["gas_used"] + intrinsic
        return hex(min(GAS_LIMIT, used * 64 // 63 + 2400))

    def _run(self, message: dict[str, Any], intrinsic: int, tag: Any) -> dict[str, Any]:
        with self.network.lock:
            number = kept_block(self.network, tag)
            state = self.network.states[number]
            newest = number == self.network.head.header.number
            environment = self.network.environment(None if newest else number)
        if message["gas"] < intrinsic:
            raise _RpcError(-32003, "Intrinsic gas exceeds gas limit")
        if message["value"] > state.account(bytes.fromhex(message["from"])).balance:
            raise _RpcError(-32004, "Upfront cost exceeds account balance")
        try:
            outcome = self.engine.call(environment, {**message, "gas": message["gas"] - intrinsic}, state)
        except CallTimeError as cause:
            raise _RpcError(-32603, "Timeout expired") from cause
        if outcome["error"] == "Revert":
            raise _RpcError(-32000, "Execution reverted", f"0x{outcome['output']}")
        if outcome["error"] is not None:
            raise _RpcError(-32000, f"Execution halted: {outcome['error']}")
        return outcome


def _message(request: Any) -> tuple[dict[str, Any], int]:
    """Read a call; with the gas that it costs before anything runs."""
    if not isinstance(request, dict):
        raise invalid_params()
    given = [request[name] for name in ("data", "input") if request.get(name) is not None]
    if len(given) == 2 and given[0] != given[1]:
        raise invalid_params()
    payload = js.data(given[0]) if given else b""
    gas = js.quantity(request["gas"], 8) if request.get("gas") is not None else GAS_CAP
    to = "" if request.get("to") is None else js.address_value(request["to"]).hex()
    return {
        "from": js.address_value(f"0x{bytes(20).hex()}" if request.get("from") is None else request["from"]).hex(),
        "to": to,
        "gas": min(gas, GAS_CAP),
        "value": js.quantity(request["value"]) if request.get("value") is not None else 0,
        "data": payload.hex(),
    }, intrinsic_gas_of(payload, creates=not to)
