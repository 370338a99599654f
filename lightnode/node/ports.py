"""What the answers are made of: verified headers, proofs under them, and a node's claims about where to look.

Invariants: headers, states and bodies that come through here are proven; a claim is a hint, and whoever takes it proves it.
All are called from several threads at once; whatever they raise is a `LightNodeError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.node.proven_block import ProvenTransactions
from lightnode.proofs.block_body import ProvenBody
from lightnode.proofs.state import ProvenState
from lightnode.wire.types import Address, Hash32


class VerifiedHeaders(Protocol):
    """The verified chain."""

    def head(self) -> VerifiedHeader:
        """Give the newest verified header."""

    def header(self, height: int) -> VerifiedHeader:
        """Give a verified header, not above the head.

        Raises:
            LightNodeError: it is not kept and cannot be had again.
        """

    def run(self, heights: range) -> Sequence[VerifiedHeader]:
        """Give verified headers in order, none above the head."""

    def height_of(self, block_hash: Hash32) -> int | None:
        """Give the height of a block among those kept; None says nothing."""


class StateProver(Protocol):
    """Proofs of state (R1 and R2)."""

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        """Give an account and words of its storage, proven in the state after a block."""

    def code(self, header: VerifiedHeader, account: Address) -> bytes:
        """Give an account's code, proven likewise."""


class BodyProver(Protocol):
    """Whole bodies, rebuilt under a header's roots (R3 to R6)."""

    def transactions(self, header: VerifiedHeader) -> ProvenTransactions:
        """Give a block with its transactions; a block without any costs no question."""

    def body(self, header: VerifiedHeader) -> ProvenBody:
        """Give a block with its transactions and receipts."""


@dataclass(frozen=True, slots=True)
class TransactionClaim:
    """What a node says of a transaction.

    Attributes:
        height: of the block that it names; None for one that waits.
        raw: bytes that have the hash asked for; None where it printed none that do.
    """

    height: int | None
    raw: bytes | None


class Claims(Protocol):
    """Hints of a node, and the way by which a transaction is handed to it."""

    def transaction(self, name: Hash32) -> TransactionClaim | None:
        """Ask where a transaction stands; None where the node says that it does not know it."""

    def height_of(self, block_hash: Hash32) -> int | None:
        """Ask for a block's height; None where the node says that it does not know it."""

    def send(self, raw: bytes) -> None:
        """Hand a signed transaction to the node."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that answers are made of."""

    headers: VerifiedHeaders
    state: StateProver
    bodies: BodyProver
    claims: Claims


class Standing(Protocol):
    """How the light client stands, for people and monitors."""

    def guard(self) -> None:
        """Let nothing pass while the network is halted for misbehaviour.

        Raises:
            LightNodeError: it is; its code says why.
        """

    def status(self) -> dict[str, Any]:
        """Give head, age, checkpoint, providers and choices as JSON."""

    def syncing(self) -> dict[str, Any] | bool:
        """Give what eth_syncing says: False, or where it began, is and goes."""
