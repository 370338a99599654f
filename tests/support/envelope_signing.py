"""Keys and envelopes for tests: fixed private numbers that are no secret, signatures by RFC 6979 with the lower s.

Use `TestKey(curve, number, holder)`, `key_set(threshold, *keys)` and `sealed(payload, *keys)`; `network()` makes a root, a
profile, a country, an authority and a trust package that fit each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import coincurve
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.curve import Curve, order
from lightnode.wire.envelope import CoseSignature, Envelope, assemble, digest_to_sign
from lightnode.wire.key_set import KeySet, SigningKey
from lightnode.wire.network_facts import Checkpoint, Interval, LogMark, Member, NetworkFacts
from lightnode.wire.payload import Payload
from lightnode.wire.profile import REGISTRY, EngineSpan, GasPolicy, Profile, Recording, SettingChange
from lightnode.wire.root import Root, read_root, root_body
from lightnode.wire.trust import AuthorityEntry, KeyEntry
from lightnode.wire.types import Address, Hash32

NOW = 1_800_000_000
DAY = 86_400
GENESIS = Hash32(b"\x55" * 32)
OFFICIAL = Address(b"\x99" * 20)
AUTHORITY = authority_id("PT", "1040")


@dataclass(frozen=True)
class TestKey:
    """A private number with its holder."""

    __test__ = False

    curve: Curve
    number: int
    holder: int

    @property
    def public_key(self) -> bytes:
        """33 bytes."""
        if self.curve is Curve.SECP256K1:
            return coincurve.PrivateKey(self.number.to_bytes(32, "big")).public_key.format()
        point = ec.derive_private_key(self.number, ec.SECP256R1()).public_key().public_numbers()
        return bytes([2 + (point.y & 1)]) + point.x.to_bytes(32, "big")

    @property
    def entry(self) -> SigningKey:
        """The key as it stands in a set."""
        return SigningKey(self.curve, self.public_key, self.holder)

    def sign(self, payload_bytes: bytes, kind: str) -> CoseSignature:
        """Sign a payload as a kind, whatever it says of itself."""
        kid = self.entry.kid
        digest = digest_to_sign(payload_bytes, kind, self.curve, kid)
        if self.curve is Curve.SECP256K1:
            key = coincurve.PrivateKey(self.number.to_bytes(32, "big"))
            return CoseSignature(kid, self.curve, key.sign_recoverable(digest, hasher=None)[:64])
        private = ec.derive_private_key(self.number, ec.SECP256R1())
        way = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
        r, s = utils.decode_dss_signature(private.sign(digest, way))
        s = min(s, order(self.curve) - s)
        return CoseSignature(kid, self.curve, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def k1(number: int, holder: int | None = None) -> TestKey:
    """A key on secp256k1."""
    return TestKey(Curve.SECP256K1, number, number if holder is None else holder)


def r1(number: int, holder: int | None = None) -> TestKey:
    """A key on secp256r1."""
    return TestKey(Curve.SECP256R1, number, number if holder is None else holder)


def key_set(threshold: int, *keys: TestKey) -> KeySet:
    """A set of test keys."""
    return KeySet.of(threshold, [key.entry for key in keys])


def payload(kind: str, body: object, **changes: object) -> Payload:
    """A training payload."""
    return replace(Payload(kind, "training", b"", b"", 1, NOW, NOW + 30 * DAY, NOW + 90 * DAY, body), **changes)


def sealed(what: Payload, *keys: TestKey) -> Envelope:
    """Seal a payload with keys."""
    data = what.encode()
    return assemble(data, [key.sign(data, what.kind) for key in keys])


@dataclass
class TestNetwork:
    """Everything a trust package needs, to be changed part by part before `package` puts it together."""

    __test__ = False

    root_keys: tuple[TestKey, ...] = (r1(1), r1(2), k1(3))
    governance: tuple[TestKey, ...] = (r1(11), k1(12))
    country: tuple[TestKey, ...] = (r1(21),)
    authority: tuple[TestKey, ...] = (k1(31), r1(32))
    genesis: Hash32 = GENESIS
    statement_genesis: Hash32 = GENESIS

    def root_payload(self, **changes: object) -> Payload:
        countries = {"PT": key_set(1, *self.country)}
        body = root_body(key_set(2, *self.root_keys), key_set(2, *self.governance), countries)
        return payload("root", body, **changes)

    def root(self) -> Root:
        return read_root(sealed(self.root_payload(), *self.root_keys[:2]).encode())

    def profile(self) -> Profile:
        return Profile(
            "training", "Test network", "besu", 0x43480001, b"\xc0", self.genesis, Curve.SECP256K1,
            (EngineSpan(0, "qbft", 30000, 0),), (SettingChange(0, 1, None, None),), 0, (),
            Recording(REGISTRY, Address(b"\x77" * 20), Hash32(b"\x78" * 32)), GasPolicy(0, 0, 1_000_000),
            Hash32(b"\x79" * 32),
        )  # fmt: skip

    def profile_payload(self) -> Payload:
        return payload("profile", self.profile().body(), scope=self.genesis)

    def country_payload(self) -> Payload:
        entry = AuthorityEntry(AUTHORITY, "PT", "1040", "Instituto", key_set(2, *self.authority))
        return payload("trust", [2, "PT", [entry.as_cbor()]], scope=self.statement_genesis, issuer=b"PT")

    def authority_payload(self) -> Payload:
        entry = KeyEntry(OFFICIAL, 2 | 4, 0, None, 7, "software")
        return payload("trust", [3, AUTHORITY, [entry.as_cbor()]], scope=self.statement_genesis, issuer=AUTHORITY)

    def templates_payload(self, name: str) -> Payload:
        return payload("templates", [built_in(name).encode()], scope=name.split(".")[0].encode())

    def facts(self) -> NetworkFacts:
        members = tuple(Member(Address(bytes([at]) * 20), f"Operator {at}", "PT") for at in range(1, 5))
        mark = LogMark(1, Hash32(b"\x42" * 32), 9)
        return NetworkFacts(Checkpoint(9, Hash32(b"\x41" * 32), NOW), (Interval(0, None, members),), (mark,), None)

    def package_payload(self, **changes: object) -> Payload:
        """The package's payload with every part sealed by whom it must be."""
        body = [
            1,
            [],
            sealed(self.profile_payload(), *self.governance).encode(),
            self.facts().as_cbor(),
            [sealed(self.country_payload(), *self.country).encode()],
            [sealed(self.authority_payload(), *self.authority).encode()],
            [sealed(self.templates_payload(name), *self.governance).encode() for name in BUILT_IN],
        ]
        return payload("trust", body, scope=self.genesis, **changes)

    def package(self) -> bytes:
        return sealed(self.package_payload(), *self.governance).encode()
