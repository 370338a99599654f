"""Verified headers in the encrypted store: what a follower needs to go on, and what evidence is assembled from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lightnode.consensus.chain import ChainState, VerifiedHeader
from lightnode.consensus.extra_data import decode_extra_data
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.hashes import block_hash
from lightnode.consensus.header import Header, decode_header
from lightnode.light_client.errors import SyncError
from lightnode.store.cache import Store
from lightnode.store.errors import MissingRowError
from lightnode.store.rows import StoredHeader
from lightnode.wire import cbor
from lightnode.wire.types import Address, Hash32, Height, address, hash32

FORMAT = "chancery/chain-state/1"


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

    def latest(self) -> tuple[ChainState, Header] | None:
        """Give where the last run ended.

        Raises:
            StateFormatError: what is stored cannot be read.
        """
        body = self._store.newest_checkpoint()
        if body is None:
            return None
        state = decode_state(body)
        return state, decode_header(self._store.header(state.height).rlp)

    def header(self, height: int) -> VerifiedHeader | None:
        """Give a verified header kept before, with the set that had to seal it."""
        try:
            row = self._store.header(Height(height))
            before = self._store.header(Height(height - 1)).validators if height > 1 else None
        except MissingRowError:
            return None
        header = decode_header(row.rlp)
        members = _members(before) if before is not None else self._config.extra.validators
        rules = self._config.schedule.rules(height)
        extra = decode_extra_data(rules, header.extra_data)
        if block_hash(rules, header, extra) != row.block_hash:
            raise StateFormatError(f"The stored header of block {height} is not the one that was verified.")
        return VerifiedHeader(header, row.block_hash, members, extra.round, ())

    def keep(self, headers: Sequence[VerifiedHeader], state: ChainState) -> None:
        """Keep headers that follow those kept before, and where the chain stands after them."""
        followers = [item.members for item in headers[1:]] + [state.validators or ()]
        self._store.add_headers(
            [
                StoredHeader(item.height, item.block_hash, item.header.encode(), b"".join(members))
                for item, members in zip(headers, followers, strict=True)
            ]
        )
        self._store.add_checkpoint(state.height, state.block_hash, encode_state(state), self._clock())


def encode_state(state: ChainState) -> bytes:
    """Give the stored form of where a chain stands."""
    validators = None if state.validators is None else list(state.validators)
    pending = [[voter, candidate, add] for voter, candidate, add in state.pending]
    return cbor.encode([FORMAT, state.height, state.block_hash, validators, pending])


def decode_state(body: bytes) -> ChainState:
    """Read the stored form.

    Raises:
        StateFormatError: another version, or damaged.
    """
    try:
        name, height, block_hash_, validators, pending = cbor.decode(body, max_bytes=1 << 20)
        if name != FORMAT:
            raise ValueError("another layout")
        return ChainState(
            Height(height),
            Hash32(hash32(block_hash_)),
            None if validators is None else tuple(address(item) for item in validators),
            tuple((address(voter), address(candidate), bool(add)) for voter, candidate, add in pending),
        )
    except Exception as cause:
        raise StateFormatError("The stored end of the verified chain cannot be read.") from cause


def _members(data: bytes) -> tuple[Address, ...]:
    return tuple(Address(data[start : start + 20]) for start in range(0, len(data), 20))
