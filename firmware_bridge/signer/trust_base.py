"""What the signer knows for certain: profiles, templates, packs and names, each traced to its own root.

Invariants: nothing counts before its envelope verifies under the installed root; nothing of another environment is
opened; serials never go back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from firmware_bridge.errors import MalformedRequestError, NotProvisionedError, PolicyRefusedError
from lightnode.errors import WireError
from lightnode.wire.envelope import Envelope, decode_envelope, verify_envelope
from lightnode.wire.pack import Pack, read_pack
from lightnode.wire.profile import Profile, read_profile
from lightnode.wire.root import Root
from lightnode.wire.serial_memory import SerialMemory, entry
from lightnode.wire.template import Template
from lightnode.wire.trust import open_trust, read_country, read_templates
from lightnode.wire.types import Hash32


@dataclass(slots=True)
class TrustBase:
    """Everything loaded under one root.

    Attributes:
        root: installed by a person.
        profiles: by genesis hash.
        packs: by genesis hash.
        templates: by id.
        names: of authorities, by ledger id.
    """

    root: Root
    profiles: dict[Hash32, Profile] = field(default_factory=dict)
    packs: dict[Hash32, Pack] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    names: dict[Hash32, str] = field(default_factory=dict)

    def load(self, data: bytes) -> Envelope:
        """Check an envelope under the root and take over what it states.

        Raises:
            PolicyRefusedError: it does not verify, or is of a kind that a signer does not load.
            MalformedRequestError: it is no envelope.
        """
        try:
            envelope = decode_envelope(data)
        except WireError as cause:
            raise MalformedRequestError(f"The file is no envelope: {cause.text}") from cause
        try:
            self._take(envelope, data)
        except WireError as cause:
            raise PolicyRefusedError(f"The file does not verify under this signer's root: {cause.text}") from cause
        return envelope

    def _take(self, envelope: Envelope, data: bytes) -> None:
        kind, root = envelope.payload.kind, self.root
        if kind == "profile":
            profile = read_profile(verify_envelope(envelope, root.governance, kind, root.environment))
            self.profiles[profile.genesis_hash] = profile
        elif kind == "pack":
            pack = read_pack(verify_envelope(envelope, root.governance, kind, root.environment))
            self.packs[pack.genesis_hash] = pack
        elif kind == "templates":
            for template in read_templates(verify_envelope(envelope, root.governance, kind, root.environment)):
                known = self.templates.get(template.id)
                if known is not None and known.digest != template.digest:
                    raise PolicyRefusedError(f"Another template is known as {template.id}.")
                self.templates[template.id] = template
        elif kind == "trust":
            self._take_trust(envelope, data)
        else:
            raise PolicyRefusedError(f"A signer does not load envelopes of kind {kind}.")

    def _take_trust(self, envelope: Envelope, data: bytes) -> None:
        root, body = self.root, envelope.payload.body
        if isinstance(body, list) and body[:1] == [1]:
            package = open_trust(data, root)
            self.profiles[package.profile.genesis_hash] = package.profile
            for template in package.templates.values():
                self.templates.setdefault(template.id, template)
            for body_entry in package.authorities.values():
                self.names[body_entry.id] = f"{body_entry.name}, {body_entry.country}"
            return
        keys = root.countries.get(envelope.payload.issuer.decode("ascii", "replace"))
        if keys is None:
            raise PolicyRefusedError("The statement is by nobody that this signer's root names.")
        for named in read_country(verify_envelope(envelope, keys, "trust", root.environment))[1]:
            self.names[named.id] = f"{named.name}, {named.country}"

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


def demand_fresh(memory: SerialMemory, root: Root, envelope: Envelope) -> SerialMemory:
    """Refuse an older serial; the same file again is welcome.

    Raises:
        PolicyRefusedError: older, or another file of the same serial.
    """
    try:
        return memory.accept(root.root_id, envelope)
    except WireError as cause:
        raise PolicyRefusedError(cause.text) from cause


def serial_name(root: Root, envelope: Envelope) -> bytes:
    """Give the name of an envelope's line in the memory."""
    return entry(root.root_id, envelope)[0]
