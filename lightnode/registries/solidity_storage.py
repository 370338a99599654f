"""How Solidity lays values out in storage: mappings, arrays, byte strings, addresses, flags; as plans of `storage_walk` (Q2).

Invariants:
- A byte string has one form for its length: up to 31 bytes within its slot, longer ones behind the slot's Keccak-256.
- What stands behind the end of a string or beside a narrower value is zero, or it is no value of the layout. Only where
  a field says so are bytes behind a long string's end passed over: compilers before 0.8.15 may copy them there from call
  data, and the contract itself never reads them.
"""

from __future__ import annotations

from typing import TypeVar

from lightnode.registries.errors import StorageFormError, WalkLimitError
from lightnode.registries.storage_walk import Plan, ask, together
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address, Hash32

WORD = 32
_ALL = 1 << 256

T = TypeVar("T")


def base_slot(name: str) -> int:
    """Give the slot of a struct that stands at the Keccak-256 of a name ("diamond storage")."""
    return int.from_bytes(keccak256(name.encode("ascii")), "big")


def erc1967_slot(name: str) -> int:
    """Give the slot at the Keccak-256 of a name, less one (EIP-1967)."""
    return base_slot(name) - 1


def member(slot: int, offset: int) -> int:
    """Give the slot of a struct's member, some slots behind its first."""
    return (slot + offset) % _ALL


def value_key_slot(key: bytes | int, mapping: int) -> int:
    """Give the slot of a mapping's entry whose key is a value of one word: `bytes32`, number, address, enumeration."""
    word = key.to_bytes(WORD, "big") if isinstance(key, int) else key.rjust(WORD, b"\0")
    return int.from_bytes(keccak256(word + mapping.to_bytes(WORD, "big")), "big")


def text_key_slot(key: str | bytes, mapping: int) -> int:
    """Give the slot of a mapping's entry whose key is `string` or `bytes`: hashed as they are, without padding."""
    content = key.encode() if isinstance(key, str) else key
    return int.from_bytes(keccak256(content + mapping.to_bytes(WORD, "big")), "big")


def element_slot(array: int, index: int, width: int = 1) -> int:
    """Give the first slot of a dynamic array's element.

    Args:
        array: slot of its length.
        index: from 0.
        width: slots that an element takes.
    """
    return (int.from_bytes(keccak256(array.to_bytes(WORD, "big")), "big") + index * width) % _ALL


def hash_word(word: int) -> Hash32:
    """Give a word as `bytes32`."""
    return Hash32(word.to_bytes(WORD, "big"))


def address_word(word: int) -> Address:
    """Give a word as an address.

    Raises:
        StorageFormError: it is wider.
    """
    if word >> 160:
        raise StorageFormError("Where an address belongs stands a wider word.")
    return Address(word.to_bytes(20, "big"))


def flag(word: int) -> bool:
    """Give a word as a boolean.

    Raises:
        StorageFormError: it is neither 0 nor 1.
    """
    if word > 1:
        raise StorageFormError("Where a boolean belongs stands another number.")
    return bool(word)


def bounded(word: int, limit: int, what: str) -> int:
    """Give a word as a number up to a limit.

    Raises:
        StorageFormError: it is larger.
    """
    if word > limit:
        raise StorageFormError(f"{what} is {word:#x}, more than {limit}.")
    return word


def blob(slot: int, limit: int, *, pass_over_tail: bool = False) -> Plan[bytes]:
    """Read `bytes`.

    Args:
        slot: of the value.
        limit: most bytes.
        pass_over_tail: whether bytes behind a long value's end are passed over, see above.

    Raises:
        StorageFormError: no byte string.
        WalkLimitError: longer than the limit.
    """
    (head,) = yield from ask(slot)
    if not head & 1:
        packed, length = head.to_bytes(WORD, "big"), (head & 0xFF) >> 1
        if length >= WORD or any(packed[length:-1]):
            raise StorageFormError(f"Slot {slot:#x} holds no short byte string.")
        return _within(packed[:length], limit)
    length = head >> 1
    if length < WORD:
        raise StorageFormError(f"Slot {slot:#x} gives a short byte string the form of a long one.")
    if length > limit:
        raise WalkLimitError(f"The byte string at slot {slot:#x} is longer than {limit} bytes.")
    words = yield from ask(*(element_slot(slot, index) for index in range(-(-length // WORD))))
    content = b"".join(word.to_bytes(WORD, "big") for word in words)
    if any(content[length:]) and not pass_over_tail:
        raise StorageFormError(f"The byte string at slot {slot:#x} stands before bytes that are not zero.")
    return content[:length]


def text(slot: int, limit: int) -> Plan[str]:
    """Read `string`.

    Raises:
        StorageFormError: no byte string, or not UTF-8.
        WalkLimitError: longer than the limit.
    """
    content = yield from blob(slot, limit)
    try:
        return content.decode()
    except UnicodeDecodeError as cause:
        raise StorageFormError(f"The text at slot {slot:#x} is not UTF-8.") from cause


def length(slot: int, limit: int) -> Plan[int]:
    """Read the length of a dynamic array.

    Raises:
        WalkLimitError: longer than the limit.
    """
    (count,) = yield from ask(slot)
    if count > limit:
        raise WalkLimitError(f"The list at slot {slot:#x} has more than {limit} items.")
    return count


def hashes(slot: int, limit: int) -> Plan[tuple[Hash32, ...]]:
    """Read `bytes32[]`.

    Raises:
        WalkLimitError: longer than the limit.
    """
    count = yield from length(slot, limit)
    words = yield from ask(*(element_slot(slot, index) for index in range(count)))
    return tuple(hash_word(word) for word in words)


def texts(slot: int, items: int, limit: int) -> Plan[tuple[str, ...]]:
    """Read `string[]`.

    Args:
        slot: of its length.
        items: most items.
        limit: most bytes of one.

    Raises:
        StorageFormError: an item is no text.
        WalkLimitError: there are too many, or one is too long.
    """
    count = yield from length(slot, items)
    found = yield from together([text(element_slot(slot, index), limit) for index in range(count)])
    return tuple(found)


def _within(content: bytes, limit: int) -> bytes:
    if len(content) > limit:
        raise WalkLimitError(f"A byte string has more than {limit} bytes.")
    return content
