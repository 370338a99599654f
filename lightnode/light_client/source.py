"""Where headers and proofs come from: one server's claims, still to be verified.

Invariants: nothing here is trusted; whoever implements it bounds time, bytes and depth, and raises only
`lightnode.errors.LightNodeError` leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lightnode.consensus.header import Header
from lightnode.wire.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class ClaimedHeader:
    """A header as a server gave it.

    Attributes:
        header: decoded, with its round and seals.
        claimed_hash: the hash that the server printed beside it; None where it printed none.
    """

    header: Header
    claimed_hash: Hash32 | None = None


class HeaderSource(Protocol):
    """One server."""

    @property
    def name(self) -> str:
        """Give its address as results and files name it; without credentials."""

    def chain_id(self) -> int:
        """Give the chain id that it says it works on."""

    def head(self) -> int:
        """Give the number of its newest block."""

    def headers(self, heights: Sequence[int]) -> list[ClaimedHeader]:
        """Give the headers at some heights, in that order, in as few requests as it can.

        Raises:
            MissingAnswerError: it lacks one of them.
        """

    def proof(self, account: Address, slots: Sequence[int], height: int) -> Any:
        """Give an `eth_getProof` answer for the state after a block.

        Raises:
            StateMissingError: it does not have that state.
        """
