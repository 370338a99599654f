"""Which signer on USB a URL means: `usb:VID:PID`, `usb:VID:PID:SERIAL`, or `usb:any` for the only one there is.

VID and PID are four hexadecimal digits; the serial number is written as in other URLs, percent-encoded where it must be.
Whatever is named, only a device with a signer's interface is opened (`usb_devices`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from firmware_bridge.errors import BridgeError, LinkSeveralError, LinkUrlError, UnpluggedError
from firmware_bridge.link.transport import WRITE_SECONDS
from firmware_bridge.link.usb_devices import MAX_SERIAL, Backend, Device, SignerInterface, libusb, place, signers
from firmware_bridge.link.usb_port import UsbPort

_NAME = re.compile(r"usb:([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(.{1,1000}))?", re.ASCII)
ANY = "usb:any"


@dataclass(frozen=True, slots=True)
class UsbName:
    """What a URL says of a device.

    Attributes:
        vendor: number, None for any.
        product: number, None for any.
        serial: number as text, None for any.
    """

    vendor: int | None = None
    product: int | None = None
    serial: str | None = None

    def url(self) -> str:
        """Write it."""
        if self.vendor is None or self.product is None:
            return ANY
        rest = "" if self.serial is None else f":{quote(self.serial, safe='')}"
        return f"usb:{self.vendor:04x}:{self.product:04x}{rest}"

    def fits(self, device: Device) -> bool:
        """Whether a device that is not open may be the one."""
        return self.vendor is None or (self.vendor, self.product) == (device.idVendor, device.idProduct)


def read_usb_url(url: str) -> UsbName:
    """Read a URL that begins with `usb:`.

    Raises:
        LinkUrlError: malformed.
    """
    if url == ANY:
        return UsbName()
    found = _NAME.fullmatch(url)
    if found is None:
        raise LinkUrlError("The signer's URL names no USB device.")
    return UsbName(int(found[1], 16), int(found[2], 16), None if found[3] is None else _serial(found[3]))


def _serial(written: str) -> str:
    try:
        serial = unquote(written, errors="strict")
    except UnicodeDecodeError:
        serial = ""
    if not 1 <= len(serial) <= MAX_SERIAL or not serial.isprintable():
        raise LinkUrlError("No USB device has such a serial number.")
    return serial


def open_usb(
    name: UsbName, at: str | None = None, backend: Backend = None, write_seconds: float = WRITE_SECONDS
) -> UsbPort:
    """Open the one device that a name fits.

    Args:
        name: of it.
        at: where it is plugged in (`usb_devices.place`), None for anywhere.
        backend: of pyusb; None for libusb.
        write_seconds: so long may it take nothing of what is sent.

    Raises:
        LinkSeveralError: it fits more than one; none is opened.
        UnpluggedError: it fits none.
        LinkBusyError: another program holds it.
        LinkPermissionError: the system does not let this user open it.
        LinkDriverError: there is no libusb, or no driver.
    """
    found = [
        (device, interface)
        for device, interface in signers(libusb() if backend is None else backend)
        if name.fits(device) and at in (None, place(device))
    ]
    if name.serial is not None:
        return _with_serial(found, name.serial, write_seconds)
    if len(found) > 1:
        raise LinkSeveralError(f"{len(found)} devices on USB go by this name.")
    if not found:
        raise UnpluggedError("No such signer is plugged in.")
    return UsbPort(*found[0], write_seconds)


def _with_serial(found: list[tuple[Device, SignerInterface]], serial: str, write_seconds: float) -> UsbPort:
    """Open those that fit until one has the serial number, which only an open device tells."""
    held: BridgeError | None = None
    for device, interface in found:
        try:
            port = UsbPort(device, interface, write_seconds)
        except BridgeError as error:
            held = error
            continue
        if port.serial == serial:
            return port
        port.close()
    # One that could not be opened may be the one that was meant: why it could not is what helps.
    raise held or UnpluggedError("No signer of this serial number is plugged in.")
