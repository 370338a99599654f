"""Questions to a network's registries, answered from what this office's light client proves under its own headers.

Invariants: every answer names the block after which it holds; a registry is read only under the program pinned for it;
over the route without state only what complete scans of verified blocks show is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from desktop.errors import UsageError
from desktop.services.network_session import NetworkSession
from desktop.services.registry_pins import pin_for
from desktop.services.state_route import StateRoute
from lightnode.consensus.schedule import GOQUORUM
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.block_body import ProvenBody
from lightnode.proofs.log_filter import LogFilter
from lightnode.proofs.log_scan import LogScan, ScannedLogs
from lightnode.proofs.routes import PublicRoute
from lightnode.registries import (
    accreditation,
    did_documents,
    did_history,
    documents,
    event_history,
    issuers,
    stamp_history,
    timestamp_entries,
    timestamp_records,
)
from lightnode.registries.accreditation_answer import AccreditationAnswer, AccreditationQuestion, AccreditationStatement
from lightnode.registries.did_documents import DidDocument
from lightnode.registries.documents import TrackedDocument
from lightnode.registries.event_history import EventHistory
from lightnode.registries.logged_reading import LoggedReading
from lightnode.registries.pin import ProxyForm, RegistryKind, RegistryPin
from lightnode.registries.program import Program, read_program, upgrade_filter
from lightnode.registries.reading import Reading, read_registry
from lightnode.registries.stamp_history import Stampings
from lightnode.registries.storage_walk import Plan
from lightnode.registries.timestamp_entries import TimestampEntry
from lightnode.registries.timestamp_records import TimestampRecord
from lightnode.rpc.patience import patiently
from lightnode.wire.types import Address, Hash32

T = TypeVar("T")
Progress = Callable[[int, int], None]


class LedgerQuestions:
    """Asks one network's registries; verifies headers up to the node's head once, when it is made."""

    def __init__(self, session: NetworkSession, pins: Mapping[RegistryKind, RegistryPin]) -> None:
        """Verify headers up to the node's head.

        Raises:
            LightNodeError: headers cannot be verified, or the node gives trouble.
        """
        self._session, self._pins = session, pins
        self.newest = session.catch_up()
        self.now = session.clock()
        marks = session.config.schedule.client == GOQUORUM
        self._bodies = PublicRoute(session.ledger.client, private_marks=marks)
        self._state = StateRoute(session.ledger, self.newest)

    def timestamp(self, value: bytes, at: int | None = None) -> Reading[TimestampEntry | None]:
        """Ask when a hash was time-stamped first."""
        return self._read(RegistryKind.TIMESTAMP, timestamp_entries.value_plan(value), at)

    def timestamp_record(self, name: Hash32, at: int | None = None) -> Reading[TimestampRecord | None]:
        """Ask for a record of the Timestamp."""
        return self._read(RegistryKind.TIMESTAMP, timestamp_records.record_plan(name), at)

    def timestamp_by_logs(
        self, value: bytes, at: int | None = None, since: int | None = None, progress: Progress | None = None
    ) -> LoggedReading[Stampings]:
        """Ask the registry's own events how often a hash was time-stamped, from its first block or a later one on."""
        pin = pin_for(self._pins, RegistryKind.TIMESTAMP)
        first = max(pin.born, 1) if since is None else since
        found, upgrades = self._scans(pin, stamp_history.stamp_filter(pin), first, at, progress)
        return stamp_history.stampings_by_logs(pin, value, found, upgrades)

    def document_by_logs(
        self, name: Hash32, at: int | None = None, progress: Progress | None = None
    ) -> LoggedReading[EventHistory]:
        """Ask Track and Trace's own events about a document, from its first block on."""
        pin = pin_for(self._pins, RegistryKind.TRACK_AND_TRACE)
        wanted = event_history.document_events_filter(pin)
        found, upgrades = self._scans(pin, wanted, max(pin.born, 1), at, progress)
        return event_history.document_events(pin, name, found, upgrades)

    def did_by_logs(
        self, did: str, at: int | None, keys: Sequence[str] = (), progress: Progress | None = None
    ) -> LoggedReading[DidDocument | None]:
        """Ask the registry's own events for a DID document, from its first block on."""
        pin = pin_for(self._pins, RegistryKind.DID)
        found, upgrades = self._scans(pin, did_history.did_filter(pin), max(pin.born, 1), at, progress)
        return did_history.document_by_logs(pin, did, found, upgrades, keys)

    def program(self, address: Address, form: ProxyForm, at: int | None = None) -> Program:
        """Prove which program is in force at an address, pinned or not; governance makes a pin of it."""
        return read_program(self._state, self._header(at), address, form)

    def did(self, did: str, at: int | None = None, *keys: str) -> Reading[DidDocument | None]:
        """Ask for a DID document, and for keys that it may hold without any purpose."""
        return self._read(RegistryKind.DID, did_documents.document_plan(did, keys), at)

    def document(self, name: Hash32, at: int | None = None) -> Reading[TrackedDocument | None]:
        """Ask for a tracked document."""
        return self._read(RegistryKind.TRACK_AND_TRACE, documents.document_plan(name), at)

    def accredited_by_storage(
        self, question: AccreditationQuestion, at: int | None, still_at: int | None, credential: bytes | None
    ) -> AccreditationAnswer:
        """Answer from the state after one block, or after two; a credential given belongs to the first.

        Raises:
            UsageError: the second block lies before the first.
        """
        self._demand_later(at, still_at)
        first = self._accredited(question, at, credential)
        return AccreditationAnswer(question, first, self._accredited(question, still_at, None) if still_at else None)

    def accredited_by_logs(
        self,
        question: AccreditationQuestion,
        at: int | None,
        still_at: int | None,
        credential: bytes | None,
        progress: Progress | None = None,
    ) -> AccreditationAnswer:
        """Answer from complete scans: from the registry's first block to one block, and on to another.

        Raises:
            UsageError: the second block does not lie behind the first.
        """
        self._demand_later(at, still_at)
        pin, end = pin_for(self._pins, RegistryKind.ISSUERS), self.newest if at is None else at
        wanted = accreditation.revision_filter(pin, question.attribute)
        found, upgrades = self._scans(pin, wanted, max(pin.born, 1), end, progress)
        first = accreditation.by_logs(pin, question, found, credential, upgrades)
        if still_at is None or still_at == end:
            return AccreditationAnswer(question, first)
        later, upgrades = self._scans(pin, wanted, end + 1, still_at, progress)
        still = accreditation.still_by_logs(pin, question, first, later, credential, upgrades)
        return AccreditationAnswer(question, first, still)

    def _demand_later(self, at: int | None, still_at: int | None) -> None:
        first = self.newest if at is None else at
        if still_at is not None and still_at < first:
            raise UsageError(f"Block {still_at} of --still-at lies before block {first}.")

    def _accredited(
        self, question: AccreditationQuestion, at: int | None, credential: bytes | None
    ) -> AccreditationStatement:
        plan = issuers.attribute_plan(question.issuer, question.attribute)
        return accreditation.by_storage(question, self._read(RegistryKind.ISSUERS, plan, at), credential)

    def _read(self, kind: RegistryKind, plan: Plan[T], at: int | None) -> Reading[T]:
        return read_registry(self._state, self._header(at), pin_for(self._pins, kind), plan)

    def _header(self, at: int | None) -> VerifiedHeader:
        height = self.newest if at is None else at
        if not 1 <= height <= self.newest:
            raise UsageError(f"Give a block from 1 to {self.newest}, the newest one verified.")
        return self._session.follower.header(height, self.now)

    def _scans(
        self, pin: RegistryPin, wanted: LogFilter, first: int, last: int | None, progress: Progress | None
    ) -> tuple[ScannedLogs, ScannedLogs]:
        """Scan blocks for what is wanted, and for exchanges of the program."""
        end = self.newest if last is None else last
        if first > end:
            raise UsageError(f"The scan begins with block {first}; give a later one than {end}.")
        self._header(end)
        bodies: dict[int, ProvenBody] = {}

        def body(header: VerifiedHeader) -> ProvenBody:
            if header.height not in bodies:
                bodies.clear()
                bodies[header.height] = patiently(lambda: self._bodies.body(header))
            return bodies[header.height]

        scans = LogScan(wanted, body), LogScan(upgrade_filter(pin), body)
        for height in range(first, end + 1):
            header = self._header(height)
            for scan in scans:
                scan.take(header)
            if progress is not None:
                progress(height, end)
        return scans[0].result(), scans[1].result()
