"""The base of the bridge's error tree, and what the link, its messages and the signer's process can suffer."""

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
    advice = "Write serial:PATH, usb:VID:PID, usb:VID:PID:SERIAL, usb:any or socket://127.0.0.1:PORT."


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


class MessageTooLargeError(MessageError):
    """A message is larger than the bridge carries; it was not sent, or not read."""

    code = "MESSAGE-TOO-LARGE"
    advice = "Give a smaller file: a signer takes at most one mebibyte at a time."


class LinkBusyError(BridgeError):
    """Another program is talking to the signer."""

    code = "LINK-BUSY"
    advice = "Finish in the other program or close it, then ask again."


class ChannelError(BridgeError):
    """The authenticated channel broke: something was lost, changed, or made by somebody else."""

    code = "CHANNEL-BROKEN"
    advice = "Ask again. If it comes back, something changes what goes over the cable: use another one, and tell your IT staff."


class SignerUnknownError(BridgeError):
    """The signer at the other end is none that this computer was paired with."""

    code = "SIGNER-UNKNOWN"
    advice = (
        "Where it is your signer, pair it: `chancery signer pair --signer URL`, and compare the code on its display."
    )


class PairingCodeError(BridgeError):
    """The code that was typed is not the one that this computer computed."""

    code = "PAIR-CODE"
    advice = "Try once more. If the codes differ again, somebody sits between computer and signer: tell your IT staff."


class LinkPermissionError(BridgeError):
    """The system lets this user not open the port or the device."""

    code = "LINK-PERMISSION"
    advice = (
        "Have your IT staff install the udev rule packaging/udev/70-chancery-signer.rules, then plug the signer in again; "
        "on Windows close the other program that holds it."
    )


class LinkDriverError(BridgeError):
    """This computer has no driver that lets a program reach a USB device."""

    code = "LINK-DRIVER"
    advice = "Reach the signer by its serial port (serial:PATH), or have your IT staff install libusb or WinUSB."


class LinkSeveralError(BridgeError):
    """More than one device goes by what was written; none was opened."""

    code = "LINK-SEVERAL"
    advice = "Unplug all but one, or name one with its serial number: usb:VID:PID:SERIAL."


class PinDescriptorError(BridgeError):
    """No PIN can be read from the descriptor that was named; no try was spent."""

    code = "SIGNER-PIN-FD"
    advice = "Name a descriptor that gives one PIN and a line's end, such as --pin-fd 3 with 3<FILE."


class SignerStartError(BridgeError):
    """The local signer's process did not come up, or is not running."""

    code = "SIGNER-START"
    advice = "Look into the signer's log, then start it again."


class SignerStartPinError(SignerStartError):
    """The PIN given at the start did not open the token."""

    code = "SIGNER-START-PIN"
    advice = "Make sure of the PIN before you start it again: each start with a wrong one spends a try."


class SignerStartTokenError(SignerStartError):
    """The token behind the local signer cannot be opened."""

    code = "SIGNER-START-TOKEN"
    advice = "Put the token in, or name another with --token; then start the signer again."


class SignerTokenUrlError(SignerStartError):
    """What was given as --token names no token."""

    code = "SIGNER-TOKEN-URL"
    advice = "Write software:FOLDER or pkcs11:MODULE?token=LABEL, the module with its full path."


class SignerStatusError(BridgeError):
    """A signer runs, but what it wrote of itself is damaged."""

    code = "SIGNER-STATUS"
    advice = "End the process whose arguments name this folder, then start the signer again; its keys are not touched."


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
