"""Roots: the keys that everything signed is traced to (foundations section 6).

Body: `[root keys, governance keys, [* [country, keys]]]`, each keys = `[threshold, [+ [curve, public key, holder]]]`.

Invariants: the root that IT gave is trusted for where it came from, and signed by its own threshold; each next one by the
old threshold and by its own, serial + 1; expiry counts on the last only. Countries are ascending and unique.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.envelope import CoseSignature, Envelope, ThresholdError, decode_envelope, verify_envelope
from lightnode.wire.key_set import KeySet, read_key_set
from lightnode.wire.types import Hash32

MAX_ROTATIONS = 64


class RootError(WireError):
    """A root is malformed, or does not follow from the one given by IT."""

    code = "ROOT"
    advice = "Get the root from your IT staff and compare its fingerprint."


@dataclass(frozen=True, slots=True)
class Root:
    """A verified root.

    Attributes:
        root_id: SHA-256 over `chancery/root/1` and the payload of the first root: names the line for ever.
        fingerprint: the same over this root's own payload, for comparison by people.
        environment: training, test or production.
        serial: counts rotations from 1.
        issued: unix seconds.
        not_after: unix seconds.
        keys: who signs the next root.
        governance: who signs network facts, profiles, packs and trust packages.
        countries: who signs for a country's authorities.
        envelope: the file it came from.
    """

    root_id: Hash32
    fingerprint: Hash32
    environment: str
    serial: int
    issued: int
    not_after: int
    keys: KeySet
    governance: KeySet
    countries: Mapping[str, KeySet]
    envelope: Envelope


def root_body(keys: KeySet, governance: KeySet, countries: Mapping[str, KeySet]) -> list[cbor.Value]:
    """Give the body of a root."""
    return [keys.as_cbor(), governance.as_cbor(), [[name, countries[name].as_cbor()] for name in sorted(countries)]]


def fingerprint_of(payload_bytes: bytes) -> Hash32:
    """Give the fingerprint of a root, from what is or will be signed."""
    return Hash32(hashlib.sha256(b"chancery/root/1" + payload_bytes).digest())


def show_fingerprint(fingerprint: bytes) -> str:
    """Write a fingerprint as people compare it: upper-case hex in groups of four."""
    text = fingerprint.hex().upper()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def read_root(data: bytes) -> Root:
    """Read a root that IT gave: signed by its own keys, trusted for where it came from.

    A later root of a line carries the signatures of the one before too, which cannot be checked without that one and
    add nothing to where the file came from; they must stand in order all the same.

    Raises:
        RootError: malformed or not signed by itself.
    """
    try:
        envelope = decode_envelope(data)
        keys, _, _ = read_root_body(envelope.payload.body)
        ids = [item.kid for item in envelope.signatures]
        if envelope.payload.serial == 1 or len(ids) == keys.threshold:
            verify_envelope(envelope, keys, "root", envelope.payload.environment)
        elif ids == sorted(set(ids)):
            _demand(envelope, keys, envelope.payload.environment)
        else:
            raise RootError("The signatures of the root are out of order.")
    except RootError:
        raise
    except WireError as cause:
        raise RootError(f"The root cannot be used: {cause.text}") from cause
    return _make(envelope, fingerprint_of(envelope.payload_bytes))


def follow(pinned: Root, chain: Sequence[bytes]) -> Root:
    """Go on from a pinned root to the newest one, by roots that each the one before signed.

    Args:
        pinned: given by IT.
        chain: root files since the first, ascending; those up to the pinned one are skipped.

    Raises:
        RootError: a step is not signed by old and new keys, or leaves a serial out.
    """
    current = pinned
    if len(chain) > MAX_ROTATIONS:
        raise RootError("There are too many roots in a row.")
    for data in chain:
        try:
            envelope = decode_envelope(data)
            if envelope.payload.serial <= pinned.serial:
                _demand_same(pinned, envelope)
                continue
            current = _next(current, envelope)
        except RootError:
            raise
        except WireError as cause:
            raise RootError(f"A newer root cannot be used: {cause.text}") from cause
    return current


def _next(current: Root, envelope: Envelope) -> Root:
    if envelope.payload.serial != current.serial + 1:
        raise RootError("A root in the row is missing.")
    keys, _, _ = read_root_body(envelope.payload.body)
    # Signatures of both thresholds stand in one list; each half is held against its own keys.
    counted = _demand(envelope, current.keys, current.environment) | _demand(envelope, keys, current.environment)
    ids = [item.kid for item in envelope.signatures]
    if ids != sorted(counted):
        raise RootError("A root has a signature that neither threshold needs, or they are out of order.")
    return _make(envelope, current.root_id)


def _demand_same(pinned: Root, envelope: Envelope) -> None:
    """Refuse a root with the pinned one's serial and other contents: its signers said two things at once."""
    known = pinned.envelope
    if envelope.payload.serial == pinned.serial and envelope.payload_bytes != known.payload_bytes:
        raise RootError("There are two roots of one serial; report both files to your agency.")


def _demand(envelope: Envelope, keys: KeySet, environment: str) -> set[Hash32]:
    """Check one threshold and give the ids of the signatures that it counted."""
    own: list[CoseSignature] = []
    holders: set[int] = set()
    for item in envelope.signatures:
        key = keys.find(item.kid)
        if key is not None and key.holder not in holders and len(own) < keys.threshold:
            holders.add(key.holder)
            own.append(item)
    if len(own) != keys.threshold:
        raise ThresholdError("A root lacks signatures of the old or of the new keys.")
    verify_envelope(Envelope(envelope.payload_bytes, envelope.payload, tuple(own)), keys, "root", environment)
    return {item.kid for item in own}


def _make(envelope: Envelope, root_id: Hash32) -> Root:
    payload = envelope.payload
    keys, governance, countries = read_root_body(payload.body)
    if payload.scope or payload.issuer:
        raise RootError("A root has neither scope nor issuer.")
    return Root(
        root_id, fingerprint_of(envelope.payload_bytes), payload.environment, payload.serial, payload.issued, payload.not_after,
        keys, governance, countries, envelope,
    )  # fmt: skip


def read_root_body(body: cbor.Value) -> tuple[KeySet, KeySet, dict[str, KeySet]]:
    """Read the body of a root, signed or not: root keys, governance, countries.

    Raises:
        WireError: malformed.
    """
    match body:
        case [keys, governance, list(countries)]:
            named = [_country(entry) for entry in countries]
            names = [name for name, _ in named]
            if names != sorted(set(names)):
                raise RootError("The countries of a root are not ascending and unique.")
            return read_key_set(keys), read_key_set(governance), dict(named)
    raise RootError("The body of a root is malformed.")


def _country(entry: cbor.Value) -> tuple[str, KeySet]:
    match entry:
        case [str(name), keys] if len(name) == 2 and name.isascii() and name.isupper():
            return name, read_key_set(keys)
    raise RootError("A country's entry in a root is malformed.")
