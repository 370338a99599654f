"""The JSON-RPC methods of the local network, with Besu's shapes, codes and words; `training_` ones are its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightnode.devnet import rpc_json
from lightnode.devnet.block_store import StoredBlock
from lightnode.devnet.block_tag import block_number, kept_block, known_block
from lightnode.devnet.call_engine import CallEngine
from lightnode.devnet.call_methods import CallMethods
from lightnode.devnet.errors import DevnetError, TransactionRefusedError
from lightnode.devnet.log_methods import LogMethods
from lightnode.devnet.network import Network
from lightnode.devnet.training_methods import Training
from lightnode.devnet.world_state import WorldState
from lightnode.errors import WireError
from lightnode.serving.refusal import _RpcError, invalid_params
from lightnode.wire import json_value as js

VERSION = "besu/chancery-training/1"
MAX_SLOTS = 1024
# What may take long holds the lock by itself, for as short as it can.
_HOLD_NOTHING = (
    "training_mine", "eth_sendRawTransaction", "eth_call", "eth_estimateGas", "eth_getLogs", "eth_getProof",
)  # fmt: skip


class Methods:
    """All methods over one network; called from any thread."""

    def __init__(self, network: Network, calls: CallEngine, *, on_demand: bool) -> None:
        """Serve a network.

        Args:
            network: running.
            calls: the engine for calls.
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
            "eth_sendRawTransaction": self.send,
            "qbft_getValidatorsByBlockNumber": self.validators,
            "debug_getRawHeader": self.raw_header,
            **LogMethods(network).table,
            **CallMethods(network, calls).table,
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
            if method in _HOLD_NOTHING:
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

    def _state(self, tag: Any) -> WorldState:
        return self.network.states[kept_block(self.network, tag)]

    def _block(self, tag: Any) -> StoredBlock | None:
        number = block_number(self.network, tag)
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
        with self.network.lock:
            state = self._state(tag)
        return rpc_json.proof(state, js.address_value(who), asked)

    def send(self, raw: Any) -> str:
        """eth_sendRawTransaction."""
        given = js.data(raw)
        if not self.on_demand:
            return rpc_json.data(self.network.submit(given))
        # Each gets a block of its own.
        with self.network.mining:
            name = self.network.submit(given)
            try:
                self.network.mine()
            except DevnetError:
                # Too few validators run: it waits in the pool, as it would on any stalled network.
                if self.network.failed:
                    raise
        return rpc_json.data(name)

    def validators(self, tag: Any) -> list[str]:
        """qbft_getValidatorsByBlockNumber: the set in force for the block, as Besu answers in header mode."""
        number = known_block(self.network, tag)
        return [rpc_json.data(member) for member in self.network.sets[max(0, number - 1)]]

    def raw_header(self, tag: Any) -> str:
        """debug_getRawHeader."""
        return rpc_json.data(self.network.blocks[known_block(self.network, tag)].header.encode())


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise invalid_params()
    return value
