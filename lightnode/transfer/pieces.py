"""The pieces of a transfer file: what each holds, its one encoding, and the frames around them.

File: frames of four bytes of length (big-endian) and that many bytes of CBOR. First `["chancery/transfer/1", genesis hash,
rules digest, checkpoint / null, first height, last height]`; then `[1, [header RLP]]`, at most 64, ascending without a gap
over the whole file, and `[2, height, address, nonce, balance, storage root, code hash, [node], [[slot, word, [node]]]]`; last
`[0, SHA-256 of all bytes before this frame]`, after which nothing follows.

Invariants: every piece is re-encoded and compared; no piece exceeds `MAX_PIECE`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightnode.consensus.header import Header, decode_header
from lightnode.errors import LightNodeError
from lightnode.transfer.errors import TransferFormError, TransferVersionError
from lightnode.wire import cbor
from lightnode.wire.account_proof import Account, GetProof, SlotProof
from lightnode.wire.types import Address, Hash32, address, hash32

FORMAT = "chancery/transfer/1"
FAMILY = "chancery/transfer/"
MAX_PIECE = 16 * 1024 * 1024
HEADERS_PER_PIECE = 64
END, HEADERS, PROOF = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Preface:
    """What a file is about.

    Attributes:
        genesis_hash: of the network.
        rules_digest: of the profile's rules it was verified under.
        checkpoint: encoded, of the block before the first; None where it begins at genesis.
        first: first height.
        last: last height.
    """

    genesis_hash: Hash32
    rules_digest: Hash32
    checkpoint: bytes | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PlacedProof:
    """An answer to `eth_getProof` about the state after a block.

    Attributes:
        height: of the block.
        answer: read, not believed.
    """

    height: int
    answer: GetProof


def encode_preface(preface: Preface) -> bytes:
    """Give the first piece."""
    return cbor.encode(
        [FORMAT, preface.genesis_hash, preface.rules_digest, preface.checkpoint, preface.first, preface.last]
    )


def decode_preface(data: bytes) -> Preface:
    """Read the first piece.

    Raises:
        TransferVersionError: a newer program made it.
        TransferFormError: malformed.
    """
    try:
        name, *rest = cbor.decode(data, max_bytes=MAX_PIECE)
        if isinstance(name, str) and name.startswith(FAMILY) and name != FORMAT:
            raise TransferVersionError("The file has a version that this program does not know.")
        genesis, rules, checkpoint, first, last = rest
        found = Preface(hash32(genesis), hash32(rules), checkpoint, _height(first), _height(last))
        if name != FORMAT or not 1 <= found.first <= found.last or not isinstance(checkpoint, bytes | None):
            raise ValueError("another form")
    except TransferVersionError:
        raise
    except (LightNodeError, TypeError, ValueError) as cause:
        raise TransferFormError("The file does not begin as a transfer file does.") from cause
    if encode_preface(found) != data:
        raise TransferFormError("The first piece is not in its one form.")
    return found


def encode_headers(headers: Sequence[Header]) -> bytes:
    """Give a piece with headers."""
    return cbor.encode([HEADERS, [header.encode() for header in headers]])


def encode_proof(proof: PlacedProof) -> bytes:
    """Give a piece with a proof."""
    got, claimed = proof.answer, proof.answer.claimed
    slots = [[one.slot.to_bytes(32, "big"), one.value.to_bytes(32, "big"), list(one.nodes)] for one in
             (got.slots[number] for number in sorted(got.slots))]  # fmt: skip
    return cbor.encode(
        [PROOF, proof.height, got.address, claimed.nonce, claimed.balance.to_bytes(32, "big"), claimed.storage_root,
         claimed.code_hash, list(got.nodes), slots]
    )  # fmt: skip


def encode_end(digest: bytes) -> bytes:
    """Give the last piece."""
    return cbor.encode([END, digest])


def decode_piece(data: bytes) -> tuple[Header, ...] | PlacedProof | Hash32:
    """Read any piece but the first.

    Returns:
        Headers, a proof, or the digest that ends the file.

    Raises:
        TransferFormError: malformed.
    """
    try:
        kind, *rest = cbor.decode(data, max_bytes=MAX_PIECE)
        if kind == HEADERS:
            (listed,) = rest
            found: tuple[Header, ...] | PlacedProof | Hash32 = tuple(decode_header(raw) for raw in listed)
            again = encode_headers(found)  # type: ignore[arg-type]
            if not 1 <= len(listed) <= HEADERS_PER_PIECE:
                raise ValueError("count")
        elif kind == PROOF:
            found = _proof(rest)
            again = encode_proof(found)
        elif kind == END:
            (digest,) = rest
            found = hash32(digest)
            again = encode_end(digest)
        else:
            raise ValueError("kind")
    except (LightNodeError, TypeError, ValueError, OverflowError) as cause:
        raise TransferFormError("A piece of the file is malformed.") from cause
    if again != data:
        raise TransferFormError("A piece of the file is not in its one form.")
    return found


def answer_json(proof: GetProof, wanted: Sequence[int]) -> Mapping[str, Any]:
    """Give a proof as a node prints it, with the slots wanted of those that it holds."""
    claimed = proof.claimed
    return {
        "address": "0x" + proof.address.hex(),
        "accountProof": ["0x" + node.hex() for node in proof.nodes],
        "balance": hex(claimed.balance),
        "nonce": hex(claimed.nonce),
        "codeHash": "0x" + claimed.code_hash.hex(),
        "storageHash": "0x" + claimed.storage_root.hex(),
        "storageProof": [
            {"key": hex(slot), "value": hex(proof.slots[slot].value),
             "proof": ["0x" + node.hex() for node in proof.slots[slot].nodes]}
            for slot in wanted if slot in proof.slots
        ],
    }  # fmt: skip


def _proof(rest: Sequence[Any]) -> PlacedProof:
    height, whose, nonce, balance, storage, code, nodes, slots = rest
    claimed = Account(_height(nonce), int.from_bytes(hash32(balance), "big"), hash32(storage), hash32(code))
    found: dict[int, SlotProof] = {}
    for slot, word, proof in slots:
        number = int.from_bytes(hash32(slot), "big")
        found[number] = SlotProof(number, int.from_bytes(hash32(word), "big"), tuple(_bytes(node) for node in proof))
    return PlacedProof(
        _height(height), GetProof(Address(address(whose)), claimed, tuple(_bytes(node) for node in nodes), found)
    )


def _height(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise ValueError("number")
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("bytes")
    return value
