"""What kind of file some bytes are, by what they begin with and say of themselves: so that no result replaces another kind.

Invariant: bytes that are none of ours are OTHER, whatever their name.
"""

from __future__ import annotations

from lightnode.errors import WireError
from lightnode.wire.envelope import decode_envelope
from lightnode.wire.payload import decode_draft

EVIDENCE = "evidence"
JSON = "JSON"
OTHER = "other"
_MARK = b"chancery/evidence/"
_MARK_WITHIN = 24


def kind_of(data: bytes) -> str:
    """Give the kind of a file: `evidence`, `draft of KIND`, `envelope of KIND`, `JSON` or `other`."""
    if _MARK in data[:_MARK_WITHIN]:
        return EVIDENCE
    try:
        return draft_of(decode_draft(data).kind)
    except WireError:
        pass
    try:
        return f"envelope of {decode_envelope(data).payload.kind}"
    except WireError:
        return JSON if data.lstrip()[:1] in (b"{", b"[") else OTHER


def draft_of(kind: str) -> str:
    """Give the kind of a draft, from the kind of what it drafts."""
    return f"draft of {kind}"
