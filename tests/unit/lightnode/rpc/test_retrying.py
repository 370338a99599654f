"""Which trouble a node is asked again after, how long is waited, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from lightnode.rpc import errors
from lightnode.rpc.retrying import Pauses, Retrying

PAUSES = Pauses(tries=5, first=1.0, longest=6.0, budget=60.0)


class Clock:
    """Time that passes only by waiting, and by asking where `each` says so."""

    def __init__(self, chance: float = 1.0, each: float = 0.0) -> None:
        self.now = 0.0
        self.waited: list[float] = []
        self.chance, self.each = chance, each

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def retrying(self, pauses: Pauses = PAUSES) -> Retrying:
        return Retrying(pauses, self.sleep, lambda: self.chance, lambda: self.now)

    def script(self, *answers: Any) -> Any:
        left = list(answers)

        def question() -> Any:
            self.now += self.each
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return question


PASSING = [
    errors.BusyError("busy"),
    errors.BrokenError("reset"),
    errors.MissingAnswerError("behind"),
    errors.StateMissingError("behind"),
]
FINAL = [
    errors.RefusedError(-32000, "no"),
    errors.WrongAnswerError("mixed up"),
    errors.OtherBlockError("7 for 8"),
    errors.BadJsonError("no json"),
    errors.TooBigError("big"),
    errors.HttpStatusError("404"),
    errors.RedirectError("302"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: error.code)
def test_what_passes_is_asked_again(error: errors.RpcError) -> None:
    clock = Clock()
    assert clock.retrying().ask(clock.script(error, error, 7)) == 7
    assert clock.waited == [1.0, 2.0]


@pytest.mark.parametrize("error", FINAL, ids=lambda error: error.code)
def test_what_is_final_is_not_asked_again(error: errors.RpcError) -> None:
    clock = Clock()
    with pytest.raises(type(error)):
        clock.retrying().ask(clock.script(error, 7))
    assert clock.waited == []


@pytest.mark.parametrize("error", [errors.UnreachableError("nobody"), errors.DeadlineError("slow")])
def test_a_server_that_never_answered_is_not_waited_for(error: errors.RpcError) -> None:
    clock = Clock()
    retrying = clock.retrying()
    with pytest.raises(type(error)):
        retrying.ask(clock.script(error, 7))
    assert retrying.ask(clock.script(1)) == 1
    assert retrying.ask(clock.script(error, 7)) == 7
    assert clock.waited == [1.0]


def test_a_refusal_is_an_answer() -> None:
    clock = Clock()
    retrying = clock.retrying()
    with pytest.raises(errors.RefusedError):
        retrying.ask(clock.script(errors.RefusedError(-1, "no")))
    assert retrying.ask(clock.script(errors.DeadlineError("slow"), 7)) == 7


def test_pauses_grow_up_to_the_longest_and_attempts_end() -> None:
    clock = Clock()
    with pytest.raises(errors.BusyError):
        clock.retrying().ask(clock.script(*[errors.BusyError("busy")] * 9))
    assert clock.waited == [1.0, 2.0, 4.0, 6.0]


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.999])
def test_chance_takes_at_most_half_of_a_pause(chance: float) -> None:
    clock = Clock(chance)
    clock.retrying().ask(clock.script(*PASSING[:2], 7))
    assert clock.waited == [1.0 * (0.5 + chance / 2), 2.0 * (0.5 + chance / 2)]


@pytest.mark.parametrize(("after", "waited"), [(None, 1.0), (0.0, 1.0), (3.0, 3.0), (99_999.0, 6.0)])
def test_a_busy_servers_wish_is_heard_within_bounds(after: float | None, waited: float) -> None:
    clock = Clock()
    clock.retrying().ask(clock.script(errors.BusyError("busy", after), 7))
    assert clock.waited == [waited]


def test_no_attempt_begins_after_the_budget_and_all_questions_of_a_call_share_it() -> None:
    clock = Clock(each=9.0)
    call = clock.retrying(Pauses(tries=5, first=1.0, longest=6.0, budget=30.0)).begin()
    busy = errors.BusyError("busy")
    assert call.ask(clock.script(busy, busy, 7)) == 7
    assert clock.now == 30.0
    with pytest.raises(errors.BusyError):
        call.ask(clock.script(busy, 7))
    assert clock.now == 39.0
