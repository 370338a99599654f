"""Slots and ids that were worked out by hand from EBSI's published data (ebsi.md 2.1 to 2.3): our formulas give the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from lightnode.registries import did_documents, issuers, program, solidity_storage, timestamp_entries, timestamp_records
from lightnode.registries.accreditation_document import read_document
from lightnode.wire import timestamp_call
from lightnode.wire.types import Hash32

PILOT = Path(__file__).resolve().parents[3] / "vectors" / "ebsi" / "pilot_accreditation.json"
ROOT_TAO = "did:ebsi:zZeKyEJfUTGwajhNyNX928z"


@pytest.mark.parametrize(
    ("slot", "published"),
    [
        (timestamp_call.BASE, "122826b96f4a3e3d96200aac611934619e5931bb3c7b0bf7526f7344b1e353e4"),
        (timestamp_records.RECORDS, "f63df4c7ccefc48733b74805ac76260cf4106d9a2571a1d2d8b2ba119579834b"),
        (issuers.BASE, "8f387ba06f939e2592c237c44ea19e0f0767e3b3f90c8e226b240ee1e373986a"),
        (did_documents.BASE, "b8d3232aca09da915bb47283ccac13a550aeb8b90c43004ce6e7212213894013"),
        (program.OWNED_SLOT - 1, "374014623ccdbd855a45d836395df846caa813a7589de277f1f1a9e7796d57ea"),
        (program.IMPLEMENTATION_SLOT, "360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"),
        (program.BEACON_SLOT, "a3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50"),
        (issuers.issuer_slot(ROOT_TAO), "29a221eac7e3fd800d32204696b09fd7029b648d75e75d0dfc3b58b37fe0e474"),
    ],
)
def test_slots(slot: int, published: str) -> None:
    assert f"{slot:064x}" == published


def test_the_versioned_proxy_keeps_its_version_where_published() -> None:
    shown = f"{program.VERSION_SLOT:064x}"
    assert shown.startswith("56bb1e52")
    assert shown.endswith("0348")


def test_the_worked_example_of_a_time_stamp() -> None:
    value = hashlib.sha256(b"hello").digest()
    name = timestamp_call.hash_id(value)
    assert name.hex() == "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50"
    first = next(timestamp_entries.value_plan(value))[0]
    assert f"{first:064x}" == "243429e0495bbeeb29ea32ff9eb7415371d67fd7145600094d73d260adc42b98"
    content = solidity_storage.element_slot(first + 1, 0)
    assert f"{content:064x}" == "6830188377348f50ed054a85b2c57856e4732a0a3547bd3f8858c903ec849a71"


def test_the_number_of_revisions_of_a_recorded_attribute() -> None:
    attribute = Hash32(bytes.fromhex("cf89e47e260eda53bb199096ca97347790c84d2c8a5f2ce3f411eaba14d0003e"))
    slot = issuers.revisions_slot(ROOT_TAO, attribute)
    assert f"{slot:064x}" == "a09526ee5fa27d91767af6f7fe5bbbaed3e8496c3866bfdcdfd41c8676f8050c"


def test_the_revision_of_a_recorded_accreditation_is_the_hash_of_its_credential() -> None:
    recorded = json.loads(PILOT.read_text())
    document = read_document(recorded["credential"].encode())
    assert document.revision.hex() == recorded["revision"]
    (schema,) = document.schemas
    assert schema.endswith("/schemas/z5KBQVxQHKeaqngYj9aEWGbgKpPT4gTSznUwCRym1GG9m")
    assert (document.not_before, document.not_after) == (1_742_986_836, 1_900_666_836)
