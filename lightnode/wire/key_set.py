"""Public keys that sign envelopes, with their holders, and the threshold they must reach.

Invariants: keys are ascending by key id and unique; holders carry numbers; a threshold counts holders, never keys; it
lies between 1 and the number of holders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, compress, decompress
from lightnode.wire.types import Hash32

MAX_KEYS = 64


class KeySetError(WireError):
    """A set of keys is malformed."""

    code = "KEY-SET"


def key_id(curve: Curve, public_key: bytes) -> Hash32:
    """Give the key id: SHA-256 over `chancery/key/1`, the compressed key and the curve's name.

    Args:
        curve: the key's curve.
        public_key: 33 or 65 bytes.
    """
    short = compress(public_key) if len(public_key) == 65 else public_key
    return Hash32(hashlib.sha256(b"chancery/key/1" + short + curve.value.encode()).digest())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key with its holder.

    Attributes:
        curve: of the key.
        public_key: 33 bytes.
        holder: two keys of one holder count once.
    """

    curve: Curve
    public_key: bytes
    holder: int

    @property
    def kid(self) -> Hash32:
        """The key id."""
        return key_id(self.curve, self.public_key)


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys of which a threshold of holders must sign.

    Attributes:
        threshold: k of k-of-n.
        keys: ascending by key id.
    """

    threshold: int
    keys: tuple[SigningKey, ...]

    @classmethod
    def of(cls, threshold: int, keys: Iterable[SigningKey]) -> KeySet:
        """Make a set in its one order.

        Raises:
            KeySetError: it would not be whole.
        """
        made = cls(threshold, tuple(sorted(keys, key=lambda key: key.kid)))
        made.check()
        return made

    def check(self) -> None:
        """Demand order, uniqueness and a reachable threshold.

        Raises:
            KeySetError: one is missing.
        """
        ids = [key.kid for key in self.keys]
        holders = {key.holder for key in self.keys}
        if ids != sorted(set(ids)) or len(ids) > MAX_KEYS or not 1 <= self.threshold <= len(holders):
            raise KeySetError("The keys are not ascending and unique, or the threshold cannot be reached.")
        for key in self.keys:
            decompress(key.curve, key.public_key)

    def find(self, kid: bytes) -> SigningKey | None:
        """Give the key of an id, if it is in the set."""
        return next((key for key in self.keys if key.kid == kid), None)

    def as_cbor(self) -> list[cbor.Value]:
        """Give `[threshold, [+ [curve, public key, holder]]]`."""
        return [self.threshold, [[key.curve.value, key.public_key, key.holder] for key in self.keys]]


def read_key_set(value: cbor.Value) -> KeySet:
    """Read a set of keys strictly.

    Raises:
        KeySetError: malformed.
    """
    match value:
        case [int(threshold), list(keys)] if not isinstance(threshold, bool):
            made = KeySet(threshold, tuple(_key(key) for key in keys))
            made.check()
            return made
    raise KeySetError("A set of keys is malformed.")


def _key(value: cbor.Value) -> SigningKey:
    match value:
        case [str(curve), bytes(public), int(holder)] if (
            curve in ("secp256k1", "secp256r1") and holder >= 0 and not isinstance(holder, bool)
        ):
            return SigningKey(Curve(curve), public, holder)
    raise KeySetError("A key of a set is malformed.")
