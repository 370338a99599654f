"""The JSON-RPC methods of the local network, with Besu's shapes, codes and words; `training_` ones are its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightnode.devnet import rpc_json
from lightnode.devnet.block_store import StoredBlock
from lightnode.devnet.errors import DevnetError, TransactionRefusedError
from lightnode.devnet.log_filter import read_log_filter
from lightnode.devnet.network import Network
from lightnode.devnet.receipts import receipts_of
from lightnode.devnet.rpc_refusal import _RpcError, invalid_params
from lightnode.devnet.settings import GAS_LIMIT
from lightnode.devnet.training_methods import Training
from lightnode.devnet.world_state import WorldState
from lightnode.errors import WireError
from lightnode.wire import json_value as js
from lightnode.wire.transaction import decode_transaction

VERSION = "besu/chancery-training/1"
MAX_LOG_BLOCKS = 5000
MAX_SLOTS = 1024
_LATEST = ("latest", "pending", "finalized", "safe")


class Methods:
    """All methods over one network; called from any thread."""

    def __init__(self, network: Network, *, on_demand: bool) -> None:
        """Serve a network.

        Args:
            network: running.
            on_demand: mine when a transaction comes.
        """
        self.network = network
        self.on_demand = on_demand
        self.table: dict[str, Callable[..., Any]] = {
            "eth_chainId": self.chain_id,
            "net_version": lambda: str(network.config.chain_id),
            "web3_clientVersion": lambda: VERSION,
            "eth_blockNumber": lambda: hex(network.head.header.number),
            "eth_gasPrice": lambda: "0x0",
            "eth_maxPriorityFeePerGas": lambda: "0x0",
            "eth_syncing": lambda: False,
            "eth_getBlockByNumber": self.block_by_number,
            "eth_getBlockByHash": self.block_by_hash,
            "eth_getBlockReceipts": self.block_receipts,
            "eth_getTransactionByHash": self.transaction,
            "eth_getTransactionReceipt": self.receipt,
            "eth_getTransactionCount": self.count,
            "eth_getBalance": self.balance,
            "eth_getCode": self.code,
            "eth_getStorageAt": self.storage,
            "eth_getProof": self.proof,
            "eth_getLogs": self.logs,
            "eth_call": self.call,
            "eth_estimateGas": self.estimate,
            "eth_sendRawTransaction": self.send,
            "qbft_getValidatorsByBlockNumber": self.validators,
            "debug_getRawHeader": self.raw_header,
            **Training(network, on_demand=on_demand).table,
        }

    def answer(self, method: Any, parameters: Any) -> Any:
        """Call a method by name.

        Raises:
            _RpcError: with the code that Besu would give.
        """
        if not isinstance(method, str) or method not in self.table:
            raise _RpcError(-32601, "Method not found")
        if not isinstance(parameters, list):
            raise invalid_params()
        try:
            if method == "training_mine":
                return self.table[method](*parameters)
            # Every answer is of one moment, never of a block that is half in.
            with self.network.lock:
                return self.table[method](*parameters)
        except TransactionRefusedError as error:
            raise _RpcError(error.rpc_code, error.text) from error
        except (WireError, TypeError, ValueError) as error:
            raise invalid_params() from error
        except DevnetError as error:
            raise _RpcError(-32000, error.text) from error

    def chain_id(self) -> str:
        """eth_chainId."""
        return hex(self.network.config.chain_id)

    def _number(self, tag: Any) -> int | None:
        """Resolve a tag, number or EIP-1898 object; None where there is no such block."""
        if isinstance(tag, dict) and ("blockHash" in tag or "blockNumber" in tag):
            if "blockHash" in tag:
                return self.network.numbers.get(js.hash_value(tag["blockHash"]))
            tag = tag["blockNumber"]
        if tag in _LATEST:
            return self.network.head.header.number
        if tag == "earliest":
            return 0
        number = js.quantity(tag, 8)
        return number if number <= self.network.head.header.number else None

    def _known(self, tag: Any) -> int:
        number = self._number(tag)
        if number is None:
            raise _RpcError(-32000, "Unknown block")
        return number

    def _state(self, tag: Any) -> WorldState:
        return self.network.states[self._kept(tag)]

    def _kept(self, tag: Any) -> int:
        number = self._known(tag)
        if number not in self.network.states:
            raise _RpcError(-32000, "World state unavailable")
        return number

    def _block(self, tag: Any) -> StoredBlock | None:
        number = self._number(tag)
        return None if number is None else self.network.blocks[number]

    def block_by_number(self, tag: Any, whole: Any = False) -> Any:
        """eth_getBlockByNumber."""
        found = self._block(tag)
        return None if found is None else rpc_json.block(found, whole=_flag(whole))

    def block_by_hash(self, name: Any, whole: Any = False) -> Any:
        """eth_getBlockByHash."""
        number = self.network.numbers.get(js.hash_value(name))
        return None if number is None else rpc_json.block(self.network.blocks[number], whole=_flag(whole))

    def block_receipts(self, tag: Any) -> Any:
        """eth_getBlockReceipts."""
        if isinstance(tag, str) and len(tag) == 66:
            tag = {"blockHash": tag}
        found = self._block(tag)
        return None if found is None else rpc_json.block_receipts(found)

    def transaction(self, name: Any) -> Any:
        """eth_getTransactionByHash."""
        asked = js.hash_value(name)
        place = self.network.places.get(asked)
        if place is None:
            waiting = self.network.pool.find(asked)
            return None if waiting is None else rpc_json.waiting_transaction(waiting.transaction)
        return rpc_json.block(self.network.blocks[place[0]], whole=True)["transactions"][place[1]]

    def receipt(self, name: Any) -> Any:
        """eth_getTransactionReceipt."""
        place = self.network.places.get(js.hash_value(name))
        return None if place is None else rpc_json.block_receipts(self.network.blocks[place[0]])[place[1]]

    def count(self, who: Any, tag: Any = "latest") -> str:
        """eth_getTransactionCount."""
        address = js.address_value(who)
        if tag == "pending":
            return hex(self.network.pending_nonce(address))
        return hex(self._state(tag).account(address).nonce)

    def balance(self, who: Any, tag: Any = "latest") -> str:
        """eth_getBalance."""
        return hex(self._state(tag).account(js.address_value(who)).balance)

    def code(self, who: Any, tag: Any = "latest") -> str:
        """eth_getCode."""
        return rpc_json.data(self._state(tag).account(js.address_value(who)).code)

    def storage(self, who: Any, slot: Any, tag: Any = "latest") -> str:
        """eth_getStorageAt."""
        words = self._state(tag).account(js.address_value(who)).storage
        return rpc_json.data(words.get(js.quantity(slot), 0).to_bytes(32, "big"))

    def proof(self, who: Any, slots: Any, tag: Any = "latest") -> Any:
        """eth_getProof."""
        if not isinstance(slots, list) or len(slots) > MAX_SLOTS:
            raise invalid_params()
        asked = [js.quantity(slot) for slot in slots]
        return rpc_json.proof(self._state(tag), js.address_value(who), asked)

    def logs(self, wanted: Any) -> Any:
        """eth_getLogs."""
        if not isinstance(wanted, dict):
            raise invalid_params()
        if "blockHash" in wanted:
            first = last = self._known({"blockHash": wanted["blockHash"]})
        else:
            first, last = self._known(wanted.get("fromBlock", "latest")), self._known(wanted.get("toBlock", "latest"))
        if first > last:
            raise invalid_params()
        if last - first > MAX_LOG_BLOCKS:
            raise _RpcError(-32005, "Requested range exceeds maximum RPC range limit")
        logs = read_log_filter(wanted)
        found = []
        for stored in self.network.blocks[first : last + 1]:
            if not any(stored.header.logs_bloom):
                continue
            decoded = [decode_transaction(raw) for raw in stored.transactions]
            made = receipts_of(decoded, stored.outcomes)
            if not any(logs.accepts(log) for receipt in made for log in receipt.logs):
                continue
            for receipt, printed in zip(made, rpc_json.block_receipts(stored), strict=True):
                found += [shown for log, shown in zip(receipt.logs, printed["logs"], strict=True) if logs.accepts(log)]
        return found

    def _message(self, request: Any) -> dict[str, Any]:
        if not isinstance(request, dict):
            raise invalid_params()
        given = [request[name] for name in ("data", "input") if request.get(name) is not None]
        if len(given) == 2 and given[0] != given[1]:
            raise invalid_params()
        payload = given[0] if given else "0x"
        gas = js.quantity(request["gas"], 8) if request.get("gas") is not None else GAS_LIMIT
        return {
            "from": js.address_value(f"0x{bytes(20).hex()}" if request.get("from") is None else request["from"]).hex(),
            "to": js.address_value(request["to"]).hex() if request.get("to") is not None else "",
            "gas": min(gas, GAS_LIMIT),
            "value": js.quantity(request["value"]) if request.get("value") is not None else 0,
            "data": js.data(payload).hex(),
        }

    def call(self, request: Any, tag: Any = "latest") -> str:
        """eth_call."""
        outcome = self._call(request, tag)
        _demand_success(outcome)
        return f"0x{outcome['output']}"

    def _call(self, request: Any, tag: Any) -> dict[str, Any]:
        message, number = self._message(request), self._kept(tag)
        if message["value"] > self.network.state(number).account(bytes.fromhex(message["from"])).balance:
            raise _RpcError(-32004, "Upfront cost exceeds account balance")
        return self.network.call(message, number)

    def estimate(self, request: Any, tag: Any = "latest") -> str:
        """eth_estimateGas: the gas of a trial run, with what inner calls must hold back on top."""
        outcome = self._call(request, tag)
        _demand_success(outcome)
        used = outcome["gas_used"] + outcome["intrinsic"]
        return hex(min(GAS_LIMIT, used * 64 // 63 + 2400))

    def send(self, raw: Any) -> str:
        """eth_sendRawTransaction."""
        name = self.network.submit(js.data(raw))
        if self.on_demand:
            try:
                self.network.mine()
            except DevnetError:
                # Too few validators run: it waits in the pool, as it would on any stalled network.
                if self.network.failed:
                    raise
        return rpc_json.data(name)

    def validators(self, tag: Any) -> list[str]:
        """qbft_getValidatorsByBlockNumber: the set in force for the block, as Besu answers in header mode."""
        number = self._known(tag)
        return [rpc_json.data(member) for member in self.network.sets[max(0, number - 1)]]

    def raw_header(self, tag: Any) -> str:
        """debug_getRawHeader."""
        return rpc_json.data(self.network.blocks[self._known(tag)].header.encode())


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise invalid_params()
    return value


def _demand_success(outcome: dict[str, Any]) -> None:
    if outcome["error"] is None:
        return
    if outcome["error"] == "Revert":
        raise _RpcError(-32000, "Execution reverted", f"0x{outcome['output']}")
    raise _RpcError(-32000, f"Execution halted: {outcome['error']}")
