"""Drafts and envelopes as files: reading either, adding a signature, showing what they hold.

Invariants: a file is a draft (unsigned) or an envelope (signed at least once); adding a signature never changes the
payload; what `describe` prints comes from the decoded payload only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from desktop.errors import InputFormatError
from desktop.services.statements import Term
from lightnode.errors import LightNodeError, WireError
from lightnode.wire.envelope import CoseSignature, Envelope, assemble, decode_envelope
from lightnode.wire.key_set import KeySet
from lightnode.wire.order import read_height_exception
from lightnode.wire.payload import Payload, decode_draft, encode_draft
from lightnode.wire.profile import read_profile
from lightnode.wire.root import fingerprint_of, read_root_body, show_fingerprint
from lightnode.wire.status import read_status
from lightnode.wire.trust import read_authority, read_country


@dataclass(frozen=True, slots=True)
class EnvelopeFile:
    """A draft or an envelope.

    Attributes:
        payload: what it says.
        payload_bytes: the bytes that are signed.
        signatures: none for a draft.
    """

    payload: Payload
    payload_bytes: bytes
    signatures: tuple[CoseSignature, ...]


def read(data: bytes, name: str) -> EnvelopeFile:
    """Read a draft or an envelope.

    Args:
        data: the file.
        name: what to call it in an error.

    Raises:
        InputFormatError: it is neither.
    """
    try:
        envelope = decode_envelope(data)
        return EnvelopeFile(envelope.payload, envelope.payload_bytes, envelope.signatures)
    except WireError:
        pass
    try:
        payload = decode_draft(data)
        return EnvelopeFile(payload, payload.encode(), ())
    except WireError as cause:
        raise InputFormatError(f"{name} is neither a draft nor an envelope: {cause.text}") from cause


def draft_bytes(payload: Payload) -> bytes:
    """Give the bytes of a draft file."""
    return encode_draft(payload)


def add_signature(file: EnvelopeFile, signature: CoseSignature) -> Envelope:
    """Give the envelope with one more signature; one of the same key is replaced."""
    others = [item for item in file.signatures if item.kid != signature.kid]
    return assemble(file.payload_bytes, [*others, signature])


def renewed(file: EnvelopeFile, term: Term) -> Payload:
    """Give the payload that says the same again, with a term of its own, for whoever signs it now.

    Raises:
        InputFormatError: a root, which is followed by another and never said again.
    """
    if file.payload.kind == "root":
        raise InputFormatError("A root is not renewed: make the next one with `chancery root make --previous`.")
    return replace(
        file.payload, serial=term.serial, issued=term.issued, next_update=term.next_update, not_after=term.not_after
    )


def digest(data: bytes) -> bytes:
    """Give a file's SHA-256."""
    return hashlib.sha256(data).digest()


def describe(file: EnvelopeFile) -> tuple[list[str], dict[str, Any]]:
    """Say what a draft or an envelope holds, for people and for programs."""
    payload = file.payload
    value: dict[str, Any] = {
        "kind": payload.kind,
        "environment": payload.environment,
        "scope": _scope(payload),
        "issuer": _issuer(payload),
        "serial": payload.serial,
        "issued": payload.issued,
        "next_update": payload.next_update,
        "not_after": payload.not_after,
        "signatures": [item.kid.hex() for item in file.signatures],
        "content": dict(_content(file)),
    }
    lines = [
        f"{payload.kind}, {payload.environment}, serial {payload.serial}"
        + ("" if file.signatures else " (draft, not signed)"),
        f"  scope        {value['scope'] or '-'}",
        f"  issuer       {value['issuer'] or '-'}",
        f"  issued       {show_time(payload.issued)}",
        f"  newer due    {show_time(payload.next_update)}",
        f"  not after    {show_time(payload.not_after)}",
        *(f"  signed by    {kid[:16]}..." for kid in value["signatures"]),
        *(f"  {name:<12} {text}" for name, text in value["content"].items()),
    ]
    return lines, value


def show_time(seconds: int) -> str:
    """Write a time without a locale."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _scope(payload: Payload) -> str:
    return payload.scope.hex() if len(payload.scope) == 32 else payload.scope.decode("ascii", "replace")


def _issuer(payload: Payload) -> str:
    return payload.issuer.hex() if len(payload.issuer) == 32 else payload.issuer.decode("ascii", "replace")


def _content(file: EnvelopeFile) -> Iterator[tuple[str, str]]:
    try:
        yield from _content_of(file)
    except LightNodeError as error:
        yield "not readable", error.text


def _content_of(file: EnvelopeFile) -> Iterator[tuple[str, str]]:
    payload = file.payload
    if payload.kind == "root":
        own, governance, countries = read_root_body(payload.body)
        yield "fingerprint", show_fingerprint(fingerprint_of(file.payload_bytes))
        yield "root keys", _keys(own)
        yield "governance", _keys(governance)
        for name, keys in countries.items():
            yield f"country {name}", _keys(keys)
    elif payload.kind == "profile":
        described = read_profile(payload)
        yield "network", described.name
        yield "chain id", f"{described.chain_id} ({described.client}, {described.curve.value})"
        yield "genesis", described.genesis_hash.hex()
        recording = described.recording
        yield "registry", "none yet" if recording is None else "0x" + recording.contract.hex()
    elif payload.kind == "order":
        order = read_height_exception(payload)
        yield "order", "let one block pass that reads under two rule sets"
        yield "genesis", order.genesis.hex()
        yield "block", f"{order.height} 0x{order.block_hash.hex()}"
    elif payload.kind == "status":
        listed = read_status(payload)
        yield "registry", "0x" + listed.contract.hex()
        yield "as of block", f"{listed.height} 0x{listed.block_hash.hex()}"
        yield "not in force", str(len(listed.entries))
        yield "list", show_fingerprint(listed.digest())
    elif payload.kind == "trust":
        yield from _trust(payload)


def _trust(payload: Payload) -> Iterator[tuple[str, str]]:
    body = payload.body
    if not isinstance(body, list) or not body:
        return
    if body[0] == 2:
        _, entries = read_country(payload)
        for entry in entries:
            yield f"{entry.country}/{entry.number}", entry.name
    elif body[0] == 3:
        _, keys = read_authority(payload)
        for key in keys:
            yield "0x" + key.address.hex(), f"holder {key.holder}, verbs {key.verbs:#x}, {key.device}, from {key.first}"
    elif body[0] == 1 and len(body) in (7, 8):
        lists = len(body[7]) if len(body) == 8 else 0
        yield (
            "parts",
            f"{len(body[1])} roots, {len(body[4])} countries, {len(body[5])} authorities, {len(body[6])} templates, "
            f"{lists} status lists",
        )


def _keys(keys: KeySet) -> str:
    return f"{keys.threshold} of {len(keys.keys)}"
