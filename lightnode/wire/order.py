"""Orders: what officers tell one device or office to do. For now: accept one height (foundations section 3).

Kind *order*, scope and issuer empty. Body: `[2, genesis hash, height, block hash]`: the header of that hash may pass at that
height although it reads under two rule sets of its network. It is signed by governance's threshold under the root.

Invariants: an order is about one block of one network and changes nothing else. It replaces no other, so that its serial
tells two of them apart and nothing more: no memory of serials refuses an older one.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.envelope import Envelope, verify_envelope
from lightnode.wire.payload import Payload
from lightnode.wire.root import Root
from lightnode.wire.types import Hash32, hash32

ACCEPT_HEIGHT = 2
_MAX_HEIGHT = 1 << 63


class OrderError(WireError):
    """An order is malformed, or of a form that this version does not know."""

    code = "ORDER"
    advice = "Ask governance for the signed order again; give it for the network and the block that it names."


class OrderTimeError(OrderError):
    """An order is not to be relied on any more, or not yet."""

    code = "ORDER-TIME"
    advice = "Check this computer's clock; if it is right, ask governance to sign the order again."


@dataclass(frozen=True, slots=True)
class HeightException:
    """One block that may pass.

    Attributes:
        genesis: hash of the network's genesis block.
        height: of the block, at least 1.
        block_hash: of the block, under its height's own engine.
    """

    genesis: Hash32
    height: int
    block_hash: Hash32

    def body(self) -> list[cbor.Value]:
        """Give the envelope's body."""
        return [ACCEPT_HEIGHT, self.genesis, self.height, self.block_hash]


def read_height_exception(payload: Payload) -> HeightException:
    """Read the payload of an order that accepts one height.

    Raises:
        OrderError: malformed, or another order.
    """
    if payload.kind != "order" or payload.scope or payload.issuer:
        raise OrderError("The file is no order, or names a scope or an issuer.")
    match payload.body:
        case [int(form), bytes(genesis), int(height), bytes(block)] if (
            form == ACCEPT_HEIGHT
            and not isinstance(form, bool)
            and not isinstance(height, bool)
            and 1 <= height < _MAX_HEIGHT
            and len(genesis) == len(block) == 32
        ):
            return HeightException(hash32(genesis), height, hash32(block))
    raise OrderError("The order is malformed, or asks for something that this version does not know.")


def verify_height_exception(envelope: Envelope, root: Root, genesis: Hash32, now: int) -> HeightException:
    """Demand that governance ordered to accept one height of a network.

    Args:
        envelope: decoded.
        root: given by IT; its governance must have signed.
        genesis: of the network at hand.
        now: unix seconds.

    Raises:
        EnvelopeKindError: another kind or environment.
        ThresholdError: it is not signed by exactly governance's threshold.
        OrderTimeError: it was issued later than now, or has ended.
        OrderError: malformed, or about another network.
    """
    payload = verify_envelope(envelope, root.governance, "order", root.environment)
    order = read_height_exception(payload)
    if order.genesis != genesis:
        raise OrderError(f"The order is about the network of genesis 0x{order.genesis.hex()}.")
    if not payload.issued <= now <= payload.not_after:
        raise OrderTimeError("The order is issued later than this computer's clock says, or has ended.")
    return order
