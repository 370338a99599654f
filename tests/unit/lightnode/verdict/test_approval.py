"""A second person's approval: named, carried, of this act, in time, by another holder who was entitled; or never VALID."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import coincurve
import pytest

from lightnode.verdict import Outcome, Verdict
from lightnode.wire import cbor
from lightnode.wire.approval import approval_body
from lightnode.wire.curve import Curve, address_of, decompress
from lightnode.wire.payload import Payload
from lightnode.wire.registry import ActCall, intent_hash
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address, Hash32
from tests.support.envelope_signing import r1, sealed
from tests.support.sealed_world import (
    AUTHORITY,
    DAY,
    GENESIS,
    HEIGHT,
    NOW,
    OFFICIAL,
    REGISTRY_AT,
    World,
    account,
    key,
    seal,
)

APPROVER = key(60)


@dataclass
class Approved:
    """An act with an approval; each member is one thing that can be wrong."""

    by: coincurve.PrivateKey = APPROVER
    holder: int = 2
    verbs: int = 1
    first: int = 0
    last: int | None = None
    withdrawn: int | None = None
    doubt: int | None = None
    not_after: int = NOW + DAY
    genesis: Hash32 = GENESIS
    authority: Hash32 = AUTHORITY
    environment: str = "training"
    intent: bytes | None = None
    listed: bool = True
    named: bool = True
    carried: bool = True
    other_file: bool = False

    def file(self, call: ActCall) -> bytes:
        intent = Hash32(self.intent or intent_hash(GENESIS, REGISTRY_AT, call.encode()))
        payload = Payload(
            "approval", self.environment, self.genesis, self.authority, 1, NOW - 2 * DAY, self.not_after,
            self.not_after, approval_body(intent),
        )  # fmt: skip
        return self.sign(payload)

    def sign(self, payload: Payload) -> bytes:
        return seal(payload, self.by)

    def address(self) -> Address:
        return account(self.by)

    def judge(self, **more: object) -> Verdict:
        files: list[bytes] = []

        def name(call: ActCall) -> ActCall:
            files[:] = [self.file(call)]
            word = Hash32(hashlib.sha256(files[0]).digest())
            return replace(call, approval=word) if self.named else call

        entry = KeyEntry(
            self.address(), self.verbs, self.first, self.last, self.holder, "card", self.withdrawn, self.doubt
        )
        world = World(call=name, more_entries=(entry,) if self.listed else (), **more)
        made = world.evidence_object()
        data = self.sign(Payload("approval", "training", GENESIS, AUTHORITY, 2, NOW, NOW, NOW, approval_body(Hash32(bytes(32))))) if self.other_file else files[0]  # fmt: skip
        return world.judge(evidence=replace(made, approval=data if self.carried else None).encode())


CASES = {
    "as it should be": (Approved(), "OK"),
    "missing": (Approved(carried=False), "APPROVAL-?"),
    "not named": (Approved(named=False), "NOT-INC"),
    "another file": (Approved(other_file=True), "APPROVAL"),
    "by the person who acted": (Approved(holder=1), "APPROVAL"),
    "by the acting key": (Approved(by=OFFICIAL, listed=False), "APPROVAL"),
    "expired": (Approved(not_after=NOW - DAY - 1), "APPROVAL"),
    "over another intent": (Approved(intent=b"\1" * 32), "APPROVAL"),
    "for another network": (Approved(genesis=Hash32(b"\1" * 32)), "APPROVAL"),
    "for another authority": (Approved(authority=Hash32(b"\1" * 32)), "APPROVAL"),
    "of another environment": (Approved(environment="test"), "APPROVAL"),
    "by a key that acts": (Approved(verbs=0b1111110), "APPROVAL"),
    "by a key for both": (Approved(verbs=0b11), "APPROVAL"),
    "before its interval": (Approved(first=HEIGHT + 1), "APPROVAL"),
    "after its interval": (Approved(last=HEIGHT - 1), "APPROVAL"),
    "in its last block": (Approved(last=HEIGHT), "OK"),
    "withdrawn": (Approved(withdrawn=HEIGHT), "APPROVAL"),
    "withdrawn later": (Approved(withdrawn=HEIGHT + 1), "OK"),
    "in doubt": (Approved(doubt=HEIGHT), "KEY-DOUBT"),
    "by nobody we know": (Approved(listed=False), "ISSUER-?"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_approval_counts_in_full_or_not_at_all(name: str) -> None:
    approved, code = CASES[name]
    verdict = approved.judge()
    assert verdict.code == code, verdict.as_json()
    assert (verdict.outcome is Outcome.VALID) is (code == "OK")


class Rewritten(Approved):
    """Signed, then changed: `change` gives other bytes."""

    change = staticmethod(lambda data: data)

    def sign(self, payload: Payload) -> bytes:
        return type(self).change(super().sign(payload))


def _second_signature(data: bytes) -> bytes:
    value = cbor.decode(data)
    value[1][3] = value[1][3] * 2
    return cbor.encode(value)


MALFORMED = {
    "no envelope": (lambda data: b"\x80", "APPROVAL"),
    "cut off": (lambda data: data[:-1], "APPROVAL"),
    "wrong signature": (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "APPROVAL"),
    "signed twice": (_second_signature, "APPROVAL"),
    "of a newer version": (lambda data: cbor.encode(["chancery/envelope/2", cbor.decode(data)[1]]), "E-VERSION"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_approval_is_never_valid(name: str) -> None:
    change, code = MALFORMED[name]
    kind = type("Changed", (Rewritten,), {"change": staticmethod(change)})
    verdict = kind().judge()
    assert verdict.code == code, verdict.as_json()


def test_another_kind_of_envelope_is_no_approval() -> None:
    class Receipt(Approved):
        def sign(self, payload: Payload) -> bytes:
            return seal(replace(payload, kind="receipt"), self.by)

    assert Receipt().judge().code == "APPROVAL"


def test_approvals_on_the_other_curve_count_too() -> None:
    made = r1(61)
    where = address_of(decompress(Curve.SECP256R1, made.public_key))

    class OnP256(Approved):
        def sign(self, payload: Payload) -> bytes:
            return sealed(payload, made).encode()

        def address(self) -> Address:
            return where

    assert OnP256().judge().code == "OK"
    assert OnP256(listed=False).judge().code == "ISSUER-?"
