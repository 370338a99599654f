"""Header chains for measuring, made as raw RLP one after another, so that any length takes no memory.

The chains are QBFT on Besu, round 0, sealed by exactly a quorum; keys are those of `tests.support.made_chain`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from tests.support.made_chain import MIX, MadeChain, uint

EMPTY = keccak256(b"\x80")


class MadeHeaders:
    """One chain."""

    def __init__(self, validators: int, fork: str = "cancun") -> None:
        """Make its genesis block.

        Args:
            validators: how many.
            fork: of every block: 20 fields for `cancun`.
        """
        self._chain = MadeChain(size=validators, fork=fork)
        self.config: ChainConfig = load_genesis(self._chain.genesis(), "besu")

    def raw(self, count: int) -> Iterator[bytes]:
        """Give the headers after genesis, raw, one by one."""
        chain = self._chain
        members = chain.members()
        sealers = members[: -(-2 * len(members) // 3)]
        vanity_list_vote = rlp.encode(bytes(32)) + rlp.encode(members) + b"\xc0"
        first = chain.fields[0]
        parent, time = chain.hashes[0], int.from_bytes(first[11], "big")
        for height in range(1, count + 1):
            fields = [
                parent, first[1], members[height % len(members)], first[3], EMPTY, EMPTY, bytes(256), b"\1", uint(height),
                first[9], b"", uint(time + height), b"", MIX, bytes(8), *chain.tail(height, 7),
            ]  # fmt: skip
            before, after = b"".join(map(rlp.encode, fields[:12])), b"".join(map(rlp.encode, fields[13:]))

            def whole(seals: list[bytes], before: bytes = before, after: bytes = after) -> bytes:
                extra = rlp.encode_payload(vanity_list_vote + b"\x80" + rlp.encode(seals))
                return rlp.encode_payload(before + rlp.encode(extra) + after)

            parent = keccak256(whole([]))
            yield whole([bytes(chain.keys[one].sign_recoverable(parent, hasher=None)) for one in sealers])
