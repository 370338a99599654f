"""A local network for tests: questions to it, transactions from test keys, a small contract, and a full recording."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coincurve

from lightnode.devnet.settings import DEFAULT_CHAIN_ID
from lightnode.recording.verification import Recording
from lightnode.wire.curve import address_of
from lightnode.wire.transaction import SignedTransaction, TransactionType, UnsignedTransaction
from lightnode.wire.transaction_fields import AccessEntry
from lightnode.wire.types import Address

# Stores the second word of the call at the slot in the first, logs it under that slot as topic, and reverts with it
# where it is one. The first twelve bytes put the rest in place.
CONTRACT = bytes.fromhex(
    "6025600c60003960256000f36020356000355560203560005260003560206000a1602035600114601f57005b60206000fd"
)


def person(number: int) -> coincurve.PrivateKey:
    """A test key; these numbers are no secret."""
    return coincurve.PrivateKey(number.to_bytes(32, "big"))


def account(key: coincurve.PrivateKey) -> Address:
    """The account of a test key."""
    return address_of(key.public_key.format(compressed=False))


def words(*numbers: int) -> bytes:
    """Arguments of a call of the contract."""
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def signed(
    key: coincurve.PrivateKey, nonce: int, to: bytes | None, data: bytes = b"", *, kind: int = 0, gas: int = 500_000,
    price: int = 0, tip: int = 0, value: int = 0, chain_id: int = DEFAULT_CHAIN_ID,
) -> SignedTransaction:  # fmt: skip
    """Sign a transaction of any type."""
    dynamic = kind == TransactionType.DYNAMIC_FEE
    access = (AccessEntry(account(key), ()),) if kind else ()
    unsigned = UnsignedTransaction(
        TransactionType(kind), chain_id, nonce, None if dynamic else price, tip if dynamic else None,
        price if dynamic else None, gas, None if to is None else Address(to), value, data, access,
    )  # fmt: skip
    made = key.sign_recoverable(unsigned.signing_hash(), hasher=None)
    return SignedTransaction(unsigned, made[64], int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big"))


@dataclass
class Client:
    """Questions to one network.

    Attributes:
        url: of its JSON-RPC.
    """

    url: str

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> bytes:
        """Send anything."""
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json", **(headers or {})})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def ask(self, method: str, *parameters: Any) -> dict[str, Any]:
        """Give the whole answer."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        return json.loads(self.post(json.dumps(body).encode()))

    def get(self, method: str, *parameters: Any) -> Any:
        """Give the result."""
        answer = self.ask(method, *parameters)
        assert "error" not in answer, (method, parameters, answer)
        return answer["result"]

    def refused(self, method: str, *parameters: Any) -> dict[str, Any]:
        """Give the error."""
        answer = self.ask(method, *parameters)
        assert "error" in answer, (method, parameters, answer)
        return answer["error"]

    def send(self, transaction: SignedTransaction) -> dict[str, Any]:
        """Send a transaction and give its receipt."""
        name = self.get("eth_sendRawTransaction", f"0x{transaction.encode().hex()}")
        assert name == f"0x{transaction.hash().hex()}"
        return self.get("eth_getTransactionReceipt", name)

    def height(self) -> int:
        """Number of the newest block."""
        return int(self.get("eth_blockNumber"), 16)

    def block(self, number: int, *, whole: bool = False) -> dict[str, Any]:
        """Give a block."""
        return self.get("eth_getBlockByNumber", hex(number), whole)

    def recording(self, genesis: Path, proofs: list[tuple[bytes, list[int], int]]) -> Recording:
        """Record everything as the recorded networks are: headers, receipts, proofs."""
        heights = range(self.height() + 1)
        asked = [[f"0x{who.hex()}", [hex(slot) for slot in slots], hex(number)] for who, slots, number in proofs]
        receipts = [{"blockNumber": hex(at), "receipts": self.get("eth_getBlockReceipts", hex(at))} for at in heights]
        return Recording(
            genesis=genesis.read_bytes(),
            headers=[json.dumps(self.block(at)).encode() for at in heights],
            receipts=[json.dumps(line).encode() for line in receipts],
            proofs=[json.dumps({"params": item, "result": self.get("eth_getProof", *item)}).encode() for item in asked],
        )
