"""EBSI's Trusted Issuers Registry: issuers, attributes and their revisions as the registry's storage holds them.

Layout (base I = keccak("diamond.standard.tir.issuer.storage"), `IssuerStorage.sol`, the same in v3 and v5): I+1 issuers by
DID, I+2 metadata by revision. An issuer: +0 attribute ids, +1 credential by revision, +2 revisions by attribute, +3 ids of
proxies, +4 proxies by id, +5 "nothing accepted". Metadata: +0 DID, +1 attribute, +2 type, +3 TAO, +4 root TAO.

Invariants: the last revision counts; its metadata names the issuer and the attribute asked for; a credential read has
the SHA-256 that is its revision's id. What an accreditation is for stands in the credential alone: no program on the
ledger holds issuers to it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from lightnode.registries.errors import StorageFormError
from lightnode.registries.issuer_messages import IssuerType
from lightnode.registries.solidity_storage import (
    base_slot,
    blob,
    bounded,
    element_slot,
    flag,
    hash_word,
    hashes,
    length,
    member,
    text,
    text_key_slot,
    value_key_slot,
)
from lightnode.registries.storage_walk import Plan, ask, together
from lightnode.wire.types import Hash32

BASE = base_slot("diamond.standard.tir.issuer.storage")
MAX_DID = 512
MAX_ATTRIBUTES = 1024
MAX_PROXIES = 64
MAX_PROXY = 8 * 1024
MAX_REVISIONS = 1 << 20
# How many revisions back the last credential is looked for: behind it come changes of metadata only.
MAX_LOOKED_BACK = 64
MAX_LISTED = 1024
MAX_CREDENTIAL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Revision:
    """What the registry says of an attribute in one revision.

    Attributes:
        id: of the revision.
        issuer_type: what the attribute makes of its issuer.
        tao: DID of whoever accredited it.
        root_tao: DID of the root of that chain.
    """

    id: Hash32
    issuer_type: IssuerType
    tao: str
    root_tao: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an issuer.

    Attributes:
        did: of the issuer.
        id: of the attribute, that of its first revision.
        count: how many revisions it has.
        latest: the one that counts.
        credential: the newest credential stored for it, JWT bytes; None where the issuer stored none, or none lately.
        credential_revision: revision that the credential belongs to, its SHA-256.
    """

    did: str
    id: Hash32
    count: int
    latest: Revision
    credential: bytes | None
    credential_revision: Hash32 | None


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer.

    Attributes:
        did: of the issuer.
        attributes: ids, oldest first.
        proxies: where its status lists are, as stored.
        accepted: whether it stored a credential of its own; the registry's `noAttributesAccepted`, turned round.
    """

    did: str
    attributes: tuple[Hash32, ...]
    proxies: tuple[str, ...]
    accepted: bool


def issuer_slot(did: str) -> int:
    """Give the first slot of an issuer."""
    return text_key_slot(did, member(BASE, 1))


def revisions_slot(did: str, attribute: Hash32) -> int:
    """Give the slot with the number of revisions of an attribute; they stand behind it as an array does."""
    return value_key_slot(attribute, member(issuer_slot(did), 2))


def issuer_plan(did: str) -> Plan[Issuer | None]:
    """Read an issuer; None where its absence is proven.

    Raises:
        StorageFormError: the words are no issuer.
        WalkLimitError: it is larger than any genuine one.
    """
    first = issuer_slot(did)
    attributes = yield from hashes(first, MAX_ATTRIBUTES)
    if not attributes:
        return None
    names = yield from hashes(member(first, 3), MAX_PROXIES)
    proxies = yield from together([text(value_key_slot(name, member(first, 4)), MAX_PROXY) for name in names])
    (nothing,) = yield from ask(member(first, 5))
    return Issuer(did, attributes, tuple(proxies), not flag(nothing))


def attribute_plan(did: str, attribute: Hash32) -> Plan[Attribute | None]:
    """Read an attribute by its id; None where its absence is proven.

    Raises:
        StorageFormError: the words are no attribute of this issuer.
        WalkLimitError: it is larger than any genuine one.
    """
    slot = revisions_slot(did, attribute)
    count = yield from length(slot, MAX_REVISIONS)
    if count == 0:
        return None
    lowest = max(0, count - MAX_LOOKED_BACK)
    words = yield from ask(*(element_slot(slot, index) for index in range(count - 1, lowest - 1, -1)))
    latest = yield from revision_plan(did, attribute, hash_word(words[0]))
    # Which revisions have a credential is asked at once; one by one it would take a round for each.
    heads = yield from ask(*(_credential_slot(did, hash_word(word)) for word in words))
    for word, head in zip(words, heads, strict=True):
        if head:
            credential = yield from credential_plan(did, hash_word(word))
            return Attribute(did, attribute, count, latest, credential, hash_word(word))
    return Attribute(did, attribute, count, latest, None, None)


def revisions_plan(did: str, attribute: Hash32, first: int = 0) -> Plan[tuple[Hash32, ...]]:
    """Read the ids of an attribute's revisions, oldest first; none where it has none.

    Args:
        did: of the issuer.
        attribute: its id.
        first: number of the first one wanted, from 0; at most `MAX_LISTED` are read from there on.
    """
    slot = revisions_slot(did, attribute)
    count = yield from length(slot, MAX_REVISIONS)
    words = yield from ask(*(element_slot(slot, index) for index in range(first, min(count, first + MAX_LISTED))))
    return tuple(hash_word(word) for word in words)


def revision_plan(did: str, attribute: Hash32, revision: Hash32) -> Plan[Revision]:
    """Read a revision of an attribute.

    Raises:
        StorageFormError: it is of another issuer or attribute, or malformed.
    """
    first = value_key_slot(revision, member(BASE, 2))
    kind, owner = yield from ask(member(first, 2), member(first, 1))
    names = yield from together([text(member(first, offset), MAX_DID) for offset in (0, 3, 4)])
    if names[0] != did or hash_word(owner) != attribute:
        raise StorageFormError("A revision's metadata names another issuer or attribute.")
    known = IssuerType(bounded(kind, max(IssuerType), "The type of a revision"))
    if known is IssuerType.UNDEFINED:
        raise StorageFormError("A revision has no type.")
    return Revision(revision, known, names[1], names[2])


def credential_plan(did: str, revision: Hash32) -> Plan[bytes | None]:
    """Read the credential stored with a revision; None where there is none, as with changes of metadata.

    Raises:
        StorageFormError: other bytes stand there than those whose SHA-256 the revision's id is.
    """
    slot = _credential_slot(did, revision)
    # It comes from the issuer's call data; bytes behind its end are no part of it.
    credential = yield from blob(slot, MAX_CREDENTIAL, pass_over_tail=True)
    if not credential:
        return None
    if hashlib.sha256(credential).digest() != revision:
        raise StorageFormError("A credential does not have the SHA-256 that its revision says.")
    return credential


def _credential_slot(did: str, revision: Hash32) -> int:
    return value_key_slot(revision, member(issuer_slot(did), 1))
