"""A signer on USB by bulk transfers, through pyusb and libusb.

A transfer ends with a packet that is not full; what fills its last packet is ended by an empty one (USB 2.0 section 5.8.3),
otherwise the other side would wait for more. The link above is a stream of bytes: where a transfer ends means nothing.

Invariants: the interface is claimed for this process alone before anything is sent; no other interface is touched and no
driver is sent away; whatever was received before a time-out is given; after `close` the device is never opened again, as
pyusb would do by itself. One thread owns a port; `close` may come from another and waits for the running transfer.

Traps: to libusb a time-out of 0 is none at all; to receive less than whole packets is an overflow that loses them; libusb
frees a handle under a running transfer.
"""

from __future__ import annotations

import contextlib
import errno
import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import usb.core
import usb.util

from firmware_bridge.errors import LinkTimeoutError, UnpluggedError
from firmware_bridge.link.transport import WRITE_SECONDS
from firmware_bridge.link.usb_devices import (
    USB_TROUBLE,
    Device,
    SignerInterface,
    place,
    serial_number,
    trouble,
)

# A whole number of packets of every size.
_CHUNK = 16384
# So long at most does `close` wait for a transfer.
_SLICE_SECONDS = 0.25

T = TypeVar("T")


class UsbPort:
    """An open signer on USB.

    Attributes:
        serial: number that the device gives itself, None for none.
        place: where it is plugged in.
    """

    def __init__(self, device: Device, interface: SignerInterface, write_seconds: float = WRITE_SECONDS) -> None:
        """Open a device and claim its interface.

        Args:
            device: of pyusb, not open.
            interface: of the signer, as `usb_devices.signers` found it.
            write_seconds: so long may it take nothing of what is sent.

        Raises:
            LinkBusyError: another program holds the interface.
            LinkPermissionError: the system does not let this user open it.
            LinkDriverError: the system has no driver for it.
            UnpluggedError: it is gone.
        """
        self._device, self._interface, self._write_seconds = device, interface, write_seconds
        self._reading, self._writing = threading.Lock(), threading.Lock()
        self._closed = False
        try:
            self._configure()
            usb.util.claim_interface(device, interface.number)
        except USB_TROUBLE as cause:
            self.close()
            raise trouble(cause) from cause
        self.serial, self.place = serial_number(device), place(device)

    def read(self, timeout: float) -> bytes:
        """Give what has arrived; empty after the timeout."""
        deadline = time.monotonic() + timeout
        while True:
            data = self._received(deadline)
            # An empty packet only ends a transfer.
            if data or time.monotonic() >= deadline:
                return data

    def write(self, data: bytes) -> None:
        """Send everything."""
        sent = 0
        while sent < len(data):
            sent += self._sent(data[sent : sent + _CHUNK])
        if data and len(data) % self._interface.out_packet == 0:
            self._sent(b"")

    def close(self) -> None:
        """Release the interface and the device."""
        self._closed = True
        with self._reading, self._writing, contextlib.suppress(*USB_TROUBLE):
            # It releases what was claimed, also where the device is gone.
            usb.util.dispose_resources(self._device)

    def _configure(self) -> None:
        """Have the device in the configuration that the interface belongs to; as a rule the system chose it."""
        wanted = self._interface.configuration
        try:
            active = self._device.get_active_configuration().bConfigurationValue
        except usb.core.USBError as cause:
            if cause.errno is not None:
                raise
            # pyusb tells a device that is in no configuration by an error without a number.
            active = None
        if active != wanted:
            # The system refuses it while a driver or another program uses the device.
            self._device.set_configuration(wanted)

    def _received(self, deadline: float) -> bytes:
        """Receive one transfer, or what came of it in time."""

        def receive(milliseconds: int) -> bytes:
            return bytes(self._device.read(self._interface.incoming, _CHUNK, milliseconds))

        with self._reading:
            return self._transfer(self._interface.incoming, receive, deadline) or b""

    def _sent(self, part: bytes) -> int:
        """Send a transfer, or a part of it; gives how many bytes were taken."""

        def send(milliseconds: int) -> int:
            return int(self._device.write(self._interface.outgoing, part, milliseconds))

        with self._writing:
            sent = self._transfer(self._interface.outgoing, send, time.monotonic() + self._write_seconds)
        if sent is None:
            raise LinkTimeoutError("The signer does not take what is sent.")
        return sent

    def _transfer(self, endpoint: int, act: Callable[[int], T], deadline: float) -> T | None:
        """Try until the deadline, slice by slice; None where nothing went over."""
        while True:
            if self._closed:
                raise UnpluggedError("The signer's link was closed.")
            left = min(deadline - time.monotonic(), _SLICE_SECONDS)
            try:
                return act(max(1, math.ceil(left * 1000)))
            except usb.core.USBTimeoutError:
                pass
            except USB_TROUBLE as cause:
                self._recover(endpoint, cause)
            if time.monotonic() >= deadline:
                return None

    def _recover(self, endpoint: int, cause: Exception) -> None:
        """Go on after a stalled endpoint and an interrupted call; anything else is a device that is gone."""
        number = getattr(cause, "errno", None)
        if number == errno.EINTR:
            return
        if number != errno.EPIPE:
            raise trouble(cause) from cause
        try:
            self._device.clear_halt(endpoint)
        except USB_TROUBLE as again:
            raise trouble(again) from again
