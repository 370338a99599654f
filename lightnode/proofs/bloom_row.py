"""What of a verified header a scan for logs needs, read out of its stored bytes at fixed places instead of decoding it.

Invariants: `bloom_row` reads only what `Header.encode` makes (all fields before the bloom have fixed widths), and refuses the
rest; the bytes are those of a header that was verified before it was stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.consensus.errors import HeaderFormError
from lightnode.wire.types import Hash32, Height

# RLP prefixes of parentHash, ommersHash, beneficiary, stateRoot, transactionsRoot, receiptsRoot, and of the bloom.
_WIDTHS = (32, 32, 20, 32, 32, 32)
_BLOOM_PREFIX = b"\xb9\x01\x00"
_BLOOM_BYTES = 256
# A header's list is longer than 255 bytes, since its bloom alone is; shorter than 64 KiB, or up to 256 KiB.
_LIST_PREFIXES = {0xF9: 3, 0xFA: 4}
_PREFIX_AT = tuple((sum(_WIDTHS[:at]) + at, 0x80 + width) for at, width in enumerate(_WIDTHS))
_BLOOM_AT = sum(_WIDTHS) + len(_WIDTHS)


@dataclass(frozen=True, slots=True)
class BloomRow:
    """What of a verified header a scan needs.

    Attributes:
        height: of the block.
        block_hash: of the block.
        parent_hash: of the block before.
        bloom: 256 bytes.
    """

    height: Height
    block_hash: Hash32
    parent_hash: Hash32
    bloom: bytes


def bloom_row(height: Height, block_hash: Hash32, raw: bytes) -> BloomRow:
    """Read a row out of a stored header.

    Args:
        height: under which the verified header is stored.
        block_hash: likewise.
        raw: its RLP.

    Raises:
        HeaderFormError: these are not the bytes of a header.
    """
    start = _LIST_PREFIXES.get(raw[0] if raw else 0)
    if start is None or len(raw) < start + _BLOOM_AT + len(_BLOOM_PREFIX) + _BLOOM_BYTES:
        raise HeaderFormError("A stored header is cut off.")
    bloom_at = start + _BLOOM_AT
    if any(raw[start + at] != prefix for at, prefix in _PREFIX_AT) or raw[bloom_at : bloom_at + 3] != _BLOOM_PREFIX:
        raise HeaderFormError("A stored header has other fields before its bloom.")
    bloom_at += 3
    return BloomRow(height, block_hash, Hash32(raw[start + 1 : start + 33]), raw[bloom_at : bloom_at + _BLOOM_BYTES])
