"""Files made once are read for ever, and made again byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

from lightnode.verdict import verify_evidence
from lightnode.wire.serial_memory import SerialMemory
from lightnode.wire.trust import open_trust
from tests.support.envelope_signing import TestNetwork
from tests.support.sealed_world import DOCUMENT, NOW
from tests.vectors.formats.make import vectors


def test_the_vectors_come_out_as_they_were_written(root: Path) -> None:
    written = json.loads((root / "tests/vectors/formats/formats.json").read_text(encoding="utf-8"))
    made = vectors()
    for name in made:
        assert made[name] == written[name], name
    assert made.keys() == written.keys()


def test_the_written_package_opens(root: Path) -> None:
    written = json.loads((root / "tests/vectors/formats/formats.json").read_text(encoding="utf-8"))
    assert open_trust(bytes.fromhex(written["trust package file"]), TestNetwork().root()).profile.chain_id == 0x43480001


def test_the_written_evidence_on_timestamp_is_valid(root: Path) -> None:
    written = json.loads((root / "tests/vectors/formats/formats.json").read_text(encoding="utf-8"))
    files = {name: bytes.fromhex(written[f"timestamp {name} file"]) for name in ("evidence", "trust package", "root")}
    verdict = verify_evidence(
        files["evidence"], DOCUMENT, files["trust package"], files["root"], NOW, SerialMemory({})
    )  # fmt: skip
    assert (verdict.outcome.value, verdict.code) == ("VALID", "OK")
