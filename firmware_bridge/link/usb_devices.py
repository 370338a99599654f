"""Signers on USB: which interface is theirs, which devices have it, and what an error of libusb means.

A signer that speaks by bulk transfers has one interface of the vendor's class FF, with the subclass and the protocol given
here, and in it one bulk endpoint for each direction (USB 2.0 sections 9.6.5 and 9.6.6). Its vendor and product numbers
are not looked at, except where a URL names them: they tell nothing about what a device is. That it is a signer is decided
by the greeting that it answers.

Invariants: looking around opens no device; what a device says of itself is checked before it is used; only errors of this
package leave.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import usb.backend.libusb1
import usb.core
import usb.util

from firmware_bridge.errors import (
    BridgeError,
    LinkBusyError,
    LinkDriverError,
    LinkPermissionError,
    UnpluggedError,
)

INTERFACE_CLASS = 0xFF
# "C" of Chancery; the protocol is the version of the byte stream.
INTERFACE_SUBCLASS = 0x43
INTERFACE_PROTOCOL = 0x01

MAX_SERIAL = 126
# What USB 2.0 section 5.8.3 and USB 3.2 section 8.12.1.2 allow for a bulk endpoint.
_PACKETS = frozenset({8, 16, 32, 64, 512, 1024})
# What pyusb raises on a device that says nonsense of itself, besides its own USBError (which is an OSError).
USB_TROUBLE = (OSError, NotImplementedError, ValueError, LookupError, AttributeError, TypeError)
_DENIED = (errno.EACCES, errno.EPERM)

# A pyusb device and back end: the library has no types.
Device = Any
Backend = Any


@dataclass(frozen=True, slots=True)
class SignerInterface:
    """The interface of a signer.

    Attributes:
        configuration: bConfigurationValue that it belongs to.
        number: bInterfaceNumber.
        incoming: address of the endpoint from the signer.
        outgoing: address of the endpoint to it.
        in_packet: bytes in a full packet from it.
        out_packet: bytes in a full packet to it.
    """

    configuration: int
    number: int
    incoming: int
    outgoing: int
    in_packet: int
    out_packet: int


def libusb() -> Backend:
    """Give libusb: the one that was installed with this program where there is one, otherwise the system's.

    Raises:
        LinkDriverError: there is none.
    """
    try:
        import libusb_package
    except ImportError:
        found = usb.backend.libusb1.get_backend()
    else:
        found = libusb_package.get_libusb1_backend()
    if found is None:
        raise LinkDriverError("There is no libusb on this computer.")
    return found


def signers(backend: Backend) -> Iterator[tuple[Device, SignerInterface]]:
    """Give every device that has a signer's interface; none is opened.

    Raises:
        LinkDriverError: libusb cannot list devices here.
    """
    try:
        devices = list(usb.core.find(find_all=True, backend=backend))
    except USB_TROUBLE as cause:
        raise LinkDriverError("The devices on USB cannot be listed.") from cause
    for device in devices:
        try:
            found = _interface(device)
        except USB_TROUBLE:
            # Another device that is being pulled, or that describes itself wrongly, is none of ours.
            continue
        if found is not None:
            yield device, found


def place(device: Device) -> str:
    """Say where a device is plugged in; one that was pulled and put back is at another place."""
    return f"usb {device.bus}-{device.address}"


def serial_number(device: Device) -> str | None:
    """Ask an open device for its serial number; None where it has none that can be written in a URL."""
    try:
        text = usb.util.get_string(device, device.iSerialNumber)
    except USB_TROUBLE:
        return None
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_SERIAL or not text.isprintable():
        return None
    return text


def trouble(cause: Exception) -> BridgeError:
    """Give the error of ours for one of libusb, as pyusb raises it."""
    number = getattr(cause, "errno", None)
    if number in _DENIED:
        return LinkPermissionError("The system lets this user not open the signer's USB device.")
    if number == errno.EBUSY:
        return LinkBusyError("Another program is talking to the signer.")
    if isinstance(cause, NotImplementedError):
        return LinkDriverError("The system has no driver that lets a program reach the signer's USB device.")
    return UnpluggedError("The signer was unplugged.")


def _interface(device: Device) -> SignerInterface | None:
    for configuration in device:
        for interface in configuration:
            kind = (interface.bInterfaceClass, interface.bInterfaceSubClass, interface.bInterfaceProtocol)
            if kind == (INTERFACE_CLASS, INTERFACE_SUBCLASS, INTERFACE_PROTOCOL) and not interface.bAlternateSetting:
                return _endpoints(configuration.bConfigurationValue, interface)
    return None


def _endpoints(configuration: int, interface: Any) -> SignerInterface | None:
    """Read the two endpoints; None where they are not one bulk endpoint for each direction."""
    found: dict[int, tuple[int, int]] = {}
    for endpoint in interface:
        direction = usb.util.endpoint_direction(endpoint.bEndpointAddress)
        bulk = usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        if direction in found or not bulk or endpoint.wMaxPacketSize not in _PACKETS:
            return None
        found[direction] = (endpoint.bEndpointAddress, endpoint.wMaxPacketSize)
    if len(found) != 2:
        return None
    (incoming, in_packet), (outgoing, out_packet) = found[usb.util.ENDPOINT_IN], found[usb.util.ENDPOINT_OUT]
    return SignerInterface(configuration, interface.bInterfaceNumber, incoming, outgoing, in_packet, out_packet)
