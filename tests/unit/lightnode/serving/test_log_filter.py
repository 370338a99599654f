"""The filter of eth_getLogs."""

from __future__ import annotations

from typing import Any

import pytest

from lightnode.errors import WireError
from lightnode.serving.log_filter import read_log_filter
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32

HERE, THERE = f"0x{'11' * 20}", f"0x{'22' * 20}"
ONE, TWO = f"0x{'aa' * 32}", f"0x{'bb' * 32}"
LOG = Log(Address(b"\x11" * 20), (Hash32(b"\xaa" * 32), Hash32(b"\xbb" * 32)), b"")


@pytest.mark.parametrize(
    ("wanted", "accepted"),
    [
        ({}, True),
        ({"address": None, "topics": None}, True),
        ({"address": HERE}, True),
        ({"address": HERE.upper().replace("0X", "0x")}, True),
        ({"address": [THERE, HERE]}, True),
        ({"address": THERE}, False),
        ({"address": []}, False),
        ({"topics": []}, True),
        ({"topics": [ONE]}, True),
        ({"topics": [TWO]}, False),
        ({"topics": [None, TWO]}, True),
        ({"topics": [[ONE, TWO], [ONE, TWO]]}, True),
        ({"topics": [[], [TWO]]}, True),
        ({"topics": [[None], TWO]}, True),
        ({"topics": [ONE, ONE]}, False),
        ({"topics": [ONE, TWO, None]}, False),
    ],
)
def test_a_log_is_wanted_or_not(wanted: dict[str, Any], accepted: bool) -> None:
    assert read_log_filter(wanted).accepts(LOG) is accepted


@pytest.mark.parametrize(
    "wanted",
    [
        {"address": 1}, {"address": "0x11"}, {"address": [HERE] * 1025}, {"topics": ONE}, {"topics": [1]},
        {"topics": [ONE] * 5}, {"topics": [[ONE] * 1025]}, {"topics": [[[ONE]]]}, {"topics": {}}, {"address": {}},
    ],
)  # fmt: skip
def test_anything_else_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        read_log_filter(wanted)
