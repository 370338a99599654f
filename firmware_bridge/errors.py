"""The error tree of the bridge: what the link can suffer, and what a signer answers, as one closed list.

A signer answers with a number of `DEVICE_ERRORS`; the client raises its class. A number never changes its meaning.
"""

from __future__ import annotations

from firmware_bridge.link_errors import (
    BridgeError,
    ChannelError,
    DeviceError,
    FrameError,
    LinkBusyError,
    LinkDriverError,
    LinkPermissionError,
    LinkSeveralError,
    LinkTimeoutError,
    LinkUrlError,
    MessageError,
    MessageTooLargeError,
    PairingCodeError,
    PinDescriptorError,
    SignerStartError,
    SignerStartPinError,
    SignerStartTokenError,
    SignerStateError,
    SignerStatusError,
    SignerTokenUrlError,
    SignerUnknownError,
    UnpluggedError,
)
from firmware_bridge.upkeep_errors import (
    AuditEntryError,
    AuditForkedError,
    AuditFullError,
    AuditMarkError,
    NoSuchHostError,
    NotPairedError,
    PairingOrderError,
)

# What other modules take from here.
__all__ = [
    "AuditEntryError",
    "AuditForkedError",
    "AuditFullError",
    "AuditMarkError",
    "BridgeError",
    "ChannelError",
    "DeviceError",
    "FrameError",
    "LinkBusyError",
    "LinkDriverError",
    "LinkPermissionError",
    "LinkSeveralError",
    "LinkTimeoutError",
    "LinkUrlError",
    "MessageError",
    "MessageTooLargeError",
    "NoSuchHostError",
    "NotPairedError",
    "PairingCodeError",
    "PairingOrderError",
    "PinDescriptorError",
    "SignerStartError",
    "SignerStartPinError",
    "SignerStartTokenError",
    "SignerStateError",
    "SignerStatusError",
    "SignerTokenUrlError",
    "SignerUnknownError",
    "UnpluggedError",
]


class MalformedRequestError(DeviceError):
    """The request, or what it asks to sign, is malformed."""

    code = "DEVICE-MALFORMED"
    advice = "Report this; the program sent something that no genuine one sends."
    number = 1


class UnsupportedMethodError(DeviceError):
    """The signer does not know the method."""

    code = "DEVICE-METHOD"
    advice = "Update the signing device's software."
    number = 2


class BusyError(DeviceError):
    """The signer is busy with another request."""

    code = "DEVICE-BUSY"
    advice = "Finish or cancel the other request on the signer, then try again."
    number = 3


class NotProvisionedError(DeviceError):
    """The signer has no root, profile, template or pack that covers this."""

    code = "DEVICE-NOT-PROVISIONED"
    advice = "Load the signed file that is missing; your IT staff has it."
    number = 4


class LockedError(DeviceError):
    """The token behind the signer is locked."""

    code = "DEVICE-LOCKED"
    advice = "Enter the PIN on the signer."
    number = 5


class DevicePinWrongError(DeviceError):
    """The PIN was wrong."""

    code = "DEVICE-PIN"
    advice = "Enter the PIN again with care."
    number = 6


class DevicePinBlockedError(DeviceError):
    """The PIN is blocked."""

    code = "DEVICE-PIN-BLOCKED"
    advice = "Ask your IT staff to unblock the card."
    number = 7


class DeclinedError(DeviceError):
    """The person declined on the signer."""

    code = "DEVICE-DECLINED"
    advice = "Nothing was signed. Check the details and begin again if they should be signed."
    number = 8


class UserTimeoutError(DeviceError):
    """Nobody pressed a button in time."""

    code = "DEVICE-TIMEOUT"
    advice = "Nothing was signed. Begin again when you are at the signer."
    number = 9


class CancelledError(DeviceError):
    """The program withdrew the request."""

    code = "DEVICE-CANCELLED"
    advice = "Nothing was signed. Begin again when you are ready."
    number = 10


class PolicyRefusedError(DeviceError):
    """A rule of the signer forbids it."""

    code = "DEVICE-POLICY"
    advice = "Do not try again unchanged; the message names the rule."
    number = 11


class UnknownContractError(DeviceError):
    """The signer cannot explain what this would do."""

    code = "DEVICE-UNKNOWN"
    advice = "It was not signed, because it could not be shown in words. Ask who made it."
    number = 12


class CommitmentMismatchError(DeviceError):
    """The call commits to other details than those shown."""

    code = "DEVICE-COMMITMENT"
    advice = "Nothing was signed. This computer may have been tampered with; tell your IT staff."
    number = 13


class StaleTimeError(DeviceError):
    """The call's time limit lies too far beyond the newest signed time the signer knows."""

    code = "STALE-TIME"
    advice = "Load a newer trust list into the signer by file, then try again."
    number = 14


class UnknownKeyError(DeviceError):
    """The signer has no such key, or it has another purpose or curve."""

    code = "DEVICE-KEY"
    advice = "List the signer's keys and choose one for this purpose."
    number = 15


class TokenTroubleError(DeviceError):
    """The token behind the signer failed or vanished."""

    code = "DEVICE-TOKEN"
    advice = "Put the card in again. If it comes back, report the message."
    number = 16


class NotInModeError(DeviceError):
    """The signer was not started in provisioning mode."""

    code = "DEVICE-MODE"
    advice = "Ask your IT staff to start the signer in provisioning mode."
    number = 17


class RepeatedDifferentlyError(DeviceError):
    """A request id was used again for something else."""

    code = "DEVICE-REPEATED"
    advice = "Report this; the program repeated a request with other contents."
    number = 18


class InternalDeviceError(DeviceError):
    """The signer failed in a way it did not foresee."""

    code = "DEVICE-INTERNAL"
    advice = "Restart the signer; if it comes back, report the incident number."
    number = 19


class TwoFilesError(DeviceError):
    """A signed file has the serial of another one that the signer took in before, and other contents."""

    code = "DEVICE-TWO-FILES"
    advice = "Keep both files and report them to your agency: their signers said two things at once."
    number = 20


class TokenSilentError(DeviceError):
    """The token behind the signer does not answer."""

    code = "DEVICE-TOKEN-SILENT"
    advice = (
        "Take the card out and put it in again; where that does not help, start the signer anew. Nothing was signed."
    )
    number = 21


class NoSuchRequestError(DeviceError):
    """A request that is not at work was to be withdrawn."""

    code = "DEVICE-NO-REQUEST"
    advice = "Look at what became of the request; it was answered already or never came."
    number = 22


class DeviceStateError(DeviceError):
    """The signer's own files are damaged or cannot be written."""

    code = "DEVICE-STATE"
    advice = "Set the signer up anew with your IT staff; its keys are on the token and not touched."
    number = 23


class KeySwappedError(DeviceError):
    """The token shows another key under a label than the one that was used before."""

    code = "DEVICE-KEY-SWAPPED"
    advice = "Do not use this token; tell your IT staff that its key was swapped."
    number = 24


DEVICE_ERRORS: dict[int, type[DeviceError]] = {item.number: item for item in DeviceError.__subclasses__()}
