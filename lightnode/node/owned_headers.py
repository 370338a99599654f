"""Verified headers as the threads that answer see them: the newest ones at hand, the others asked of their owner."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.node.owner import Owner
from lightnode.wire.types import Hash32

# About a kilobyte each.
KEPT = 4096


class OwnedHeaders:
    """`VerifiedHeaders` over an owner; what was verified never changes, so that it may be kept here too."""

    def __init__(self, owner: Owner[Any]) -> None:
        """Ask an owner that was started."""
        self._owner = owner
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, VerifiedHeader] = OrderedDict()

    def head(self) -> VerifiedHeader:
        """Give the newest verified header."""
        return self._owner.head

    def header(self, height: int) -> VerifiedHeader:
        """Give a verified header, not above the head."""
        with self._lock:
            found = self._kept.get(height)
        if found is None:
            found = self._owner.ask(lambda client: client.header(height))
            self._keep({height: found})
        return found

    def run(self, heights: range) -> Sequence[VerifiedHeader]:
        """Give verified headers in order, none above the head."""
        with self._lock:
            found = {height: self._kept[height] for height in heights if height in self._kept}
        missing = [height for height in heights if height not in found]
        if missing:
            fresh = self._owner.ask(lambda client: client.run(missing))
            found |= fresh
            # Of the others nobody looked at the seals, which a printed block shows.
            self._keep({height: one for height, one in fresh.items() if one.signers or one.way is not Way.LINKED})
        return [found[height] for height in heights]

    def _keep(self, fresh: Mapping[int, VerifiedHeader]) -> None:
        with self._lock:
            self._kept |= fresh
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def height_of(self, block_hash: Hash32) -> int | None:
        """Give the height of a kept block."""
        head = self._owner.head
        return head.height if head.block_hash == block_hash else self._owner.ask(lambda one: one.height_of(block_hash))
