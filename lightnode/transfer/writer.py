"""Writing a transfer file in pieces: what is written is what was verified here, and ends with a digest of it all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

from lightnode.consensus.header import Header
from lightnode.transfer import pieces
from lightnode.transfer.errors import TransferFileError, TransferFormError


class TransferWriter:
    """Writes one file."""

    def __init__(self, out: BinaryIO, preface: pieces.Preface) -> None:
        """Begin with the preface.

        Args:
            out: opened for writing.
            preface: what the file is about.

        Raises:
            TransferFileError: the disk refuses.
        """
        self._out, self._preface = out, preface
        self._digest = hashlib.sha256()
        self._next = preface.first
        self._frame(pieces.encode_preface(preface))

    def headers(self, headers: Iterable[Header]) -> None:
        """Write the next headers, at most `pieces.HEADERS_PER_PIECE`.

        Raises:
            TransferFormError: they do not follow those before.
            TransferFileError: the disk refuses.
        """
        listed = list(headers)
        for header in listed:
            if header.number != self._next or header.number > self._preface.last:
                raise TransferFormError(f"Block {header.number} stands where block {self._next} belongs.")
            self._next += 1
        self._frame(pieces.encode_headers(listed))

    def proof(self, proof: pieces.PlacedProof) -> None:
        """Write a proof.

        Raises:
            TransferFileError: the disk refuses.
        """
        self._frame(pieces.encode_proof(proof))

    def finish(self) -> None:
        """End the file.

        Raises:
            TransferFormError: headers are missing.
            TransferFileError: the disk refuses.
        """
        if self._next != self._preface.last + 1:
            raise TransferFormError(f"The file ends before block {self._preface.last}.")
        self._frame(pieces.encode_end(self._digest.digest()))

    def _frame(self, piece: bytes) -> None:
        frame = len(piece).to_bytes(4, "big") + piece
        self._digest.update(frame)
        try:
            self._out.write(frame)
        except OSError as cause:
            raise TransferFileError("The transfer file cannot be written.") from cause
