"""Which nonces a key has signed at, so that another call at one of them is warned of first.

A raised fee keeps the call: receiver and data tell whether it is the same. Kept per genesis and key, the newest 4096.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from firmware_bridge.signer.screens import Screen
from firmware_bridge.signer.signer_files import Memory
from firmware_bridge.signer.transaction_decision import Explained
from hsm.token import KeyInfo

MAX_KEPT = 4096


def warning(memory: Memory, explained: Explained, key: KeyInfo) -> tuple[Screen, ...]:
    """Give the screen that comes before another call at a nonce that this key already used; none otherwise."""
    name, nonce, call = _entry(explained, key)
    used = [item for item in memory.nonces if item[:2] == (name, nonce)]
    if not used or used[-1][2] == call:
        return ()
    text = "Another entry was signed in this place before. Only one of them can take effect."
    return (Screen("Attention", "Signed before", text, caution=True),)


def remembered(memory: Memory, explained: Explained, key: KeyInfo) -> Memory:
    """Give the memory with this call at its nonce, the oldest left out where there are too many."""
    entry = _entry(explained, key)
    others = tuple(item for item in memory.nonces if item[:2] != entry[:2])
    return replace(memory, nonces=(*others[1 - MAX_KEPT :], entry))


def _entry(explained: Explained, key: KeyInfo) -> tuple[bytes, int, bytes]:
    name = hashlib.sha256(explained.profile.genesis_hash + key.public_key).digest()
    transaction = explained.transaction
    return name, transaction.nonce, hashlib.sha256((transaction.to or b"") + transaction.data).digest()
