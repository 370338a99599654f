"""Events of registries as frozen dataclasses: fields in the order of the signature, some of them topics (Q4).

Invariants: a log is read only where its topics are as many as the event has indexed words and its data is the canonical
ABI of the others, with nothing behind; `log_of` gives the very log that was read. Only words are indexed here: of indexed
texts a log keeps no more than a hash.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from lightnode.errors import WireError
from lightnode.registries.errors import EventFormError
from lightnode.wire import abi
from lightnode.wire.receipt import Log
from lightnode.wire.types import Address, Hash32

E = TypeVar("E", bound="RegistryEvent")


class RegistryEvent:
    """Base of every event.

    Attributes:
        SIGNATURE: name and types, canonical.
        INDEXED: names of the fields that stand in topics.
    """

    __slots__ = ()
    SIGNATURE: ClassVar[str]
    INDEXED: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def topic(cls) -> Hash32:
        """Give the first topic."""
        return abi.event_topic(cls.SIGNATURE)

    @classmethod
    def decode(cls: type[E], log: Log) -> E:
        """Read a log strictly.

        Raises:
            EventFormError: another event, or not canonical.
        """
        if log.topics[:1] != (cls.topic(),):
            raise EventFormError("A log is another event.")
        names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
        types = _types(cls.SIGNATURE)
        if len(log.topics) != 1 + len(cls.INDEXED):
            raise EventFormError(f"A log of {cls.SIGNATURE} has another number of topics.")
        topics = iter(log.topics[1:])
        try:
            data = iter(abi.decode(_joined(names, types, cls.INDEXED, indexed=False), log.data))
            values: dict[str, Any] = {
                name: abi.decode(kind, next(topics))[0] if name in cls.INDEXED else next(data)
                for name, kind in zip(names, types, strict=True)
            }
        except WireError as cause:
            raise EventFormError(f"A log is no canonical {cls.SIGNATURE}: {cause.text}") from cause
        return cls(**values)

    @classmethod
    def first_bytes(cls, log: Log) -> bytes:
        """Give the bytes of the first field, of an event without topics of its own, whatever its texts hold.

        Anybody may have put a text there that is none, about something else; it must not end the reading of a history.

        Raises:
            EventFormError: another event, or not canonical.
        """
        if log.topics != (cls.topic(),) or cls.INDEXED:
            raise EventFormError("A log is another event.")
        types = ",".join("bytes" if kind == "string" else kind for kind in _types(cls.SIGNATURE))
        try:
            value: bytes = abi.decode(types, log.data)[0]
        except WireError as cause:
            raise EventFormError(f"A log is no canonical {cls.SIGNATURE}: {cause.text}") from cause
        return value

    def log_of(self, emitter: Address) -> Log:
        """Give the log that a contract leaves for this event."""
        names = [field.name for field in dataclasses.fields(self)]  # type: ignore[arg-type]
        types = _types(self.SIGNATURE)
        pairs = list(zip(names, types, strict=True))
        topics = [abi.encode(kind, [getattr(self, name)]) for name, kind in pairs if name in self.INDEXED]
        values = [getattr(self, name) for name in names if name not in self.INDEXED]
        data = abi.encode(_joined(names, types, self.INDEXED, indexed=False), values)
        return Log(emitter, (self.topic(), *(Hash32(topic) for topic in topics)), data)


def decode_event_among(known: Iterable[type[E]], log: Log) -> E:
    """Read a log that is one of some events.

    Raises:
        EventFormError: it is none of them, or not canonical.
    """
    for kind in known:
        if log.topics[:1] == (kind.topic(),):
            return kind.decode(log)
    raise EventFormError("A log is no known event of this registry.")


def _types(signature: str) -> list[str]:
    return signature[signature.index("(") + 1 : -1].split(",")


def _joined(names: list[str], types: list[str], indexed_names: frozenset[str], *, indexed: bool) -> str:
    return ",".join(kind for name, kind in zip(names, types, strict=True) if (name in indexed_names) == indexed)
