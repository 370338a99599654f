"""A real USB device, made of Linux's own gadget parts: it runs only in the guest, as root, with dummy_hcd and configfs.

One device has two functions: a CDC-ACM port (/dev/ttyGS0 here, /dev/ttyACM0 for the host) and an interface of a signer with
two bulk endpoints, served through FunctionFS (Documentation/usb/functionfs.rst of Linux). To bind it to the controller is to
plug it in, to clear that is to pull the cable.
"""

from __future__ import annotations

import errno
import os
import queue
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from firmware_bridge.errors import LinkTimeoutError, UnpluggedError
from firmware_bridge.link.serial_port import SerialPort
from firmware_bridge.link.transport import Transport
from firmware_bridge.link.usb_devices import INTERFACE_CLASS, INTERFACE_PROTOCOL, INTERFACE_SUBCLASS
from firmware_bridge.link.usb_url import UsbName, open_usb
from tests.support.link_rigs import PACE, WRITE_SECONDS, Rig

# pid.codes' number for tests, and a product number of ours: the code looks at neither.
VENDOR, PRODUCT, SERIAL = 0x1209, 0x4348, "PT-0048213"
HOST_TTY, OWN_TTY = "/dev/ttyACM0", "/dev/ttyGS0"
GADGETS = Path("/sys/kernel/config/usb_gadget")
_OUT, _IN, _BULK = 0x01, 0x82, 2
_CHUNK = 16384
_GONE = (errno.ESHUTDOWN, errno.ENODEV, errno.EBADF, errno.ECONNRESET)

T = TypeVar("T")


class Gadget:
    """The device; not plugged in."""

    def __init__(self, vendor: int = VENDOR, serial: str = SERIAL) -> None:
        self.folder = GADGETS / "signer"
        self.mount = Path(os.environ.get("TMPDIR", "/tmp")) / "functionfs"
        self.mount.mkdir(exist_ok=True)
        self.folder.mkdir()
        self._write("idVendor", hex(vendor))
        self._write("idProduct", hex(PRODUCT))
        (self.folder / "strings/0x409").mkdir()
        for name, text in (("serialnumber", serial), ("product", "Chancery signer"), ("manufacturer", "Chancery")):
            self._write(f"strings/0x409/{name}", text)
        for part in ("configs/c.1", "functions/acm.GS0", "functions/ffs.signer"):
            (self.folder / part).mkdir()
        for part in ("acm.GS0", "ffs.signer"):
            (self.folder / "configs/c.1" / part).symlink_to(self.folder / "functions" / part)
        subprocess.run(["mount", "-t", "functionfs", "signer", str(self.mount)], check=True)
        self.bulk = BulkEnd(self.mount, self.unplug)

    def plug(self) -> None:
        self._write("UDC", next(Path("/sys/class/udc").iterdir()).name)

    def unplug(self) -> None:
        with suppress(OSError):
            self._write("UDC", "\n")
        self.bulk.gone = True

    def destroy(self) -> None:
        self.unplug()
        self.bulk.release()
        for part in ("acm.GS0", "ffs.signer"):
            (self.folder / "configs/c.1" / part).unlink()
        subprocess.run(["umount", str(self.mount)], check=True)
        for part in ("configs/c.1", "functions/acm.GS0", "functions/ffs.signer", "strings/0x409", ""):
            (self.folder / part).rmdir()

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)


class BulkEnd:
    """The transport at the device's end of the bulk endpoints.

    Linux's own calls wait until the host fetches what is sent; a thread for each endpoint waits in their place, as the
    memory of a real device would.
    """

    def __init__(self, mount: Path, unplug: Callable[[], None]) -> None:
        self._unplug = unplug
        self.gone = False
        self._control = os.open(mount / "ep0", os.O_RDWR)
        os.write(self._control, _descriptors())
        os.write(self._control, _strings())
        # Without it a call on an endpoint that is not in use waits for ever; on one in use it waits all the same.
        self._out, self._in = (os.open(mount / name, os.O_RDWR | os.O_NONBLOCK) for name in ("ep1", "ep2"))
        # A device takes only so much before somebody reads it.
        self._arrived: queue.Queue[bytes] = queue.Queue(4)
        self._leaving: queue.Queue[bytes | None] = queue.Queue(8)
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._read_forever, self._write_forever)]
        for thread in self._threads:
            thread.start()

    def read(self, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        while True:
            if self.gone:
                raise UnpluggedError("The host is gone.")
            left = deadline - time.monotonic()
            try:
                return self._arrived.get(timeout=max(0.0001, min(left, 0.1)))
            except queue.Empty:
                if left <= 0:
                    return b""

    def write(self, data: bytes) -> None:
        parts = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
        if data and len(data) % 512 == 0:
            parts.append(b"")
        for part in parts:
            if self.gone:
                raise UnpluggedError("The host is gone.")
            try:
                self._leaving.put(part, timeout=WRITE_SECONDS)
            except queue.Full:
                raise LinkTimeoutError("Nobody reads what the device sends.") from None

    def close(self) -> None:
        self._unplug()

    def release(self) -> None:
        """Let the threads end, whatever they wait for; the device must be unplugged."""
        while any(thread.is_alive() for thread in self._threads):
            with suppress(queue.Empty):
                self._arrived.get_nowait()
            with suppress(queue.Full):
                self._leaving.put_nowait(None)
            self._threads[0].join(0.01)
        for descriptor in (self._out, self._in, self._control):
            os.close(descriptor)

    def _read_forever(self) -> None:
        while (data := self._once_in_use(lambda: os.read(self._out, _CHUNK))) is not None:
            if data:
                self._arrived.put(data)

    def _write_forever(self) -> None:
        while (part := self._leaving.get()) is not None:
            if self._once_in_use(lambda part=part: os.write(self._in, part)) is None:
                return

    def _once_in_use(self, act: Callable[[], T]) -> T | None:
        """Do it as soon as the host uses the device; None where the device is unplugged."""
        while not self.gone:
            try:
                return act()
            except BlockingIOError:
                time.sleep(0.01)
            except OSError as cause:
                assert cause.errno in _GONE, cause
                self.gone = True
        return None


def _descriptors() -> bytes:
    interface = struct.pack("<9B", 9, 4, 0, 0, 2, INTERFACE_CLASS, INTERFACE_SUBCLASS, INTERFACE_PROTOCOL, 1)

    def speed(packet: int) -> bytes:
        return interface + b"".join(struct.pack("<4BHB", 7, 5, end, _BULK, packet, 0) for end in (_OUT, _IN))

    # FUNCTIONFS_DESCRIPTORS_MAGIC_V2, with descriptors for full and for high speed, three of each.
    body = struct.pack("<II", 3, 3) + speed(64) + speed(512)
    return struct.pack("<III", 3, 12 + len(body), 1 | 2) + body


def _strings() -> bytes:
    body = struct.pack("<H", 0x409) + b"Signer\0"
    return struct.pack("<IIII", 2, 16 + len(body), 1, 1) + body


@contextmanager
def gadget(**said: object) -> Iterator[Gadget]:
    made = Gadget(**said)
    try:
        yield made
    finally:
        made.destroy()


def when_there(opens: Callable[[], T]) -> T:
    """Open what has only just been plugged in: the system takes a moment to make it known."""
    deadline = time.monotonic() + 3 * PACE
    while True:
        try:
            return opens()
        except UnpluggedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def serial_host() -> Transport:
    return SerialPort(HOST_TTY, WRITE_SECONDS)


def bulk_host() -> Transport:
    return open_usb(UsbName(VENDOR, PRODUCT), write_seconds=WRITE_SECONDS)


@contextmanager
def serial_rig() -> Iterator[Rig]:
    with gadget() as made:
        device = SerialPort(OWN_TTY, WRITE_SECONDS)
        made.plug()
        host = when_there(serial_host)
        with closing(host), closing(device):
            yield Rig(host, device, serial_host, made.unplug)
            # What nobody took would hold up the gadget's own port for a quarter of a minute.
            made.unplug()


@contextmanager
def bulk_rig() -> Iterator[Rig]:
    with gadget() as made:
        made.plug()
        host = when_there(bulk_host)
        with closing(host):
            yield Rig(host, made.bulk, bulk_host, made.unplug)
