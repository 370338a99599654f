"""What the signer knows for certain: profiles, templates, packs and names, each traced to its own root.

What is in force follows from the set of files taken in and the rollback memory alone, never from the order in which they
came or are read again: of each line of envelopes the highest serial counts, whether it stands in a file of its own or
inside a trust package. Templates of older serials stay, because an id has one digest for ever.

Invariants: nothing counts before its envelope verifies under the installed root; nothing of another environment is
opened; no serial goes back, and no serial stands for two contents, inner envelopes included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from firmware_bridge.errors import (
    DeviceError,
    MalformedRequestError,
    NotProvisionedError,
    PolicyRefusedError,
    SignerStateError,
    TwoFilesError,
)
from firmware_bridge.signer.stated import Statement, read_statements
from lightnode.errors import WireError
from lightnode.wire.envelope import Envelope, decode_envelope
from lightnode.wire.pack import Pack
from lightnode.wire.profile import Profile
from lightnode.wire.root import Root
from lightnode.wire.serial_memory import EquivocationError, SerialMemory, entry
from lightnode.wire.template import Template
from lightnode.wire.trust import AuthorityEntry
from lightnode.wire.types import Hash32

_NO_LINE = (0, b"")


@dataclass(frozen=True, slots=True)
class TrustBase:
    """Everything in force under one root.

    Attributes:
        root: installed by a person.
        memory: highest serial of each line that was ever taken in.
        files: what each file states, by the name of the file's line.
        profiles: by genesis hash.
        packs: by genesis hash.
        templates: by id.
        names: what countries state of authorities, by ledger id.
    """

    root: Root
    memory: SerialMemory
    files: Mapping[str, tuple[Statement, ...]]
    profiles: Mapping[Hash32, Profile]
    packs: Mapping[Hash32, Pack]
    templates: Mapping[str, Template]
    names: Mapping[Hash32, AuthorityEntry]

    @classmethod
    def restore(cls, root: Root, stored: Sequence[bytes], memory: SerialMemory) -> TrustBase:
        """Put together what a folder holds.

        Args:
            root: installed.
            stored: every file taken in, in any order.
            memory: as it was written; a file that a power cut left newer than it counts.

        Raises:
            SignerStateError: a file no longer verifies, or is another than the one that was taken in.
        """
        files: dict[str, tuple[Statement, ...]] = {}
        lines = dict(memory.lines)
        try:
            for data in stored:
                envelope, statements = read_file(root, data)
                files[line_name(envelope)] = statements
                for statement in statements:
                    name, serial, digest = entry(root.root_id, statement.envelope)
                    known = lines.get(name, _NO_LINE)
                    if serial == known[0] and digest != known[1]:
                        raise SignerStateError("A file of the signer has the serial of another that it took in.")
                    lines[name] = max(known, (serial, digest))
            return _in_force(root, SerialMemory(lines), files)
        except DeviceError as cause:
            raise SignerStateError(f"A file of the signer no longer counts: {cause.text}") from cause

    def with_file(self, data: bytes) -> tuple[TrustBase, Envelope]:
        """Check a file under the root and give what is in force with it; this one stays as it was.

        Raises:
            MalformedRequestError: it is no envelope.
            PolicyRefusedError: it does not verify, or an envelope in it is older than one already taken in.
            TwoFilesError: an envelope in it has the serial of another one already taken in.
        """
        envelope, statements = read_file(self.root, data)
        memory = self.memory
        for newest in _newest(self.root, statements):
            memory = _accept(memory, self.root, newest)
        files = {**self.files, line_name(envelope): statements}
        return _in_force(self.root, memory, files), envelope

    def profile_of_chain(self, chain_id: int | None) -> Profile:
        """Give the one profile of a chain id.

        Raises:
            NotProvisionedError: there is none, or more than one.
        """
        found = [profile for profile in self.profiles.values() if profile.chain_id == chain_id]
        if len(found) != 1:
            raise NotProvisionedError("The signer knows no network of this chain id, or more than one.")
        return found[0]

    def template(self, name: str) -> Template:
        """Give a template.

        Raises:
            NotProvisionedError: it is not known.
        """
        if name not in self.templates:
            raise NotProvisionedError(f"The signer does not know the kind of record {name}.")
        return self.templates[name]


def line_name(envelope: Envelope) -> str:
    """Name the file of an envelope's line, so that a newer one takes its place; templates keep each serial."""
    payload = envelope.payload
    parts = [payload.kind, payload.environment, payload.scope.hex(), payload.issuer.hex()]
    if payload.kind == "templates":
        parts.append(str(payload.serial))
    if payload.kind == "trust" and isinstance(payload.body, list):
        parts.append(str(payload.body[0]))
    return f"{payload.kind}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"


def with_root(memory: SerialMemory, root: Root) -> SerialMemory:
    """Take note of a root that a person admitted; one on the way to a newer one that was seen already changes nothing.

    Raises:
        TwoFilesError: another root of this serial was seen before.
    """
    known = memory.lines.get(entry(root.root_id, root.envelope)[0], _NO_LINE)
    return memory if root.serial < known[0] else _accept(memory, root, root.envelope)


def read_file(root: Root, data: bytes) -> tuple[Envelope, tuple[Statement, ...]]:
    """Verify a file under a root and give everything that it states.

    Raises:
        MalformedRequestError: it is no envelope.
        PolicyRefusedError: it does not verify, or is of a kind that a signer does not load.
    """
    try:
        envelope = decode_envelope(data)
    except WireError as cause:
        raise MalformedRequestError(f"The file is no envelope: {cause.text}") from cause
    try:
        return envelope, read_statements(root, envelope, data)
    except WireError as cause:
        raise PolicyRefusedError(f"The file does not verify under this signer's root: {cause.text}") from cause


def _newest(root: Root, statements: Iterable[Statement]) -> Iterable[Envelope]:
    """Give the newest envelope of each line in a file; only of templates may older ones stand beside it."""
    found: dict[bytes, Envelope] = {}
    for statement in statements:
        name, serial, digest = entry(root.root_id, statement.envelope)
        known = found.get(name)
        if known is None:
            found[name] = statement.envelope
            continue
        if serial == known.payload.serial and digest != entry(root.root_id, known)[2]:
            raise TwoFilesError(_twice(statement.envelope))
        if statement.envelope.payload.kind != "templates" and serial != known.payload.serial:
            raise PolicyRefusedError("The file states one thing twice, in two serials.")
        if serial > known.payload.serial:
            found[name] = statement.envelope
    return found.values()


def _accept(memory: SerialMemory, root: Root, envelope: Envelope) -> SerialMemory:
    try:
        return memory.accept(root.root_id, envelope)
    except EquivocationError as cause:
        raise TwoFilesError(_twice(envelope)) from cause
    except WireError as cause:
        raise PolicyRefusedError(f"The file holds an envelope of kind {envelope.payload.kind}: {cause.text}") from cause


def _twice(envelope: Envelope) -> str:
    kind, serial = envelope.payload.kind, envelope.payload.serial
    return f"Two envelopes of kind {kind} have serial {serial} and different contents."


def _in_force(root: Root, memory: SerialMemory, files: Mapping[str, tuple[Statement, ...]]) -> TrustBase:
    profiles: dict[Hash32, Profile] = {}
    packs: dict[Hash32, Pack] = {}
    templates: dict[str, Template] = {}
    names: dict[Hash32, AuthorityEntry] = {}
    every = [statement for statements in files.values() for statement in statements]
    # One order for any order of the files: two networks may name one authority, and then the later word counts.
    for statement in sorted(every, key=lambda item: (item.envelope.payload.issued, item.envelope.payload_bytes)):
        for template in statement.templates:
            known = templates.setdefault(template.id, template)
            if known.digest != template.digest:
                raise PolicyRefusedError(f"Another template is known as {template.id}.")
        name, serial, _ = entry(root.root_id, statement.envelope)
        if serial != memory.lines[name][0]:
            continue
        if statement.profile is not None:
            profiles[statement.profile.genesis_hash] = statement.profile
        if statement.pack is not None:
            packs[statement.pack.genesis_hash] = statement.pack
        for body in statement.authorities:
            names[body.id] = body
    return TrustBase(root, memory, files, profiles, packs, templates, names)
