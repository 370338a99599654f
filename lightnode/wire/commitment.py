"""The commitment: 32 bytes on the ledger that stand for a record's fields and document (foundations section 4).

Invariants:
- Leaf 0 is built by whoever checks, from the network, registry, authority and template; it is never taken from a file.
- A full opening carries the master salt, from which every salt follows; a partial opening never does.
- Absent values are null: there are no decoys, and the number of leaves follows from the template.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor, merkle
from lightnode.wire.field_value import Value
from lightnode.wire.types import Address, Hash32, hash32

_SALT_DOMAIN = b"chancery/salt/1"
_FULL = 0
_PARTIAL = 1


class OpeningError(WireError):
    """An opening is malformed, or does not fit its template."""

    code = "OPENING"


@dataclass(frozen=True, slots=True)
class ActHeader:
    """What leaf 0 states.

    Attributes:
        genesis: block hash of the network's block 0.
        registry: contract address.
        authority: ledger id of the owner.
        template_id: `system.action.vN`.
        template_digest: SHA-256 of the template.
        leaf_count: leaves of the tree.
    """

    genesis: Hash32
    registry: Address
    authority: Hash32
    template_id: str
    template_digest: Hash32
    leaf_count: int

    def leaf(self) -> Hash32:
        """Give the hash of leaf 0."""
        return merkle.leaf_hash(
            cbor.encode(
                ["chancery/act/1", self.genesis, self.registry, self.authority, self.template_id, self.template_digest,
                 self.leaf_count]
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opening:
    """A full opening.

    Attributes:
        master_salt: 32 random bytes, used for one record only.
        document: SHA-256 of the document's bytes; None for a record without one.
        values: in the template's order.
    """

    master_salt: bytes
    document: Hash32 | None
    values: tuple[Value, ...]

    def as_cbor(self) -> list[cbor.Value]:
        """Give the array that evidence and messages carry."""
        return [_FULL, self.master_salt, self.document, list(self.values)]

    def encode(self) -> bytes:
        """Give the canonical CBOR."""
        return cbor.encode(self.as_cbor())


@dataclass(frozen=True, slots=True)
class ShownLeaf:
    """A leaf of a partial opening.

    Attributes:
        position: 1 for the document, 2 and up for fields.
        salt: 16 bytes.
        value: document digest or field value; None where absent.
    """

    position: int
    salt: bytes
    value: Value | bytes


@dataclass(frozen=True, slots=True)
class PartialOpening:
    """An opening that shows some leaves.

    Attributes:
        shown: ascending by position.
        hidden: roots of the maximal hidden subtrees, left to right.
    """

    shown: tuple[ShownLeaf, ...]
    hidden: tuple[Hash32, ...]

    def as_cbor(self) -> list[cbor.Value]:
        """Give the array that evidence carries."""
        return [_PARTIAL, [[leaf.position, leaf.salt, leaf.value] for leaf in self.shown], list(self.hidden)]


def salt(master_salt: bytes, position: int) -> bytes:
    """Derive a leaf's salt: HMAC-SHA-256 over the domain and the position as 2 bytes, cut to 16 bytes."""
    return hmac.new(master_salt, _SALT_DOMAIN + position.to_bytes(2, "big"), hashlib.sha256).digest()[:16]


def leaves(header: ActHeader, opening: Opening) -> list[Hash32]:
    """Give every leaf hash of a record.

    Raises:
        OpeningError: the opening has another number of values than the tree has leaves.
    """
    if len(opening.master_salt) != 32:
        raise OpeningError("A master salt has 32 bytes.")
    if len(opening.values) + 2 != header.leaf_count:
        raise OpeningError("The opening has another number of values than its template has fields.")
    values: list[Value | bytes] = [opening.document, *opening.values]
    return [header.leaf(), *(
        _leaf(at, salt(opening.master_salt, at), value) for at, value in enumerate(values, 1)
    )]  # fmt: skip


def commit(header: ActHeader, opening: Opening) -> Hash32:
    """Compute the commitment of a record.

    Raises:
        OpeningError: the opening does not fit.
    """
    return merkle.root(leaves(header, opening))


def conceal(header: ActHeader, opening: Opening, positions: Sequence[int]) -> PartialOpening:
    """Make a partial opening that shows only some positions.

    Args:
        header: of the record.
        opening: the full opening.
        positions: 1 for the document, 2 and up for fields.

    Raises:
        OpeningError: a position that the record does not have.
    """
    values: list[Value | bytes] = [opening.document, *opening.values]
    chosen = sorted(set(positions))
    if any(not 1 <= at < header.leaf_count for at in chosen):
        raise OpeningError("A shown position is not in the record.")
    shown = tuple(ShownLeaf(at, salt(opening.master_salt, at), values[at - 1]) for at in chosen)
    return PartialOpening(shown, merkle.hidden_subtrees(leaves(header, opening), frozenset({0, *chosen})))


def commit_partial(header: ActHeader, opening: PartialOpening) -> Hash32:
    """Compute the commitment that a partial opening leads to.

    Raises:
        OpeningError: positions are not ascending or not in the record.
        WireError: the hidden subtrees do not fit the shape.
    """
    positions = [leaf.position for leaf in opening.shown]
    if positions != sorted(set(positions)) or any(not 1 <= at < header.leaf_count for at in positions):
        raise OpeningError("The shown positions are not ascending, or not in the record.")
    shown: dict[int, bytes] = {leaf.position: _leaf(leaf.position, leaf.salt, leaf.value) for leaf in opening.shown}
    return merkle.root_from_shown(header.leaf_count, {0: header.leaf(), **shown}, opening.hidden)


def batch_leaf(commitment: bytes) -> Hash32:
    """Give the leaf of a record in a batch."""
    return merkle.leaf_hash(cbor.encode(["chancery/batch/1", commitment]))


def read_opening(value: cbor.Value) -> Opening | PartialOpening:
    """Read an opening from its decoded array.

    Raises:
        OpeningError: malformed.
        WireError: a width is wrong.
    """
    match value:
        case [bool(), *_]:
            pass
        case [0, bytes(master), document, list(values)] if len(master) == 32:
            return Opening(master, _document(document), tuple(_value(item) for item in values))
        case [1, list(shown), list(hidden)] if len(hidden) <= merkle.MAX_PATH * 2:
            return PartialOpening(tuple(_shown(leaf) for leaf in shown), tuple(hash32(_bytes(node)) for node in hidden))
    raise OpeningError("The opening is malformed.")


def decode_opening(data: bytes) -> Opening:
    """Read a full opening from its bytes.

    Raises:
        WireError: malformed, or partial.
    """
    opening = read_opening(cbor.decode(data))
    if not isinstance(opening, Opening):
        raise OpeningError("A partial opening stands where a full one belongs.")
    return opening


def _leaf(position: int, salt_: bytes, value: Value | bytes) -> Hash32:
    return merkle.leaf_hash(cbor.encode([position, salt_, value]))


def _document(value: cbor.Value) -> Hash32 | None:
    return None if value is None else hash32(_bytes(value))


def _bytes(value: cbor.Value) -> bytes:
    if not isinstance(value, bytes):
        raise OpeningError("Bytes are missing in an opening.")
    return value


def _value(item: cbor.Value) -> Value:
    if item is None or isinstance(item, (str, int, bool)):
        return item
    if isinstance(item, list) and all(isinstance(part, str) for part in item):
        return item
    raise OpeningError("A value in an opening is of a kind that no field has.")


def _shown(leaf: cbor.Value) -> ShownLeaf:
    match leaf:
        case [bool(), *_]:
            pass
        case [1, bytes(salt_), document] if len(salt_) == 16:
            return ShownLeaf(1, salt_, _document(document))
        case [int(position), bytes(salt_), value] if len(salt_) == 16 and position > 1:
            return ShownLeaf(position, salt_, _value(value))
    raise OpeningError("A shown leaf is malformed.")
