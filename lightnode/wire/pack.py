"""Packs: what a signer may sign beyond acts. For now: which contract may be created (foundations section 7).

Kind *pack*, signed by governance, scope the genesis hash. Body: `[1, [+ [name, creation code length, Keccak-256 of it]]]`.
The creation code is the compiled bytecode without constructor arguments, which the signer shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.keccak import keccak256
from lightnode.wire.payload import Payload
from lightnode.wire.plain_text import is_sentence_part
from lightnode.wire.types import Hash32, hash32

VERSION = 1


class PackError(WireError):
    """A pack is malformed."""

    code = "PACK"
    advice = "Ask governance for the signed pack of your network."


@dataclass(frozen=True, slots=True)
class CreationCode:
    """A contract that may be created.

    Attributes:
        name: for people.
        length: bytes of the code without arguments.
        code_hash: Keccak-256 of these bytes.
    """

    name: str
    length: int
    code_hash: Hash32

    def matches(self, initcode: bytes) -> bool:
        """Tell whether an initcode begins with this code."""
        return len(initcode) >= self.length and keccak256(initcode[: self.length]) == self.code_hash


@dataclass(frozen=True, slots=True)
class Pack:
    """What a signer may sign on one network.

    Attributes:
        genesis_hash: of the network.
        creations: contracts that may be created.
    """

    genesis_hash: Hash32
    creations: tuple[CreationCode, ...]

    def body(self) -> list[cbor.Value]:
        """Give the envelope's body."""
        return [VERSION, [[item.name, item.length, item.code_hash] for item in self.creations]]


def read_pack(payload: Payload) -> Pack:
    """Read a verified pack payload.

    Raises:
        PackError: malformed.
    """
    match payload.body:
        case [1, list(creations)] if payload.kind == "pack" and len(creations) <= 64:
            return Pack(hash32(payload.scope), tuple(_creation(item) for item in creations))
    raise PackError("The body of a pack is malformed.")


def _creation(item: cbor.Value) -> CreationCode:
    match item:
        case [str(name), int(length), bytes(code)] if (
            1 <= length <= 49152
            and not isinstance(length, bool)
            and len(code) == 32
            and len(name) <= 40
            and is_sentence_part(name)
        ):
            return CreationCode(name, length, Hash32(code))
    raise PackError("A contract in a pack is malformed.")
