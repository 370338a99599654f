"""Questions to a network's registries, answered from what this office's light client proves under its own headers.

Invariants: every answer names the block after which it holds; a registry is read only under the program pinned for it;
over the route without state only what complete scans of verified blocks show is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from desktop.errors import UsageError
from desktop.services.network_session import NetworkSession
from desktop.services.registry_pins import pin_for
from lightnode.consensus.schedule import GOQUORUM
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.block_body import ProvenBody
from lightnode.proofs.log_scan import LogScan, ScannedLogs
from lightnode.proofs.routes import ProofRoute
from lightnode.registries import accreditation, did_documents, documents, issuers, timestamp_entries
from lightnode.registries.accreditation_answer import AccreditationAnswer, AccreditationQuestion, AccreditationStatement
from lightnode.registries.did_documents import DidDocument
from lightnode.registries.documents import TrackedDocument
from lightnode.registries.pin import RegistryKind, RegistryPin
from lightnode.registries.program import upgrade_filter
from lightnode.registries.reading import Reading, read_registry
from lightnode.registries.storage_walk import Plan
from lightnode.registries.timestamp_entries import TimestampEntry
from lightnode.rpc.patience import patiently
from lightnode.wire.types import Hash32

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
        self._route = ProofRoute(session.ledger.client, private_marks=marks)

    def timestamp(self, value: bytes, at: int | None = None) -> Reading[TimestampEntry | None]:
        """Ask when a hash was time-stamped first."""
        return self._read(RegistryKind.TIMESTAMP, timestamp_entries.value_plan(value), at)

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
        found, upgrades = self._scan(pin, question.attribute, max(pin.born, 1), end, progress)
        first = accreditation.by_logs(pin, question, found, credential, upgrades)
        if still_at is None or still_at == end:
            return AccreditationAnswer(question, first)
        later, upgrades = self._scan(pin, question.attribute, end + 1, still_at, progress)
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
        return read_registry(self._route, self._header(at), pin_for(self._pins, kind), plan)

    def _header(self, at: int | None) -> VerifiedHeader:
        height = self.newest if at is None else at
        if not 1 <= height <= self.newest:
            raise UsageError(f"Give a block from 1 to {self.newest}, the newest one verified.")
        return self._session.follower.header(height, self.now)

    def _scan(
        self, pin: RegistryPin, attribute: Hash32, first: int, last: int, progress: Progress | None
    ) -> tuple[ScannedLogs, ScannedLogs]:
        if first > last:
            raise UsageError(f"The registry's first block is {first}; give a later one than {last}.")
        self._header(last)
        bodies: dict[int, ProvenBody] = {}

        def body(header: VerifiedHeader) -> ProvenBody:
            if header.height not in bodies:
                bodies.clear()
                bodies[header.height] = patiently(lambda: self._route.body(header))
            return bodies[header.height]

        wanted = accreditation.revision_filter(pin, attribute)
        scans = LogScan(wanted, body), LogScan(upgrade_filter(pin), body)
        for height in range(first, last + 1):
            header = self._header(height)
            for scan in scans:
                scan.take(header)
            if progress is not None:
                progress(height, last)
        return scans[0].result(), scans[1].result()
