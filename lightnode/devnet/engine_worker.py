"""The EVM engine's worker: runs inside the engine's own environment and speaks JSON lines on standard streams.

It imports nothing of ours. State is kept in the worker; each answer to `execute` carries what a block changed, so that
the other side can keep history and make proofs. Requests: reset, amend, execute, call, root. The worker ends with its
input, whatever it computes at that moment, so that it never outlives who started it.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading
from typing import Any

from ethereum.crypto.hash import keccak256
from ethereum.exceptions import EthereumException
from ethereum_rlp import rlp
from ethereum_types.bytes import Bytes, Bytes0, Bytes20, Bytes32
from ethereum_types.numeric import U64, U256, Uint


class Worker:
    """One state on one fork."""

    def __init__(self, fork: str) -> None:
        base = f"ethereum.forks.{fork}"
        self.fork = importlib.import_module(f"{base}.fork")
        self.state_module = importlib.import_module(f"{base}.state")
        self.vm = importlib.import_module(f"{base}.vm")
        self.interpreter = importlib.import_module(f"{base}.vm.interpreter")
        self.message = importlib.import_module(f"{base}.utils.message")
        self.transactions = importlib.import_module(f"{base}.transactions")
        self.types = importlib.import_module(f"{base}.fork_types")
        self.state = self.state_module.State()
        # The outcome record of a message call has no output; a wrapper remembers it.
        self.output = b""
        self.created = b""
        self._wrap("process_message")
        self._wrap("process_create_message")

    def _wrap(self, name: str) -> None:
        original = getattr(self.interpreter, name)

        def wrapped(message: Any) -> Any:
            evm = original(message)
            if message.depth == 0:
                self.output = bytes(evm.output)
                self.created = bytes(message.current_target) if name == "process_create_message" else b""
            return evm

        setattr(self.interpreter, name, wrapped)

    def reset(self, request: dict[str, Any]) -> dict[str, Any]:
        """Replace the state and give its root."""
        self.state = self._load(request["accounts"])
        return {"root": self._root()}

    def amend(self, request: dict[str, Any]) -> dict[str, Any]:
        """Replace some accounts; null stands for one that is gone."""
        for name in request["accounts"]:
            self.state_module.destroy_account(self.state, Bytes20(bytes.fromhex(name)))
        self._put(self.state, {name: entry for name, entry in request["accounts"].items() if entry is not None})
        return {}

    def _load(self, accounts: dict[str, Any]) -> Any:
        state = self.state_module.State()
        self._put(state, accounts)
        return state

    def _put(self, state: Any, accounts: dict[str, Any]) -> None:
        for name, entry in accounts.items():
            address = Bytes20(bytes.fromhex(name))
            account = self.types.Account(
                nonce=Uint(entry["nonce"]), balance=U256(entry["balance"]), code=Bytes(bytes.fromhex(entry["code"]))
            )
            self.state_module.set_account(state, address, account)
            for slot, word in entry["storage"].items():
                self.state_module.set_storage(state, address, Bytes32(bytes.fromhex(slot)), U256(int(word, 16)))

    def _environment(self, block: dict[str, Any], state: Any) -> Any:
        fields = {
            "chain_id": U64(block["chain_id"]),
            "state": state,
            "block_gas_limit": Uint(block["gas_limit"]),
            "block_hashes": [Bytes32(bytes.fromhex(item)) for item in block["hashes"]],
            "coinbase": Bytes20(bytes.fromhex(block["coinbase"])),
            "number": Uint(block["number"]),
            "base_fee_per_gas": Uint(block["base_fee"]),
            "time": U256(block["time"]),
            "difficulty": Uint(1),
        }
        wanted = self.vm.BlockEnvironment.__dataclass_fields__
        return self.vm.BlockEnvironment(**{name: value for name, value in fields.items() if name in wanted})

    def _transaction(self, raw: bytes) -> Any:
        if not hasattr(self.transactions, "decode_transaction"):
            return rlp.decode_to(self.transactions.Transaction, raw)
        if raw[0] >= 0xC0:
            return rlp.decode_to(self.transactions.LegacyTransaction, raw)
        return self.transactions.decode_transaction(Bytes(raw))

    def execute(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run transactions in order; one that cannot be included is left out with its reason."""
        before = self._shallow(self.state)
        environment = self._environment(request["block"], self.state)
        output = self.vm.BlockOutput()
        results = []
        included = 0
        for raw in request["transactions"]:
            used, logs = int(output.block_gas_used), len(output.block_logs)
            self.output, self.created = b"", b""
            try:
                transaction = self._transaction(bytes.fromhex(raw))
                self.fork.process_transaction(environment, output, transaction, Uint(included))
            except EthereumException as error:
                results.append({"refused": str(error) or type(error).__name__})
                continue
            # The receipt itself tells of success: its first item is the status.
            receipt = output.receipts_trie._data[rlp.encode(Uint(included))]
            included += 1
            results.append(
                {
                    "gas_used": int(output.block_gas_used) - used,
                    "succeeded": self._succeeded(receipt),
                    "output": self.output.hex(),
                    "created": self.created.hex(),
                    "logs": [
                        [bytes(log.address).hex(), [bytes(topic).hex() for topic in log.topics], bytes(log.data).hex()]
                        for log in output.block_logs[logs:]
                    ],
                }
            )
        if request.get("discard"):
            self.state = self._unshallow(before)
            return {"results": results}
        return {"results": results, "changed": self._changes(before), "gas_used": int(output.block_gas_used)}

    def _succeeded(self, receipt: Any) -> bool:
        if isinstance(receipt, (bytes, Bytes)):
            receipt = rlp.decode(bytes(receipt)[1:])
            return bytes(receipt[0]) == b"\x01"
        return bool(receipt.succeeded)

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a message without a signature on a throw-away state."""
        state = self._load(request["accounts"]) if request.get("accounts") is not None else self.state
        before = self._shallow(state)
        environment = self._environment(request["block"], state)
        sender = Bytes20(bytes.fromhex(request["from"]))
        to = Bytes20(bytes.fromhex(request["to"])) if request["to"] else Bytes0(b"")
        legacy = getattr(self.transactions, "LegacyTransaction", getattr(self.transactions, "Transaction", None))
        transaction = legacy(
            nonce=U256(0), gas_price=Uint(0), gas=Uint(request["gas"]), to=to, value=U256(request["value"]),
            data=Bytes(bytes.fromhex(request["data"])), v=U256(27), r=U256(1), s=U256(1),
        )  # fmt: skip
        fields = {
            "origin": sender, "gas_price": Uint(0), "gas": Uint(request["gas"]), "access_list_addresses": set(),
            "access_list_storage_keys": set(), "index_in_block": Uint(0), "tx_hash": None,
        }  # fmt: skip
        wanted = self.vm.TransactionEnvironment.__dataclass_fields__
        tx_env = self.vm.TransactionEnvironment(**{name: value for name, value in fields.items() if name in wanted})
        self.output, self.created = b"", b""
        try:
            # A creation derives its address from the nonce after the increment.
            if not request["to"]:
                self.state_module.increment_nonce(state, sender)
            outcome = self.interpreter.process_message_call(
                self.message.prepare_message(environment, tx_env, transaction)
            )
            result = {
                "gas_used": request["gas"] - int(outcome.gas_left),
                "refund": int(outcome.refund_counter),
                "intrinsic": int(self.transactions.calculate_intrinsic_cost(transaction)),
                "output": self.output.hex(),
                "error": None if outcome.error is None else type(outcome.error).__name__,
            }
        except EthereumException as error:
            result = {"gas_used": 0, "refund": 0, "intrinsic": 0, "output": "", "error": type(error).__name__}
        finally:
            # Whatever happened, a call leaves nothing behind.
            if state is self.state:
                self.state = self._unshallow(before)
        return result

    def root(self, _: dict[str, Any]) -> dict[str, Any]:
        """Give the root of the state."""
        return {"root": self._root()}

    def _root(self) -> str:
        return bytes(self.state_module.state_root(self.state)).hex()

    def _shallow(self, state: Any) -> Any:
        return dict(state._main_trie._data), {key: dict(trie._data) for key, trie in state._storage_tries.items()}

    def _unshallow(self, kept: Any) -> Any:
        state = self.state_module.State()
        state._main_trie._data.update(kept[0])
        for address, words in kept[1].items():
            for slot, word in words.items():
                self.state_module.set_storage(state, address, slot, word)
        return state

    def _changes(self, before: Any) -> dict[str, Any]:
        """Name every account that a block changed: null where it is gone, else whole fields and changed words."""
        accounts, storage = before
        now, tries = self.state._main_trie._data, self.state._storage_tries
        changed: dict[str, Any] = {}
        for address in {*accounts, *now, *storage, *tries}:
            old, new = accounts.get(address), now.get(address)
            old_words = storage.get(address, {})
            new_words = tries[address]._data if address in tries else {}
            if old == new and old_words == new_words:
                continue
            name = bytes(address).hex()
            if new is None:
                changed[name] = None
                continue
            words = {
                bytes(slot).hex(): hex(int(new_words.get(slot, 0)))
                for slot in {*old_words, *new_words}
                if old_words.get(slot) != new_words.get(slot)
            }
            entry = {"nonce": int(new.nonce), "balance": int(new.balance), "storage": words}
            if old is None or old.code != new.code:
                entry["code"] = bytes(new.code).hex()
            changed[name] = entry
        return changed


def _read_into(lines: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


def main() -> None:
    """Answer one JSON line for each JSON line until the input ends."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read_into, args=(lines,), daemon=True).start()
    worker = Worker(sys.argv[1])
    sys.setrecursionlimit(20_000)
    print(json.dumps({"ready": True, "empty": bytes(keccak256(b"")).hex()}), flush=True)
    while True:
        request = json.loads(lines.get())
        try:
            answer = getattr(worker, request["do"])(request)
        except Exception as error:  # noqa: BLE001 - the other side must hear of it, whatever it is
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
