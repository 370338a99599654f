"""A bus with devices that exist only here, as a back end of pyusb; it behaves as a real one did (feasibility 4.4 and 1.4).

What is taken over from the real one: a transfer ends with a packet that is not full; a read that ends early gives what has
come; a time-out is number 110, an unplugged device 19, a claimed interface 16, a forbidden device 13; a buffer of less than
whole packets overflows; time-out 0 waits for ever, which is a defect here; a claim belongs to one handle.
"""

from __future__ import annotations

import array
import errno
import threading
import time
from collections import deque
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from firmware_bridge.errors import LinkTimeoutError, UnpluggedError
from firmware_bridge.link.usb_devices import INTERFACE_CLASS, INTERFACE_PROTOCOL, INTERFACE_SUBCLASS

OURS = (INTERFACE_CLASS, INTERFACE_SUBCLASS, INTERFACE_PROTOCOL)
OUT, IN = 0x01, 0x82
BULK = 2
# So many packets wait in a device until it takes no more.
DEPTH = 64


def error(number: int) -> usb.core.USBError:
    kind = usb.core.USBTimeoutError if number == errno.ETIMEDOUT else usb.core.USBError
    return kind("as libusb says it", -1, number)


class FakeDevice:
    """A device with one interface, and the transport at its own end.

    Attributes:
        deny: number of the error that opening it gives.
        zero_length: whether it ends a transfer of full packets with an empty one, as it must.
        stalled: endpoints that stand still until they are cleared.
        opened, claims, cleared, chosen: what was done to it.
    """

    def __init__(
        self, vendor: int = 0x1209, product: int = 0x4348, serial: str | None = "PT-0048213", *,
        kind: tuple[int, int, int] = OURS, packet: int = 512, configured: bool = True,
    ) -> None:  # fmt: skip
        self.vendor, self.product, self.serial, self.kind, self.packet = vendor, product, serial, kind, packet
        self.endpoints = [(OUT, BULK, packet), (IN, BULK, packet)]
        self.address = self.alternate = 0
        self.changed = threading.Condition()
        self.to_device: deque[bytes] = deque()
        self.to_host: deque[bytes] = deque()
        self.configuration = 1 if configured else 0
        self.deny: int | None = None
        self.broken = False
        self.zero_length = True
        self.gone = False
        self.claimed: object | None = None
        self.stalled: set[int] = set()
        self.opened = self.claims = 0
        self.cleared: list[int] = []
        self.chosen: list[int] = []

    def unplug(self) -> None:
        with self.changed:
            self.gone = True
            self.changed.notify_all()


class FakeEnd:
    """The transport at the device's end: what its firmware would do with its endpoints."""

    def __init__(self, device: FakeDevice, write_seconds: float = 10.0) -> None:
        self.device, self.write_seconds = device, write_seconds

    def read(self, timeout: float) -> bytes:
        device, deadline = self.device, time.monotonic() + timeout
        with device.changed:
            while True:
                if device.gone:
                    raise UnpluggedError("The host is gone.")
                if any(len(packet) < device.packet for packet in device.to_device):
                    break
                if len(device.to_device) >= DEPTH:
                    break
                if not device.changed.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    return b""
            data = b""
            while device.to_device:
                packet = device.to_device.popleft()
                data += packet
                if len(packet) < device.packet:
                    break
            device.changed.notify_all()
            return data

    def write(self, data: bytes) -> None:
        device, size = self.device, self.device.packet
        packets = [data[at : at + size] for at in range(0, len(data), size)]
        if data and len(data) % size == 0 and device.zero_length:
            packets.append(b"")
        for packet in packets:
            deadline = time.monotonic() + self.write_seconds
            with device.changed:
                while len(device.to_host) >= DEPTH and not device.gone:
                    if not device.changed.wait(max(0.0, deadline - time.monotonic())):
                        raise LinkTimeoutError("Nobody reads.")
                if device.gone:
                    raise UnpluggedError("The host is gone.")
                device.to_host.append(packet)
                device.changed.notify_all()

    def close(self) -> None:
        self.device.unplug()


class FakeLibusb(usb.backend.IBackend):
    """The bus."""

    def __init__(self, *devices: FakeDevice) -> None:
        super().__init__()
        self.devices: list[FakeDevice] = []
        self.fails = False
        self._last = 0
        for device in devices:
            self.plug(device)

    def plug(self, device: FakeDevice) -> None:
        self._last += 1
        device.address, device.gone = self._last, False
        device.to_device.clear()
        device.to_host.clear()
        self.devices.append(device)

    def enumerate_devices(self) -> list[FakeDevice]:
        if self.fails:
            raise error(errno.EIO)
        return [device for device in self.devices if not device.gone]

    def get_parent(self, dev: FakeDevice) -> None:
        return None

    def get_device_descriptor(self, dev: FakeDevice) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=dev.vendor, idProduct=dev.product, bcdDevice=1, iManufacturer=0, iProduct=0,
            iSerialNumber=0 if dev.serial is None else 3, bNumConfigurations=1, bus=1, address=dev.address,
            port_number=1, port_numbers=(1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: FakeDevice, config: int) -> SimpleNamespace:
        if dev.broken:
            raise error(errno.EIO)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0x80, bMaxPower=50, extra_descriptors=b"",
        )  # fmt: skip

    def get_interface_descriptor(self, dev: FakeDevice, intf: int, alt: int, config: int) -> SimpleNamespace:
        if intf or alt:
            raise IndexError("no such interface")
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=dev.alternate, bNumEndpoints=len(dev.endpoints),
            bInterfaceClass=dev.kind[0], bInterfaceSubClass=dev.kind[1], bInterfaceProtocol=dev.kind[2], iInterface=0,
            extra_descriptors=b"",
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: FakeDevice, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        address, kind, packet = dev.endpoints[ep]
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=kind, wMaxPacketSize=packet,
            bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=b"",
        )  # fmt: skip

    def open_device(self, dev: FakeDevice) -> SimpleNamespace:
        if dev.gone:
            raise error(errno.ENODEV)
        if dev.deny == errno.ENOSYS:
            raise NotImplementedError("Operation not supported or unimplemented on this platform")
        if dev.deny is not None:
            raise error(dev.deny)
        dev.opened += 1
        return SimpleNamespace(device=dev)

    def close_device(self, handle: Any) -> None:
        handle.device.opened -= 1
        if handle.device.claimed is handle:
            handle.device.claimed = None

    def get_configuration(self, handle: Any) -> int:
        return handle.device.configuration

    def set_configuration(self, handle: Any, value: int) -> None:
        handle.device.chosen.append(value)
        handle.device.configuration = value

    def claim_interface(self, handle: Any, intf: int) -> None:
        device = handle.device
        if device.gone:
            raise error(errno.ENODEV)
        if device.claimed is not None and device.claimed is not handle:
            raise error(errno.EBUSY)
        device.claimed = handle
        device.claims += 1

    def release_interface(self, handle: Any, intf: int) -> None:
        if handle.device.gone:
            raise error(errno.ENODEV)
        if handle.device.claimed is handle:
            handle.device.claimed = None

    def clear_halt(self, handle: Any, ep: int) -> None:
        handle.device.cleared.append(ep)
        handle.device.stalled.discard(ep)

    def ctrl_transfer(self, handle: Any, kind: int, request: int, value: int, index: int, data: Any, wait: int) -> int:
        device = handle.device
        if device.gone:
            raise error(errno.ENODEV)
        assert (kind, request, value >> 8) == (0x80, 6, 3), "only strings are asked for"
        text = b"\x09\x04" if value & 0xFF == 0 else (device.serial or "").encode("utf-16-le")
        answer = (bytes([len(text) + 2, 3]) + text)[: len(data)]
        data[: len(answer)] = array.array("B", answer)
        return len(answer)

    def bulk_write(self, handle: Any, ep: int, intf: int, data: Any, timeout: int) -> int:
        device, body = self._ready(handle, ep, timeout), data.tobytes()
        deadline, sent = time.monotonic() + timeout / 1000, 0
        with device.changed:
            while True:
                while len(device.to_device) >= DEPTH and not device.gone:
                    if not device.changed.wait(max(0.0, deadline - time.monotonic())):
                        if sent:
                            return sent
                        raise error(errno.ETIMEDOUT)
                if device.gone:
                    raise error(errno.ENODEV)
                packet = body[sent : sent + device.packet]
                device.to_device.append(packet)
                device.changed.notify_all()
                sent += len(packet)
                if sent >= len(body):
                    return sent

    def bulk_read(self, handle: Any, ep: int, intf: int, buff: Any, timeout: int) -> int:
        device = self._ready(handle, ep, timeout)
        deadline, data = time.monotonic() + timeout / 1000, b""
        with device.changed:
            while len(data) < len(buff):
                while not device.to_host and not device.gone:
                    if not device.changed.wait(max(0.0, deadline - time.monotonic())):
                        break
                if device.gone:
                    raise error(errno.ENODEV)
                if not device.to_host:
                    if not data:
                        raise error(errno.ETIMEDOUT)
                    break
                packet = device.to_host.popleft()
                device.changed.notify_all()
                if len(data) + len(packet) > len(buff):
                    raise error(errno.EOVERFLOW)
                data += packet
                if len(packet) < device.packet:
                    break
        buff[: len(data)] = array.array("B", data)
        return len(data)

    def _ready(self, handle: Any, ep: int, timeout: int) -> FakeDevice:
        device: FakeDevice = handle.device
        assert timeout > 0, "to libusb a time-out of 0 is none at all"
        assert device.claimed is handle, "the interface was not claimed"
        if device.gone:
            raise error(errno.ENODEV)
        if ep in device.stalled:
            raise error(errno.EPIPE)
        return device
