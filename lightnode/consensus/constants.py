"""Constants that all three engines write into every header (consensus note 2.1)."""

from __future__ import annotations

from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Hash32

# "ctical byzantine fault tolerance", cut from the middle of a longer phrase.
MIX_HASH = Hash32(bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"))
EMPTY_OMMERS_HASH = keccak256(b"\xc0")
DIFFICULTY = 1
ZERO_NONCE = bytes(8)
ADD_NONCE = b"\xff" * 8
# Besu allows 1 s, GoQuorum 0; a light client's clock is worse than a node's (consensus note 4.3).
MAX_CLOCK_DRIFT_SECONDS = 15
