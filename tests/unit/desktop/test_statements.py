"""What governance, countries and authorities sign: made, sealed, shown, and opened again by those who rely on it."""

from __future__ import annotations

import hashlib

import coincurve
import pytest

from desktop.errors import InputFormatError
from desktop.services import drafting, envelope_files, key_references, statements
from desktop.services.job_errors import FieldValuesError
from desktop.services.statements import Term
from desktop.services.template_files import TemplateMissingError, load_template, namespaces
from lightnode.templates import built_in
from lightnode.wire import commitment
from lightnode.wire.curve import Curve, compress, order
from lightnode.wire.envelope import CoseSignature, digest_to_sign
from lightnode.wire.key_set import KeySet, SigningKey
from lightnode.wire.payload import Payload
from lightnode.wire.root import read_root
from lightnode.wire.types import address, hash32

TERM = Term(1_000_000, 7, 30, 3)
PLACE = drafting.Place(hash32(b"\x01" * 32), address(b"\x02" * 20), hash32(b"\x03" * 32))


def key(name: str) -> coincurve.PrivateKey:
    return coincurve.PrivateKey(hashlib.sha256(name.encode()).digest())


def sign(payload: Payload, name: str) -> CoseSignature:
    signing = SigningKey(Curve.SECP256K1, key(name).public_key.format(), 1)
    digest = digest_to_sign(payload.encode(), payload.kind, Curve.SECP256K1, signing.kid)
    compact = key(name).sign_recoverable(digest, hasher=None)
    assert int.from_bytes(compact[32:64], "big") <= order(Curve.SECP256K1) // 2
    return CoseSignature(signing.kid, Curve.SECP256K1, compact[:64])


def key_set(*names: str, threshold: int = 1) -> KeySet:
    return key_references.key_set(threshold, [(Curve.SECP256K1, key(name).public_key.format()) for name in names])


def test_a_root_is_drafted_sealed_by_two_and_read() -> None:
    payload = statements.root(
        "training", key_set("a", "b", threshold=2), key_set("g"), {"SE": key_set("s")}, Term(5, 1, 2, 1)
    )
    file = envelope_files.read(envelope_files.draft_bytes(payload), "root.draft")
    assert file.signatures == ()
    once = envelope_files.add_signature(file, sign(payload, "b"))
    half = envelope_files.read(once.encode(), "root.cenv")
    again = envelope_files.add_signature(half, sign(payload, "b"))
    assert again == once
    whole = envelope_files.add_signature(half, sign(payload, "a"))
    root = read_root(whole.encode())
    assert set(root.countries) == {"SE"}
    lines, value = envelope_files.describe(envelope_files.read(whole.encode(), "root.cenv"))
    assert value["kind"] == "root"
    assert len(value["signatures"]) == 2
    assert any("fingerprint" in line for line in lines)


def test_the_terms_of_a_statement() -> None:
    assert (TERM.next_update - TERM.issued, TERM.not_after - TERM.issued) == (7 * 86_400, 30 * 86_400)
    assert Term(10, 60, 30, 1).next_update == Term(10, 60, 30, 1).not_after


@pytest.mark.parametrize("data", [b"", b"hello", b"\x80", bytes(50)])
def test_what_is_neither_draft_nor_envelope(data: bytes) -> None:
    with pytest.raises(InputFormatError):
        envelope_files.read(data, "file")


def test_templates_by_name() -> None:
    assert load_template("eessi.pda1.v1").title == "PDA1"
    assert set(namespaces()) == {"eessi", "customs"}
    with pytest.raises(TemplateMissingError):
        load_template("no.such.v1")


def test_keys_are_named_by_curve_and_hex() -> None:
    public = key("x").public_key.format(False)
    find = key_references.finder(None, [f"secp256k1:{public.hex()}"])
    assert find(f"secp256k1:{public.hex()}") == (Curve.SECP256K1, compress(public))


FIELDS = {
    "carnet_number": "SE/2026/1", "issuing_association": "Chamber", "holder": "A holder", "voucher_set": "1",
    "event_code": "EXP", "item_numbers": "1-3", "office_code": "SE000001", "event_date": "2026-11-20",
    "valid_until": "2027-03-01",
}  # fmt: skip


def test_a_draft_commits_to_its_fields_and_document() -> None:
    template = built_in("customs.ata-event.v1")
    made = drafting.draft(template, FIELDS, b"document", PLACE, b"\x05" * 32)
    assert made.opening.document == hashlib.sha256(b"document").digest()
    assert made.valid_until == 20_878
    again = commitment.commit(drafting.act_header(template, PLACE), made.opening)
    assert made.commitment == again
    others = [
        drafting.draft(template, {**FIELDS, "holder": "Another"}, b"document", PLACE, b"\x05" * 32),
        drafting.draft(template, FIELDS, b"documents", PLACE, b"\x05" * 32),
        drafting.draft(template, FIELDS, None, PLACE, b"\x05" * 32),
        drafting.draft(template, FIELDS, b"document", PLACE, b"\x06" * 32),
    ]
    assert len({made.commitment, *(one.commitment for one in others)}) == 5


def test_an_open_end_is_no_last_day() -> None:
    template = built_in("eessi.pda1.v1")
    index = template.index("ending_date")
    values = tuple("2499-01-01" if at == index else None for at in range(len(template.fields)))
    assert drafting.last_day(template, values) == 0


def test_wrong_fields_are_all_named_at_once_without_their_values() -> None:
    with pytest.raises(FieldValuesError) as caught:
        drafting.read_values(built_in("customs.ata-event.v1"), {**FIELDS, "event_code": "ZZZ-secret", "colour": "red"})
    assert "event_code" in caught.value.text
    assert "colour" in caught.value.text
    assert "secret" not in caught.value.text
