"""Whole chains of a second model: every engine, size, fork and epoch, with votes of every kind, verified from genesis."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.support.made_chain import FORKS, MadeChain

ENGINES = [("besu", "qbft"), ("besu", "ibft2"), ("goquorum", "qbft"), ("goquorum", "ibft1")]
SIZES = range(1, 31)
EPOCHS = (1, 2, 3, 7, 30_000)
Case = tuple[tuple[str, str], int, str, int]
MATRIX: list[Case] = [
    (engine, size, fork, epoch)
    for engine, size, fork, epoch in itertools.product(ENGINES, SIZES, FORKS, EPOCHS)
    if engine[0] == "besu" or fork == "berlin"
]
# Every engine with every epoch and the smallest sizes, where thresholds and quorums differ most, then a seeded draw.
SAMPLE = [case for case in MATRIX if case[1] in (1, 2, 4) and case[2] == "berlin"]
SAMPLE += random.Random(17).sample(MATRIX, 24)


def grow(case: Case) -> MadeChain:
    """Make a chain of votes that pass, lapse, are taken back, or mean nothing."""
    (client, engine), size, fork, epoch = case
    draw = random.Random(repr(case))
    chain = MadeChain(client, engine, size, fork=fork, epoch=epoch)
    candidates = [chain.new_member((size, index)) for index in range(3)]
    about, add = draw.choice(candidates), True
    for _ in range(draw.randint(6, 10) + min(size, 8)):
        members = chain.members()
        if draw.random() < 0.25:
            about = draw.choice(candidates + (members if len(members) > 1 else []))
            add = about not in members
        if draw.random() < 0.1:
            add = not add
        # Nobody could go on after the last member.
        voting = draw.random() < 0.8 and (add or len(members) > 1)
        chain.block(
            vote=(about, add) if voting else None, number=draw.choice((0, 0, 1, 2, 300)) if engine != "ibft1" else 0,
            proposer=draw.choice(members),
        )  # fmt: skip
    return chain


def check(case: Case) -> None:
    """Demand that the whole chain is proven and its next set found, and that one seal fewer is too few."""
    chain = grow(case)
    for lines in (chain.raw_lines(), chain.json_lines()):
        report = chain.verify(lines)
        assert report.failure is None, (case, report.failure)
        assert report.block_hash == chain.hashes[-1]
        assert report.validators == tuple(chain.members())
    needed = -(-2 * len(chain.members()) // 3)
    chain.block(count=needed - 1)
    report = chain.verify(chain.raw_lines())
    assert report.failure is not None
    assert (report.failure.code, report.height) == ("SEAL-QUORUM", chain.height - 1)


@pytest.mark.parametrize("case", SAMPLE, ids=str)
def test_sample(case: Case) -> None:
    check(case)


@pytest.mark.full
@pytest.mark.parametrize("engine", ENGINES, ids="-".join)
@pytest.mark.parametrize("size", SIZES)
def test_matrix(engine: tuple[str, str], size: int) -> None:
    for case in MATRIX:
        if case[:2] == (engine, size):
            check(case)
