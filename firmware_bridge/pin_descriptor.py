"""Handing a PIN to a signer through a file descriptor: what may be named, and reading it once.

Invariants: the launcher looks at a descriptor and reads nothing of it; the signer reads one line within a time; what is no
PIN is one error, and no try of the token is spent on it.
"""

from __future__ import annotations

import os
import select
import stat
import time

from firmware_bridge.errors import PinDescriptorError

MAX_PIN = 256
READ_SECONDS = 10.0
_OUTPUTS = (1, 2)


def demand_pin_source(descriptor: int) -> None:
    """Demand that a descriptor is open and of a kind that can give a PIN and end.

    Raises:
        PinDescriptorError: it is closed, an output, a directory or an endless device.
    """
    if descriptor in _OUTPUTS:
        raise PinDescriptorError(f"Descriptor {descriptor} is an output; no PIN comes from there.")
    try:
        mode = os.fstat(descriptor).st_mode
    except (OSError, OverflowError) as cause:
        raise PinDescriptorError(f"Descriptor {descriptor} is not open.") from cause
    terminal = stat.S_ISCHR(mode) and os.isatty(descriptor)
    if not (terminal or stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        raise PinDescriptorError(f"Descriptor {descriptor} is no file, pipe or terminal that gives a PIN.")


def read_pin(descriptor: int) -> bytearray:
    """Read a PIN up to a line's end and close the descriptor.

    Raises:
        PinDescriptorError: it gives none, more than `MAX_PIN` bytes, no printable text, or nothing in time.
    """
    demand_pin_source(descriptor)
    pin = bytearray()
    try:
        _read_line(descriptor, pin)
        _demand_pin(pin)
    except BaseException:
        pin[:] = bytes(len(pin))
        raise
    return pin


def _read_line(descriptor: int, pin: bytearray) -> None:
    deadline = time.monotonic() + READ_SECONDS
    try:
        while len(pin) <= MAX_PIN:
            # Descriptors can be waited for on POSIX only; elsewhere a pipe is waited for in the read itself.
            if os.name == "posix" and not select.select([descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
                raise PinDescriptorError("The descriptor did not give a PIN in time.")
            part = os.read(descriptor, 1)
            if part in (b"", b"\n"):
                break
            pin += part
    except (OSError, ValueError) as cause:
        raise PinDescriptorError("The PIN cannot be read from its descriptor.") from cause
    finally:
        os.close(descriptor)


def _demand_pin(pin: bytearray) -> None:
    if not pin:
        raise PinDescriptorError("The descriptor gives an empty PIN.")
    if len(pin) > MAX_PIN:
        raise PinDescriptorError(f"The descriptor gives more than {MAX_PIN} bytes before a line's end.")
    try:
        printable = pin.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        printable = False
    if not printable:
        raise PinDescriptorError("What the descriptor gives is no printable text, so it is no PIN.")
