"""Troubles that are known before the device is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.services import preflight
from desktop.services.job import Job, JobState
from desktop.services.job_errors import (
    BalanceLowError,
    FeePolicyError,
    JobStepError,
    NonceGapError,
    StillNetworkError,
    TooSoonError,
)
from desktop.services.preflight import NetworkView
from firmware_bridge.errors import StaleTimeError
from lightnode.wire.curve import Curve
from lightnode.wire.transaction import UnsignedTransaction
from lightnode.wire.types import address, hash32

VIEW = NetworkView(10, 1_000_000, 2, 2, None, 30_000_000, 4, 4, 0, 0)
ME = address(b"\x01" * 20)


def test_a_network_that_stands_still() -> None:
    preflight.demand_moving(VIEW, VIEW.time + 120)
    with pytest.raises(StillNetworkError):
        preflight.demand_moving(VIEW, VIEW.time + 121)
    preflight.demand_moving(replace(VIEW, period=60), VIEW.time + 1200)
    # One that makes no empty blocks has long gaps by nature.
    preflight.demand_moving(replace(VIEW, longest_gap=4000), VIEW.time + 12_000)


def test_the_time_limit_is_neither_too_near_nor_too_far() -> None:
    assert preflight.choose_not_after(VIEW, VIEW.time, None) == VIEW.time + 2 * 86_400
    assert preflight.choose_not_after(VIEW, VIEW.time, VIEW.time + 60) == VIEW.time + 60
    for asked in (0, VIEW.time, VIEW.time + 59, VIEW.time + 30 * 86_400 + 1):
        with pytest.raises(TooSoonError):
            preflight.choose_not_after(VIEW, VIEW.time, asked)
    # This computer's clock may be ahead of the network's.
    with pytest.raises(TooSoonError):
        preflight.choose_not_after(VIEW, VIEW.time + 100, VIEW.time + 130)


def test_a_signer_whose_time_is_old_is_foreseen() -> None:
    preflight.demand_signer_time(100, None, 14)
    preflight.demand_signer_time(114, 100, 14)
    with pytest.raises(StaleTimeError):
        preflight.demand_signer_time(115, 100, 14)


@pytest.mark.parametrize(
    ("view", "price"),
    [
        (VIEW, 0),
        (replace(VIEW, gas_price=1000, balance=10**12), 1000),
        (replace(VIEW, gas_price=5, base_fee=7, balance=10**12), 7),
        (replace(VIEW, gas_price=9, base_fee=7, balance=None), 9),
        (replace(VIEW, base_fee=0), 0),
        (replace(VIEW, balance=None), 0),
    ],
)
def test_the_price_is_what_node_and_base_fee_ask(view: NetworkView, price: int) -> None:
    assert preflight.choose_gas_price(view, 100_000, 1000) == price


@pytest.mark.parametrize("view", [replace(VIEW, base_fee=1001), replace(VIEW, gas_price=1001)])
def test_a_price_above_the_policy_is_said_with_both_numbers(view: NetworkView) -> None:
    with pytest.raises(FeePolicyError, match=r"1001 wei.* 1000\."):
        preflight.choose_gas_price(replace(view, balance=10**12), 10, 1000)


@pytest.mark.parametrize("view", [replace(VIEW, base_fee=7), replace(VIEW, gas_price=7, balance=699_999)])
def test_a_price_that_the_account_cannot_pay(view: NetworkView) -> None:
    with pytest.raises(BalanceLowError, match="700000 wei"):
        preflight.choose_gas_price(view, 100_000, 7)


def test_a_profile_without_fee_is_not_made_for_a_network_with_one() -> None:
    preflight.demand_genesis_within_policy(False, 0)
    preflight.demand_genesis_within_policy(True, 7)
    with pytest.raises(FeePolicyError, match=r"7 wei.*allows 6\."):
        preflight.demand_genesis_within_policy(True, 6)


def test_gas_has_a_margin_within_the_block() -> None:
    assert preflight.gas_with_margin(100_000, 30_000_000) == 145_000
    assert preflight.gas_with_margin(100_000, 120_000) == 120_000


def job(state: JobState, nonce: int, sender: bytes = ME) -> Job:
    fields = UnsignedTransaction(0, 0x43480001, nonce, 0, None, None, 21_000, address(b"\x02" * 20), 0, b"")
    return Job(
        "j", state, "training", hash32(bytes(32)), Curve.SECP256K1, "t", "t", "k", address(sender),
        fields.signing_payload(), b"", None, None, 1, 1, bytes(16),
    )  # fmt: skip


def test_the_number_waits_for_earlier_acts_of_the_same_key() -> None:
    assert preflight.choose_nonce(replace(VIEW, pending_nonce=5), ME, [job(JobState.SENT, 4)]) == 5
    others = [job(JobState.SIGNED, 4, b"\x09" * 20), job(JobState.DRAFTED, 4), job(JobState.INCLUDED, 4)]
    assert preflight.choose_nonce(VIEW, ME, others) == 4
    for state in (JobState.APPROVED, JobState.SIGNED, JobState.SENT):
        with pytest.raises(JobStepError):
            preflight.choose_nonce(VIEW, ME, [job(state, 4)])


def test_a_number_far_ahead_of_the_recorded_ones_is_not_taken() -> None:
    assert preflight.choose_nonce(replace(VIEW, pending_nonce=20), ME, []) == 20
    assert preflight.choose_nonce(replace(VIEW, nonce=6, pending_nonce=4), ME, []) == 6
    for nonce, pending in ((4, 21), (4, 504), (4, 2**64 - 1), (2**64 - 1, 2**64 - 1)):
        with pytest.raises(NonceGapError):
            preflight.choose_nonce(replace(VIEW, nonce=nonce, pending_nonce=pending), ME, [])
