"""Headers from JSON-RPC, with the traps of consensus note 1.1.

- Optional fields are taken in order up to the first gap: a node may print `parentBeaconBlockRoot` on a header whose RLP
  ends before it.
- Besu before mid-2020 printed no mixHash: the constant stands in.
- The printed hash is no evidence; it is given beside the header so that a difference can be reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lightnode.consensus.constants import MIX_HASH
from lightnode.consensus.errors import ExtraDataError, HeaderFormError
from lightnode.consensus.header import Header, decode_header
from lightnode.errors import WireError
from lightnode.wire import json_value as js
from lightnode.wire.types import Hash32

_OPTIONAL = (
    ("base_fee_per_gas", "baseFeePerGas", False),
    ("withdrawals_root", "withdrawalsRoot", True),
    ("blob_gas_used", "blobGasUsed", False),
    ("excess_blob_gas", "excessBlobGas", False),
    ("parent_beacon_block_root", "parentBeaconBlockRoot", True),
    ("requests_hash", "requestsHash", True),
)
_BESIDE_RAW = frozenset({"header", "blockNumber", "hash"})


@dataclass(frozen=True, slots=True)
class PrintedHeader:
    """A header as a node printed it.

    Attributes:
        header: rebuilt from its fields.
        claimed_hash: what the node says its hash is; None where it says nothing.
        block: the whole JSON object; None for a raw header.
    """

    header: Header
    claimed_hash: Hash32 | None
    block: Mapping[str, Any] | None


def header_from_json(obj: Any) -> Header:
    """Rebuild a header from an `eth_getBlockByNumber` result.

    Raises:
        HeaderFormError: a field is missing or malformed.
    """
    try:
        return _from_object(_object(obj))
    except WireError as cause:
        raise HeaderFormError(f"The block is not readable: {cause.text}") from cause


def printed_header(obj: Any) -> PrintedHeader:
    """Read one line of a header file: a block, or `{"blockNumber"?, "hash"?, "header": raw RLP}`.

    Raises:
        HeaderFormError: malformed, a blockNumber that does not agree, or anything else beside a raw header.
    """
    try:
        source = _object(obj)
        if "header" not in source:
            claimed = js.hash_value(js.field(source, "hash")) if source.get("hash") is not None else None
            return PrintedHeader(_from_object(source), claimed, source)
        header = decode_header(js.data(js.field(source, "header")))
        number, claimed = source.get("blockNumber"), source.get("hash")
        if number is not None and _number(number) != header.number:
            raise HeaderFormError("The line names another block number than its header.", header.number)
        if set(source) - _BESIDE_RAW:
            raise HeaderFormError("The line holds more than a raw header, its blockNumber and its hash.", header.number)
        return PrintedHeader(header, None if claimed is None else js.hash_value(claimed), None)
    except WireError as cause:
        raise HeaderFormError(f"The block is not readable: {cause.text}") from cause


def as_hashed(printed: PrintedHeader, hash_of: Callable[[Header], Hash32]) -> Header:
    """Give the header without the optional fields that a node printed but did not hash, if its printed hash shows that.

    Some Besu answers carry a baseFeePerGas that the RLP lacks. Nothing is believed by this: the header is verified after.

    Args:
        printed: the header as printed.
        hash_of: its height's block hash.
    """
    names = [name for name, _, _ in _OPTIONAL if getattr(printed.header, name) is not None]
    # A raw header is what it is.
    if printed.claimed_hash is None or printed.block is None or not names:
        return printed.header
    try:
        for count in range(len(names) + 1):
            absent: dict[str, Any] = dict.fromkeys(names[len(names) - count :])
            shorter = replace(printed.header, **absent)
            if shorter.blob_gas_used is not None and shorter.excess_blob_gas is None:
                continue
            if hash_of(shorter) == printed.claimed_hash:
                return shorter
    except ExtraDataError:
        pass
    return printed.header


def _object(obj: Any) -> Mapping[str, Any]:
    if not isinstance(obj, dict):
        raise HeaderFormError("A block is no JSON object.")
    return obj


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return js.quantity(value, 8)


def _from_object(source: Mapping[str, Any]) -> Header:
    optional: dict[str, Any] = {}
    for name, printed, is_hash in _OPTIONAL:
        if source.get(printed) is None:
            break
        optional[name] = js.hash_value(js.field(source, printed)) if is_hash else js.quantity(js.field(source, printed))
    if "blob_gas_used" in optional and "excess_blob_gas" not in optional:
        raise HeaderFormError("A header has one of the two blob fields.")
    bloom, nonce = js.data(js.field(source, "logsBloom")), js.data(js.field(source, "nonce"))
    if len(bloom) != 256 or len(nonce) != 8:
        raise HeaderFormError("A header's bloom has 256 bytes and its nonce 8.")
    return Header(
        parent_hash=js.hash_value(js.field(source, "parentHash")),
        ommers_hash=js.hash_value(js.field(source, "sha3Uncles")),
        beneficiary=js.address_value(js.field(source, "miner")),
        state_root=js.hash_value(js.field(source, "stateRoot")),
        transactions_root=js.hash_value(js.field(source, "transactionsRoot")),
        receipts_root=js.hash_value(js.field(source, "receiptsRoot")),
        logs_bloom=bloom,
        difficulty=js.quantity(js.field(source, "difficulty")),
        number=_u64(source, "number"),
        gas_limit=_u64(source, "gasLimit"),
        gas_used=_u64(source, "gasUsed"),
        timestamp=_u64(source, "timestamp"),
        extra_data=js.data(js.field(source, "extraData")),
        mix_hash=MIX_HASH if source.get("mixHash") is None else js.hash_value(js.field(source, "mixHash")),
        nonce=nonce,
        **optional,
    )


def _u64(source: Mapping[str, Any], name: str) -> int:
    value = js.quantity(js.field(source, name))
    if value >= 1 << 64:
        raise HeaderFormError(f"The field {name} exceeds 64 bits.")
    return value
