"""A result may replace an older one of its own kind, whatever kind that is, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.errors import OutputKindError
from desktop.services.file_access import demand_place, write_bytes
from desktop.services.file_kind import OTHER, kind_of
from lightnode.wire import cbor

KINDS = ("evidence", "checkpoint", "transfer", "misbehaviour")


def made(kind: str) -> bytes:
    whole = cbor.encode([f"chancery/{kind}/1", b"x"])
    # A transfer begins with the length of its first piece.
    return len(whole).to_bytes(4, "big") + whole if kind == "transfer" else whole


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_kind_is_replaced_and_another_is_not(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file"
    write_bytes(path, made(kind))
    demand_place(path, kind)
    write_bytes(path, made(kind) + b"newer")
    for other in (*KINDS, OTHER):
        if other != kind:
            with pytest.raises(OutputKindError):
                demand_place(path, other)


@pytest.mark.parametrize(
    "data", [b"", b"chancery/evidence/1", b"a text about chancery/evidence/1", b"\xffchancery/Evidence/1"]
)
def test_what_is_none_of_ours(data: bytes) -> None:
    assert kind_of(data) == OTHER
