"""What one signed file states, envelope by envelope: the file itself and every envelope inside it.

Invariant: a statement is made only from an envelope whose signatures lead to the given root.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.errors import PolicyRefusedError
from lightnode.wire.envelope import Envelope, verify_envelope
from lightnode.wire.pack import Pack, read_pack
from lightnode.wire.payload import Payload
from lightnode.wire.profile import Profile, read_profile
from lightnode.wire.root import Root
from lightnode.wire.template import Template
from lightnode.wire.trust import COUNTRY, PACKAGE, AuthorityEntry, open_trust, read_country, read_templates


@dataclass(frozen=True, slots=True)
class Statement:
    """One verified envelope and the part of it that a signer uses.

    Attributes:
        envelope: verified.
        profile: where it describes a network.
        pack: where it names contract code.
        templates: where it holds kinds of record.
        authorities: where it names public bodies.
    """

    envelope: Envelope
    profile: Profile | None = None
    pack: Pack | None = None
    templates: tuple[Template, ...] = ()
    authorities: tuple[AuthorityEntry, ...] = ()


def is_package(payload: Payload) -> bool:
    """Whether a payload is that of a whole trust package, which governance signs."""
    return payload.kind == "trust" and isinstance(payload.body, list) and payload.body[:1] == [PACKAGE]


def read_statements(root: Root, envelope: Envelope, data: bytes) -> tuple[Statement, ...]:
    """Verify a file under a root and give everything it states.

    Args:
        root: of the signer.
        envelope: decoded from `data`.
        data: the file.

    Raises:
        WireError: it, or an envelope inside it, does not verify.
        PolicyRefusedError: a signer does not load this kind, or it is by nobody that the root names.
    """
    kind = envelope.payload.kind
    if is_package(envelope.payload):
        package = open_trust(data, root)
        # The newest root it leads to counts too: a package may not lead back to one that was left behind.
        return (Statement(package.root.envelope), *(_stated(part) for part in package.parts))
    if kind == "trust":
        keys = root.countries.get(envelope.payload.issuer.decode("ascii", "replace"))
        if keys is None:
            raise PolicyRefusedError("The statement is by nobody that this signer's root names.")
        verify_envelope(envelope, keys, kind, root.environment)
        read_country(envelope.payload)
    elif kind in ("profile", "pack", "templates"):
        verify_envelope(envelope, root.governance, kind, root.environment)
        if envelope.payload.issuer:
            # One line for each thing: an issuer beside governance's empty one would have serials of its own.
            raise PolicyRefusedError("The file names another issuer than governance.")
    else:
        raise PolicyRefusedError(f"A signer does not load envelopes of kind {kind}.")
    return (_stated(envelope),)


def _stated(envelope: Envelope) -> Statement:
    """Read a verified envelope."""
    payload = envelope.payload
    if payload.kind == "profile":
        return Statement(envelope, profile=read_profile(payload))
    if payload.kind == "pack":
        return Statement(envelope, pack=read_pack(payload))
    if payload.kind == "templates":
        return Statement(envelope, templates=read_templates(payload))
    if payload.kind == "trust" and isinstance(payload.body, list) and payload.body[:1] == [COUNTRY]:
        return Statement(envelope, authorities=read_country(payload)[1])
    return Statement(envelope)
