"""Transaction receipts and their logs, as the receipts trie holds them.

Invariants:
- `decode_receipt` accepts exactly what `Receipt.encode` makes; types 1 to 4 share the payload of type 0 behind their
  type byte (EIP-2718, 2930, 1559, 4844, 7702).
- The bloom of an accepted receipt is the bloom of its logs.
- Nothing that a receipt does not prove (hash, sender, gas used, revert reason) has a field here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from lightnode.errors import LimitError, WireError
from lightnode.wire import json_value as js
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address, Hash32, address, hash32

MAX_BYTES = 4 * 1024 * 1024
MAX_TYPE = 4
BLOOM_BYTES = 256

_MAX_DEPTH = 5


class ReceiptError(WireError):
    """Bytes or fields are no receipt."""

    code = "RECEIPT-FORM"
    advice = "Fetch the receipt again, from another node if it stays so."


class ReceiptTypeError(ReceiptError):
    """The receipt has a type that this program does not know."""

    code = "RECEIPT-TYPE"
    advice = "Use a newer version of this program for this network."


class ReceiptBloomError(ReceiptError):
    """The bloom is not that of the logs."""

    code = "RECEIPT-BLOOM"


@dataclass(frozen=True, slots=True)
class Log:
    """One event of a contract.

    Attributes:
        address: the contract.
        topics: at most four words.
        data: what is not indexed.
    """

    address: Address
    topics: tuple[Hash32, ...]
    data: bytes

    def __post_init__(self) -> None:
        """Refuse widths that the ledger does not know."""
        if len(self.address) != 20 or len(self.topics) > 4 or any(len(topic) != 32 for topic in self.topics):
            _refuse("A log has a 20-byte account and at most four 32-byte topics.")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ledger keeps of one transaction's outcome.

    Attributes:
        type: the transaction's type.
        status_or_root: 1 done, 0 reverted; before Byzantium the 32-byte state root instead.
        cumulative_gas_used: gas of the block up to and with this transaction.
        logs_bloom: 256 bytes.
        logs: the events in order.
    """

    type: int
    status_or_root: int | Hash32
    cumulative_gas_used: int
    logs_bloom: bytes
    logs: tuple[Log, ...]

    def __post_init__(self) -> None:
        """Refuse fields out of range and a bloom that is not that of the logs."""
        if not 0 <= self.type <= MAX_TYPE:
            raise ReceiptTypeError(f"Receipt type {self.type} is not known here.")
        status = self.status_or_root
        if status not in (0, 1) if isinstance(status, int) else len(status) != 32:
            _refuse("A receipt begins with status 0 or 1, or with a 32-byte state root.")
        if not 0 <= self.cumulative_gas_used < 2**64:
            _refuse("The gas used exceeds 64 bits.")
        if self.logs_bloom != bloom_of(self.logs):
            raise ReceiptBloomError("The bloom of the receipt is not that of its logs.")

    @property
    def succeeded(self) -> bool | None:
        """Whether the transaction took effect; None where only a state root tells (before Byzantium)."""
        return bool(self.status_or_root) if isinstance(self.status_or_root, int) else None

    def encode(self) -> bytes:
        """Give the bytes of the receipts trie."""
        status = self.status_or_root
        head = rlp.encode_uint(status) if isinstance(status, int) else status
        logs: list[rlp.Encodable] = [[log.address, list(log.topics), log.data] for log in self.logs]
        payload = rlp.encode([head, rlp.encode_uint(self.cumulative_gas_used), self.logs_bloom, logs])
        return payload if self.type == 0 else bytes([self.type]) + payload


def decode_receipt(raw: bytes) -> Receipt:
    """Parse exactly one value of the receipts trie.

    Raises:
        LimitError: larger than any genuine receipt.
        ReceiptError: not a canonical receipt; its leaves tell an unknown type and a wrong bloom.
        RlpError: not canonical RLP.
    """
    if len(raw) > MAX_BYTES:
        raise LimitError(f"A receipt of {len(raw)} bytes exceeds {MAX_BYTES}.")
    if not raw:
        _refuse("The receipt is empty.")
    kind, body = (0, raw) if raw[0] >= 0xC0 else (raw[0], raw[1:])
    if raw[0] < 0xC0 and not 1 <= kind <= MAX_TYPE:
        raise ReceiptTypeError(f"Receipt type {kind} is not known here.")
    items = rlp.decode_list(body, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH)
    if len(items) != 4:
        _refuse("A receipt has four fields.")
    head = _bytes(items[0])
    status = hash32(head) if len(head) == 32 else rlp.decode_uint(head, 1)
    logs = tuple(_log(item) for item in _list(items[3]))
    return Receipt(kind, status, rlp.decode_uint(items[1], 8), _bytes(items[2]), logs)


def bloom_of(logs: Iterable[Log]) -> bytes:
    """Compute the 2048-bit bloom of logs: each account and topic sets three bits.

    Args:
        logs: the events of a receipt, or of all receipts of a block.

    Returns:
        256 bytes.
    """
    bits = 0
    for log in logs:
        for entry in (log.address, *log.topics):
            digest = keccak256(entry)
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits.to_bytes(BLOOM_BYTES, "big")


def receipt_from_json(obj: Any) -> Receipt:
    """Read a receipt as Besu and GoQuorum print it.

    Everything that a receipt does not prove is ignored, Besu's `revertReason` among it.

    Args:
        obj: the decoded JSON object. It has `status`, or `root` where the chain stood before Byzantium, never both.

    Raises:
        JsonError: a field is missing or malformed.
        ReceiptError: the fields are no receipt.
    """
    has_status, has_root = (isinstance(obj, dict) and obj.get(name) is not None for name in ("status", "root"))
    if has_status == has_root:
        _refuse("A receipt has either a status or a state root.")
    status: int | Hash32 = js.quantity(obj["status"]) if has_status else js.hash_value(obj["root"])
    logs = js.field(obj, "logs")
    if not isinstance(logs, list):
        _refuse("The logs of a receipt are no list.")
    return Receipt(
        type=js.quantity(obj["type"]) if obj.get("type") is not None else 0,
        status_or_root=status,
        cumulative_gas_used=js.quantity(js.field(obj, "cumulativeGasUsed")),
        logs_bloom=js.data(js.field(obj, "logsBloom")),
        logs=tuple(_log_from_json(entry) for entry in logs),
    )


def _log_from_json(obj: Any) -> Log:
    topics = js.field(obj, "topics")
    if not isinstance(topics, list):
        _refuse("The topics of a log are no list.")
    return Log(
        js.address_value(js.field(obj, "address")),
        tuple(js.hash_value(topic) for topic in topics),
        js.data(js.field(obj, "data")),
    )


def _log(item: rlp.Item) -> Log:
    parts = _list(item)
    if len(parts) != 3:
        _refuse("A log has three fields.")
    topics = tuple(hash32(_bytes(topic)) for topic in _list(parts[1]))
    return Log(address(_bytes(parts[0])), topics, _bytes(parts[2]))


def _bytes(item: rlp.Item) -> bytes:
    if not isinstance(item, bytes):
        _refuse("A list stands where a byte string belongs.")
    return item


def _list(item: rlp.Item) -> list[rlp.Item]:
    if not isinstance(item, list):
        _refuse("A byte string stands where a list belongs.")
    return item


def _refuse(text: str) -> NoReturn:
    raise ReceiptError(text)
