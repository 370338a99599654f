"""A transfer file as a source of headers and proofs, believed as little as a node (T1 to T5 of `docs/verification.md`).

Invariants: the whole file is read once before anything is taken from it, in bounded memory: frames, order, digest; after that
each piece is read again where it is needed, and judged by whoever asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.light_client.source import ClaimedHeader
from lightnode.transfer import pieces
from lightnode.transfer.errors import (
    TransferCutError,
    TransferFileError,
    TransferFormError,
    TransferLackError,
    TransferNetworkError,
)
from lightnode.wire.types import Address, Hash32


class FileSource:
    """Reads one file."""

    def __init__(self, config: ChainConfig, rules_digest: Hash32, file: BinaryIO, name: str) -> None:
        """Read the file through once.

        Args:
            config: of the network.
            rules_digest: of its profile.
            file: opened for reading, with a position that can be set.
            name: of the file, for people.

        Raises:
            TransferError: its leaf says what is wrong.
        """
        self._config, self._file, self._name = config, file, name
        self._headers: list[tuple[int, int]] = []
        self._proofs: dict[tuple[int, Address], int] = {}
        self._held: tuple[int, tuple[Header, ...]] | None = None
        self.preface = self._index()
        # T1
        if self.preface.genesis_hash != config.block_hash:
            raise TransferNetworkError("The file is about another network.")
        if self.preface.rules_digest != rules_digest:
            raise TransferNetworkError("The file was made under other rules than those of the profile.")

    @property
    def name(self) -> str:
        """Give the file's name."""
        return self._name

    @property
    def proven(self) -> tuple[tuple[int, Address], ...]:
        """Give of which accounts the file holds proofs, by height."""
        return tuple(sorted(self._proofs))

    def chain_id(self) -> int:
        """Give the network's: the file names its genesis block."""
        return self._config.chain_id

    def head(self) -> int:
        """Give the last height."""
        return self.preface.last

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        """Give headers.

        Raises:
            TransferLackError: the file does not hold one of them.
        """
        return [ClaimedHeader(self._config.header if height == 0 else self._header(height)) for height in heights]

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Give a proof as a node would print it.

        Raises:
            TransferLackError: the file does not hold it.
        """
        at = self._proofs.get((height, account))
        if at is None:
            raise TransferLackError(f"The file holds no proof of 0x{account.hex()} after block {height}.")
        found = pieces.decode_piece(self._piece(at))
        if not isinstance(found, pieces.PlacedProof):
            raise TransferFormError("The file was changed while it was read.")
        return pieces.answer_json(found.answer, slots)

    def every_slot(self, account: Address, height: int) -> tuple[int, ...]:
        """Give the slots of which the file holds proofs."""
        found = pieces.decode_piece(self._piece(self._proofs[height, account]))
        return tuple(found.answer.slots) if isinstance(found, pieces.PlacedProof) else ()

    def _header(self, height: int) -> Header:
        if self._held is None or not self._held[0] <= height < self._held[0] + len(self._held[1]):
            index = (height - self.preface.first) // pieces.HEADERS_PER_PIECE
            if height < self.preface.first or index >= len(self._headers):
                raise TransferLackError(f"The file does not hold block {height}.")
            first, at = self._headers[index]
            found = pieces.decode_piece(self._piece(at))
            if not isinstance(found, tuple):
                raise TransferFormError("The file was changed while it was read.")
            self._held = (first, found)
        first, listed = self._held
        if not first <= height < first + len(listed):
            raise TransferLackError(f"The file does not hold block {height}.")
        return listed[height - first]

    def _index(self) -> pieces.Preface:
        """Read everything once: T2 frames and digest, T3 heights without a gap."""
        digest, preface, following, ended = hashlib.sha256(), None, 0, False
        for at, piece in self._frames():
            if ended:
                raise TransferFormError("Something follows the end of the file.")
            if preface is None:
                preface = pieces.decode_preface(piece)
                following = preface.first
            else:
                found = pieces.decode_piece(piece)
                if isinstance(found, tuple):
                    following = self._note_headers(found, following, at)
                elif isinstance(found, pieces.PlacedProof):
                    self._proofs[found.height, found.answer.address] = at
                else:
                    ended = True
                    if found != digest.digest():
                        raise TransferCutError("The digest at the end of the file is not that of the file.")
            digest.update(len(piece).to_bytes(4, "big") + piece)
        if preface is None or not ended or following != preface.last + 1:
            raise TransferCutError(f"The file is cut short; it is whole up to block {max(following - 1, 0)}.")
        return preface

    def _note_headers(self, found: tuple[Header, ...], following: int, at: int) -> int:
        for header in found:
            if header.number != following:
                raise TransferFormError(f"Block {header.number} stands where block {following} belongs.")
            following += 1
        # Every piece but the last is full, so that a height leads to its piece.
        if self._headers and self._headers[-1][0] + pieces.HEADERS_PER_PIECE != found[0].number:
            raise TransferFormError("A piece with headers is not full.")
        self._headers.append((found[0].number, at))
        return following

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        at = 0
        while True:
            piece = self._read(at)
            if piece is None:
                return
            yield at, piece
            at += 4 + len(piece)

    def _piece(self, at: int) -> bytes:
        piece = self._read(at)
        if piece is None:
            raise TransferFormError("The file was changed while it was read.")
        return piece

    def _read(self, at: int) -> bytes | None:
        """Read one frame; None at the end of the file."""
        try:
            self._file.seek(at)
            head = self._file.read(4)
            if not head:
                return None
            length = int.from_bytes(head, "big")
            if len(head) < 4 or not 0 < length <= pieces.MAX_PIECE:
                raise TransferCutError("The file is cut short, or no transfer file.")
            piece = self._file.read(length)
        except OSError as cause:
            raise TransferFileError("The transfer file cannot be read.") from cause
        if len(piece) != length:
            raise TransferCutError("The file is cut short.")
        return piece
