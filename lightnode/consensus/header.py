"""Block headers with 15 to 21 fields (Besu `BlockHeader.writeTo`, consensus note 1.1).

Invariants:
- Optional fields are a prefix chain: none is present without those before it; the two blob fields come as a pair.
- `decode_header(h.encode()) == h`; only canonical RLP is accepted.
- What is kept of the encoding is of this header's own fields: it is made with the header or from it, never carried to
  another one (`dataclasses.replace` leaves it behind).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lightnode.consensus.errors import HeaderFormError
from lightnode.consensus.fixed_header import read_fixed
from lightnode.consensus.quick_making import quickly
from lightnode.errors import WireError
from lightnode.wire import rlp
from lightnode.wire.types import Address, Hash32, address, hash32

MAX_BYTES = 256 * 1024
_FIXED = 15
_OPTIONAL = ("base_fee_per_gas", "withdrawals_root", "blob_gas_used", "excess_blob_gas", "parent_beacon_block_root",
             "requests_hash")  # fmt: skip
_COUNTS = (15, 16, 17, 19, 20, 21)


class _Remembered:
    """What is remembered of a header's own fields, so that it is not made twice.

    No fields of the dataclass, so that no copy with other fields takes them along.

    Attributes:
        _around: the encoded fields before and after extraData, which are the same in all three hashes.
        reading: what `hashes.read` found; its business alone.
    """

    __slots__ = ("_around", "reading")
    _around: tuple[bytes, bytes]
    reading: Any


@dataclass(frozen=True, slots=True)
class Header(_Remembered):
    """A block header; fields in RLP order, named as in the yellow paper and its successors.

    Attributes:
        parent_hash: on-chain hash of the block before.
        ommers_hash: Keccak-256 of the ommers list; on BFT chains that of the empty list.
        beneficiary: proposer; on IBFT 1 the candidate voted on.
        state_root: root of the state trie after the block.
        transactions_root: root of the trie of raw transactions.
        receipts_root: root of the trie of receipts.
        logs_bloom: 256 bytes.
        difficulty: 1 on BFT chains.
        number: height.
        gas_limit: gas units.
        gas_used: gas units.
        timestamp: unix seconds.
        extra_data: vanity, validators, vote, round and seals, laid out by engine.
        mix_hash: constant on BFT chains.
        nonce: 8 bytes.
        base_fee_per_gas: wei a gas, since London.
        withdrawals_root: since Shanghai.
        blob_gas_used: since Cancun.
        excess_blob_gas: since Cancun.
        parent_beacon_block_root: since Cancun.
        requests_hash: since Prague.
    """

    parent_hash: Hash32
    ommers_hash: Hash32
    beneficiary: Address
    state_root: Hash32
    transactions_root: Hash32
    receipts_root: Hash32
    logs_bloom: bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: Hash32
    nonce: bytes
    base_fee_per_gas: int | None = None
    withdrawals_root: Hash32 | None = None
    blob_gas_used: int | None = None
    excess_blob_gas: int | None = None
    parent_beacon_block_root: Hash32 | None = None
    requests_hash: Hash32 | None = None

    def encode(self) -> bytes:
        """Give the canonical RLP."""
        return self.encode_with(self.extra_data)

    def encode_with(self, extra_data: bytes) -> bytes:
        """Give the RLP with other extraData, as the three hashes need it."""
        return self.encode_with_field(rlp.encode(extra_data))

    def encode_with_field(self, extra_field: bytes) -> bytes:
        """Give the RLP with other extraData that is encoded already."""
        try:
            before, after = self._around
        except AttributeError:
            before, after = self._encode_around()
        prefix = rlp.list_prefix(len(before) + len(extra_field) + len(after))
        return b"".join((prefix, before, extra_field, after))

    def replace_extra_data(self, extra_data: bytes) -> Header:
        """Give the same header with other extraData."""
        return replace(self, extra_data=extra_data)

    @property
    def field_count(self) -> int:
        """Number of RLP fields, 15 to 21."""
        # Mostly there are none or all.
        return _FIXED if self.base_fee_per_gas is None else _FIXED + len(self._tail())

    def _encode_around(self) -> tuple[bytes, bytes]:
        uint = rlp.encode_uint
        front: list[bytes] = [
            self.parent_hash, self.ommers_hash, self.beneficiary, self.state_root, self.transactions_root,
            self.receipts_root, self.logs_bloom, uint(self.difficulty), uint(self.number), uint(self.gas_limit),
            uint(self.gas_used), uint(self.timestamp),
        ]  # fmt: skip
        back = [self.mix_hash, self.nonce, *self._tail()]
        around = b"".join(map(rlp.encode, front)), b"".join(map(rlp.encode, back))
        object.__setattr__(self, "_around", around)
        return around

    def _tail(self) -> list[bytes]:
        tail: list[bytes] = []
        for name in _OPTIONAL:
            value = getattr(self, name)
            if value is None:
                break
            tail.append(rlp.encode_uint(value) if isinstance(value, int) else value)
        return tail


_new_header = quickly(Header)


def decode_header(raw: bytes) -> Header:
    """Read a header strictly.

    Args:
        raw: RLP of one header.

    Raises:
        HeaderFormError: not canonical, or not 15 to 21 well-formed fields.
    """
    fixed = read_fixed(raw) if len(raw) <= MAX_BYTES else None
    if fixed is not None:
        values, around = fixed
        header = _new_header(*values)
        object.__setattr__(header, "_around", around)
        return header
    return read_generally(raw)


def read_generally(raw: bytes) -> Header:
    """Read a header of any shape: what `decode_header` means, and where its refusals come from.

    Raises:
        HeaderFormError: not canonical, or not 15 to 21 well-formed fields.
    """
    try:
        items = [_bytes(item) for item in rlp.decode_list(raw, max_bytes=MAX_BYTES, max_depth=1)]
        if len(items) not in _COUNTS:
            raise HeaderFormError(f"A header has {len(items)} fields.")
        return _from_items(items)
    except WireError as cause:
        raise HeaderFormError(f"The header is not canonical: {cause.text}") from cause


def _from_items(items: list[bytes]) -> Header:
    if len(items[6]) != 256 or len(items[14]) != 8:
        raise HeaderFormError("A header's bloom has 256 bytes and its nonce 8.")
    tail = [
        rlp.decode_uint(item) if name in ("base_fee_per_gas", "blob_gas_used", "excess_blob_gas") else hash32(item)
        for name, item in zip(_OPTIONAL, items[_FIXED:], strict=False)
    ]
    optional = dict(zip(_OPTIONAL, tail, strict=False))
    return Header(
        hash32(items[0]), hash32(items[1]), address(items[2]), hash32(items[3]), hash32(items[4]), hash32(items[5]),
        items[6], rlp.decode_uint(items[7]), rlp.decode_uint(items[8], 8), rlp.decode_uint(items[9], 8),
        rlp.decode_uint(items[10], 8), rlp.decode_uint(items[11], 8), items[12], hash32(items[13]), items[14],
        **optional,  # type: ignore[arg-type]
    )  # fmt: skip


def _bytes(item: rlp.Item) -> bytes:
    if not isinstance(item, bytes):
        raise HeaderFormError("A list stands where a header field belongs.")
    return item
