"""Files made once are read for ever, and made again byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

from lightnode.wire.trust import open_trust
from tests.support.envelope_signing import TestNetwork
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
