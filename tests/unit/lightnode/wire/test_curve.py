"""Recovery and verification on both curves, against published vectors and against second implementations."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import coincurve
import ecdsa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError
from lightnode.wire import curve as curves
from lightnode.wire.curve import Curve

N = {item: curves.order(item) for item in Curve}
DIGEST = hashlib.sha256(b"chancery").digest()


def sign_p256(secret: int, digest: bytes) -> tuple[bytes, int, int]:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return public, *decode_dss_signature(key.sign(digest, ec.ECDSA(Prehashed(SHA256()))))


def sign_k1(secret: int, digest: bytes) -> tuple[bytes, int, int, int]:
    key = coincurve.PrivateKey.from_int(secret)
    raw = key.sign_recoverable(digest, hasher=None)
    return key.public_key.format(False), int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]


def test_orders_are_those_of_the_libraries() -> None:
    assert N[Curve.SECP256K1] == ecdsa.SECP256k1.order
    assert N[Curve.SECP256R1] == ecdsa.NIST256p.order


def test_known_address() -> None:
    public = coincurve.PrivateKey.from_int(1).public_key.format(False)
    assert curves.address_of(public).hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"


@pytest.mark.parametrize("curve", Curve)
def test_wycheproof(shared_vectors: Path, curve: Curve) -> None:
    file = f"ecdsa_{curve.value}_sha256_p1363_test.json"
    groups = json.loads((shared_vectors / "hardware" / "wycheproof" / file).read_text())["testGroups"]
    seen = {"valid": 0, "invalid": 0}
    for group in groups:
        public = bytes.fromhex(group["publicKey"]["uncompressed"])
        for case in group["tests"]:
            seen[case["result"]] += 1
            signature = bytes.fromhex(case["sig"])
            if len(signature) != 64:
                assert case["result"] == "invalid", case["tcId"]
                continue
            digest = hashlib.sha256(bytes.fromhex(case["msg"])).digest()
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            if case["result"] == "valid":
                _demand_valid(curve, public, digest, r, s)
            else:
                _demand_invalid(curve, public, digest, r, s)
    assert seen["valid"] > 50
    assert seen["invalid"] > 50


def _demand_valid(curve: Curve, public: bytes, digest: bytes, r: int, s: int) -> None:
    curves.verify_signature(curve, public, digest, r, s)
    curves.verify_signature(curve, curves.compress(public), digest, r, s)
    found = []
    for parity in (0, 1):
        try:
            found.append(curves.recover_public_key(curve, digest, parity, r, s))
        except curves.SignatureRecoveryError:
            continue
    # Where the point's first coordinate is at or above the order, r is small and only the refused ids 2 and 3 fit.
    assert found.count(public) == 1 or r < 2**130


def _demand_invalid(curve: Curve, public: bytes, digest: bytes, r: int, s: int) -> None:
    with pytest.raises(curves.SignatureError):
        curves.verify_signature(curve, public, digest, r, s)
    for parity in (0, 1):
        try:
            assert curves.recover_public_key(curve, digest, parity, r, s) != public
        except curves.SignatureError:
            continue


def test_wycheproof_low_s(shared_vectors: Path) -> None:
    """The Bitcoin variant differs from the plain one in that high s is refused."""
    path = shared_vectors / "hardware" / "wycheproof" / "ecdsa_secp256k1_sha256_bitcoin_test.json"
    count = 0
    for group in json.loads(path.read_text())["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["uncompressed"])
        for case in group["tests"]:
            if case["flags"] != ["SignatureMalleabilityBitcoin"]:
                continue
            r, s = decode_dss_signature(bytes.fromhex(case["sig"]))
            digest = hashlib.sha256(bytes.fromhex(case["msg"])).digest()
            curves.verify_signature(Curve.SECP256K1, public, digest, r, s)
            if case["result"] == "invalid":
                count += 1
                with pytest.raises(curves.HighSignatureError):
                    curves.demand_low_s(Curve.SECP256K1, s)
    assert count


def test_normalising_real_token_output(shared_vectors: Path) -> None:
    data = json.loads((shared_vectors / "hardware" / "derived" / "hsm-signature-normalise.json").read_text())
    curve = Curve.SECP256K1
    for case in data["vectors"]:
        digest, public = bytes.fromhex(case["digest"]), bytes.fromhex(case["public_key"])
        r, low, high = (int(case[name], 16) for name in ("r", "s_low", "s_high"))
        assert curves.normalise(curve, high, case["recovery_id_high"]) == (low, case["recovery_id_low"])
        assert curves.normalise(curve, low, case["recovery_id_low"]) == (low, case["recovery_id_low"])
        assert curves.is_low_s(curve, low)
        assert not curves.is_low_s(curve, high)
        for s, parity in ((low, case["recovery_id_low"]), (high, case["recovery_id_high"])):
            assert curves.recover_public_key(curve, digest, parity, r, s) == public
            assert curves.recover_public_key(curve, digest, parity ^ 1, r, s) != public


@settings(max_examples=15, derandomize=True, deadline=None)
@given(st.integers(1, 2**250), st.binary(min_size=32, max_size=32))
def test_libsecp256k1_against_ecdsa(secret: int, digest: bytes) -> None:
    public, r, s, parity = sign_k1(secret, digest)
    assert curves.recover_public_key(Curve.SECP256K1, digest, parity, r, s) == public
    keys = ecdsa.VerifyingKey.from_public_key_recovery_with_digest(
        r.to_bytes(32, "big") + s.to_bytes(32, "big"), digest, ecdsa.SECP256k1, hashfunc=hashlib.sha256
    )
    for candidate in (0, 1):
        ours = curves.recover_public_key(Curve.SECP256K1, digest, candidate, r, s)
        assert ours in [key.to_string("uncompressed") for key in keys]
    curves.verify_signature(Curve.SECP256K1, public, digest, r, N[Curve.SECP256K1] - s)


@settings(max_examples=15, derandomize=True, deadline=None)
@given(st.integers(1, 2**250), st.binary(min_size=32, max_size=32))
def test_p256_recovery_against_openssl_and_ecdsa(secret: int, digest: bytes) -> None:
    public, r, s = sign_p256(secret, digest)
    ours = [curves.recover_public_key(Curve.SECP256R1, digest, parity, r, s) for parity in (0, 1)]
    assert ours.count(public) == 1
    keys = ecdsa.VerifyingKey.from_public_key_recovery_with_digest(
        r.to_bytes(32, "big") + s.to_bytes(32, "big"), digest, ecdsa.NIST256p, hashfunc=hashlib.sha256
    )
    assert {key.to_string("uncompressed") for key in keys} >= set(ours)
    for key in ours:
        curves.verify_signature(Curve.SECP256R1, key, digest, r, s)
    low, parity = curves.normalise(Curve.SECP256R1, s, ours.index(public))
    assert curves.recover_public_key(Curve.SECP256R1, digest, parity, r, low) == public


@pytest.mark.parametrize("curve", Curve)
@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (-1, 1), ("n", 1), (1, "n"), (2**256, 1), (1, 2**256)])
def test_range(curve: Curve, r: int | str, s: int | str) -> None:
    r, s = (N[curve] if value == "n" else int(value) for value in (r, s))
    public = curves.recover_public_key(curve, DIGEST, 0, _some_r(curve), 1)
    with pytest.raises(curves.SignatureRangeError):
        curves.recover_public_key(curve, DIGEST, 0, r, s)
    with pytest.raises(curves.SignatureRangeError):
        curves.verify_signature(curve, public, DIGEST, r, s)


def _some_r(curve: Curve) -> int:
    """The smallest r that is the first coordinate of a point."""
    for r in range(1, 50):
        try:
            curves.recover_public_key(curve, DIGEST, 0, r, 1)
        except curves.SignatureRecoveryError:
            continue
        return r
    raise AssertionError


@pytest.mark.parametrize("curve", Curve)
def test_parity_is_bare(curve: Curve) -> None:
    for parity in (-1, 2, 3, 27, 28, 37):
        with pytest.raises(curves.SignatureParityError):
            curves.recover_public_key(curve, DIGEST, parity, 5, 5)
        with pytest.raises(curves.SignatureParityError):
            curves.normalise(curve, 5, parity)


@pytest.mark.parametrize("curve", Curve)
def test_r_without_a_point(curve: Curve) -> None:
    failures = 0
    for r in range(1, 20):
        try:
            curves.recover_public_key(curve, DIGEST, 0, r, 7)
        except curves.SignatureRecoveryError:
            failures += 1
    assert 3 < failures < 17


def test_point_at_infinity() -> None:
    """s*R = e*G has no key: choose R = G, so r is its x-coordinate, and s = e."""
    generator = ecdsa.NIST256p.generator
    digest = (5).to_bytes(32, "big")
    with pytest.raises(curves.SignatureRecoveryError):
        curves.recover_public_key(Curve.SECP256R1, digest, generator.y() & 1, generator.x(), 5)
    generator = ecdsa.SECP256k1.generator
    with pytest.raises(curves.SignatureRecoveryError):
        curves.recover_public_key(Curve.SECP256K1, digest, generator.y() & 1, generator.x(), 5)


@pytest.mark.parametrize("curve", Curve)
def test_digest_width(curve: Curve) -> None:
    for width in (0, 20, 31, 33, 64):
        with pytest.raises(curves.DigestWidthError):
            curves.recover_address(curve, bytes(width), 0, 5, 5)
        with pytest.raises(curves.DigestWidthError):
            curves.verify_signature(curve, bytes(33), bytes(width), 5, 5)


@pytest.mark.parametrize("curve", Curve)
def test_public_keys(curve: Curve) -> None:
    base = {Curve.SECP256K1: ecdsa.SECP256k1, Curve.SECP256R1: ecdsa.NIST256p}[curve].generator
    for factor in (1, 2, 3, 12345):
        public = (base * factor).to_bytes("uncompressed")
        short = curves.compress(public)
        assert short == (base * factor).to_bytes("compressed")
        assert curves.decompress(curve, short) == public
        assert curves.check_public_key(curve, public) == public
        hybrid = bytes([6 + (public[64] & 1)]) + public[1:]
        off_curve = public[:64] + bytes([public[64] ^ 1])
        for wrong in (hybrid, off_curve, public[:64], public + b"\0", b"\4" + short[1:], short[:32], b"", b"\0"):
            with pytest.raises(curves.PublicKeyError):
                curves.check_public_key(curve, wrong)
            with pytest.raises(curves.PublicKeyError):
                curves.decompress(curve, wrong)
            with pytest.raises(curves.PublicKeyError):
                curves.verify_signature(curve, wrong, DIGEST, 5, 5)
        for wrong in (short, hybrid, b""):
            with pytest.raises(curves.PublicKeyError):
                curves.compress(wrong)
            with pytest.raises(curves.PublicKeyError):
                curves.address_of(wrong)
    with pytest.raises(curves.PublicKeyError):
        curves.decompress(curve, b"\2" + b"\xff" * 32)


def test_a_point_of_the_other_curve_is_refused() -> None:
    with pytest.raises(curves.PublicKeyError):
        curves.check_public_key(Curve.SECP256K1, ecdsa.NIST256p.generator.to_bytes("uncompressed"))
    with pytest.raises(curves.PublicKeyError):
        curves.check_public_key(Curve.SECP256R1, ecdsa.SECP256k1.generator.to_bytes("uncompressed"))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.sampled_from(list(Curve)),
    st.binary(max_size=66) | st.binary(min_size=32, max_size=32),
    st.binary(max_size=66) | st.binary(min_size=32, max_size=32).map(lambda data: b"\2" + data),
    st.integers(-1, 4),
    st.integers(-2, 2**257),
    st.integers(-2, 2**257),
)
def test_only_our_errors_escape(curve: Curve, digest: bytes, public: bytes, parity: int, r: int, s: int) -> None:
    for attempt in (
        lambda: curves.recover_address(curve, digest, parity, r, s),
        lambda: curves.verify_signature(curve, public, digest, r, s),
        lambda: curves.decompress(curve, public),
        lambda: curves.compress(public),
        lambda: curves.demand_low_s(curve, s),
    ):
        try:
            attempt()
        except LightNodeError:
            continue
