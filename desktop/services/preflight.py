"""What can be known before the device is asked (foundations section 8); pure rules over what a node and signer say.

Invariants: each trouble is one leaf of `job_errors`; nothing here is believed later without proof, a lie only costs time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from desktop.services.job import Job, JobState
from desktop.services.job_errors import (
    BalanceLowError,
    FeePolicyError,
    JobStepError,
    NonceGapError,
    StillNetworkError,
    TooSoonError,
)
from firmware_bridge.errors import StaleTimeError
from lightnode.consensus.genesis import LEAST_BASE_FEE
from lightnode.wire.types import Address

LEAST_STILL_SECONDS = 120
LEAST_TIME_SECONDS = 60
DEFAULT_SPAN_SECONDS = 2 * 86_400
MAX_SPAN_SECONDS = 30 * 86_400
GAS_MARGIN_PERCENT = 25
GAS_MARGIN = 20_000
# An office sends its acts one by one; a number far ahead of the recorded ones would wait in vain.
MAX_WAITING = 16
MAX_NONCE = 1 << 48


@dataclass(frozen=True, slots=True)
class NetworkView:
    """What a node says before an act is drafted.

    Attributes:
        height: its newest block, verified by the light client.
        time: that block's time, unix seconds.
        period: least seconds between blocks.
        longest_gap: most seconds between two of the last blocks; some networks make none while nobody sends.
        base_fee: of that block, None where the network has none.
        gas_limit: of that block.
        nonce: the account's next number in that block, proven where the node proves it.
        pending_nonce: the same with waiting transactions counted, by the node's word.
        balance: of the account, in wei, proven likewise; None where nothing is known.
        gas_price: asked by the node, in wei; 0 where it asks none, or does not tell.
    """

    height: int
    time: int
    period: int
    longest_gap: int
    base_fee: int | None
    gas_limit: int
    nonce: int
    pending_nonce: int
    balance: int | None
    gas_price: int


def demand_moving(view: NetworkView, now: int) -> None:
    """Demand that the network makes blocks.

    Raises:
        StillNetworkError: the newest block is old by any measure.
    """
    age = now - view.time
    if age > still_seconds(view.period, view.longest_gap):
        raise StillNetworkError(f"The network's newest block, {view.height}, is {age} seconds old.")


def still_seconds(period: int, longest_gap: int) -> int:
    """Give the age of a newest block from which a network counts as standing still."""
    return max(LEAST_STILL_SECONDS, 20 * period, 3 * longest_gap)


def choose_not_after(view: NetworkView, now: int, asked: int | None) -> int:
    """Settle the last block time at which the act may take effect.

    Args:
        view: of the network.
        now: unix seconds.
        asked: by the person, or None for the default span.

    Raises:
        TooSoonError: it ends before a block or two can be made, or is further away than the register takes.
    """
    start = max(view.time, now)
    chosen = start + DEFAULT_SPAN_SECONDS if asked is None else asked
    if chosen - start < max(LEAST_TIME_SECONDS, 5 * view.period):
        raise TooSoonError("The time limit leaves no time to record the act.")
    if chosen - view.time > MAX_SPAN_SECONDS:
        raise TooSoonError("The time limit lies more than 30 days ahead, which the register refuses.")
    return chosen


def demand_signer_time(not_after: int, newest_signed_time: int | None, span_seconds: int | None) -> None:
    """Foresee the signer's refusal of a time limit too far from its newest signed time.

    Args:
        not_after: of the act.
        newest_signed_time: what the signer says; None where it says nothing.
        span_seconds: of its policy.

    Raises:
        StaleTimeError: the signer would refuse.
    """
    if newest_signed_time is None or span_seconds is None:
        return
    if not_after > newest_signed_time + span_seconds:
        days = (not_after - newest_signed_time) // 86_400
        raise StaleTimeError(f"The signer's newest signed time lies {days} days before the act's time limit.")


def demand_within_policy(asked: int, limit: int) -> None:
    """Demand that the profile's policy allows the fee that a network asks.

    Besu's eth_gasPrice is never below the fee that the node demands, and GoQuorum's is zero where gas is free.

    Args:
        asked: wei a unit of gas.
        limit: highest price that the profile's policy allows.

    Raises:
        FeePolicyError: it does not.
    """
    if asked > limit:
        raise FeePolicyError(f"The network asks {asked} wei for a unit of gas; the profile allows {limit}.")


def fee_warning(base_fee: bool, limit: int) -> str | None:
    """Say that nothing could be recorded under a profile about to be made; None where it could.

    Args:
        base_fee: whether the genesis file describes a network with one.
        limit: highest price that the profile would allow.
    """
    try:
        demand_genesis_within_policy(base_fee, limit)
    except FeePolicyError as error:
        return f"{error.text} The profile serves to verify; acts under it are refused."
    return None


def demand_genesis_within_policy(base_fee: bool, limit: int) -> None:
    """Demand that a set-up about to be made allows at least the lowest base fee of its network.

    Args:
        base_fee: whether the genesis file describes a network with one.
        limit: highest price that the profile would allow.

    Raises:
        FeePolicyError: no act could ever be recorded.
    """
    if base_fee and limit < LEAST_BASE_FEE:
        raise FeePolicyError(
            f"The genesis file describes a network with a base fee of at least {LEAST_BASE_FEE} wei for a unit of gas; "
            f"--max-gas-price allows {limit}."
        )


def choose_gas_price(view: NetworkView, gas: int, limit: int) -> int:
    """Settle the price per gas: what the node and the base fee ask, within the policy and the account's balance.

    Args:
        view: of the network and the account.
        gas: limit of the transaction.
        limit: highest price that the profile's policy allows.

    Raises:
        FeePolicyError: the network asks more.
        BalanceLowError: the account cannot pay.
    """
    price = max(view.gas_price, view.base_fee or 0)
    demand_within_policy(price, limit)
    if view.balance is not None and price * gas > view.balance:
        raise BalanceLowError(f"The act costs up to {price * gas} wei; the account has {view.balance}.")
    return price


def demand_gas_policy(estimate: int, limit: int) -> None:
    """Refuse a call that needs more gas than the profile's policy allows; the signer would refuse it too.

    Raises:
        FeePolicyError: it needs more.
    """
    if estimate > limit:
        raise FeePolicyError(f"The act needs {estimate} units of gas; the profile allows {limit}.")


def gas_with_margin(estimate: int, block_limit: int) -> int:
    """Give the gas limit for an estimate: a margin above it, within the block."""
    return min(estimate + estimate * GAS_MARGIN_PERCENT // 100 + GAS_MARGIN, block_limit)


def choose_nonce(view: NetworkView, sender: Address, unfinished: Iterable[Job]) -> int:
    """Settle the account's number for a new act.

    Args:
        view: of the account.
        sender: the account.
        unfinished: stored jobs that are neither proven nor failed.

    Raises:
        JobStepError: an earlier act of this account was signed, or may have been, and is not on its way.
        NonceGapError: the node counts more waiting transactions of this account than can be believed.
    """
    following = max(view.nonce, view.pending_nonce)
    for job in unfinished:
        if job.sender != sender or job.state in (JobState.DRAFTED, JobState.INCLUDED):
            continue
        if job.fields.nonce >= following:
            raise JobStepError(
                f"The earlier act {job.identifier} of this key is {job.state.value} and not yet on its way. Type "
                f"`chancery jobs resume {job.identifier}` to carry it on, or `chancery jobs drop {job.identifier}` to "
                "give it up, each with the --rpc, --profile, --signer and --home used for it (drop takes no --signer)."
            )
    if following - view.nonce > MAX_WAITING or following > MAX_NONCE:
        raise NonceGapError(f"The node says that the account's next number is {following}; {view.nonce} are recorded.")
    return following
