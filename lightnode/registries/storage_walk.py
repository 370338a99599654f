"""Reading storage in rounds: a plan names the slots it needs next, the caller proves them, until the value is whole (Q1).

A plan is a generator that yields slots and is sent their words; `ask`, `together` and `yield from` make large plans of
small ones. Nothing here asks a server.

Invariants: a plan is given exactly the words it asked for, all of one state; rounds and slots are bounded, whatever the
words say; a word once proven is not asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from lightnode.registries.errors import WalkLimitError, WordsMissingError

T = TypeVar("T")
Plan: TypeAlias = Generator[tuple[int, ...], Mapping[int, int], T]
Prove: TypeAlias = Callable[[tuple[int, ...]], Mapping[int, int]]

_WORD = 1 << 256


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """How much one reading may take.

    Attributes:
        rounds: questions that depend on one another.
        slots: words in all.
    """

    rounds: int = 24
    slots: int = 8192


class Walk(Generic[T]):
    """One reading as it goes on.

    Attributes:
        wanted: the slots to be proven next; empty when the value is whole.
        rounds: how often words were taken.
        slots: how many words were taken.
    """

    def __init__(self, plan: Plan[T], limits: WalkLimits | None = None) -> None:
        """Begin a plan.

        Raises:
            WalkLimitError: its first round is too large.
        """
        self._plan, self._limits = plan, limits or WalkLimits()
        self._words: dict[int, int] = {}
        self._value: list[T] = []
        self._asked: tuple[int, ...] = ()
        self.wanted: tuple[int, ...] = ()
        self.rounds = 0
        self._go_on(None)

    @property
    def slots(self) -> int:
        """How many words were taken."""
        return len(self._words)

    @property
    def value(self) -> T:
        """Give what was read.

        Raises:
            WordsMissingError: words are still wanted.
        """
        if not self._value:
            raise WordsMissingError(f"{len(self.wanted)} words of storage are still to be proven.")
        return self._value[0]

    def take(self, words: Mapping[int, int]) -> None:
        """Take the words of the slots wanted.

        Raises:
            WordsMissingError: some are not there, or are no words.
            WalkLimitError: the reading asks for too much.
            StorageFormError: the words are no value of the layout.
        """
        for slot in self.wanted:
            word = words.get(slot)
            if word is None or not 0 <= word < _WORD:
                raise WordsMissingError(f"The word in slot {slot:#x} is not proven.")
            self._words[slot] = word
        self.rounds += 1
        self._go_on({slot: self._words[slot] for slot in self._asked})

    def _go_on(self, words: Mapping[int, int] | None) -> None:
        try:
            self._asked = next(self._plan) if words is None else self._plan.send(words)
            self.wanted = self._new(self._asked)
            while not self.wanted:
                self._asked = self._plan.send({slot: self._words[slot] for slot in self._asked})
                self.wanted = self._new(self._asked)
        except StopIteration as done:
            self.wanted = ()
            self._value.append(done.value)
            return
        if self.rounds >= self._limits.rounds or len(self._words) + len(self.wanted) > self._limits.slots:
            raise WalkLimitError(
                f"The reading would take more than {self._limits.rounds} rounds or {self._limits.slots} words."
            )

    def _new(self, asked: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(slot for slot in dict.fromkeys(asked) if slot not in self._words)


def walk(plan: Plan[T], prove: Prove, limits: WalkLimits | None = None) -> T:
    """Read a value, round by round.

    Args:
        plan: of the value.
        prove: gives the proven words of slots, all in one state.
        limits: of this reading.

    Raises:
        WordsMissingError: `prove` left a slot out.
        WalkLimitError: the reading asks for too much.
        StorageFormError: the words are no value of the layout.
        LightNodeError: what `prove` raises.
    """
    going = Walk(plan, limits)
    while going.wanted:
        going.take(prove(going.wanted))
    return going.value


def missing_slots(plan: Plan[T], read: Callable[[int], int | None]) -> tuple[int, ...]:
    """Give the slots that a reading needs next beyond the words at hand; none where they suffice.

    Args:
        plan: a fresh one.
        read: gives a proven word, or None where a slot is not proven.

    Raises:
        WalkLimitError: the reading asks for too much.
        StorageFormError: the words are no value of the layout.
    """
    going = Walk(plan)
    while going.wanted:
        known = {slot: word for slot in going.wanted if (word := read(slot)) is not None}
        if len(known) < len(going.wanted):
            return tuple(slot for slot in going.wanted if slot not in known)
        going.take(known)
    return ()


def ask(*slots: int) -> Plan[tuple[int, ...]]:
    """Read words, in the order of the slots."""
    words = yield slots
    return tuple(words[slot] for slot in slots)


def together(plans: Sequence[Plan[T]]) -> Plan[list[T]]:
    """Read several values side by side, so that they share their rounds."""
    values: dict[int, T] = {}
    waiting: dict[int, tuple[int, ...]] = {}

    def step(at: int, words: Mapping[int, int] | None) -> None:
        try:
            waiting[at] = next(plans[at]) if words is None else plans[at].send(words)
        except StopIteration as done:
            waiting.pop(at, None)
            values[at] = done.value

    for at in range(len(plans)):
        step(at, None)
    while waiting:
        words = yield tuple(dict.fromkeys(slot for slots in waiting.values() for slot in slots))
        for at, slots in list(waiting.items()):
            step(at, {slot: words[slot] for slot in slots})
    return [values[at] for at in range(len(plans))]
