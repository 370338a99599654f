"""EBSI's Timestamp: one time-stamped hash as the registry's storage holds it.

Layout (base T = keccak("diamond.standard.timestamp.storage"), `TimestampStorage.sol`): the entry of an id stands at
p = keccak(id || T+1): p+0 algorithm, p+1 value, p+2 first writer, p+3 block, p+4 data; the id is the SHA-256 of the value.

Invariants: the value read has the id asked for; an entry is either whole or absent in every word.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.registries.errors import StorageFormError
from lightnode.registries.solidity_storage import address_word, blob, bounded, member
from lightnode.registries.storage_walk import Plan, ask, together
from lightnode.wire.timestamp_call import entry_slot, hash_id
from lightnode.wire.types import Address, Hash32, Height

MAX_VALUE = 512
MAX_DATA = 64 * 1024
MAX_ALGORITHM = 1 << 32
# Bootstrapped by EBSI's own scripts (ebsi.md 2.3); the registry may add others.
ALGORITHMS = ("sha-256", "sha-384", "sha-512", "sha3-224", "sha3-256", "sha3-384", "sha3-512")


@dataclass(frozen=True, slots=True)
class TimestampEntry:
    """A time-stamped hash.

    Attributes:
        id: SHA-256 of the value.
        algorithm: number of the hash algorithm.
        value: the hash.
        by: who time-stamped it first; says nothing about who made what was hashed.
        block: in which that happened; a later call never changes it.
        data: what the first writer put beside it.
    """

    id: Hash32
    algorithm: int
    value: bytes
    by: Address
    block: Height
    data: bytes

    @property
    def algorithm_name(self) -> str | None:
        """Give the algorithm's name; None for one that EBSI did not begin with."""
        return ALGORITHMS[self.algorithm] if self.algorithm < len(ALGORITHMS) else None


def entry_plan(identifier: Hash32) -> Plan[TimestampEntry | None]:
    """Read an entry by its id; None where its absence is proven.

    Raises:
        StorageFormError: the words are no entry of this id.
        WalkLimitError: value or data are larger than any genuine one.
    """
    first = entry_slot(identifier)
    places = [member(first, offset) for offset in range(5)]
    words = yield from ask(*places)
    if not any(words):
        return None
    # Both come from anyone's call data; bytes behind their end are no part of them.
    value, data = yield from together(
        [
            blob(places[1], MAX_VALUE, pass_over_tail=True),
            blob(places[4], MAX_DATA, pass_over_tail=True),
        ]
    )
    if hash_id(value) != identifier or not value:
        raise StorageFormError("The entry holds another hash than the one asked for.")
    algorithm = bounded(words[0], MAX_ALGORITHM, "The algorithm")
    block = bounded(words[3], (1 << 64) - 1, "The block number")
    return TimestampEntry(identifier, algorithm, value, address_word(words[2]), Height(block), data)


def value_plan(value: bytes) -> Plan[TimestampEntry | None]:
    """Read the entry of a hash; None where its absence is proven.

    Raises:
        StorageFormError: the words are no entry of this hash.
        WalkLimitError: value or data are larger than any genuine one.
    """
    return entry_plan(hash_id(value))
