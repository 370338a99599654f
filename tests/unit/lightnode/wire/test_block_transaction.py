"""What of a block's transactions this program reads, and that the bytes of all others are kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.wire import rlp
from lightnode.wire.block_transaction import block_transaction, block_transaction_from_json
from lightnode.wire.keccak import keccak256
from lightnode.wire.transaction import MAX_BYTES
from tests.unit.lightnode.wire.test_transaction_body import KINDS, Made, legacy

READ = {"before EIP-155", "EIP-155", "access list", "dynamic fee"}


@pytest.mark.parametrize("name", KINDS)
def test_the_bytes_of_every_kind_are_kept_and_the_meaning_of_our_own(name: str) -> None:
    raw, shown = KINDS[name][1]
    found = block_transaction_from_json(shown)
    assert (found.raw, found.hash()) == (raw, keccak256(raw))
    if name in READ:
        assert found.signed is not None
        assert found.signed.encode() == raw
    else:
        assert found.signed is None


@pytest.mark.parametrize("made", [legacy(37, 1), legacy(38, 1), legacy(37), legacy(38, 1337)])
def test_a_private_transaction_says_nothing(made: Made) -> None:
    """Its input is no calldata, whatever chain id a node prints beside it."""
    assert block_transaction_from_json(made[1]).signed is None


def test_one_larger_than_our_own_limit_is_kept() -> None:
    raw = rlp.encode([b"", b"", b"\1", b"\2" * 20, b"", bytes(MAX_BYTES), b"\x1b", b"\1", b"\1"])
    assert block_transaction(raw).signed is None
    assert block_transaction(raw).raw == raw


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=80))
def test_any_bytes_are_kept(raw: bytes) -> None:
    found = block_transaction(raw)
    assert found.raw == raw
    assert found.signed is None or found.signed.encode() == raw
