"""A chain of a million blocks whose hashes are all there and whose seals are made when a header is asked for.

Written from the consensus note like `made_chain`: Besu QBFT, round 0, votes just before each change of the set.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from lightnode.consensus.header import Header, decode_header
from lightnode.light_client.source import ClaimedHeader
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address
from tests.support.made_chain import FIRST_TIME, GAS, MIX, MadeChain, Vote, address_of, key, uint

EMPTY = keccak256(b"\x80")


class LongChain:
    """Serves headers of a long chain, and counts them."""

    name = "long"

    def __init__(self, blocks: int, size: int = 4, changes: Sequence[int] = (), *, seconds: int = 1) -> None:
        """Make every hash.

        Args:
            blocks: height of the head.
            size: members at the start.
            changes: ascending heights at which a set first counts: in turn one with a new member, and one without the
                oldest; each far enough from the one before for its votes.
            seconds: between blocks.
        """
        self.blocks, self.seconds = blocks, seconds
        self.keys = {address_of(key(index)): key(index) for index in range(size + (len(changes) + 1) // 2)}
        joined = list(self.keys)
        self._from = [0, *changes]
        self._sets = [sorted(joined[:size])]
        self._votes: dict[int, Vote] = {}
        for index, height in enumerate(changes):
            add, turn = index % 2 == 0, index // 2
            about, before = joined[size + turn] if add else joined[turn], self._sets[-1]
            # The members in turn propose, so that as many neighbouring blocks hold as many members' votes.
            self._votes |= dict.fromkeys(range(height - len(before) // 2 - 1, height), (about, add))
            self._sets.append(sorted({*before, about} if add else {*before} - {about}))
        self._made = MadeChain(size=size, section={"blockperiodseconds": seconds})
        self._hashes = bytearray(self._made.hashes[0])
        for height in range(1, blocks + 1):
            self._hashes += keccak256(self._encode(height, self._extra(height, [])))
        self.fetched: list[int] = []
        self.requests = 0

    def genesis(self) -> bytes:
        """Give the genesis file."""
        return json.dumps(self._made.document).encode()

    def hash(self, height: int) -> bytes:
        """Give the hash of a block."""
        return bytes(self._hashes[32 * height : 32 * height + 32])

    def members(self, height: int) -> list[bytes]:
        """Give the set in force for a block."""
        return self._sets[bisect_right(self._from, height) - 1]

    def chain_id(self) -> int:
        """Give that of made chains."""
        return 1337

    def head(self) -> int:
        """Give the height of the head."""
        return self.blocks

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        """Give headers, each counted."""
        self.requests += 1
        self.fetched += heights
        return [ClaimedHeader(self.header(height)) for height in heights]

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Never asked: the chain is in header mode."""
        raise AssertionError((account, slots, height))

    def header(self, height: int) -> Header:
        """Give a header with a quorum of seals."""
        if height == 0:
            return decode_header(rlp.encode(self._made.fields[0]))
        bare = keccak256(self._encode(height, self._extra(height, [])))
        members = self.members(height)
        seals = [self.keys[one].sign_recoverable(bare, hasher=None) for one in members[: -(-2 * len(members) // 3)]]
        return decode_header(self._encode(height, self._extra(height, seals)))

    def _extra(self, height: int, seals: list[bytes]) -> bytes:
        return MadeChain.extra("qbft", self.members(height), self._votes.get(height), 0, seals)

    def _encode(self, height: int, extra: bytes) -> bytes:
        members = self.members(height)
        at = FIRST_TIME + self.seconds * height
        return rlp.encode(
            [self.hash(height - 1), keccak256(b"\xc0"), members[height % len(members)], self._made.fields[0][3], EMPTY,
             EMPTY, bytes(256), b"\1", uint(height), uint(GAS), b"", uint(at), extra, MIX, bytes(8)]
        )  # fmt: skip
