"""The evidence file, sealed kind: strict reading and writing (docs/formats.md section 6).

`["chancery/evidence/1", kind, way, genesis hash, template id, opening, sealed, approval or null, batch or null]`,
`sealed = [header RLP, [+ seal], transaction index, [+ node], [+ node]]`: the header with its round and no seals; the seals
apart, ascending by who made them; proofs of transaction and receipt.

Invariants: one encoding for one meaning; no byte lies outside what the verdict checks; bounded in size and count.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.consensus.extra_data import SEAL_BYTES
from lightnode.errors import WireError
from lightnode.evidence.errors import EvidenceError, EvidenceKindError, EvidenceVersionError
from lightnode.wire import cbor
from lightnode.wire.commitment import Opening, PartialOpening, read_opening
from lightnode.wire.types import Hash32

FORMAT = "chancery/evidence/1"
PREFIX = "chancery/evidence/"
SEALED, LOGGED, LOCAL = 1, 2, 3
MAX_BYTES = 64 * 1024
MAX_NODES = 64
MAX_SEALS = 256


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a quorum of validators sealed.

    Attributes:
        header: RLP, with round and without seals.
        seals: 65 bytes each, ascending by signer, exactly a quorum.
        index: of the transaction in its block.
        transaction_nodes: proof under transactionsRoot.
        receipt_nodes: proof under receiptsRoot.
    """

    header: bytes
    seals: tuple[bytes, ...]
    index: int
    transaction_nodes: tuple[bytes, ...]
    receipt_nodes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where a record stands in its batch: index and RFC 6962 path."""

    index: int
    path: tuple[Hash32, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sealed evidence file.

    Attributes:
        way: 1 the act registry, 2 EBSI's Timestamp.
        genesis: of the network.
        template_id: kind of record.
        opening: full or partial.
        sealed: the ledger's part.
        approval: envelope that the act names, if any.
        batch: place in a batch, if any.
    """

    way: int
    genesis: Hash32
    template_id: str
    opening: Opening | PartialOpening
    sealed: Sealed
    approval: bytes | None = None
    batch: BatchPlace | None = None

    def encode(self) -> bytes:
        """Give the file's bytes."""
        part = self.sealed
        sealed = [part.header, list(part.seals), part.index, list(part.transaction_nodes), list(part.receipt_nodes)]
        batch = None if self.batch is None else [self.batch.index, list(self.batch.path)]
        return cbor.encode(
            [
                FORMAT,
                SEALED,
                self.way,
                self.genesis,
                self.template_id,
                self.opening.as_cbor(),
                sealed,
                self.approval,
                batch,
            ]
        )


def decode_evidence(data: bytes) -> Evidence:
    """Read an evidence file strictly.

    Raises:
        EvidenceVersionError: of a newer version.
        EvidenceKindError: of a kind that is not judged here.
        EvidenceError: no evidence, or not in its one form.
    """
    try:
        evidence = _read(cbor.decode(data, max_bytes=MAX_BYTES))
    except WireError as cause:
        raise EvidenceError(f"The file is no evidence: {cause.text}") from cause
    if evidence.encode() != data:
        raise EvidenceError("The evidence is not in its one form.")
    return evidence


def _read(value: cbor.Value) -> Evidence:
    match value:
        case ["chancery/evidence/1", bool(), *_]:
            pass
        case ["chancery/evidence/1", 1, int(way), bytes(genesis), str(template), list(opening), list(sealed),
              None | bytes() as approval, batch] if _is_number(way, 3) and way and len(genesis) == 32 and len(template) <= 64:  # fmt: skip
            return Evidence(
                way, Hash32(genesis), template, read_opening(opening), _sealed(sealed), approval, _batch(batch)
            )
        case ["chancery/evidence/1", int(kind), *_] if kind in (LOGGED, LOCAL):
            raise EvidenceKindError("Logged and local evidence is not judged by this version.")
        case [str(kind), *_] if kind.startswith(PREFIX) and kind != FORMAT:
            raise EvidenceVersionError("The evidence was made by a newer program than this one.")
    raise EvidenceError("The file is no evidence.")


def _sealed(value: list[cbor.Value]) -> Sealed:
    match value:
        case [bytes(header), list(seals), int(index), list(transaction), list(receipt)] if (
            _is_number(index, 1 << 16) and 1 <= len(seals) <= MAX_SEALS
        ):
            if any(not isinstance(seal, bytes) or len(seal) != SEAL_BYTES for seal in seals):
                raise EvidenceError("A seal of the evidence is malformed.")
            return Sealed(header, tuple(seals), index, _nodes(transaction), _nodes(receipt))
    raise EvidenceError("The sealed part of the evidence is malformed.")


def _is_number(value: int, limit: int) -> bool:
    """Tell a number below a limit from true and false, which Python takes for 1 and 0."""
    return not isinstance(value, bool) and 0 <= value < limit


def _nodes(value: list[cbor.Value]) -> tuple[bytes, ...]:
    if not 1 <= len(value) <= MAX_NODES or any(not isinstance(node, bytes) for node in value):
        raise EvidenceError("A proof in the evidence is malformed.")
    return tuple(value)


def _batch(value: cbor.Value) -> BatchPlace | None:
    match value:
        case None:
            return None
        case [int(index), list(path)] if _is_number(index, 4096) and len(path) <= 12:
            if all(isinstance(node, bytes) and len(node) == 32 for node in path):
                return BatchPlace(index, tuple(Hash32(node) for node in path))
    raise EvidenceError("The batch place of the evidence is malformed.")
