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
# A branch with all sixteen hashed children and no value, as most nodes near a root are: prefix, then items of 33 bytes.
_FULL_BRANCH = 3 + 16 * 33 + 1

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
        return _full_branch(raw) or rlp.decode_list(raw, max_bytes=MAX_NODE_BYTES, max_depth=_DEPTH)
    except WireError as cause:
        raise ProofError("A node of the proof is not canonical RLP.") from cause


def _full_branch(raw: bytes) -> Node | None:
    """Read a branch with all its children hashed at their fixed places; None where it is anything else."""
    if len(raw) != _FULL_BRANCH or raw[:3] != b"\xf9\x02\x11" or raw[3:-1:33] != b"\xa0" * 16 or raw[-1] != 0x80:
        return None
    return [*(raw[at : at + 32] for at in range(4, _FULL_BRANCH - 1, 33)), b""]


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
