"""The last screens of every transaction: which key signs, where it goes, its number, and what it may cost."""

from __future__ import annotations

from firmware_bridge.signer.screens import Rows, Screen, rows_to_screens
from lightnode.wire.plain_text import is_sentence_part
from lightnode.wire.profile import REGISTRY, Profile
from lightnode.wire.root import show_fingerprint
from lightnode.wire.transaction import UnsignedTransaction
from lightnode.wire.types import Address

UNREADABLE_LABEL = "(not readable)"


def screens_for_transaction(
    title: str, profile: Profile, transaction: UnsignedTransaction, label: str, sender: Address
) -> tuple[Screen, ...]:
    """Give the technical screens, the same for every transaction and for the desktop's preview.

    Args:
        title: of the request.
        profile: of the network.
        transaction: what is signed.
        label: of the key.
        sender: address of the key.
    """
    rows: Rows = [
        ("Signing key", label if is_sentence_part(label) else UNREADABLE_LABEL),
        ("Key address", show_fingerprint(sender)),
        ("Register", _register(profile, transaction)),
        ("Transaction", f"Number {transaction.nonce} of this key, type {int(transaction.type)}"),
        ("Fee", _fee(transaction)),
    ]
    return rows_to_screens(title, rows)


def _register(profile: Profile, transaction: UnsignedTransaction) -> str:
    if transaction.to is None:
        return "(to be created)"
    way = "" if profile.recording is None or profile.recording.way == REGISTRY else "EBSI Timestamp at "
    return f"{way}{show_fingerprint(transaction.to)}"


def _fee(transaction: UnsignedTransaction) -> str:
    gas = f"At most {transaction.gas_limit} units of gas"
    if transaction.gas_price is not None:
        return f"{gas} at {transaction.gas_price} wei each"
    tip, price = transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas
    return f"{gas} at up to {price} wei each, up to {tip} of it a tip"
