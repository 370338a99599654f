"""When a hash was time-stamped as the Timestamp's own events tell, over the route that proves no state (Q4).

Invariants: each event is proven within its block; that one is the first is said only where the scan begins with the
registry's first block. Who called stands in the transaction, not in the event.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.proofs.log_filter import LogFilter
from lightnode.registries.errors import EventFormError, LogRangeError
from lightnode.registries.logged_reading import LoggedReading, logged
from lightnode.registries.pin import RegistryPin
from lightnode.registries.proven_logs import ProvenLogs
from lightnode.registries.timestamp_messages import TimestampedHashes
from lightnode.wire.timestamp_call import hash_id
from lightnode.wire.types import Hash32, Height


@dataclass(frozen=True, slots=True)
class Stamping:
    """One time that a hash was time-stamped.

    Attributes:
        height: of the block.
        time: of the block, unix seconds.
        transaction: hash of the call's transaction.
        algorithm: number of the hash algorithm, as called.
        data: what was put beside it then; the registry keeps only the first writer's.
    """

    height: Height
    time: int
    transaction: Hash32
    algorithm: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Stampings:
    """Every time a hash was time-stamped within a scan.

    Attributes:
        times: in order.
        whole: whether the scan began with the registry's first block, so that the first of them is the first there is.
    """

    times: tuple[Stamping, ...]
    whole: bool


def stamp_filter(pin: RegistryPin) -> LogFilter:
    """Give the filter for every time-stamping; the event keeps hashes in its data."""
    return LogFilter(frozenset({pin.address}), (frozenset({TimestampedHashes.topic()}),))


def stampings_by_logs(
    pin: RegistryPin, value: bytes, found: ProvenLogs, upgrades: ProvenLogs | None = None
) -> LoggedReading[Stampings]:
    """Find every time a hash was time-stamped.

    Args:
        pin: of the registry.
        value: the hash.
        found: a complete scan with `stamp_filter`.
        upgrades: a complete scan of the same blocks with `program.upgrade_filter`.

    Raises:
        EventFormError: an event is malformed.
        LogRangeError: a log is another contract's.
        ProgramChangedError: the program was exchanged in these blocks.
    """
    times = []
    for placed in found.logs:
        if placed.log.address != pin.address:
            raise LogRangeError("A log of the scan is another contract's.")
        event = TimestampedHashes.decode(placed.log)
        if not len(event.ids) == len(event.values) == len(event.algorithms):
            raise EventFormError("A time-stamping names another number of ids than of hashes.")
        for at, (name, one) in enumerate(zip(event.ids, event.values, strict=True)):
            if one == value and name == hash_id(value):
                data = event.data[at] if at < len(event.data) else b""
                times.append(Stamping(placed.height, placed.time, placed.transaction, event.algorithms[at], data))
    return logged(pin, found, upgrades, Stampings(tuple(times), found.first <= max(pin.born, 1)))
