"""Ports that could be a signer, and which of them is one.

A vendor and a product number prove nothing: bridges from USB to serial are in thousands of instruments (hardware study,
section 1.4). So every serial port on USB and every device with a signer's interface is a candidate, and the answer to a
greeting decides. A serial port that is not on USB is never greeted unasked; its user names it by its URL.

Invariants: listing opens no port and sends nothing; a port is opened exclusively, DTR and RTS low; a device that is no
signer receives one greeting of at most `MAX_GREETING` bytes and is let go within `PROBE_SECONDS` and the closing of its
port; what a port says of itself is only shown.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from serial.tools import list_ports

from firmware_bridge.errors import BridgeError, LinkDriverError, LinkTimeoutError
from firmware_bridge.link.transport import Transport
from firmware_bridge.link.url import open_link
from firmware_bridge.link.usb_devices import USB_TROUBLE, Backend, libusb, place, signers
from firmware_bridge.link.usb_url import UsbName, open_usb, read_usb_url

PROBE_SECONDS = 0.4
MAX_GREETING = 128
_MAX_PRODUCT = 64
_USB = "usb:"
_SERIAL = "serial:"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A port that could be a signer.

    Attributes:
        url: to open it; two devices may have one.
        place: where it is plugged in: tells two devices of one URL apart, and one that was pulled and put back.
        product: what it says of itself, in at most 64 printable characters; to be shown, never believed.
    """

    url: str
    place: str
    product: str


@dataclass(frozen=True, slots=True)
class Probed(Generic[T]):
    """What became of a candidate.

    Attributes:
        candidate: the port.
        url: the fullest name of it: with the serial number where an open device told it.
        answer: what the probe gave; None for no signer.
        trouble: why it could not be opened; None where it was.
    """

    candidate: Candidate
    url: str
    answer: T | None
    trouble: BridgeError | None = None


# Greets on an open link, within so many seconds; gives what answered, None for no signer.
Probe = Callable[[Transport, float], T | None]


def look(backend: Backend = None) -> tuple[Candidate, ...]:
    """List the ports that could be a signer; devices with a signer's interface come first.

    Args:
        backend: of pyusb; None for libusb. Where there is no libusb only serial ports are found.
    """
    return (*_on_usb(backend), *_serial())


def probe_all(
    candidates: Iterable[Candidate], probe: Probe[T], seconds: float = PROBE_SECONDS, backend: Backend = None
) -> tuple[Probed[T], ...]:
    """Ask candidates whether they are signers, one after the other.

    Args:
        candidates: as `look` gave them.
        probe: greets; it may write once, and read until its time is over. An error of ours that it raises means no signer.
        seconds: for each, from 0.3 to 0.5 on a computer that is not held up.
        backend: of pyusb; None for libusb.
    """
    return tuple(_probed(candidate, probe, seconds, backend) for candidate in candidates)


class _Greeting:
    """A link on which one greeting is sent and its answer is waited for, and nothing else."""

    def __init__(self, link: Transport, seconds: float) -> None:
        self._link, self._deadline = link, time.monotonic() + seconds
        self._greeted = False

    def read(self, timeout: float) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise LinkTimeoutError("This port does not answer as a signer does.")
        return self._link.read(min(timeout, left))

    def write(self, data: bytes) -> None:
        if self._greeted or len(data) > MAX_GREETING:
            raise ValueError("a device that may be anything is greeted once, and with little")
        self._greeted = True
        self._link.write(data)

    def close(self) -> None:
        self._link.close()


def _probed(candidate: Candidate, probe: Probe[T], seconds: float, backend: Backend) -> Probed[T]:
    try:
        link, url = _opened(candidate, seconds, backend)
    except BridgeError as trouble:
        return Probed(candidate, candidate.url, None, trouble)
    try:
        return Probed(candidate, url, probe(_Greeting(link, seconds), seconds))
    except BridgeError:
        return Probed(candidate, url, None)
    finally:
        link.close()


def _opened(candidate: Candidate, seconds: float, backend: Backend) -> tuple[Transport, str]:
    if not candidate.url.startswith(_USB):
        return open_link(candidate.url, seconds), candidate.url
    name = read_usb_url(candidate.url)
    port = open_usb(name, candidate.place, backend, seconds)
    return port, UsbName(name.vendor, name.product, port.serial).url()


def _on_usb(backend: Backend) -> Iterable[Candidate]:
    try:
        found = list(signers(libusb() if backend is None else backend))
    except LinkDriverError:
        return
    for device, _ in found:
        # Its own words would have to be asked for, with the device open.
        yield Candidate(UsbName(device.idVendor, device.idProduct).url(), place(device), "")


def _serial() -> Iterable[Candidate]:
    # pyserial reads the system's files one by one; a device that is pulled meanwhile leaves it with half of them.
    ports = []
    with contextlib.suppress(*USB_TROUBLE):
        ports = list(list_ports.comports())
    for port in sorted(ports):
        if port.vid is not None:
            yield Candidate(_SERIAL + port.device, f"{port.device} {port.location or ''}".strip(), _shown(port.product))


def _shown(text: str | None) -> str:
    return "".join(letter for letter in text or "" if letter.isprintable())[:_MAX_PRODUCT]
