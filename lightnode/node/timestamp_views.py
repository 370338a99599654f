"""The views of EBSI's Timestamp that read one time-stamped hash, computed from proven storage.

Layout: `lightnode.wire.timestamp_call.slots_of`. A byte string of up to 31 bytes stands in its slot with twice its length
in the last byte; a longer one has twice its length plus one there and its content behind the slot's Keccak-256.
"""

from __future__ import annotations

import hashlib

from lightnode.node.errors import UnprovableError
from lightnode.node.views import Read, ViewContract
from lightnode.wire import abi
from lightnode.wire.timestamp_call import entry_slot, long_value
from lightnode.wire.types import Address, Hash32

# The registry takes any length; more than a proof's answer can hold is refused.
MAX_CONTENT = 16 * 1024
_WORD = 1 << 256


def timestamp(address: Address, code_hash: Hash32) -> ViewContract:
    """Give the table of the Timestamp registry's views.

    Args:
        address: of the registry.
        code_hash: of its code, pinned by the profile.
    """
    return ViewContract(
        address,
        code_hash,
        {
            "getTimestampById(bytes32)": lambda given, read: _entry(Hash32(given[0]), read),
            "getTimestamp(bytes)": lambda given, read: _entry(Hash32(hashlib.sha256(given[0]).digest()), read),
        },
    )


def _entry(name: Hash32, read: Read) -> bytes:
    """Give `((uint256 algorithm, bytes value), address by, uint256 block, bytes data)`, empty where there is none."""
    first = entry_slot(name)
    algorithm, value, by, block, attached = ((first + at) % _WORD for at in range(5))
    found = read([algorithm, value, by, block, attached])
    hash_part = abi.encode("uint256,bytes", [found[algorithm], _content(value, found[value], read)])
    attached_part = abi.encode("bytes", [_content(attached, found[attached], read)])[32:]
    who = (found[by] & (1 << 160) - 1).to_bytes(20, "big")
    head = abi.uint_word(128) + abi.address_word(who) + abi.uint_word(found[block])
    return abi.uint_word(32) + head + abi.uint_word(128 + len(hash_part)) + hash_part + attached_part


def _content(slot: int, packed: int, read: Read) -> bytes:
    if not packed & 1:
        return packed.to_bytes(32, "big")[: (packed & 0xFF) // 2]
    length = packed >> 1
    if length > MAX_CONTENT:
        raise UnprovableError(f"The value is longer than {MAX_CONTENT} bytes.")
    places = long_value(slot, length)
    words = read(places)
    return b"".join(words[place].to_bytes(32, "big") for place in places)[:length]
