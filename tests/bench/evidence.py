"""How long a verdict and a commitment take, in calibration loops."""

from __future__ import annotations

from lightnode.templates import built_in
from lightnode.wire.commitment import ActHeader, Opening, commit
from lightnode.wire.types import Address, Hash32
from tests.bench.calibration import best, loop_seconds
from tests.bench.result import Result


def run() -> list[Result]:
    """Commit to a record of eighteen fields."""
    template = built_in("eessi.pda1.v1")
    header = ActHeader(
        Hash32(bytes(32)), Address(bytes(20)), Hash32(b"\1" * 32), template.id, template.digest, template.leaf_count
    )
    opening = Opening(bytes(range(32)), Hash32(b"\2" * 32), tuple("value" for _ in template.fields))
    took = best(lambda: [commit(header, opening) for _ in range(50)]) / 50
    return [Result("one commitment of eighteen fields, in calibration loops", took / loop_seconds(), "loops", 0.1)]
