"""Envelope keys as people name them: a label on a signer, or curve and public key in hex."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.errors import UsageError
from desktop.services import signer_access
from desktop.services.signer_access import SignerAddress
from lightnode.errors import WireError
from lightnode.wire.curve import Curve, check_public_key, compress
from lightnode.wire.key_set import KeySet, SigningKey

PURPOSE = "envelope"

Find = Callable[[str], tuple[Curve, bytes]]


def finder(signer: SignerAddress | None, named: Sequence[str]) -> Find:
    """Give a function from a reference to curve and compressed key; the signer is asked once, and only if needed.

    Args:
        signer: where labels are looked up.
        named: every reference that will be asked for.

    Raises:
        UsageError: a label stands without a signer.
    """
    labels = [name for name in named if not _is_literal(name)]
    if labels and signer is None:
        raise UsageError("Name the signer that holds the keys with --signer, or give keys as CURVE:HEX.")
    known = signer_access.list_keys(signer) if labels and signer is not None else ()

    def find(name: str) -> tuple[Curve, bytes]:
        if _is_literal(name):
            return _literal(name)
        key = signer_access.choose_key(known, name, PURPOSE)
        return Curve(key.curve), compress(key.public_key)

    return find


def key_set(threshold: int, keys: Sequence[tuple[Curve, bytes]]) -> KeySet:
    """Give the set of keys with a holder each, in the order named."""
    return KeySet.of(threshold, [SigningKey(curve, key, holder) for holder, (curve, key) in enumerate(keys, 1)])


def _is_literal(name: str) -> bool:
    return name.partition(":")[0] in {curve.value for curve in Curve}


def _literal(name: str) -> tuple[Curve, bytes]:
    curve, _, digits = name.partition(":")
    try:
        return Curve(curve), compress(check_public_key(Curve(curve), bytes.fromhex(digits)))
    except (ValueError, WireError) as cause:
        raise UsageError("A public key is given as secp256k1:HEX or secp256r1:HEX, of 33 or 65 bytes.") from cause
