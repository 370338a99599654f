"""What a profile says beside the rules of its headers: forks, how seals are counted, periods (members 13, 15, 16, 17).

Invariants: a member that says nothing is absent, so that a profile without them has the bytes it always had; forks stand
in the order in which they begin, blocks before times, each once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.wire import cbor
from lightnode.wire.plain_text import is_sentence_part
from lightnode.wire.profile_members import ProfileError, read_uint

BLOCK = "block"
TIME = "time"
COUNTINGS = ("strict", "tolerant")
MAX_FORKS = 64
MAX_REASON = 200
# A hundred years, and an hour: more than any genuine value.
MAX_PERIOD_SECONDS = 100 * 365 * 86_400
MAX_SPACING_MILLISECONDS = 3_600_000
_NAME = re.compile(r"[a-z][a-z0-9]{0,31}", re.ASCII)
_WAYS = (BLOCK, TIME)


@dataclass(frozen=True, slots=True)
class Fork:
    """A fork as the genesis file has it, as `[name, "block" / "time", at]`.

    Attributes:
        name: the genesis file's in lower case, without `Block` or `Time`: ``london``, ``shanghai``.
        way: what decides: `BLOCK` or `TIME`.
        at: first block number, or first unix second.
    """

    name: str
    way: str
    at: int

    def as_cbor(self) -> list[cbor.Value]:
        """Give its row."""
        return [self.name, self.way, self.at]

    @property
    def order(self) -> tuple[int, int, str]:
        """Where it stands among others."""
        return _WAYS.index(self.way), self.at, self.name


@dataclass(frozen=True, slots=True)
class Strictness:
    """How governance recommends to count seals, as `["strict" / "tolerant", reason]`.

    It is no rule of the network: an office may choose otherwise, and every result shows the choice with its reason.

    Attributes:
        counting: ``strict`` or ``tolerant``.
        reason: one sentence for people.
    """

    counting: str
    reason: str

    def as_cbor(self) -> list[cbor.Value]:
        """Give its row."""
        return [self.counting, self.reason]


def read_forks(value: Any) -> tuple[Fork, ...]:
    """Read member 13.

    Raises:
        ProfileError: malformed, too many, or not in their one order.
    """
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_FORKS:
        raise ProfileError("The forks of a profile are no list, none, or too many.")
    forks = tuple(_fork(item) for item in value)
    demand_forks(forks)
    return forks


def demand_forks(forks: Sequence[Fork]) -> None:
    """Demand that forks stand in order, each once.

    Raises:
        ProfileError: they do not.
    """
    orders = [fork.order for fork in forks]
    if orders != sorted(orders) or len({fork.name for fork in forks}) != len(forks):
        raise ProfileError(
            "The forks of a profile are not in the order in which they begin, or one stands there twice."
        )


def read_strictness(value: Any) -> Strictness:
    """Read member 15.

    Raises:
        ProfileError: malformed.
    """
    match value:
        case [str(counting), str(reason)] if counting in COUNTINGS and is_reason(reason):
            return Strictness(counting, reason)
    raise ProfileError("How seals are counted, or the reason for it, is malformed in a profile.")


def is_reason(text: str) -> bool:
    """Tell whether a text is a reason that every display can show."""
    return 10 <= len(text) <= MAX_REASON and is_sentence_part(text)


def read_trusting_period(value: Any) -> int:
    """Read member 16, seconds.

    Raises:
        ProfileError: no number of seconds from 1 to a hundred years.
    """
    return _within(value, MAX_PERIOD_SECONDS, "The trusting period")


def read_spacing(value: Any) -> int:
    """Read member 17, milliseconds.

    Raises:
        ProfileError: no number of milliseconds from 1 to an hour.
    """
    return _within(value, MAX_SPACING_MILLISECONDS, "The least time between blocks")


def _within(value: Any, most: int, what: str) -> int:
    if not 1 <= read_uint(value) <= most:
        raise ProfileError(f"{what} of a profile is zero, or longer than any genuine one.")
    return int(value)


def _fork(item: Any) -> Fork:
    match item:
        case [str(name), str(way), at] if _NAME.fullmatch(name) and way in _WAYS:
            return Fork(name, way, read_uint(at))
    raise ProfileError("A fork of a profile is malformed.")
