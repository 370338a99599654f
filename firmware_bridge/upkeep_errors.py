"""What a signer answers about the computers it knows and about its audit log, and what a copy of that log can suffer."""

from __future__ import annotations

from firmware_bridge.link_errors import BridgeError, DeviceError


class NotPairedError(DeviceError):
    """The signer does not know this computer."""

    code = "DEVICE-NOT-PAIRED"
    advice = (
        "Pair this computer with the signer: `chancery signer pair --signer URL`, and compare the code on its display."
    )
    number = 25


class PairingOrderError(DeviceError):
    """A step of the pairing came out of its order, or on a channel that is paired."""

    code = "DEVICE-PAIR-ORDER"
    advice = "Begin the pairing anew."
    number = 26


class NoSuchHostError(DeviceError):
    """The signer knows no computer of this id."""

    code = "DEVICE-NO-HOST"
    advice = "List the computers that the signer knows with `chancery signer hosts`, then name one of them."
    number = 27


class AuditFullError(DeviceError):
    """The audit log is full of entries that nobody has taken over."""

    code = "DEVICE-AUDIT-FULL"
    advice = "Take the log over with `chancery audit pull`, then ask again; nothing was signed."
    number = 28


class AuditEntryError(BridgeError):
    """An audit log, or a copy of one, is damaged or was rewritten."""

    code = "AUDIT-ENTRY"
    advice = "Keep both the copy and the signer as they are, and tell whoever audits your agency's signers."


class AuditMarkError(BridgeError):
    """A mark of an audit log does not hold, or the log does not fit to it."""

    code = "AUDIT-MARK"
    advice = "Keep both the copy and the signer as they are, and tell whoever audits your agency's signers."


class AuditForkedError(BridgeError):
    """The signer's log does not go on where the copy ends."""

    code = "AUDIT-FORKED"
    advice = "One of the two was rewritten, or the copy is of another signer. Keep both and tell whoever audits them."
