"""Verified headers in the encrypted store: what a follower needs to go on, and what evidence is assembled from.

Invariants: what is read back is hashed again and compared with the hash it was stored under; where a run ended is stored
in the same order as its headers, so that after kill -9 the end never lies above them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lightnode.consensus.chain import ChainState, HeaderChain
from lightnode.consensus.extra_data import decode_extra_data
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.hashes import block_hash
from lightnode.consensus.header import decode_header
from lightnode.consensus.tally import PendingVote
from lightnode.consensus.verified_header import VerifiedHeader, Way
from lightnode.light_client.errors import SyncError
from lightnode.light_client.trusted import Trusted
from lightnode.store.cache import Store
from lightnode.store.errors import MissingRowError
from lightnode.store.rows import StoredHeader
from lightnode.wire import cbor
from lightnode.wire.types import Address, Hash32, Height, address, hash32

FORMAT = "chancery/trusted/1"
# Stores of schema 3 and older.
STATE_FORMAT = "chancery/chain-state/1"


class StateFormatError(SyncError):
    """The stored end of the verified chain cannot be read."""

    code = "SYNC-STATE"
    advice = "Use the version of the program that made this store, or start a new one; headers are fetched again."


class StoreMemory:
    """Keeps verified headers in a store."""

    def __init__(self, store: Store, config: ChainConfig, clock: Callable[[], int]) -> None:
        """Use an open store of this network.

        Args:
            store: of this environment and genesis hash.
            config: of the network.
            clock: gives unix seconds.
        """
        self._store = store
        self._config = config
        self._clock = clock
        self._first = HeaderChain(config).validators_for_next() or ()

    def latest(self) -> Trusted | None:
        """Give where the last run ended.

        Raises:
            StateFormatError: what is stored cannot be read.
        """
        body = self._store.newest_checkpoint()
        if body is None:
            return None
        end = decode_end(body)
        header = decode_header(self._store.header(end.height).rlp)
        if isinstance(end, ChainState):
            return Trusted.at_state(self._config, header, end)
        return Trusted(header, end.block_hash, end.members, end.following, end.pending)

    def header(self, height: int) -> VerifiedHeader | None:
        """Give a verified header kept before, with the set that had to seal it."""
        try:
            row = self._store.header(Height(height))
        except MissingRowError:
            return None
        return self._verified(row)

    def header_above(self, height: int) -> VerifiedHeader | None:
        """Give the lowest verified header kept above a height, if any."""
        row = self._store.header_above(Height(height))
        return None if row is None else self._verified(row)

    def height_near(self, height: int) -> Sequence[int]:
        """Give the heights of the nearest headers kept, at or below a height and above it."""
        return self._store.heights_near(Height(height))

    def height_of(self, block_hash_: Hash32) -> Height | None:
        """Give the height of a block hash that was verified, if any."""
        return self._store.height_of(block_hash_)

    def keep(self, headers: Sequence[VerifiedHeader], end: Trusted | None) -> None:
        """Keep verified headers, and where the run stands after them.

        Args:
            headers: in any order.
            end: None where they lie below what is kept.
        """
        followers = [item.members if item.way is Way.SEQUENTIAL else () for item in headers[1:]]
        followers.append(() if end is None or end.following is None else end.following)
        self._store.add_headers(
            [
                StoredHeader(
                    item.height, item.block_hash, item.header.encode(), b"".join(following), b"".join(item.members),
                    item.way.value,
                )
                for item, following in zip(headers, followers, strict=True)
            ]
        )  # fmt: skip
        if end is not None:
            self._store.add_checkpoint(end.height, end.block_hash, encode_end(end), self._clock())

    def _verified(self, row: StoredHeader) -> VerifiedHeader:
        header = decode_header(row.rlp)
        rules = self._config.schedule.rules(row.height)
        extra = decode_extra_data(rules, header.extra_data)
        if block_hash(rules, header, extra) != row.block_hash:
            raise StateFormatError(f"The stored header of block {row.height} is not the one that was verified.")
        # A store of schema 3 does not say of block 1.
        members = self._first if row.members is None else _members(row.members)
        return VerifiedHeader(header, row.block_hash, members, extra.round, (), way=Way(row.way))


def encode_end(end: Trusted) -> bytes:
    """Give the stored form of where a run ended."""
    following = None if end.following is None else list(end.following)
    pending = None if end.pending is None else [[voter, candidate, add] for voter, candidate, add in end.pending]
    return cbor.encode([FORMAT, end.height, end.block_hash, list(end.members), following, pending])


class _End:
    """What `encode_end` stores, without the header."""

    __slots__ = ("block_hash", "following", "height", "members", "pending")

    def __init__(
        self, height: Height, block_hash_: Hash32, members: tuple[Address, ...],
        following: tuple[Address, ...] | None, pending: tuple[PendingVote, ...] | None,
    ) -> None:  # fmt: skip
        self.height, self.block_hash, self.members = height, block_hash_, members
        self.following, self.pending = following, pending


def decode_end(body: bytes) -> ChainState | _End:
    """Read the stored form, or that of a store of schema 3.

    Raises:
        StateFormatError: another version, or damaged.
    """
    try:
        name, height, block_hash_, *rest = cbor.decode(body, max_bytes=1 << 20)
        place = Height(height), Hash32(hash32(block_hash_))
        if name == STATE_FORMAT:
            validators, pending = rest
            return ChainState(*place, _addresses(validators), _votes(pending) or ())
        if name != FORMAT:
            raise ValueError("another layout")
        members, following, pending = rest
        return _End(*place, _addresses(members) or (), _addresses(following), _votes(pending))
    except Exception as cause:
        raise StateFormatError("The stored end of the verified chain cannot be read.") from cause


def _addresses(items: list[bytes] | None) -> tuple[Address, ...] | None:
    return None if items is None else tuple(address(item) for item in items)


def _votes(items: list[tuple[bytes, bytes, bool]] | None) -> tuple[PendingVote, ...] | None:
    return None if items is None else tuple((address(v), address(c), bool(add)) for v, c, add in items)


def _members(data: bytes) -> tuple[Address, ...]:
    return tuple(Address(data[start : start + 20]) for start in range(0, len(data), 20))
