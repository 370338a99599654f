"""What statements of trust say of one authority and of one key (foundations section 6, docs/formats.md section 5).

Key entry = `[address, verbs, first, last or null, holder, device, withdrawn from or null, doubt since or null]`; authority
entry = `[id, country, number, name, keys]`.

Invariants: an authority's id is that of its country and number; a name is plain text.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.authority import authority_id
from lightnode.wire.key_set import KeySet, read_key_set
from lightnode.wire.plain_text import is_plain
from lightnode.wire.types import Address, Hash32, address, hash32

DEVICES = ("software", "card", "board")


class TrustError(WireError):
    """A trust package is malformed."""

    code = "TRUST"
    advice = "Get the trust list from your agency again."


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What a key may do for its authority.

    Attributes:
        address: of the key on the ledger.
        verbs: bit mask, 1 << verb.
        first: block from which it may.
        last: last block in which it may; None while open.
        holder: number within the authority.
        device: software, card or board.
        withdrawn_from: block from which it no longer counts, if any.
        doubt_since: block since which its acts are in doubt, if any.
    """

    address: Address
    verbs: int
    first: int
    last: int | None
    holder: int
    device: str
    withdrawn_from: int | None = None
    doubt_since: int | None = None

    def as_cbor(self) -> list[cbor.Value]:
        """Give the entry's array."""
        return [
            self.address, self.verbs, self.first, self.last, self.holder, self.device, self.withdrawn_from,
            self.doubt_since,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuthorityEntry:
    """A public body as its country names it.

    Attributes:
        id: ledger id.
        country: two letters.
        number: as the country numbers it.
        name: for people.
        keys: who signs for it.
    """

    id: Hash32
    country: str
    number: str
    name: str
    keys: KeySet

    def as_cbor(self) -> list[cbor.Value]:
        """Give the entry's array."""
        return [self.id, self.country, self.number, self.name, self.keys.as_cbor()]


def read_authority_entry(entry: cbor.Value) -> AuthorityEntry:
    """Read what a country says of one authority.

    Raises:
        TrustError: malformed.
    """
    match entry:
        case [bytes(name), str(country), str(number), str(title), keys] if (
            len(title) <= 64 and is_plain(title) and authority_id(country, number) == name
        ):
            return AuthorityEntry(hash32(name), country, number, title, read_key_set(keys))
    raise TrustError("An authority's entry is malformed, or its id is not that of its number.")


def read_key_entry(entry: cbor.Value) -> KeyEntry:
    """Read what an authority says of one key.

    Raises:
        TrustError: malformed.
    """
    match entry:
        case [bytes(where), int(verbs), int(first), last, int(holder), str(device), withdrawn, doubt] if (
            device in DEVICES
            and first >= 0
            and holder >= 0
            and 0 <= verbs < 128
            and not any(isinstance(number, bool) for number in (verbs, first, holder))
        ):
            return KeyEntry(
                address(where), verbs, first, _height(last), holder, device, _height(withdrawn), _height(doubt)
            )
    raise TrustError("A key's entry is malformed.")


def _height(value: cbor.Value) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise TrustError("A height in a key's entry is malformed.")
    return value
