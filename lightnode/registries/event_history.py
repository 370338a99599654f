"""Every event about one thing, in order, with its place: documents of Track and Trace, records of the Timestamp (Q4).

Over the route that proves no state this is what can be told of them: each event is proven within its block, and that there
are no others follows from the scan.

Invariants: the events are those of the registry's own address, decoded strictly; one about something else is passed over
whatever its texts hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lightnode.proofs.log_filter import LogFilter
from lightnode.registries.document_messages import EVENTS as DOCUMENT_EVENTS
from lightnode.registries.document_messages import DocumentCreated, DocumentRemoved
from lightnode.registries.errors import LogRangeError
from lightnode.registries.logged_reading import LoggedReading, logged
from lightnode.registries.pin import RegistryPin
from lightnode.registries.proven_logs import ProvenLogs
from lightnode.registries.timestamp_messages import RecordedHashes
from lightnode.registries.typed_event import RegistryEvent
from lightnode.wire.receipt import Log
from lightnode.wire.types import Hash32, Height

_DOCUMENT_TOPICS = {kind.topic(): kind for kind in DOCUMENT_EVENTS}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An event with its place.

    Attributes:
        height: of its block.
        time: of its block, unix seconds.
        transaction: hash of its transaction.
        event: decoded.
    """

    height: Height
    time: int
    transaction: Hash32
    event: RegistryEvent


@dataclass(frozen=True, slots=True)
class EventHistory:
    """Every event about one thing within a scan.

    Attributes:
        entries: in order.
        whole: whether the scan began with the registry's first block.
    """

    entries: tuple[HistoryEntry, ...]
    whole: bool

    @property
    def document(self) -> DocumentCreated | None:
        """Give the registration of a document that is in the registry after the scan; None where none is known."""
        standing: DocumentCreated | None = None
        for entry in self.entries:
            if isinstance(entry.event, DocumentCreated):
                standing = entry.event
            elif isinstance(entry.event, DocumentRemoved):
                standing = None
        return standing


def document_events_filter(pin: RegistryPin) -> LogFilter:
    """Give the filter for every event about documents; they keep the document's hash in their data."""
    return LogFilter(frozenset({pin.address}), (frozenset(_DOCUMENT_TOPICS),))


def document_events(
    pin: RegistryPin, document: Hash32, found: ProvenLogs, upgrades: ProvenLogs | None = None
) -> LoggedReading[EventHistory]:
    """Find every event about a document.

    Args:
        pin: of Track and Trace.
        document: its hash.
        found: a complete scan with `document_events_filter`.
        upgrades: a complete scan of the same blocks with `program.upgrade_filter`.

    Raises:
        EventFormError: an event about the document is malformed.
        LogRangeError: a log is another contract's, or no such event.
        ProgramChangedError: the program was exchanged in these blocks.
    """

    def read(log: Log) -> RegistryEvent | None:
        kind = _DOCUMENT_TOPICS.get(log.topics[0]) if log.topics else None
        if kind is None:
            raise LogRangeError("A log of the scan is no event about documents.")
        return kind.decode(log) if kind.first_bytes(log) == document else None

    return _history(pin, found, upgrades, read)


def record_events_filter(pin: RegistryPin, record: Hash32) -> LogFilter:
    """Give the filter for the events that name a record of the Timestamp in a topic: it was made, or got hashes."""
    return LogFilter(frozenset({pin.address}), (frozenset({RecordedHashes.topic()}), frozenset({record})))


def record_events(
    pin: RegistryPin, record: Hash32, found: ProvenLogs, upgrades: ProvenLogs | None = None
) -> LoggedReading[EventHistory]:
    """Find the events that name a record; changes of owners and detached hashes do not, and are not among them.

    Raises:
        EventFormError: an event is malformed.
        LogRangeError: a log is another contract's, or of another record.
        ProgramChangedError: the program was exchanged in these blocks.
    """

    def read(log: Log) -> RegistryEvent:
        event = RecordedHashes.decode(log)
        if event.record != record:
            raise LogRangeError("A log of the scan is about another record.")
        return event

    return _history(pin, found, upgrades, read)


def _history(
    pin: RegistryPin, found: ProvenLogs, upgrades: ProvenLogs | None, read: Callable[[Log], RegistryEvent | None]
) -> LoggedReading[EventHistory]:
    entries = []
    for placed in found.logs:
        if placed.log.address != pin.address:
            raise LogRangeError("A log of the scan is another contract's.")
        event = read(placed.log)
        if event is not None:
            entries.append(HistoryEntry(placed.height, placed.time, placed.transaction, event))
    return logged(pin, found, upgrades, EventHistory(tuple(entries), found.first <= max(pin.born, 1)))
