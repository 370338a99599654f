"""Both ends of each kind of link, for the suite that all of them must pass; in the guest, of real USB (`usb_gadget`)."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from firmware_bridge.link.memory_port import pair
from firmware_bridge.link.serial_port import SerialPort
from firmware_bridge.link.socket_port import SocketPort
from firmware_bridge.link.transport import Transport
from firmware_bridge.link.usb_url import UsbName, open_usb
from tests.support.fake_libusb import FakeDevice, FakeEnd, FakeLibusb

# Set in the guest that has a USB controller.
IN_GUEST = "CHANCERY_USB_GUEST" in os.environ
# What a test waits for at most, and how much slower an emulated computer is.
PACE = 8.0 if IN_GUEST else 1.0
# So long may the other side take nothing, in rigs: a test waits for it.
WRITE_SECONDS = 1.5 if IN_GUEST else 0.4


@dataclass
class Rig:
    """A link that stands.

    Attributes:
        host: the desktop's end.
        device: the signer's end.
        again: opens the host's end once more.
        unplug: pulls the cable.
        exclusive: whether `again` finds it busy while the host's end is open.
        bounded: whether an end that nobody reads is full at some time.
        tells_device: whether the device notices that the host's end was closed.
    """

    host: Transport
    device: Transport
    again: Callable[[], Transport]
    unplug: Callable[[], None]
    exclusive: bool = True
    bounded: bool = True
    tells_device: bool = False


@contextmanager
def memory() -> Iterator[Rig]:
    host, device = pair()
    with closing(device), closing(host):
        yield Rig(host, device, lambda: host, device.close, exclusive=False, bounded=False, tells_device=True)


@contextmanager
def loopback() -> Iterator[Rig]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        host = SocketPort.connect(port, WRITE_SECONDS)
        device = SocketPort(server.accept()[0], WRITE_SECONDS)
        with closing(device), closing(host):
            yield Rig(host, device, lambda: SocketPort.connect(port), device.close, exclusive=False, tells_device=True)


@contextmanager
def pseudo_terminal() -> Iterator[Rig]:
    from firmware_bridge.link.pty_port import PtyPort

    device = PtyPort(WRITE_SECONDS)
    host = SerialPort(device.path, WRITE_SECONDS)
    with closing(device), closing(host):
        yield Rig(host, device, lambda: SerialPort(device.path, WRITE_SECONDS), device.close)


@contextmanager
def made_up_usb() -> Iterator[Rig]:
    device = FakeDevice()
    bus = FakeLibusb(device)

    def again() -> Transport:
        return open_usb(UsbName(), backend=bus, write_seconds=WRITE_SECONDS)

    host = again()
    with closing(host):
        yield Rig(host, FakeEnd(device, WRITE_SECONDS), again, device.unplug)


def kinds() -> dict[str, Callable[[], object]]:
    """The rigs by name."""
    if IN_GUEST:
        from tests.support.usb_gadget import bulk_rig, serial_rig

        return {"real-serial": serial_rig, "real-bulk": bulk_rig}
    return {"memory": memory, "socket": loopback, "pseudo-terminal": pseudo_terminal, "made-up-usb": made_up_usb}
