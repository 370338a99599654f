"""Entries of a signer's audit log and the chain that they make, as the signer writes them and anybody reads them.

An entry is CBOR `["chancery/audit/2", counter, hash of the entry before, event, outcome, key id / null, digest / null, act /
null, detail, shown]`; act is `[chain id, contract / null, selector, intent / null]` (docs/formats.md section 9). A log, and a
copy of it, is a file of lines, each an entry in hexadecimal.

Invariants: the counter rises by one from 1; an entry names the SHA-256 of the whole one before it, the first 32 zero bytes;
an entry has one encoding and a line one form, so that a chain's last hash stands for every byte of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from firmware_bridge.errors import AuditEntryError
from lightnode.errors import WireError
from lightnode.wire import cbor

FORMAT = "chancery/audit/2"
MAX_ENTRY = 8 * 1024
START = bytes(32)
_TEXT_LENGTH = 64
_DETAIL_ITEMS = 8


@dataclass(frozen=True, slots=True)
class Act:
    """What a transaction is about.

    Attributes:
        chain_id: of its network.
        contract: that it calls, 20 bytes; None where it creates one.
        selector: of the function, 4 bytes; empty without one.
        intent: of an act of the registry, 32 bytes; None of anything else.
    """

    chain_id: int
    contract: bytes | None
    selector: bytes
    intent: bytes | None


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be written down.

    Attributes:
        event: what it was: transaction, envelope, key, root, pin, pair ...
        outcome: how it ended: signed, declined, discarded, done, right, wrong.
        shown: on which display, or empty.
        key: id of the key, 32 bytes; None without one.
        digest: that was signed, or stands for what was taken in, 32 bytes; None without one.
        act: of a transaction.
        detail: words and bytes that tell it apart; no personal data.
    """

    event: str
    outcome: str
    shown: str = ""
    key: bytes | None = None
    digest: bytes | None = None
    act: Act | None = None
    detail: tuple[str | bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Attributes:
        counter: from 1.
        previous: SHA-256 of the entry before; 32 zero bytes in the first.
        what: happened.
    """

    counter: int
    previous: bytes
    what: Event

    def encode(self) -> bytes:
        """Give its CBOR."""
        what, act = self.what, self.what.act
        return cbor.encode(
            [FORMAT, self.counter, self.previous, what.event, what.outcome, what.key, what.digest,
             None if act is None else [act.chain_id, act.contract, act.selector, act.intent], list(what.detail), what.shown]
        )  # fmt: skip

    @property
    def hash(self) -> bytes:
        """SHA-256 of it: what the next entry names."""
        return hashlib.sha256(self.encode()).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends.

    Attributes:
        counter: of its last entry; 0 without one.
        hash: of its last entry; 32 zero bytes without one.
    """

    counter: int = 0
    hash: bytes = START


def decode_entry(data: bytes) -> Entry:
    """Read an entry strictly.

    Raises:
        AuditEntryError: malformed, or of another version.
    """
    try:
        match cbor.decode(data, max_bytes=MAX_ENTRY):
            case [kind, int(counter), bytes(previous), str(event), str(outcome), None | bytes() as key,
                  None | bytes() as digest, act, list(detail), str(shown)] if kind == FORMAT:  # fmt: skip
                what = Event(event, outcome, shown, key, digest, _act(act), tuple(detail))
                entry = Entry(counter, previous, what)
                if _is_sound(entry) and entry.encode() == data:
                    return entry
    except WireError as cause:
        raise AuditEntryError(f"An entry of the audit log is malformed: {cause.text}") from cause
    raise AuditEntryError("An entry of the audit log is malformed, or of another version.")


def follow(entries: Iterable[bytes], head: Head) -> Iterator[tuple[Entry, Head]]:
    """Follow a chain on from where it ended; gives each entry with the new end.

    Args:
        entries: encoded, in order.
        head: where the chain ended before.

    Raises:
        AuditEntryError: an entry is malformed, or does not follow from the one before.
    """
    for data in entries:
        entry = decode_entry(data)
        if entry.counter != head.counter + 1 or entry.previous != head.hash:
            raise AuditEntryError(
                f"The audit log breaks at entry {head.counter + 1}: what stands there follows from another."
            )
        head = Head(entry.counter, hashlib.sha256(data).digest())
        yield entry, head


def read_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Give the entries of a log's lines.

    Args:
        lines: each with its line feed.

    Raises:
        AuditEntryError: a line is not in its one form.
    """
    for line in lines:
        try:
            entry = bytes.fromhex(line.decode("ascii"))
        except ValueError as cause:
            raise AuditEntryError("A line of the audit log is damaged.") from cause
        if write_line(entry) != line:
            raise AuditEntryError("A line of the audit log is damaged.")
        yield entry


def write_line(entry: bytes) -> bytes:
    """Give an entry's line."""
    return entry.hex().encode() + b"\n"


def _act(value: cbor.Value) -> Act | None:
    match value:
        case None:
            return None
        case [int(chain), None | bytes() as contract, bytes(selector), None | bytes() as intent] if (
            not isinstance(chain, bool) and (contract is None or len(contract) == 20)
            and len(selector) in (0, 4) and (intent is None or len(intent) == 32)
        ):  # fmt: skip
            return Act(chain, contract, selector, intent)
    raise AuditEntryError("The act of an entry of the audit log is malformed.")


def _is_sound(entry: Entry) -> bool:
    what = entry.what
    return (
        not isinstance(entry.counter, bool)
        and 0 < entry.counter < 1 << 53
        and len(entry.previous) == 32
        and all(one is None or len(one) == 32 for one in (what.key, what.digest))
        and all(0 < len(text) <= _TEXT_LENGTH for text in (what.event, what.outcome))
        and len(what.shown) <= _TEXT_LENGTH
        and len(what.detail) <= _DETAIL_ITEMS
        and all(isinstance(item, (str, bytes)) for item in what.detail)
    )
