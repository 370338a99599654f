"""The light client of an open session, as the thread that owns it uses it for the verified server.

Invariants: each call does a bounded amount of work; a header that was skipped is verified from the kept one above it, or
refused where that one is too far for a question that somebody waits for.
"""

from __future__ import annotations

from collections.abc import Sequence

from desktop.services.network_session import NetworkSession
from desktop.services.node_halt import keep_conflict
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.light_client import halt
from lightnode.light_client.backwards import walk_down
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.light_client.follower import BATCH
from lightnode.light_client.given_checkpoint import NamedBlock, start_from
from lightnode.light_client.memory import StoreMemory
from lightnode.light_client.witnesses import Witness
from lightnode.node.errors import UnprovableError
from lightnode.wire.types import Hash32

# Headers between two kept ones after a skip that one question may have verified.
MAX_WALK = 2048


class SessionClient:
    """`lightnode.node.owner.LightClient` over a session."""

    def __init__(self, session: NetworkSession, start: bytes | NamedBlock | None = None) -> None:
        """Take over an open session.

        Args:
            session: of the network.
            start: a checkpoint file's bytes, or a block, to begin at; None to go on where the last run ended.

        Raises:
            CheckpointError: it cannot be read or used.
        """
        self._session = session
        self._memory = StoreMemory(session.workspace.store, session.config, session.clock)
        follower = session.follower
        if start is not None:
            digest = session.profile.rules_digest
            follower.begin_at(start_from(session.config, digest, session.source, start, follower.end))
        self.begin = follower.end.height, follower.end.block_hash

    @property
    def choices(self) -> SyncChoices:
        """How the network is followed."""
        return self._session.follower.choices

    def advance(self) -> bool:
        """Verify one batch of headers at most, or one skip.

        Raises:
            HaltedError: this program or another one of this office has halted the network.
            LightNodeError: the node gives trouble, or its headers break a rule.
        """
        halt.demand_none(self._session.workspace.store)
        target, follower = self._session.ledger.height(), self._session.follower
        # A skip is one step however far it goes.
        step = target if self.choices.mode is Mode.SKIPPING else follower.end.height + BATCH
        follower.follow(min(target, step), self._session.clock())
        return follower.end.height < target

    def head(self) -> VerifiedHeader:
        """Give the newest verified header."""
        end = self._session.follower.end
        # Of the block that the operator began at, nobody here looked at the seals.
        return self._kept(end.height) or VerifiedHeader(end.header, end.block_hash, (), 0, (), way=Way.LINKED)

    def sealed(self, height: int) -> VerifiedHeader:
        """Give a header with the set that sealed it, as comparisons need it.

        Raises:
            LightNodeError: it is not kept and cannot be verified from above.
        """
        return self._session.follower.header(height, self._session.clock())

    def known_between(self, low: int, high: int) -> int | None:
        """Give the height of a header kept that is nearest to the middle of two heights."""
        return self._session.follower.known_between(low, high)

    def keep_conflict(self, witness: Witness, rpc: str) -> None:
        """Store the evidence of a conflict.

        Raises:
            HaltedError: always where there is one: the network is halted by that.
        """
        session = self._session
        # One halt is enough: another program may have been quicker.
        halt.demand_none(session.workspace.store)
        keep_conflict(session.workspace, session.loaded, rpc, [witness], session.clock(), self.begin)
        halt.demand_none(session.workspace.store)

    def header(self, height: int) -> VerifiedHeader:
        """Give a verified header: kept, or verified by hashes from the kept one above it, seals and all.

        Raises:
            UnprovableError: that one is too far above.
            LightNodeError: it cannot be verified, or the node gives trouble.
        """
        kept = self._kept(height)
        if kept is None:
            self._above(height)
            kept = self._session.follower.header(height, self._session.clock())
        return kept

    def run(self, heights: Sequence[int]) -> dict[int, VerifiedHeader]:
        """Give verified headers; what was skipped is verified by hashes alone, in batches.

        Raises:
            UnprovableError: a kept header is too far above one of them.
            LightNodeError: one cannot be verified, or the node gives trouble.
        """
        found: dict[int, VerifiedHeader] = {}
        missing = []
        for height in sorted(heights, reverse=True):
            kept = self._kept(height)
            if kept is None:
                missing.append(height)
            else:
                found[height] = kept
        wanted = set(missing)
        while missing:
            above, lowest = self._above(missing[0]), missing[0]
            while lowest - 1 in wanted:
                lowest -= 1
            for one in walk_down(self._session.config, self._session.source, above.header, lowest):
                if one.height in wanted:
                    found[one.height] = one
            missing = [height for height in missing if height not in found]
        return found

    def _kept(self, height: int) -> VerifiedHeader | None:
        if height == 0:
            config = self._session.config
            return VerifiedHeader(config.header, config.block_hash, (), 0, ())
        return self._memory.header(height)

    def _above(self, height: int) -> VerifiedHeader:
        above = self._memory.header_above(height)
        if above is None or above.height - height > MAX_WALK:
            raise UnprovableError(
                f"The header of block {height} was skipped, and the next kept one is more than {MAX_WALK} above."
            )
        return above

    def height_of(self, block_hash: Hash32) -> int | None:
        """Give the height of a kept header."""
        return 0 if block_hash == self._session.config.block_hash else self._memory.height_of(block_hash)

    def close(self) -> None:
        """Close store and connection."""
        self._session.__exit__(None, None, None)
