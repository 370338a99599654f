"""A copy of a signer's audit log: pulled on from where it ends, marked by the signer's attestation key, checked by anybody.

Two files: `NAME`, the log's lines as the signer has them, and `NAME.marks`, CBOR `["chancery/audit-marks/1", curve, public key
of the attestation key, [* mark envelope]]`. The key is taken from the first pull and never changed by a later one.

Invariants: what is pulled must follow from the copy's last entry, and the signer's mark must fit to it, before anything is
written or the signer is told that its log is taken over; both files are replaced as a whole, the log first.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.services.file_access import read_bytes, write_bytes
from firmware_bridge.audit_entry import Entry, Head, decode_entry, follow, read_lines, write_line
from firmware_bridge.audit_mark import CHALLENGE_BYTES, PURPOSE, Mark, read_mark
from firmware_bridge.client import SignerClient
from firmware_bridge.errors import AuditForkedError, AuditMarkError
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, check_public_key

MAX_LOG = 256 * 1024 * 1024
MAX_MARKS = 16 * 1024 * 1024
SUFFIX = ".marks"
_KIND = "chancery/audit-marks/1"


@dataclass(frozen=True, slots=True)
class AttestationKey:
    """The key by which a signer vouches for its log.

    Attributes:
        curve: of it.
        public_key: 65 bytes.
    """

    curve: Curve
    public_key: bytes


@dataclass(frozen=True, slots=True)
class AuditCopy:
    """A copy that was checked whole.

    Attributes:
        entries: in order.
        head: where it ends.
        key: that its marks are by; None where it has no marks.
        marks: verified, and fitting to the entries that they name.
        envelopes: the marks as they are kept.
    """

    entries: tuple[Entry, ...]
    head: Head
    key: AttestationKey | None
    marks: tuple[Mark, ...]
    envelopes: tuple[bytes, ...]

    @property
    def marked(self) -> int:
        """Counter of the last entry that a mark stands behind; 0 for none."""
        return max((mark.head.counter for mark in self.marks), default=0)

    def events(self) -> dict[str, int]:
        """How many entries there are of each event and outcome."""
        return dict(sorted(Counter(f"{one.what.event} {one.what.outcome}" for one in self.entries).items()))


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought.

    Attributes:
        copy: as it stands now.
        new: how many entries came.
        waiting: how many the signer still waits to have taken over.
    """

    copy: AuditCopy
    new: int
    waiting: int


def read_copy(path: Path) -> AuditCopy:
    """Read a copy and check every byte of it.

    Args:
        path: of the log's lines.

    Raises:
        AuditEntryError: an entry is damaged, or was rewritten.
        AuditMarkError: a mark does not hold, or names an entry that the copy does not have.
        InputError: the files cannot be read.
    """
    entries: list[Entry] = []
    hashes: list[bytes] = []
    head = Head()
    for entry, at in follow(read_lines(read_bytes(path, MAX_LOG).splitlines(keepends=True)), head):
        head = at
        entries.append(entry)
        hashes.append(head.hash)
    beside = _beside(path)
    found, envelopes = _read_marks(read_bytes(beside, MAX_MARKS)) if beside.exists() else (None, ())
    marks = (
        tuple(_fitting(read_mark(data, found.curve, found.public_key), hashes) for data in envelopes) if found else ()
    )
    return AuditCopy(tuple(entries), head, found, marks, envelopes)


def pull(signer: SignerClient, path: Path, *, take_over: bool) -> Pulled:
    """Carry a copy on to where the signer's log ends.

    Args:
        signer: open.
        path: of the copy; made where there is none.
        take_over: tell the signer that its log is held here, so that it need not wait any more.

    Raises:
        AuditForkedError: the signer's log does not go on where the copy ends.
        AuditMarkError: the signer's mark does not hold, or it has no key to make one.
        AuditEntryError: the copy, or what the signer gave, is damaged.
        BridgeError: the signer refused or is gone.
    """
    before = read_copy(path) if path.exists() else AuditCopy((), Head(), None, (), ())
    key = _attestation_key(signer, before.key)
    challenge = os.urandom(CHALLENGE_BYTES)
    envelope = signer.audit_mark(challenge)
    mark = read_mark(envelope, key.curve, key.public_key)
    if mark.challenge != challenge:
        raise AuditMarkError("The signer gave a mark that it had made for somebody else.")
    if mark.head.counter < before.head.counter:
        raise AuditForkedError(
            f"The signer's log ends at entry {mark.head.counter}; the copy has {before.head.counter}."
        )
    new = _entries(signer, before.head, mark.head)
    copy = AuditCopy((*before.entries, *new), mark.head, key, (*before.marks, mark), (*before.envelopes, envelope))
    write_bytes(path, b"".join(write_line(one.encode()) for one in copy.entries), private=True)
    write_bytes(_beside(path), _write_marks(key, copy.envelopes), private=True)
    waiting = signer.audit_taken(copy.head) if take_over else signer.info().audit_waiting
    return Pulled(copy, len(new), waiting)


def _entries(signer: SignerClient, start: Head, end: Head) -> list[Entry]:
    """Fetch what lies between two ends, and demand that it leads from one to the other."""
    found: list[Entry] = []
    head = start
    while head.counter < end.counter:
        given, _ = signer.audit_entries(head.counter + 1)
        if not given:
            raise AuditForkedError("The signer gives fewer entries than its own mark names.")
        if not found and start.counter and decode_entry(given[0]).previous != start.hash:
            raise AuditForkedError(f"What the signer has as entry {start.counter + 1} does not follow from the copy.")
        # Entries that came after the mark are left for the next pull: nobody vouches for them yet.
        for entry, at in follow(given[: end.counter - head.counter], head):
            found.append(entry)
            head = at
    if head != end:
        raise AuditForkedError("The signer's entries lead to another end than its own mark names.")
    return found


def _attestation_key(signer: SignerClient, known: AttestationKey | None) -> AttestationKey:
    found = [AttestationKey(Curve(key.curve), key.public_key) for key in signer.keys() if key.purpose == PURPOSE]
    if known is not None and known not in found:
        raise AuditForkedError("The copy is of a signer with another attestation key.")
    if len(found) != 1:
        raise AuditMarkError(
            "The signer has no single attestation key; in provisioning mode, make one of purpose attestation."
        )
    return found[0]


def _fitting(mark: Mark, hashes: Sequence[bytes]) -> Mark:
    if not 1 <= mark.head.counter <= len(hashes) or hashes[mark.head.counter - 1] != mark.head.hash:
        raise AuditMarkError(f"The copy is not the log that the signer vouched for at entry {mark.head.counter}.")
    return mark


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _write_marks(key: AttestationKey, envelopes: Sequence[bytes]) -> bytes:
    return cbor.encode([_KIND, key.curve.value, key.public_key, list(envelopes)])


def _read_marks(data: bytes) -> tuple[AttestationKey, tuple[bytes, ...]]:
    try:
        match cbor.decode(data, max_bytes=MAX_MARKS):
            case [kind, str(curve), bytes(public), list(envelopes)] if (
                kind == _KIND and curve in {item.value for item in Curve}
                and all(isinstance(one, bytes) for one in envelopes)
            ):  # fmt: skip
                return AttestationKey(Curve(curve), check_public_key(Curve(curve), public)), tuple(envelopes)
    except WireError as cause:
        raise AuditMarkError(f"The marks beside the copy are damaged: {cause.text}") from cause
    raise AuditMarkError("The marks beside the copy are damaged.")
