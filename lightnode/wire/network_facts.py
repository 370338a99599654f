"""What governance states about a network in a trust package: checkpoint, validator intervals, log marks.

`[checkpoint, [+ interval], [* mark], [* status]]`; checkpoint = `[height, block hash, block time]`; interval = `[from, to
or null, [+ [address, operator, country]]]`; mark = `[size, root, height]`; status = `[record count, height, [*
[record number, state, height]]]`, the records that are not in force as of the newest mark.

Invariants: intervals ascend without overlap; members ascend by address and are unique; marks ascend by size.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.plain_text import is_sentence_part
from lightnode.wire.types import Address, Hash32, address, hash32

IN_FORCE = 0
SUSPENDED = 2
SUPERSEDED = 3
REVOKED = 4


class FactsError(WireError):
    """The network facts of a trust package are malformed."""

    code = "TRUST-FACTS"
    advice = "Get the trust list from your agency again."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A block that governance vouches for: `[height, hash, time]`."""

    height: int
    block_hash: Hash32
    time: int


@dataclass(frozen=True, slots=True)
class Member:
    """A validator with who runs it: `[address, operator, country]`."""

    address: Address
    operator: str
    country: str


@dataclass(frozen=True, slots=True)
class Interval:
    """The set in force from a height to a height, both inclusive; an open end is None."""

    first: int
    last: int | None
    members: tuple[Member, ...]

    def covers(self, height: int) -> bool:
        """Tell whether a height lies within."""
        return self.first <= height and (self.last is None or height <= self.last)


@dataclass(frozen=True, slots=True)
class LogMark:
    """A published state of the record log: `[size, root, height]`."""

    size: int
    root: Hash32
    height: int


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """A record that is not in force: `[number, state, height of the change]`."""

    number: int
    state: int
    height: int


@dataclass(frozen=True, slots=True)
class StatusList:
    """Every record below a count that is not in force, as the log up to a size says.

    Attributes:
        records: records that the list covers: numbers below this.
        height: block up to which the log was read.
        entries: ascending by number.
    """

    records: int
    height: int
    entries: tuple[StatusEntry, ...]

    def state(self, number: int) -> StatusEntry | None:
        """Give the entry of a record that is not in force."""
        return next((entry for entry in self.entries if entry.number == number), None)


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """All facts of one network."""

    checkpoint: Checkpoint
    intervals: tuple[Interval, ...]
    marks: tuple[LogMark, ...]
    status: StatusList | None

    def as_cbor(self) -> list[cbor.Value]:
        """Give the array that the trust package carries."""
        status = self.status
        return [
            [self.checkpoint.height, self.checkpoint.block_hash, self.checkpoint.time],
            [[item.first, item.last, [[m.address, m.operator, m.country] for m in item.members]] for item in self.intervals],
            [[item.size, item.root, item.height] for item in self.marks],
            None if status is None else [
                status.records, status.height, [[e.number, e.state, e.height] for e in status.entries]
            ],
        ]  # fmt: skip

    def members_at(self, height: int) -> tuple[Member, ...] | None:
        """Give the set of a height; None outside every interval."""
        return next((item.members for item in self.intervals if item.covers(height)), None)


def read_facts(value: cbor.Value) -> NetworkFacts:
    """Read network facts strictly.

    Raises:
        FactsError: malformed.
    """
    try:
        match value:
            case [[int(height), bytes(block), int(time)], list(intervals), list(marks), status]:
                facts = NetworkFacts(
                    Checkpoint(_uint(height), hash32(block), _uint(time)),
                    tuple(_interval(item) for item in intervals),
                    tuple(LogMark(_uint(size), hash32(root), _uint(at)) for size, root, at in marks),
                    None if status is None else _status(status),
                )
                _check(facts)
                return facts
    except FactsError:
        raise
    except (WireError, TypeError, ValueError) as cause:
        raise FactsError("A member of the network facts is malformed.") from cause
    raise FactsError("The network facts are malformed.")


def _check(facts: NetworkFacts) -> None:
    after = -1
    for item in facts.intervals:
        addresses = [member.address for member in item.members]
        if item.first <= after or (item.last is not None and item.last < item.first) or not addresses:
            raise FactsError("The validator intervals overlap, are empty or out of order.")
        if addresses != sorted(set(addresses)):
            raise FactsError("The members of an interval are not ascending and unique.")
        after = item.last if item.last is not None else 1 << 62
    sizes = [mark.size for mark in facts.marks]
    if sizes != sorted(set(sizes)):
        raise FactsError("The log marks are not ascending and unique.")


def _interval(item: cbor.Value) -> Interval:
    first, last, members = item
    return Interval(
        _uint(first), None if last is None else _uint(last),
        tuple(Member(address(where), _text(operator), _country(country)) for where, operator, country in members),
    )  # fmt: skip


def _status(item: cbor.Value) -> StatusList:
    records, height, entries = item
    read = tuple(StatusEntry(_uint(number), state, _uint(at)) for number, state, at in entries)
    numbers = [entry.number for entry in read]
    if numbers != sorted(set(numbers)) or any(entry.state not in (SUSPENDED, SUPERSEDED, REVOKED) for entry in read):
        raise FactsError("A status list is not ascending and unique, or names an unknown state.")
    return StatusList(_uint(records), _uint(height), read)


def _uint(value: cbor.Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise FactsError("A number is malformed.")
    return value


def _text(value: cbor.Value) -> str:
    if not isinstance(value, str) or len(value) > 64 or not is_sentence_part(value):
        raise FactsError("A name is malformed.")
    return value


def is_country_or_none(text: str) -> bool:
    """Tell whether a text is two capital letters, or empty where the country is not known."""
    return not text or (len(text) == 2 and text.isascii() and text.isalpha() and text.isupper())


def _country(value: cbor.Value) -> str:
    if not isinstance(value, str) or not is_country_or_none(value):
        raise FactsError("A country is malformed.")
    return value
