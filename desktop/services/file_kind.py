"""What kind of file some bytes are, by what they begin with and say of themselves: so that no result replaces another kind.

Invariant: bytes that are none of ours are OTHER, whatever their name.
"""

from __future__ import annotations

import re

from lightnode.errors import WireError
from lightnode.wire.envelope import decode_envelope
from lightnode.wire.payload import decode_draft

EVIDENCE = "evidence"
JSON = "JSON"
OTHER = "other"
# How a file of ours begins: an array, or a piece's length and an array, whose first item is the kind with its version.
_MARK = re.compile(rb".{1,8}?chancery/([a-z-]{1,20})/[0-9]", re.DOTALL)
# These say what they hold.
_HOLDERS = (b"draft", b"envelope")


def kind_of(data: bytes) -> str:
    """Give a file's kind: `evidence`, `checkpoint`, `transfer` ..., `draft of KIND`, `envelope of KIND`, `JSON` or `other`."""
    found = _MARK.match(data[:40])
    if found is not None and found[1] not in _HOLDERS:
        return found[1].decode()
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
