"""EBSI's DID Registry: a DID document as the registry's storage holds it.

Layout (base D = keccak("diamond.standard.diddocument.storage"), `DidDocumentStorage.sol`, the same in v3 and v5): D+0
documents by DID. A document: +0 base document, +1 controllers, +3 keys by id (public key; flags "on secp256k1" and
"revoked" in one word), +4 relationships and +5 capability invocations (five slots each: name, key id, notBefore,
notAfter, index), +8 and +9 which invocation of a key counts, +10 key ids by address.

Invariants: every key that a relationship names is read; a key without any relationship cannot be listed from storage and
is read only when asked for by id. Which rights the registry itself grants follows `_checkController`, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lightnode.registries.errors import StorageFormError
from lightnode.registries.solidity_storage import (
    base_slot,
    blob,
    element_slot,
    flag,
    length,
    member,
    text,
    text_key_slot,
    texts,
    value_key_slot,
)
from lightnode.registries.storage_walk import Plan, ask, together
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address

BASE = base_slot("diamond.standard.diddocument.storage")
INVOCATION = "capabilityInvocation"
RELATIONSHIPS = ("authentication", "assertionMethod", "keyAgreement", "capabilityInvocation", "capabilityDelegation")
MAX_BASE_DOCUMENT = 32 * 1024
MAX_CONTROLLERS = 10
MAX_RELATIONSHIPS = 256
MAX_NAME = 512
MAX_KEY = 8 * 1024
_WIDTH = 5


@dataclass(frozen=True, slots=True)
class Relationship:
    """What a key is for, and when.

    Attributes:
        name: one of `RELATIONSHIPS`.
        method: id of the key.
        not_before: unix seconds, inclusive.
        not_after: unix seconds, inclusive.
    """

    name: str
    method: str
    not_before: int
    not_after: int

    def covers(self, time: int) -> bool:
        """Tell whether it holds at a time, as the registry's `getDidDocumentByTimestamp` has it: both ends included."""
        return self.not_before <= time <= self.not_after


@dataclass(frozen=True, slots=True)
class VerificationMethod:
    """A key.

    Attributes:
        id: as the registry keeps it, commonly the thumbprint of the key.
        public_key: 64 or 65 bytes on secp256k1, else the key as JWK in JSON.
        is_secp256k1: whether it is on that curve.
        revoked: whether it was revoked.
        address: of a key on secp256k1; None of others, or where the bytes are no such key.
        address_names: id of the key that the registry finds under that address; empty where it finds none.
        invocation: the invocation that counts for the registry, where the key has one.
    """

    id: str
    public_key: bytes
    is_secp256k1: bool
    revoked: bool
    address: Address | None
    address_names: str
    invocation: Relationship | None

    def may_invoke(self, time: int) -> bool:
        """Tell whether the registry takes this key's calls for its DID's in a block of some time.

        The registry looks the sender's address up, then the invocation of the key found; both ends of it excluded.
        """
        found = self.invocation
        return self.address_names == self.id and found is not None and found.not_before < time < found.not_after


@dataclass(frozen=True, slots=True)
class DidDocument:
    """A DID document.

    Attributes:
        did: whose.
        base_document: JSON around the keys, as stored.
        controllers: DIDs whose keys may change it.
        methods: keys that have a relationship, and those asked for.
        relationships: of all keys, capability invocations last, as stored.
    """

    did: str
    base_document: str
    controllers: tuple[str, ...]
    methods: tuple[VerificationMethod, ...]
    relationships: tuple[Relationship, ...]

    def method(self, name: str) -> VerificationMethod | None:
        """Give a key by its id; None where the document has none."""
        return next((one for one in self.methods if one.id == name), None)

    def invokers(self, time: int) -> tuple[VerificationMethod, ...]:
        """Give the keys whose calls the registry takes for this DID's at a time."""
        return tuple(one for one in self.methods if one.may_invoke(time))


def document_plan(did: str, more: Sequence[str] = ()) -> Plan[DidDocument | None]:
    """Read a DID document; None where its absence is proven.

    Args:
        did: whose.
        more: ids of keys to be read though no relationship may name them.

    Raises:
        StorageFormError: the words are no DID document.
        WalkLimitError: it is larger than any genuine one.
    """
    first = text_key_slot(did, BASE)
    base = yield from text(first, MAX_BASE_DOCUMENT)
    if not base:
        return None
    controllers = yield from texts(member(first, 1), MAX_CONTROLLERS, MAX_NAME)
    listed = yield from together([_relationships(member(first, 4)), _relationships(member(first, 5))])
    others, invocations = listed
    if any(one.name != INVOCATION for one in invocations):
        raise StorageFormError("Among the capability invocations stands another relationship.")
    names = dict.fromkeys([one.method for one in (*others, *invocations)] + list(more))
    methods = yield from together([_method(first, name, invocations) for name in names])
    found = tuple(one for one in methods if one is not None)
    missing = {one.method for one in (*others, *invocations)} - {one.id for one in found}
    if missing:
        raise StorageFormError("A relationship names a key that the document does not have.")
    return DidDocument(did, base, controllers, found, (*others, *invocations))


def key_address(public_key: bytes) -> Address | None:
    """Give the address of a key on secp256k1 as the registry computes it; None where it would refuse the bytes."""
    if len(public_key) == 65 and public_key[0] == 4:
        public_key = public_key[1:]
    return Address(keccak256(public_key)[12:]) if len(public_key) == 64 else None


def _relationships(slot: int) -> Plan[tuple[Relationship, ...]]:
    count = yield from length(slot, MAX_RELATIONSHIPS)
    found = yield from together([_relationship(element_slot(slot, index, _WIDTH)) for index in range(count)])
    return tuple(found)


def _relationship(first: int) -> Plan[Relationship]:
    names = yield from together([text(first, MAX_NAME), text(member(first, 1), MAX_NAME)])
    before, after = yield from ask(member(first, 2), member(first, 3))
    if names[0] not in RELATIONSHIPS:
        raise StorageFormError("A relationship has a name that the registry does not take.")
    return Relationship(names[0], names[1], before, after)


def _method(document: int, name: str, invocations: Sequence[Relationship]) -> Plan[VerificationMethod | None]:
    first = text_key_slot(name, member(document, 3))
    exists, index = text_key_slot(name, member(document, 8)), text_key_slot(name, member(document, 9))
    key = yield from blob(first, MAX_KEY)
    if not key:
        return None
    flags, counts, at = yield from ask(member(first, 1), exists, index)
    if flags >> 16:
        raise StorageFormError("The flags of a key fill more than two bytes.")
    on_curve, revoked = flag(flags & 0xFF), flag(flags >> 8)
    invocation = None
    if flag(counts):
        if at >= len(invocations):
            raise StorageFormError("A key's capability invocation is not among those of the document.")
        invocation = invocations[at]
    address = key_address(key) if on_curve else None
    under = ""
    if address is not None:
        under = yield from text(value_key_slot(address, member(document, 10)), MAX_NAME)
    return VerificationMethod(name, key, on_curve, revoked, address, under, invocation)
