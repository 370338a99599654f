"""Which public key was first used under a label of a token: a token that shows another one later was swapped.

Kept per serial number of the token and label; a key made by this signer takes the place of what was there before.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from firmware_bridge.errors import KeySwappedError
from firmware_bridge.signer.signer_files import Memory
from hsm.token import KeyInfo, TokenInfo

MAX_KEPT = 1024


def demand_pinned(memory: Memory, token: TokenInfo, key: KeyInfo) -> None:
    """Demand that a key is the one that was used before under its label, if one was.

    Raises:
        KeySwappedError: it is another.
    """
    name, digest = _entry(token, key)
    if any(known != digest for pinned, known in memory.pins if pinned == name):
        raise KeySwappedError(f"The token shows another key as {key.label} than before.")


def pinned(memory: Memory, token: TokenInfo, key: KeyInfo) -> Memory:
    """Give the memory with this key under its label, the oldest left out where there are too many."""
    entry = _entry(token, key)
    others = tuple(item for item in memory.pins if item[0] != entry[0])
    return replace(memory, pins=(*others[1 - MAX_KEPT :], entry))


def _entry(token: TokenInfo, key: KeyInfo) -> tuple[bytes, bytes]:
    name = hashlib.sha256(repr((token.kind, token.serial, key.label)).encode()).digest()
    return name, hashlib.sha256(key.public_key).digest()
