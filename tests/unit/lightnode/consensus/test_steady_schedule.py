"""A remembered schedule answers as the schedule does, at every height around every change, in any order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from lightnode.consensus.extra_data import BftRules
from lightnode.consensus.schedule import Change, Engine, Schedule
from lightnode.consensus.steady_schedule import SteadySchedule
from lightnode.wire.curve import Curve
from lightnode.wire.types import ZERO_ADDRESS, Address
from tests.support.recorded_networks import NETWORKS, config

CONTRACT = Address(b"\7" * 20)
SET = (Address(b"\1" * 20),)
MADE = Schedule(
    "besu", Curve.SECP256K1,
    (Engine(0, BftRules.IBFT2, 5, 0), Engine(12, BftRules.QBFT, 7, 11)),
    (Change(0, 2), Change(4, 1, CONTRACT), Change(5, None, None, SET), Change(9, 0, ZERO_ADDRESS), Change(20, 3, CONTRACT, SET)),
    8,
)  # fmt: skip
SCHEDULES = [
    *(pytest.param(config(network).schedule, id=network) for network in NETWORKS),
    pytest.param(MADE, id="made-besu"),
    pytest.param(replace(MADE, client="goquorum"), id="made-goquorum"),
]


def answers(schedule: Schedule | SteadySchedule, height: int) -> tuple[object, ...]:
    return (
        schedule.rules(height), schedule.period_seconds(height), schedule.contract(height), schedule.override(height),
        schedule.is_epoch(height), schedule.possible_rules(), schedule.client, schedule.london_block,
    )  # fmt: skip


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_same_answers_at_every_height_in_any_order(schedule: Schedule) -> None:
    bounds = {
        start + by
        for change in (*schedule.engines, *schedule.changes)
        for start in [change.start]
        for by in range(-2, 4)
    }
    epochs = {engine.epoch_base + n * engine.epoch_length for engine in schedule.engines for n in range(3)}
    heights = sorted({height for height in {*range(40), *bounds, *epochs, 1 << 40} if height >= 0})
    steady = SteadySchedule(schedule)
    shuffled = heights * 2
    random.Random(4).shuffle(shuffled)
    for height in [*heights, *reversed(heights), *shuffled]:
        assert answers(steady, height) == answers(schedule, height), height
