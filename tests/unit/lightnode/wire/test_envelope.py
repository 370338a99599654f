"""Envelopes: exactly a threshold of holders, one kind, one environment, and no byte that is free."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.errors import LightNodeError, WireError
from lightnode.wire import cbor
from lightnode.wire.curve import order
from lightnode.wire.envelope import (
    CoseSignature,
    Envelope,
    EnvelopeFormError,
    EnvelopeKindError,
    ThresholdError,
    decode_envelope,
    verify_envelope,
)
from lightnode.wire.key_set import KeySet, KeySetError
from lightnode.wire.payload import KINDS, PayloadError, decode_draft, decode_payload, encode_draft
from lightnode.wire.serial_memory import EquivocationError, RollbackError, SerialMemory
from tests.support.envelope_signing import NOW, k1, key_set, payload, r1, sealed

A, B, C = r1(1), k1(2), r1(3)
SAME_HOLDER = k1(4, holder=1)
KEYS = key_set(2, A, B, C, SAME_HOLDER)
PACK = payload("pack", [1, []], scope=b"\x55" * 32)


def test_a_threshold_on_both_curves_verifies() -> None:
    envelope = sealed(PACK, A, B)
    assert decode_envelope(envelope.encode()) == envelope
    assert verify_envelope(envelope, KEYS, "pack", "training") == PACK


@pytest.mark.parametrize(
    "signers", [(A,), (A, B, C), (A, SAME_HOLDER), (A, A), (A, r1(9)), (A, r1(1, holder=5))], ids=str
)
def test_too_few_too_many_or_foreign_signatures_are_refused(signers: tuple) -> None:
    with pytest.raises(ThresholdError):
        verify_envelope(sealed(PACK, *signers), KEYS, "pack", "training")


def test_signatures_stand_in_one_order() -> None:
    envelope = sealed(PACK, A, B)
    turned = Envelope(envelope.payload_bytes, envelope.payload, envelope.signatures[::-1])
    with pytest.raises(ThresholdError):
        verify_envelope(turned, KEYS, "pack", "training")


def test_the_upper_s_is_refused() -> None:
    envelope = sealed(PACK, A, B)
    first = envelope.signatures[0]
    upper = order(first.curve) - int.from_bytes(first.signature[32:], "big")
    forged = CoseSignature(first.kid, first.curve, first.signature[:32] + upper.to_bytes(32, "big"))
    with pytest.raises(ThresholdError):
        verify_envelope(
            Envelope(envelope.payload_bytes, PACK, (forged, *envelope.signatures[1:])), KEYS, "pack", "training"
        )


@pytest.mark.parametrize("wanted", [kind for kind in KINDS if kind != "pack"])
def test_no_kind_verifies_as_another(wanted: str) -> None:
    with pytest.raises(EnvelopeKindError):
        verify_envelope(sealed(PACK, A, B), KEYS, wanted, "training")


def test_a_signature_for_another_kind_is_wrong() -> None:
    data = PACK.encode()
    signatures = sorted((key.sign(data, "policy") for key in (A, B)), key=lambda item: item.kid)
    with pytest.raises(ThresholdError):
        verify_envelope(Envelope(data, PACK, tuple(signatures)), KEYS, "pack", "training")


def test_another_environment_is_refused() -> None:
    with pytest.raises(EnvelopeKindError):
        verify_envelope(sealed(PACK, A, B), KEYS, "pack", "production")


def test_every_changed_byte_is_noticed() -> None:
    data = sealed(PACK, A, B).encode()
    for at in range(len(data)):
        for change in (1, 0x80, 0xFF):
            broken = data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]
            with pytest.raises(WireError):
                verify_envelope(decode_envelope(broken), KEYS, "pack", "training")


@settings(max_examples=300, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_give_one_of_our_errors(data: bytes) -> None:
    for read in (decode_envelope, decode_payload, decode_draft):
        with pytest.raises(LightNodeError):
            read(data)


@pytest.mark.parametrize("index", [4, 5, 6, 7])
def test_true_is_no_number(index: int) -> None:
    items = cbor.decode(payload("pack", [], issued=0, next_update=1, not_after=1).encode())
    items[index] = index != 5
    with pytest.raises(PayloadError):
        decode_payload(cbor.encode(items))


def test_unprotected_headers_are_empty() -> None:
    items = cbor.decode(sealed(PACK, A, B).encode())
    items[1][1] = {4: b"x"}
    with pytest.raises(EnvelopeFormError):
        decode_envelope(cbor.encode(items))


def test_times_stand_in_order() -> None:
    with pytest.raises(PayloadError):
        payload("pack", [], issued=NOW, next_update=NOW - 1).encode()


def test_a_draft_comes_back() -> None:
    assert decode_draft(encode_draft(PACK)) == PACK


@pytest.mark.parametrize("threshold", [0, 4])
def test_a_threshold_counts_holders(threshold: int) -> None:
    with pytest.raises(KeySetError):
        KeySet.of(threshold, [key.entry for key in (A, B, C, SAME_HOLDER)])


def test_an_older_serial_is_refused_and_two_of_one_serial_are_reported() -> None:
    third = sealed(payload("pack", [1, []], serial=3), A, B)
    memory = SerialMemory({}).accept(b"root", third)
    assert memory.accept(b"root", third) == memory
    with pytest.raises(RollbackError):
        memory.accept(b"root", sealed(payload("pack", [1, []], serial=2), A, B))
    with pytest.raises(EquivocationError):
        memory.accept(b"root", sealed(payload("pack", [1, [1]], serial=3), A, B))
    # Another scope, issuer, environment, kind or root is another line.
    for changes in ({"scope": b"x"}, {"issuer": b"PT"}, {"environment": "test"}):
        memory.accept(b"root", sealed(payload("pack", [1, []], serial=1, **changes), A, B))
    memory.accept(b"other", sealed(payload("pack", [1, []], serial=1), A, B))
