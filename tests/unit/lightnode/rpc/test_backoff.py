"""Trouble that passes is waited out, within bounds; everything else is said at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lightnode.consensus.errors import NumberError
from lightnode.errors import LightNodeError
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.rpc.backoff import Backoff
from lightnode.rpc.errors import (
    BadJsonError,
    BusyServerError,
    DeadlineError,
    HttpStatusError,
    RefusedError,
    TooBigError,
    UnreachableError,
    WrongAnswerError,
)
from lightnode.rpc.ledger import Ledger
from tests.support.made_chain import MadeChain

PASSING = [DeadlineError("late"), UnreachableError("gone"), BusyServerError("busy")]
LASTING = [
    RefusedError(-32601, "no"),
    TooBigError("big"),
    BadJsonError("bad"),
    WrongAnswerError("other"),
    HttpStatusError("301"),
]


class Trouble:
    """Fails some times, then answers."""

    def __init__(self, *errors: LightNodeError) -> None:
        self.errors, self.asked = list(errors), 0

    def __call__(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def backoff(slept: list[float], chance: float = 0.0, **more: Any) -> Backoff:
    return Backoff(sleep=slept.append, chance=lambda: chance, **more)


@pytest.mark.parametrize("error", PASSING)
def test_trouble_that_passes_is_waited_out_with_longer_pauses(error: LightNodeError) -> None:
    slept: list[float] = []
    assert backoff(slept).again(Trouble(error, error, error)) == "answer"
    assert slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("error", LASTING)
def test_what_does_not_pass_is_said_at_once(error: LightNodeError) -> None:
    slept: list[float] = []
    asked = Trouble(error)
    with pytest.raises(type(error)):
        backoff(slept).again(asked)
    assert (slept, asked.asked) == ([], 1)


def test_tries_pauses_and_their_sum_are_bounded() -> None:
    slept: list[float] = []
    asked = Trouble(*[DeadlineError("late")] * 99)
    with pytest.raises(DeadlineError):
        backoff(slept).again(asked)
    assert (asked.asked, slept) == (5, [0.5, 1.0, 2.0, 4.0])
    slept.clear()
    with pytest.raises(DeadlineError):
        backoff(slept, tries=99).again(Trouble(*[DeadlineError("late")] * 99))
    assert sum(slept) <= 30
    assert max(slept) <= 8


@pytest.mark.parametrize(("wanted", "slept"), [(3.0, 3.0), (86_400.0, 8.0), (0.0, 0.0), (None, 0.5)])
def test_a_busy_server_is_heeded_within_bounds(wanted: float | None, slept: float) -> None:
    pauses: list[float] = []
    backoff(pauses).again(Trouble(BusyServerError("busy", wanted)))
    assert pauses == [slept]


def test_chance_shortens_a_pause_by_up_to_half() -> None:
    pauses: list[float] = []
    backoff(pauses, chance=1.0).again(Trouble(DeadlineError("late")))
    assert pauses == [0.25]


class Node:
    """Answers batches of blocks; a batch larger than it can send is too big."""

    url = "http://node"

    def __init__(self, most: int, give: Callable[[int], int] = lambda height: height) -> None:
        self.chain, self.most, self.give, self.sizes = MadeChain(), most, give, list[int]()
        for _ in range(9):
            self.chain.block()

    def batch(self, calls: list[Any]) -> list[Any]:
        self.sizes.append(len(calls))
        if len(calls) > self.most:
            raise TooBigError("The answer exceeds the cap.")
        return [self.chain.printed(self.give(int(params[0], 16))) for _, params in calls]


def test_a_batch_whose_answer_is_too_large_is_asked_for_in_parts() -> None:
    node = Node(most=2)
    found = LedgerSource(Ledger(node)).headers(range(1, 10))  # type: ignore[arg-type]
    assert [one.header.number for one in found] == list(range(1, 10))
    assert max(size for size in node.sizes if size <= 2) == 2
    with pytest.raises(TooBigError):
        LedgerSource(Ledger(Node(most=0))).headers([1, 2])  # type: ignore[arg-type]


def test_another_block_than_was_asked_for_is_an_error() -> None:
    source = LedgerSource(Ledger(Node(most=9, give=lambda height: 7)))  # type: ignore[arg-type]
    assert source.headers([7])[0].header.number == 7
    with pytest.raises(NumberError, match="block 7 where block 8"):
        source.headers([8])
