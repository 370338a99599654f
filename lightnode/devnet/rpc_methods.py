"""The JSON-RPC methods of the local network, with Besu's shapes, codes and words; `training_` ones are its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightnode.consensus.extra_data import Vote
from lightnode.devnet import rpc_json
from lightnode.devnet.block_store import StoredBlock
from lightnode.devnet.errors import DevnetError, TransactionRefusedError
from lightnode.devnet.network import Network
from lightnode.devnet.settings import GAS_LIMIT
from lightnode.errors import WireError
from lightnode.wire import json_value as js
from lightnode.wire.types import Address

VERSION = "besu/chancery-training/1"
MAX_LOG_BLOCKS = 5000
MAX_SLOTS = 1024
_LATEST = ("latest", "pending", "finalized", "safe")


class _RpcError(Exception):
    """An answer with a JSON-RPC error; never leaves the server."""

    def __init__(self, code: int, message: str, extra: str | None = None) -> None:
        """Store code, words and data."""
        super().__init__(message)
        self.code, self.message, self.extra = code, message, extra


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
            "training_mine": self.mine,
            "training_proposeVote": self.propose_vote,
            "training_discardVote": self.discard_vote,
            "training_roundChange": self.round_change,
            "training_stopValidator": self.stop_validator,
            "training_startValidator": self.start_validator,
        }

    def answer(self, method: Any, parameters: Any) -> Any:
        """Call a method by name.

        Raises:
            _RpcError: with the code that Besu would give.
        """
        if not isinstance(method, str) or method not in self.table:
            raise _RpcError(-32601, "Method not found")
        if not isinstance(parameters, list):
            raise _RpcError(-32602, "Invalid params")
        try:
            return self.table[method](*parameters)
        except TransactionRefusedError as error:
            raise _RpcError(error.rpc_code, error.text) from error
        except (WireError, TypeError, ValueError) as error:
            raise _RpcError(-32602, "Invalid params") from error
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

    def _block(self, tag: Any) -> StoredBlock | None:
        number = self._number(tag)
        return None if number is None else self.network.blocks[number]

    def block_by_number(self, tag: Any, whole: Any = False) -> Any:
        """eth_getBlockByNumber."""
        found = self._block(tag)
        return None if found is None else rpc_json.block(found, whole=bool(whole))

    def block_by_hash(self, name: Any, whole: Any = False) -> Any:
        """eth_getBlockByHash."""
        number = self.network.numbers.get(js.hash_value(name))
        return None if number is None else rpc_json.block(self.network.blocks[number], whole=bool(whole))

    def block_receipts(self, tag: Any) -> Any:
        """eth_getBlockReceipts."""
        if isinstance(tag, str) and len(tag) == 66:
            tag = {"blockHash": tag}
        found = self._block(tag)
        return None if found is None else rpc_json.block_receipts(found)

    def transaction(self, name: Any) -> Any:
        """eth_getTransactionByHash."""
        place = self.network.places.get(js.hash_value(name))
        if place is None:
            return None
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
        return hex(self.network.state(self._known(tag)).account(address).nonce)

    def balance(self, who: Any, tag: Any = "latest") -> str:
        """eth_getBalance."""
        return hex(self.network.state(self._known(tag)).account(js.address_value(who)).balance)

    def code(self, who: Any, tag: Any = "latest") -> str:
        """eth_getCode."""
        return rpc_json.data(self.network.state(self._known(tag)).account(js.address_value(who)).code)

    def storage(self, who: Any, slot: Any, tag: Any = "latest") -> str:
        """eth_getStorageAt."""
        words = self.network.state(self._known(tag)).account(js.address_value(who)).storage
        return rpc_json.data(words.get(js.quantity(slot), 0).to_bytes(32, "big"))

    def proof(self, who: Any, slots: Any, tag: Any = "latest") -> Any:
        """eth_getProof."""
        if not isinstance(slots, list) or len(slots) > MAX_SLOTS:
            raise _RpcError(-32602, "Invalid params")
        asked = [js.quantity(slot) for slot in slots]
        return rpc_json.proof(self.network, self._known(tag), js.address_value(who), asked)

    def logs(self, wanted: Any) -> Any:
        """eth_getLogs."""
        if not isinstance(wanted, dict):
            raise _RpcError(-32602, "Invalid params")
        if "blockHash" in wanted:
            first = last = self._known({"blockHash": wanted["blockHash"]})
        else:
            first, last = self._known(wanted.get("fromBlock", "latest")), self._known(wanted.get("toBlock", "latest"))
        if last - first > MAX_LOG_BLOCKS:
            raise _RpcError(-32005, "Requested range exceeds maximum RPC range limit")
        emitters = wanted.get("address")
        accepted = None if emitters is None else {
            rpc_json.data(js.address_value(item)) for item in (emitters if isinstance(emitters, list) else [emitters])
        }  # fmt: skip
        topics = wanted.get("topics") or []
        found = []
        for stored in self.network.blocks[first : last + 1]:
            for receipt in rpc_json.block_receipts(stored):
                found += [log for log in receipt["logs"] if _matches(log, accepted, topics)]
        return found

    def _message(self, request: Any) -> dict[str, Any]:
        if not isinstance(request, dict):
            raise _RpcError(-32602, "Invalid params")
        payload = request.get("data") or request.get("input") or "0x"
        gas = js.quantity(request["gas"], 8) if request.get("gas") is not None else GAS_LIMIT
        return {
            "from": js.address_value(request.get("from") or f"0x{bytes(20).hex()}").hex(),
            "to": js.address_value(request["to"]).hex() if request.get("to") is not None else "",
            "gas": min(gas, GAS_LIMIT),
            "value": js.quantity(request["value"]) if request.get("value") is not None else 0,
            "data": js.data(payload).hex(),
        }

    def call(self, request: Any, tag: Any = "latest") -> str:
        """eth_call."""
        outcome = self.network.call(self._message(request), self._known(tag))
        _demand_success(outcome)
        return f"0x{outcome['output']}"

    def estimate(self, request: Any, tag: Any = "latest") -> str:
        """eth_estimateGas: the gas of a trial run, with what inner calls must hold back on top."""
        message = self._message(request)
        outcome = self.network.call(message, self._known(tag))
        _demand_success(outcome)
        used = outcome["gas_used"] + outcome["intrinsic"]
        return hex(min(GAS_LIMIT, used * 64 // 63 + 2400))

    def send(self, raw: Any) -> str:
        """eth_sendRawTransaction."""
        name = self.network.submit(js.data(raw))
        if self.on_demand:
            self.network.mine()
        return rpc_json.data(name)

    def validators(self, tag: Any) -> list[str]:
        """qbft_getValidatorsByBlockNumber: the set in force for the block, as Besu answers in header mode."""
        number = self._known(tag)
        return [rpc_json.data(member) for member in self.network.sets[max(0, number - 1)]]

    def raw_header(self, tag: Any) -> str:
        """debug_getRawHeader."""
        return rpc_json.data(self.network.blocks[self._known(tag)].header.encode())

    def mine(self, count: Any = 1) -> str:
        """Make some blocks at once."""
        if not isinstance(count, int) or not 1 <= count <= 1000:
            raise _RpcError(-32602, "Invalid params")
        for _ in range(count):
            self.network.mine()
        return hex(self.network.head.header.number)

    def propose_vote(self, who: Any, add: Any) -> bool:
        """Let every validator vote about an address when it proposes."""
        vote = Vote(js.address_value(who), bool(add))
        with self.network.lock:
            self.network.wishes.votes = dict.fromkeys(self.network.sets[-1], vote)
        return True

    def discard_vote(self) -> bool:
        """Stop voting."""
        with self.network.lock:
            self.network.wishes.votes = {}
        return True

    def round_change(self, number: Any) -> bool:
        """Let the next block be sealed in this round."""
        if not isinstance(number, int) or not 0 <= number <= 1000:
            raise _RpcError(-32602, "Invalid params")
        self.network.wishes.round = number
        return True

    def stop_validator(self, who: Any) -> bool:
        """Take a validator out of proposing and sealing."""
        self.network.wishes.stopped.add(Address(js.address_value(who)))
        return True

    def start_validator(self, who: Any) -> bool:
        """Let a stopped validator take part again."""
        self.network.wishes.stopped.discard(Address(js.address_value(who)))
        return True


def _matches(log: dict[str, Any], emitters: set[str] | None, topics: list[Any]) -> bool:
    if emitters is not None and log["address"] not in emitters:
        return False
    for at, wanted in enumerate(topics):
        allowed = wanted if isinstance(wanted, list) else [wanted]
        if wanted is not None and (
            at >= len(log["topics"]) or log["topics"][at] not in [str(t).lower() for t in allowed]
        ):
            return False
    return True


def _demand_success(outcome: dict[str, Any]) -> None:
    if outcome["error"] is None:
        return
    if outcome["error"] == "Revert":
        raise _RpcError(-32000, "Execution reverted", f"0x{outcome['output']}")
    raise _RpcError(-32000, f"Execution halted: {outcome['error']}")
