"""One node of a Merkle Patricia trie: its bytes, its path and its references, each in the only form that is sound.

Invariants: a node is canonical RLP; a path has known flags and a zero padding; a reference is empty where a branch may have
none, an inlined list of less than 32 bytes, or 32 bytes (step R0).
"""

from __future__ import annotations

from typing import NoReturn

from lightnode.errors import WireError
from lightnode.wire import rlp

MAX_NODE_BYTES = 8 * 1024 * 1024

_DEPTH = 16
# From a hex digit's character to its value.
_DIGITS = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))
# RLP prefixes of a hash and of nothing.
_OF_32, _EMPTY = 0xA0, 0x80

Node = list[rlp.Item]


class ProofError(WireError):
    """A Merkle proof does not prove anything about its key."""

    code = "PROOF"
    advice = "Fetch the proof again, from another node if it stays so; do not rely on what it was to show."


def decode_node(raw: bytes) -> Node:
    """Read a node.

    Raises:
        ProofError: not canonical RLP, or no list.
    """
    try:
        return _hashed_branch(raw) or rlp.decode_list(raw, max_bytes=MAX_NODE_BYTES, max_depth=_DEPTH)
    except WireError as cause:
        raise ProofError("A node of the proof is not canonical RLP.") from cause


def _hashed_branch(raw: bytes) -> Node | None:
    """Read a branch whose items are all empty or of 32 bytes, in one pass; None where it is anything else."""
    at = _payload(raw)
    items: Node = []
    end = len(raw)
    while 0 < at < end:
        if raw[at] == _OF_32:
            items.append(raw[at + 1 : at + 33])
            at += 33
        elif raw[at] == _EMPTY:
            items.append(b"")
            at += 1
        else:
            return None
    return items if at == end and len(items) == 17 else None


def _payload(raw: bytes) -> int:
    """Give where the payload of a list begins that fills its bytes under the shortest prefix; 0 where it does not."""
    size = len(raw)
    if size > 258:
        return 3 if raw[0] == 0xF9 and raw[1] << 8 | raw[2] == size - 3 else 0
    if size > 57:
        return 2 if raw[0] == 0xF8 and raw[1] == size - 2 else 0
    return 1 if size and raw[0] == 0xC0 + size - 1 and size <= 56 else 0


def demand_reference(item: rlp.Item, *, may_be_empty: bool) -> None:
    """Refuse what points to no node.

    Raises:
        ProofError: it does not.
    """
    if isinstance(item, bytes):
        if len(item) != 32 and not (may_be_empty and not item):
            refuse(f"A reference has {len(item)} bytes.")
    elif len(rlp.encode(item)) >= 32:
        refuse("A node of 32 bytes or more stands inside its parent.")


def unpack_path(item: rlp.Item) -> tuple[bool, bytes]:
    """Read a hex-prefix path: whether it ends in a leaf, and its nibbles.

    Raises:
        ProofError: it has unknown flags, or a padding that is not zero.
    """
    if not isinstance(item, bytes) or not item:
        refuse("A node's path is empty or a list.")
    flag, nibbles = item[0] >> 4, nibbles_of(item)
    if flag > 3 or (flag % 2 == 0 and nibbles[1]):
        refuse("A node's path has unknown flags or a padding that is not zero.")
    return flag >= 2, nibbles[2 - flag % 2 :]


def pack_path(nibbles: bytes, *, leaf: bool) -> bytes:
    """Write a hex-prefix path."""
    flag = 2 * leaf + len(nibbles) % 2
    padded = bytes([flag]) + nibbles if len(nibbles) % 2 else bytes([flag, 0]) + nibbles
    return bytes(high << 4 | low for high, low in zip(padded[::2], padded[1::2], strict=True))


def nibbles_of(key: bytes) -> bytes:
    """Give the half bytes of a key, a byte each."""
    return key.hex().encode().translate(_DIGITS)


def refuse(text: str) -> NoReturn:
    """Say that a proof proves nothing.

    Raises:
        ProofError: always.
    """
    raise ProofError(text)
