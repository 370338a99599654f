"""Trust packages: signed facts about a network and its authorities, traced to a root (foundations section 6).

All parts are envelopes of kind *trust*; the first item of the body tells which:
- `[1, [* root files], profile file, facts, [* country files], [* authority files], [* templates files], ? [+ status
  files]]`: the package, signed by governance, scope the genesis hash;
- `[2, country, [+ [id, country, number, name, keys]]]`: a country's authorities, signed by the country's keys;
- `[3, authority id, [+ key entry]]`: an authority's keys, signed by the authority's keys.
`trust_entries` reads the entries.
Kind *templates*: `[+ template]`, signed by governance.

Invariants: nothing in a package counts before its signatures lead to the given root; an authority's entries count only
for its own id; a package may narrow an interval of the ledger, never widen it (the verifier holds both).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightnode.wire import cbor
from lightnode.wire.envelope import Envelope, EnvelopeKindError, decode_envelope, verify_envelope
from lightnode.wire.network_facts import NetworkFacts, read_facts
from lightnode.wire.payload import Payload
from lightnode.wire.profile import Profile, read_profile
from lightnode.wire.root import Root, follow
from lightnode.wire.status import SignedStatus, open_statuses
from lightnode.wire.template import Template, decode_template
from lightnode.wire.trust_entries import AuthorityEntry, KeyEntry, TrustError, read_authority_entry, read_key_entry
from lightnode.wire.types import Address, Hash32

PACKAGE = 1
COUNTRY = 2
AUTHORITY = 3
__all__ = [
    "AUTHORITY", "COUNTRY", "PACKAGE", "AuthorityEntry", "KeyEntry", "TrustError", "TrustPackage", "open_statements", "open_trust", "read_authority", "read_country", "read_templates",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrustPackage:
    """A package whose every part was checked.

    Attributes:
        root: the newest root it leads to.
        payload: of the package: serial and times.
        envelope: the package itself.
        profile: of the network.
        facts: of the network.
        authorities: by ledger id.
        keys: entries by authority and address.
        templates: by ledger id.
        statuses: lists by commitment of authorities that record on EBSI's Timestamp, by authority.
        parts: every envelope inside, for rollback memory and expiry.
    """

    root: Root
    payload: Payload
    envelope: Envelope
    profile: Profile
    facts: NetworkFacts
    authorities: Mapping[Hash32, AuthorityEntry]
    keys: Mapping[tuple[Hash32, Address], KeyEntry]
    templates: Mapping[Hash32, Template]
    statuses: Mapping[Hash32, SignedStatus]
    parts: tuple[Envelope, ...]


def read_country(payload: Payload) -> tuple[str, tuple[AuthorityEntry, ...]]:
    """Read a country's verified statement about its authorities.

    Raises:
        TrustError: malformed, or an authority of another country.
    """
    match payload.body:
        case [2, str(country), list(entries)] if payload.issuer == country.encode():
            read = tuple(read_authority_entry(entry) for entry in entries)
            if all(entry.country == country for entry in read):
                return country, read
    raise TrustError("A country's statement is malformed, or names an authority of another country.")


def read_authority(payload: Payload) -> tuple[Hash32, tuple[KeyEntry, ...]]:
    """Read an authority's verified statement about its keys.

    Raises:
        TrustError: malformed, or for another authority than its issuer.
    """
    match payload.body:
        case [3, bytes(name), list(entries)] if payload.issuer == name and len(name) == 32:
            read = tuple(read_key_entry(entry) for entry in entries)
            if len({entry.address for entry in read}) == len(read):
                return Hash32(name), read
    raise TrustError("An authority's statement is malformed, or names a key twice.")


def read_templates(payload: Payload) -> tuple[Template, ...]:
    """Read verified templates.

    Raises:
        TrustError: malformed.
        WireError: a template is malformed.
    """
    if payload.kind != "templates" or not isinstance(payload.body, list):
        raise TrustError("The templates are malformed.")
    read = tuple(decode_template(_bytes(item)) for item in payload.body)
    foreign = payload.scope and any(item.id.split(".")[0].encode() != payload.scope for item in read)
    if payload.issuer or foreign:
        raise TrustError("A template stands outside the namespace that its envelope is for.")
    return read


def open_trust(data: bytes, pinned: Root) -> TrustPackage:
    """Open a trust package under a root that it did not bring.

    Args:
        data: the file.
        pinned: root given by IT.

    Returns:
        The package, every signature checked. Times and serials are the caller's to judge.

    Raises:
        WireError: the leaf of what fails; see `ThresholdError`, `RootError`, `TrustError`.
    """
    envelope = decode_envelope(data)
    match envelope.payload.body:
        case [1, list(roots), bytes(profile), facts, list(countries), list(authorities), list(templates), *more] if len(
            more
        ) <= 1 and all(isinstance(item, list) and item for item in more):
            root = follow(pinned, [_bytes(item) for item in roots])
            payload = verify_envelope(envelope, root.governance, "trust", root.environment)
        case _:
            raise TrustError("The file is no trust package.")
    parts = [envelope]
    profile_file = decode_envelope(profile)
    network = read_profile(verify_envelope(profile_file, root.governance, "profile", root.environment))
    parts.append(profile_file)
    if payload.scope != network.genesis_hash or payload.issuer or profile_file.payload.issuer:
        raise EnvelopeKindError("The trust package is for another network than its profile, or by another issuer.")
    bodies = _countries(root, countries, parts)
    keys = _keys(root, bodies, authorities, parts)
    signers = {name: body.keys for name, body in bodies.items()}
    lists, files = open_statuses(more[0] if more else [], signers, root.environment, network.timestamp)
    parts += files
    _demand_network(network.genesis_hash, parts)
    kinds = _templates(root, templates, parts)
    return TrustPackage(root, payload, envelope, network, read_facts(facts), bodies, keys, kinds, lists, tuple(parts))


def open_statements(
    root: Root, genesis: Hash32, countries: Sequence[bytes], authorities: Sequence[bytes]
) -> dict[tuple[Hash32, Address], KeyEntry]:
    """Open the statements that are to go into a trust package, as `open_trust` does once they are in it.

    Args:
        root: the newest.
        genesis: block hash of the network's block 0.
        countries: files.
        authorities: files.

    Returns:
        The entries of keys by authority and address.

    Raises:
        WireError: a signature is missing or false, a statement is malformed, or for another network.
    """
    parts: list[Envelope] = []
    bodies = _countries(root, list(countries), parts)
    keys = _keys(root, bodies, list(authorities), parts)
    _demand_network(genesis, parts)
    return keys


def _demand_network(genesis: Hash32, parts: list[Envelope]) -> None:
    """Refuse statements for another network: blocks, addresses and holders mean something on one network only."""
    if any(part.payload.scope != genesis for part in parts):
        raise EnvelopeKindError("A statement in the trust package is for another network.")


def _countries(root: Root, files: list[cbor.Value], parts: list[Envelope]) -> dict[Hash32, AuthorityEntry]:
    found: dict[Hash32, AuthorityEntry] = {}
    for item in files:
        envelope = decode_envelope(_bytes(item))
        keys = root.countries.get(envelope.payload.issuer.decode("ascii", "replace"))
        if keys is None:
            raise TrustError("A statement is by a country that the root does not name.")
        _, entries = read_country(verify_envelope(envelope, keys, "trust", root.environment))
        for entry in entries:
            if entry.id in found:
                raise TrustError("An authority stands in the package twice.")
            found[entry.id] = entry
        parts.append(envelope)
    return found


def _keys(
    root: Root, bodies: Mapping[Hash32, AuthorityEntry], files: list[cbor.Value], parts: list[Envelope]
) -> dict[tuple[Hash32, Address], KeyEntry]:
    found: dict[tuple[Hash32, Address], KeyEntry] = {}
    for item in files:
        envelope = decode_envelope(_bytes(item))
        body = bodies.get(Hash32(envelope.payload.issuer))
        if body is None:
            raise TrustError("A statement is by an authority that no country names.")
        name, entries = read_authority(verify_envelope(envelope, body.keys, "trust", root.environment))
        for entry in entries:
            if (name, entry.address) in found:
                raise TrustError("A key stands in the package twice.")
            found[name, entry.address] = entry
        parts.append(envelope)
    return found


def _templates(root: Root, files: list[cbor.Value], parts: list[Envelope]) -> dict[Hash32, Template]:
    found: dict[Hash32, Template] = {}
    for item in files:
        envelope = decode_envelope(_bytes(item))
        payload = verify_envelope(envelope, root.governance, "templates", root.environment)
        for template in read_templates(payload):
            if template.ledger_id in found and found[template.ledger_id].digest != template.digest:
                raise TrustError("Two templates of one id differ.")
            found[template.ledger_id] = template
        parts.append(envelope)
    return found


def _bytes(value: cbor.Value) -> bytes:
    if not isinstance(value, bytes):
        raise TrustError("A part of the trust package is missing.")
    return value
