"""A DID document as the registry's own events make it, over the route that proves no state (Q4, Q6).

Every event of the DID is replayed in order, from the registry's first block on, as `DidDocumentLib.sol` (late v3, and v5)
changes its storage for it. The events name a DID within their data, so that the scan is over all events of the registry.

Invariants: the document made is the one that `did_documents.document_plan` reads in the same state; an event that cannot
have happened in the state made so far is an error, not a guess: another program is in force, or logs are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from lightnode.proofs.log_filter import LogFilter
from lightnode.registries import did_messages as did_events
from lightnode.registries.did_documents import INVOCATION, DidDocument, Relationship, VerificationMethod, key_address
from lightnode.registries.errors import EventFormError, LogRangeError
from lightnode.registries.logged_reading import LoggedReading, demand_whole_history, logged
from lightnode.registries.pin import RegistryPin
from lightnode.registries.proven_logs import ProvenLogs
from lightnode.registries.typed_event import RegistryEvent
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address

_BY_TOPIC = {kind.topic(): kind for kind in did_events.EVENTS}


def did_filter(pin: RegistryPin) -> LogFilter:
    """Give the filter for every event that changes a document."""
    return LogFilter(frozenset({pin.address}), (frozenset(_BY_TOPIC),))


def document_by_logs(
    pin: RegistryPin, did: str, found: ProvenLogs, upgrades: ProvenLogs | None = None, more: Sequence[str] = ()
) -> LoggedReading[DidDocument | None]:
    """Make a document from every event of the registry; None where it was never registered.

    Args:
        pin: of the registry.
        did: whose document.
        found: a complete scan with `did_filter`, from the registry's first block on.
        upgrades: a complete scan of the same blocks with `program.upgrade_filter`.
        more: ids of keys to be told though no relationship may name them.

    Raises:
        EventFormError: an event is malformed, or cannot have happened.
        LogRangeError: the scan begins too late, or holds others' logs.
        ProgramChangedError: the program was exchanged in these blocks.
    """
    demand_whole_history(pin, found)
    made: _Document | None = None
    for placed in found.logs:
        if placed.log.address != pin.address:
            raise LogRangeError("A log of the scan is another contract's.")
        event = _event_of(did, placed.log)
        if isinstance(event, did_events.DidDocumentInserted):
            if made is not None:
                raise EventFormError("A DID was registered twice.")
            made = _Document()
        if event is not None:
            if made is None:
                raise EventFormError("A DID was changed before it was registered.")
            made.take(event)
    return logged(pin, found, upgrades, None if made is None else made.document(did, more))


def _event_of(did: str, log: Log) -> RegistryEvent | None:
    kind = _BY_TOPIC.get(log.topics[0]) if log.topics else None
    if kind is None:
        raise LogRangeError("A log of the scan is no event that changes a document.")
    return kind.decode(log) if kind.first_bytes(log) == did.encode() else None


@dataclass(slots=True)
class _Document:
    """The registry's storage of one document, as far as it matters."""

    base: str = ""
    controllers: list[str] = field(default_factory=list)
    keys: dict[str, tuple[bytes, bool, bool]] = field(default_factory=dict)
    others: list[Relationship] = field(default_factory=list)
    invocations: list[Relationship] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    names: dict[Address, str] = field(default_factory=dict)

    def take(self, event: RegistryEvent) -> None:
        """Change it as an event says."""
        _CHANGES[type(event)](self, event)

    def document(self, did: str, more: Sequence[str]) -> DidDocument:
        """Give it as it would be read."""
        related = [one.method for one in (*self.others, *self.invocations)]
        shown = [name for name in dict.fromkeys([*related, *more]) if name in self.keys]
        methods = tuple(self._method(name) for name in shown)
        return DidDocument(did, self.base, tuple(self.controllers), methods, (*self.others, *self.invocations))

    def _method(self, name: str) -> VerificationMethod:
        key, on_curve, revoked = self.keys[name]
        address = key_address(key) if on_curve else None
        under = "" if address is None else self.names.get(address, "")
        invocation = self.invocations[self.counts[name]] if name in self.counts else None
        return VerificationMethod(name, key, on_curve, revoked, address, under, invocation)

    def add_key(self, name: str, key: bytes, on_curve: bool, *, entered: bool = True) -> None:
        if name in self.keys or not key:
            raise EventFormError("A key was added twice, or has no bytes.")
        self.keys[name] = (key, on_curve, False)
        address = key_address(key) if on_curve else None
        if entered and address is not None:
            self.names[address] = name

    def relate(self, name: str, method: str, begin: int, end: int) -> None:
        self.demand_key(method)
        one = Relationship(name, method, begin, end)
        if name == INVOCATION:
            self.counts[method] = len(self.invocations)
            self.invocations.append(one)
        else:
            self.others.append(one)

    def end(self, method: str, when: int) -> None:
        self.demand_key(method)
        self.others = [replace(one, not_after=when) if one.method == method else one for one in self.others]
        if method not in self.counts:
            return
        at = self.counts[method]
        self.invocations[at] = replace(self.invocations[at], not_after=when)
        key, on_curve, _ = self.keys[method]
        address = key_address(key) if on_curve else None
        if address is not None:
            self.names.pop(address, None)

    def demand_key(self, method: str) -> None:
        if method not in self.keys:
            raise EventFormError("An event is about a key that the document does not have.")


def _insert(made: _Document, event: did_events.DidDocumentInserted) -> None:
    made.base, made.controllers = event.base_document, [event.did]
    made.add_key(event.method, event.public_key, event.is_secp256k1)
    for name in (INVOCATION, "authentication"):
        made.relate(name, event.method, event.not_before, event.not_after)


def _update(made: _Document, event: did_events.BaseDocumentUpdated) -> None:
    made.base = event.base_document


def _control(made: _Document, event: did_events.ControllerAdded) -> None:
    made.controllers.append(event.controller)


def _uncontrol(made: _Document, event: did_events.ControllerRevoked) -> None:
    if event.controller not in made.controllers:
        raise EventFormError("A controller was revoked that was none.")
    # The last one takes the place of the one revoked.
    made.controllers[made.controllers.index(event.controller)] = made.controllers[-1]
    made.controllers.pop()


def _add(made: _Document, event: did_events.VerificationMethodAdded) -> None:
    made.add_key(event.method, event.public_key, event.is_secp256k1)


def _relate(made: _Document, event: did_events.VerificationRelationshipAdded) -> None:
    made.relate(event.name, event.method, event.not_before, event.not_after)


def _expire(made: _Document, event: did_events.VerificationMethodExpired) -> None:
    made.end(event.method, event.not_after)


def _revoke(made: _Document, event: did_events.VerificationMethodRevoked) -> None:
    made.end(event.method, event.not_after)
    key, on_curve, _ = made.keys[event.method]
    made.keys[event.method] = (key, on_curve, True)


def _roll(made: _Document, event: did_events.VerificationMethodRolled) -> None:
    made.demand_key(event.old_method)
    copied = [one.name for one in made.others if one.method == event.old_method]
    invokes = event.old_method in made.counts
    made.add_key(event.method, event.public_key, event.is_secp256k1, entered=False)
    made.end(event.old_method, event.not_before + event.duration)
    for name in [*copied, *([INVOCATION] if invokes else [])]:
        made.relate(name, event.method, event.not_before, event.not_after)


_CHANGES: dict[type[RegistryEvent], Callable[..., None]] = {
    did_events.DidDocumentInserted: _insert, did_events.BaseDocumentUpdated: _update, did_events.ControllerAdded: _control,
    did_events.ControllerRevoked: _uncontrol, did_events.VerificationMethodAdded: _add,
    did_events.VerificationRelationshipAdded: _relate, did_events.VerificationMethodExpired: _expire,
    did_events.VerificationMethodRevoked: _revoke, did_events.VerificationMethodRolled: _roll,
}  # fmt: skip
