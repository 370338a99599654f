"""The adapter's rules, on what real cards answer and on what no card should."""

from __future__ import annotations

import json
from pathlib import Path

import coincurve
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from hsm.errors import (
    DigestLengthError,
    HsmError,
    SignatureFormError,
    SignatureRangeError,
    UnsupportedError,
    WrongKeyOrDigestError,
)
from hsm.public_point import curve_of, read_point
from hsm.signature_adapter import sign
from hsm.signature_form import ORDERS, numbers
from hsm.token import KeyInfo, RawSignature, SignatureForm, SigningContext
from lightnode.wire.curve import Curve, recover_public_key

N = ORDERS["secp256k1"]
CONTEXT = SigningContext("training", 0x43480001)


class ScriptedToken:
    """A token that answers with what a test says."""

    def __init__(self, answer: RawSignature) -> None:
        self.answer = answer
        self.asked: list[bytes] = []

    def sign_digest(self, key: KeyInfo, digest: bytes, context: SigningContext) -> RawSignature:
        self.asked.append(digest)
        return self.answer


KEY = coincurve.PrivateKey(b"\x07" * 32)
INFO = KeyInfo("k", "secp256k1", KEY.public_key.format(compressed=False), "transaction")
DIGEST = bytes(range(32))
P256_GENERATOR = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


def genuine() -> tuple[int, int, int]:
    made = KEY.sign_recoverable(DIGEST, hasher=None)
    return int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big"), made[64]


def raw(r: int, s: int, width: int = 32) -> RawSignature:
    return RawSignature(r.to_bytes(width, "big") + s.to_bytes(width, "big"), SignatureForm.RAW)


def der(r: bytes, s: bytes, long_form: bool = False) -> RawSignature:
    body = b"\x02" + bytes([len(r)]) + r + b"\x02" + bytes([len(s)]) + s
    head = b"\x30\x81" if long_form else b"\x30"
    return RawSignature(head + bytes([len(body)]) + body, SignatureForm.DER)


@pytest.mark.parametrize("high", [False, True])
@pytest.mark.parametrize("form", ["raw64", "raw66", "raw70", "der", "der padded", "der unsigned", "der long"])
def test_genuine_signatures_in_every_form_that_cards_write(form: str, high: bool) -> None:
    r, s, parity = genuine()
    given_s = N - s if high else s
    rb, sb = r.to_bytes(33, "big").lstrip(b"\0"), given_s.to_bytes(33, "big").lstrip(b"\0")

    def signed(value: bytes) -> bytes:
        return b"\0" + value if value[0] & 0x80 else value

    answers = {
        "raw64": raw(r, given_s), "raw66": raw(r, given_s, 33), "raw70": raw(r, given_s, 35),
        "der": der(signed(rb), signed(sb)), "der padded": der(b"\0\0" + rb, b"\0\0" + sb), "der unsigned": der(rb, sb),
        "der long": der(signed(rb), signed(sb), long_form=True),
    }  # fmt: skip
    made = sign(ScriptedToken(answers[form]), INFO, DIGEST, CONTEXT)
    assert (made.r, made.s, made.y_parity) == (r, s, parity)


def test_halves_of_31_bytes_are_read() -> None:
    r, s = 0x7F << 232, 0x55 << 200
    assert numbers(raw(r, s, 31), "secp256k1") == (r, s)
    with pytest.raises(SignatureFormError):
        numbers(raw(1, 1, 27), "secp256k1")


@pytest.mark.parametrize("high", [False, True])
@pytest.mark.parametrize("number", [1, 7, 2**200 + 3])
def test_p256_has_the_same_rules(number: int, high: bool) -> None:
    private = ec.derive_private_key(number, ec.SECP256R1())
    public = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    key = KeyInfo("k", "secp256r1", public, "transaction")
    order = ORDERS["secp256r1"]
    r, s = decode_dss_signature(private.sign(DIGEST, ec.ECDSA(Prehashed(hashes.SHA256()))))
    low = min(s, order - s)
    made = sign(ScriptedToken(raw(r, order - low if high else low)), key, DIGEST, CONTEXT)
    assert (made.r, made.s) == (r, low)
    assert recover_public_key(Curve.SECP256R1, DIGEST, made.y_parity, made.r, made.s) == public


def test_unknown_curves_never_reach_the_token() -> None:
    token = ScriptedToken(raw(1, 1))
    with pytest.raises(UnsupportedError):
        sign(token, KeyInfo("k", "ed25519", INFO.public_key, "transaction"), DIGEST, CONTEXT)
    for length in (0, 31, 33, 64):
        with pytest.raises(DigestLengthError):
            sign(token, INFO, bytes(length), CONTEXT)
    assert token.asked == []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(min_size=64, max_size=64), st.sampled_from(["secp256k1", "secp256r1"]))
def test_no_invented_signature_passes(answer: bytes, curve: str) -> None:
    public = INFO.public_key if curve == "secp256k1" else P256_GENERATOR
    with pytest.raises(HsmError):
        sign(
            ScriptedToken(RawSignature(answer, SignatureForm.RAW)),
            KeyInfo("k", curve, public, "cache"),
            DIGEST,
            CONTEXT,
        )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 511))
def test_no_flipped_bit_of_a_genuine_one_passes(bit: int) -> None:
    r, s, _ = genuine()
    answer = bytearray(raw(r, s).data)
    answer[bit // 8] ^= 1 << bit % 8
    with pytest.raises(HsmError):
        sign(ScriptedToken(RawSignature(bytes(answer), SignatureForm.RAW)), INFO, DIGEST, CONTEXT)


def test_a_signature_over_the_hash_of_the_digest_is_noticed() -> None:
    import hashlib

    made = KEY.sign_recoverable(hashlib.sha256(DIGEST).digest(), hasher=None)
    with pytest.raises(WrongKeyOrDigestError):
        sign(ScriptedToken(RawSignature(made[:64], SignatureForm.RAW)), INFO, DIGEST, CONTEXT)


def test_another_tokens_signature_is_noticed() -> None:
    made = coincurve.PrivateKey(b"\x08" * 32).sign_recoverable(DIGEST, hasher=None)
    with pytest.raises(WrongKeyOrDigestError):
        sign(ScriptedToken(RawSignature(made[:64], SignatureForm.RAW)), INFO, DIGEST, CONTEXT)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (N, 1), (1, N), (0, 0)])
def test_numbers_out_of_range(r: int, s: int) -> None:
    with pytest.raises(SignatureRangeError):
        numbers(raw(r, s), "secp256k1")


@pytest.mark.parametrize(
    "answer",
    [
        b"", bytes(7), bytes(63), bytes(65), bytes(72), bytes(200), b"\x30\x06\x02\x01\x01\x02\x01\x01\x00",
        b"\x30\x80\x02\x01\x01\x02\x01\x01\x00\x00", b"\x31\x06\x02\x01\x01\x02\x01\x01", b"\x30\x06\x02\x01\x01\x03\x01\x01",
        b"\x30\x09\x02\x01\x01\x02\x01\x01\x02\x01\x01", b"\x30\x04\x02\x00\x02\x00\x00\x00",
    ],
)  # fmt: skip
def test_what_is_no_signature_is_refused(answer: bytes) -> None:
    for form in SignatureForm:
        with pytest.raises((SignatureFormError, SignatureRangeError)):
            numbers(RawSignature(answer, form), "secp256k1")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=100), st.sampled_from(list(SignatureForm)), st.sampled_from(["secp256k1", "secp256r1"]))
def test_only_our_errors_escape(data: bytes, form: SignatureForm, curve: str) -> None:
    try:
        r, s = numbers(RawSignature(data, form), curve)
    except HsmError:
        return
    assert 1 <= r < ORDERS[curve]
    assert 1 <= s < ORDERS[curve]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=80))
def test_points(data: bytes) -> None:
    try:
        assert len(read_point(data, "secp256k1")) == 65
    except HsmError:
        pass


def test_points_in_every_form() -> None:
    full, short = KEY.public_key.format(compressed=False), KEY.public_key.format()
    for given_form in (full, short, b"\x04\x41" + full, b"\x04\x21" + short):
        assert read_point(given_form, "secp256k1") == full
    with pytest.raises(SignatureFormError):
        read_point(b"\x04" + bytes(64), "secp256k1")
    with pytest.raises(SignatureFormError):
        read_point(full, "secp256r1")
    with pytest.raises(HsmError):
        curve_of(bytes.fromhex("06092b2403030208010107"))


def test_published_cases_of_cards_answers(shared_vectors: Path) -> None:
    rows = json.loads((shared_vectors / "hardware" / "derived" / "hsm-signature-normalise.json").read_text())["vectors"]
    checked = 0
    for row in rows:
        key = KeyInfo("k", "secp256k1", read_point(bytes.fromhex(row["public_key"]), "secp256k1"), "transaction")
        digest = bytes.fromhex(row["digest"])
        for name, form in (("der", SignatureForm.DER), ("p1363", SignatureForm.RAW)):
            for height in ("low", "high"):
                answer = RawSignature(bytes.fromhex(row[f"{name}_{height}"]), form)
                made = sign(ScriptedToken(answer), key, digest, CONTEXT)
                assert (made.r, made.s) == (int(row["r"], 16), int(row["s_low"], 16))
                assert made.y_parity == row["recovery_id_low"]
                checked += 1
    assert checked >= 200
