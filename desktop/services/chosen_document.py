"""The document that a record is about: read once when it is chosen, and demanded to be the same when it is signed.

Invariants: what a page says about the document is what goes into the record; one limit of size holds for choosing,
preview and signing alike.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import InputError
from desktop.services.file_access import MAX_DOCUMENT, read_bytes
from lightnode.wire.types import Hash32


class DocumentChangedError(InputError):
    """The document is no longer the one that was chosen."""

    code = "DOCUMENT-CHANGED"
    advice = "Look at the document, then choose it again."


@dataclass(frozen=True, slots=True)
class ChosenDocument:
    """A document as it was when it was chosen.

    Attributes:
        path: where it lies.
        size: in bytes.
        digest: SHA-256 of its bytes.
    """

    path: Path
    size: int
    digest: Hash32


def choose(path: Path) -> ChosenDocument:
    """Read a document and remember what it was.

    Raises:
        InputError: it cannot be read, is no plain file, or is larger than `MAX_DOCUMENT`.
    """
    body = read_bytes(path, MAX_DOCUMENT)
    return ChosenDocument(path, len(body), Hash32(hashlib.sha256(body).digest()))


def read_again(chosen: ChosenDocument) -> bytes:
    """Give a document's bytes, the ones that were chosen.

    Raises:
        InputError: it cannot be read any more.
        DocumentChangedError: it was changed since.
    """
    body = read_bytes(chosen.path, MAX_DOCUMENT)
    if hashlib.sha256(body).digest() != chosen.digest:
        raise DocumentChangedError(f"{chosen.path.name} was changed after it was chosen.")
    return body
