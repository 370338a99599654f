"""The error tree of the bridge: what the link can suffer, and what a signer answers, as one closed list.

A signer answers with a number of `DEVICE_ERRORS`; the client raises its class. A number never changes its meaning.
"""

from __future__ import annotations

from typing import ClassVar


class BridgeError(Exception):
    """Base of everything the bridge raises on purpose.

    Attributes:
        code: stable identifier.
        advice: what to do now.
    """

    code: ClassVar[str] = "BRIDGE"
    advice: ClassVar[str] = "Unplug the signing device, plug it in again, and try once more."

    def __init__(self, text: str) -> None:
        """Store what happened, without secrets."""
        super().__init__(text)
        self.text = text


class LinkUrlError(BridgeError):
    """A signer's URL is malformed or of an unknown kind."""

    code = "LINK-URL"
    advice = "Write serial:PATH or socket://127.0.0.1:PORT."


class UnpluggedError(BridgeError):
    """The signer cannot be reached, or vanished."""

    code = "SIGNER-GONE"
    advice = "Connect the signing device or start the signer; nothing is lost, ask again."


class LinkTimeoutError(BridgeError):
    """The signer does not answer."""

    code = "SIGNER-SILENT"
    advice = "Unplug the signing device, plug it in again, and try once more."


class FrameError(BridgeError):
    """Bytes are no frame; the link goes on after the next delimiter."""

    code = "FRAME"


class MessageError(BridgeError):
    """A message is malformed, too large, or of another version."""

    code = "MESSAGE"
    advice = "Update this program and the signing device to versions that belong together."


class SignerStartError(BridgeError):
    """The local signer's process did not come up, or is not running."""

    code = "SIGNER-START"
    advice = "Look into the signer's log, then start it again."


class SignerStateError(BridgeError):
    """The signer's own files are damaged."""

    code = "SIGNER-STATE"
    advice = "Set the signer up anew with your IT staff; its keys are on the token and not touched."


class DeviceError(BridgeError):
    """The signer refused or failed; the base of its closed list.

    Attributes:
        number: on the wire.
        tries_left: of the PIN, where it matters.
    """

    code = "DEVICE"
    number: ClassVar[int] = 0

    def __init__(self, text: str, tries_left: int | None = None) -> None:
        """Store what happened and how many tries are left."""
        super().__init__(text)
        self.tries_left = tries_left


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


DEVICE_ERRORS: dict[int, type[DeviceError]] = {item.number: item for item in DeviceError.__subclasses__()}
