"""Verifying headers in order takes the same memory however many there are."""

from __future__ import annotations

import pytest

from tests.bench.header_memory import peak_mib


def test_memory_does_not_grow_with_the_chain() -> None:
    short, long = peak_mib(1_000), peak_mib(8_000)
    # A header that were kept would take 2 KiB at least: 14 MiB for these.
    assert long < short + 4
    assert long < 200


@pytest.mark.full
def test_a_million_headers_take_less_than_200_mib() -> None:
    assert peak_mib(1_000_000) < 200
