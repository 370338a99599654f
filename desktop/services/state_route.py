"""Proofs of state through this office's own node, asked again while it has only just heard of the block.

Invariants: every answer is proven under the header given; a node that has no `eth_getProof` at all is said to be the wrong
route, not to lie.
"""

from __future__ import annotations

from collections.abc import Sequence

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.proofs.errors import NotProvableError
from lightnode.proofs.state import ProvenState, prove_state
from lightnode.rpc.errors import RefusedError
from lightnode.rpc.ledger import METHOD_MISSING, Ledger
from lightnode.rpc.patience import PAUSES, patiently
from lightnode.wire.types import Address

# A node that is behind by more has dropped the state, and waiting brings nothing.
NEAR_HEAD = 3


class StateRoute:
    """Proves state over a node that answers `eth_getProof`."""

    name = "proof"

    def __init__(self, ledger: Ledger, newest: int) -> None:
        """Ask a node.

        Args:
            ledger: asks it.
            newest: height of the newest verified block.
        """
        self._ledger, self._newest = ledger, newest

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        """Give an account and words of its storage, proven.

        Raises:
            NotProvableError: the node has no such method.
            StateUnprovenError: the proof does not hold.
            StateMissingError: the node does not have the state.
            RpcError: it gives other trouble.
        """
        pauses = PAUSES if header.height > self._newest - NEAR_HEAD else ()
        try:
            answer = patiently(lambda: self._ledger.proof(account, slots, header.height), pauses)
        except RefusedError as refusal:
            if refusal.number not in METHOD_MISSING:
                raise
            raise NotProvableError(
                "The node has no eth_getProof, as EBSI's public API; only logs can be proven here (--route logs).",
                header.height,
            ) from refusal
        return prove_state(header, account, slots, answer)
