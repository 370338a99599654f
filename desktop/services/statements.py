"""The payloads that a network's governance, countries and authorities sign; pure: times come in as arguments.

Invariants: nothing here is signed; every payload is given to a signer, which shows it before it signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightnode.wire.key_set import KeySet
from lightnode.wire.network_facts import NetworkFacts
from lightnode.wire.order import HeightException
from lightnode.wire.pack import CreationCode, Pack
from lightnode.wire.payload import Payload
from lightnode.wire.profile import Profile
from lightnode.wire.root import root_body
from lightnode.wire.status import CommitmentStatus
from lightnode.wire.template import Template
from lightnode.wire.trust import AUTHORITY, COUNTRY, PACKAGE, AuthorityEntry, KeyEntry
from lightnode.wire.types import Hash32

DAY = 86_400
YEAR = 365 * DAY


@dataclass(frozen=True, slots=True)
class Term:
    """How long a statement counts.

    Attributes:
        issued: unix seconds.
        fresh_days: days after which a newer one is due.
        valid_days: days after which it is not relied on.
        serial: counts up within its line.
    """

    issued: int
    fresh_days: int
    valid_days: int
    serial: int

    @property
    def next_update(self) -> int:
        """Unix seconds from which a newer one is due."""
        return self.issued + min(self.fresh_days, self.valid_days) * DAY

    @property
    def not_after(self) -> int:
        """Unix seconds after which it is not relied on."""
        return self.issued + self.valid_days * DAY


@dataclass(frozen=True, slots=True)
class TrustParts:
    """The signed files that go into a trust package.

    Attributes:
        roots: root files, ascending.
        profile: profile file.
        countries: statements of countries.
        authorities: statements of authorities.
        templates: files with templates.
        statuses: files with authorities' status lists by commitment.
    """

    roots: Sequence[bytes]
    profile: bytes
    countries: Sequence[bytes]
    authorities: Sequence[bytes]
    templates: Sequence[bytes]
    statuses: Sequence[bytes] = ()


def root(environment: str, keys: KeySet, governance: KeySet, countries: Mapping[str, KeySet], term: Term) -> Payload:
    """Give the payload of a root."""
    return _payload("root", environment, b"", b"", term, root_body(keys, governance, countries))


def profile(described: Profile, term: Term) -> Payload:
    """Give the payload of a profile."""
    return _payload("profile", described.environment, described.genesis_hash, b"", term, described.body())


def pack(environment: str, genesis: Hash32, creations: Sequence[CreationCode], term: Term) -> Payload:
    """Give the payload of a pack."""
    return _payload("pack", environment, genesis, b"", term, Pack(genesis, tuple(creations)).body())


def templates(environment: str, namespace: str, kinds: Sequence[Template], term: Term) -> Payload:
    """Give the payload with the templates of one namespace, the first part of their ids."""
    return _payload("templates", environment, namespace.encode("ascii"), b"", term, [item.encode() for item in kinds])


def country(environment: str, genesis: Hash32, name: str, authorities: Sequence[AuthorityEntry], term: Term) -> Payload:
    """Give the payload in which a country names its authorities."""
    body = [COUNTRY, name, [item.as_cbor() for item in authorities]]
    return _payload("trust", environment, genesis, name.encode("ascii"), term, body)


def authority(environment: str, genesis: Hash32, name: Hash32, keys: Sequence[KeyEntry], term: Term) -> Payload:
    """Give the payload in which an authority names its keys."""
    return _payload("trust", environment, genesis, name, term, [AUTHORITY, name, [item.as_cbor() for item in keys]])


def status(environment: str, genesis: Hash32, name: Hash32, listed: CommitmentStatus, term: Term) -> Payload:
    """Give the payload in which an authority says which of its records are not in force."""
    return _payload("status", environment, genesis, name, term, listed.body())


def height_exception(environment: str, exception: HeightException, term: Term) -> Payload:
    """Give the payload of an order that lets one block pass."""
    return _payload("order", environment, b"", b"", term, exception.body())


def trust(environment: str, genesis: Hash32, facts: NetworkFacts, parts: TrustParts, term: Term) -> Payload:
    """Give the payload of a trust package."""
    body = [
        PACKAGE, list(parts.roots), parts.profile, facts.as_cbor(), list(parts.countries), list(parts.authorities),
        list(parts.templates), *([list(parts.statuses)] if parts.statuses else []),
    ]  # fmt: skip
    return _payload("trust", environment, genesis, b"", term, body)


def _payload(kind: str, environment: str, scope: bytes, issuer: bytes, term: Term, body: object) -> Payload:
    return Payload(kind, environment, scope, issuer, term.serial, term.issued, term.next_update, term.not_after, body)
