"""Who gives way where too many connections are open, and who is late."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from lightnode.serving.connections import Connections

Pair = tuple[socket.socket, socket.socket]


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        self.time += 0.001
        return self.time


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    made = [socket.socketpair() for _ in range(5)]
    try:
        yield made
    finally:
        for pair in made:
            for end in pair:
                end.close()


def is_cut(pair: Pair) -> bool:
    pair[1].settimeout(0.05)
    try:
        return pair[1].recv(1) == b""
    except TimeoutError:
        return False


def test_the_longest_unfinished_one_gives_way(pairs: list[Pair]) -> None:
    held = Connections(3, 30, Clock())
    for pair in pairs[:3]:
        assert held.admit(pair[0])
    held.answering(pairs[0][0])
    held.reading(pairs[1][0])
    assert held.admit(pairs[3][0])
    assert [is_cut(pair) for pair in pairs] == [False, False, True, False, False]
    assert len(held) == 3
    # Its thread may still say what it does, and that it ended.
    held.answering(pairs[2][0])
    held.gone(pairs[2][0])
    assert len(held) == 3


def test_where_all_are_being_answered_a_new_one_is_turned_away(pairs: list[Pair]) -> None:
    held = Connections(2, 30, Clock())
    for pair in pairs[:2]:
        assert held.admit(pair[0])
        held.answering(pair[0])
    assert not held.admit(pairs[2][0])
    held.gone(pairs[0][0])
    assert held.admit(pairs[2][0])
    assert not any(is_cut(pair) for pair in pairs)


def test_a_request_that_is_late_is_cut_and_an_answer_never(pairs: list[Pair]) -> None:
    clock = Clock()
    held = Connections(5, 30, clock)
    for pair in pairs[:3]:
        held.admit(pair[0])
    held.answering(pairs[0][0])
    clock.time += 20
    held.reading(pairs[1][0])
    clock.time += 11
    held.cut_late()
    assert [is_cut(pair) for pair in pairs[:3]] == [False, False, True]
    clock.time += 20
    held.cut_late()
    assert [is_cut(pair) for pair in pairs[:2]] == [False, True]
    assert len(held) == 1
