"""Was a key valid for a purpose of a DID at a time, as the registry's state after a block says (Q6).

A revocation may be dated back: what the state after block N says of the time of block N, and what a later state says of
that same time, can differ. Both are statements of their own, each with the block it is made from; neither is put in the
place of the other.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from lightnode.registries.did_documents import DidDocument


class KeyState(enum.Enum):
    """How a key stands."""

    VALID = "valid"
    NO_DOCUMENT = "no such DID"
    NO_KEY = "no such key"
    NO_RELATIONSHIP = "not for this purpose"
    NOT_YET = "not valid yet"
    ENDED = "valid no more"


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """How a key stands for one purpose at one time.

    Attributes:
        state: in one word.
        time: asked about, unix seconds.
        not_before: begin of the interval nearest to it; None where there is none.
        not_after: its end; None where there is none.
        revoked: whether the state also calls the key revoked; its interval then ended by revocation.
    """

    state: KeyState
    time: int
    not_before: int | None = None
    not_after: int | None = None
    revoked: bool = False


def key_standing(document: DidDocument | None, method: str, purpose: str, time: int) -> KeyStanding:
    """Tell whether a key was valid for a purpose at a time.

    Args:
        document: proven, None where its absence is; see `did_documents.document_plan`.
        method: id of the key.
        purpose: one of `did_documents.RELATIONSHIPS`.
        time: unix seconds; the time of the block for "at block N".
    """
    if document is None:
        return KeyStanding(KeyState.NO_DOCUMENT, time)
    key = document.method(method)
    if key is None:
        return KeyStanding(KeyState.NO_KEY, time)
    spans = [one for one in document.relationships if one.method == method and one.name == purpose]
    if not spans:
        return KeyStanding(KeyState.NO_RELATIONSHIP, time, revoked=key.revoked)
    covering = [one for one in spans if one.covers(time)]
    if covering:
        one = covering[0]
        return KeyStanding(KeyState.VALID, time, one.not_before, one.not_after, key.revoked)
    one = min(spans, key=lambda span: min(abs(span.not_before - time), abs(span.not_after - time)))
    state = KeyState.NOT_YET if time < one.not_before else KeyState.ENDED
    return KeyStanding(state, time, one.not_before, one.not_after, key.revoked)
