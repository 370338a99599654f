"""A signer on USB over a made-up bus: which device is opened, what is touched, and what each error of libusb becomes."""

from __future__ import annotations

import errno
import threading
import time

import pytest

from firmware_bridge.errors import (
    LinkBusyError,
    LinkDriverError,
    LinkPermissionError,
    LinkSeveralError,
    LinkTimeoutError,
    LinkUrlError,
    UnpluggedError,
)
from firmware_bridge.link import usb_devices
from firmware_bridge.link.url import open_link
from firmware_bridge.link.usb_devices import signers
from firmware_bridge.link.usb_port import UsbPort
from firmware_bridge.link.usb_url import UsbName, open_usb, read_usb_url
from tests.support.fake_libusb import IN, OUT, FakeDevice, FakeEnd, FakeLibusb

NAME = UsbName(0x1209, 0x4348)


def opened(device: FakeDevice, **more: object) -> UsbPort:
    return open_usb(UsbName(), backend=FakeLibusb(device), **more)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("usb:any", UsbName()),
        ("usb:1209:4348", NAME),
        ("usb:10C4:ea60", UsbName(0x10C4, 0xEA60)),
        ("usb:1209:4348:PT-0048213", UsbName(0x1209, 0x4348, "PT-0048213")),
        ("usb:1209:4348:a%20b%3Ac%2F", UsbName(0x1209, 0x4348, "a b:c/")),
    ],
)
def test_urls(url: str, name: UsbName) -> None:
    assert read_usb_url(url) == name
    assert read_usb_url(name.url()) == name


@pytest.mark.parametrize(
    "url",
    [
        "usb:", "usb:1", "usb:1209", "usb:1209:434", "usb:1209:43488", "usb:1209:4348:", "usb:12g9:4348", "usb:ANY",
        "usb:1209:4348\n", "usb:1209:4348:%0a", "usb:1209:4348:" + "x" * 127, "usb:0x1209:0x4348", "usb:1209:4348:%ff",
        "usb:\u0661\u0662\u0660\u0669:4348",
    ],
)  # fmt: skip
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(LinkUrlError):
        open_link(url)


def test_only_a_signers_interface_is_opened_whatever_the_numbers_are() -> None:
    others = [
        FakeDevice(kind=(0xFF, 0x43, 0x02)),
        FakeDevice(kind=(0xFF, 0x42, 0x01)),
        FakeDevice(kind=(0x02, 0x43, 0x01)),
        FakeDevice(kind=(0xFF, 0xFF, 0xFF)),
    ]
    ours = FakeDevice(0x0403, 0x6001)
    bus = FakeLibusb(*others, ours)
    port = open_usb(UsbName(), backend=bus)
    assert port.serial == "PT-0048213"
    port.close()
    # Those of the right number and the wrong interface are no signers either.
    with pytest.raises(UnpluggedError):
        open_usb(NAME, backend=bus)
    assert [device.claims for device in others] == [0] * 4
    assert (ours.claims, ours.opened) == (1, 0)


def wrong_endpoints() -> list[list[tuple[int, int, int]]]:
    return [
        [],
        [(OUT, 2, 512)],
        [(OUT, 2, 512), (OUT + 1, 2, 512)],
        [(OUT, 2, 512), (IN, 3, 64)],
        [(OUT, 2, 512), (IN, 2, 512), (0x83, 2, 512)],
        [(OUT, 2, 0), (IN, 2, 512)],
        [(OUT, 2, 512), (IN, 2, 513)],
        [(OUT, 2, 512), (IN, 2, 0xFFFF)],
    ]


@pytest.mark.parametrize("endpoints", wrong_endpoints())
def test_an_interface_without_two_bulk_endpoints_is_none(endpoints: list[tuple[int, int, int]]) -> None:
    device = FakeDevice()
    device.endpoints = endpoints
    assert list(signers(FakeLibusb(device))) == []


def test_another_setting_of_the_interface_is_none() -> None:
    device = FakeDevice()
    device.alternate = 1
    assert list(signers(FakeLibusb(device))) == []


def test_a_device_that_describes_itself_wrongly_hides_no_other() -> None:
    broken, good = FakeDevice(), FakeDevice()
    broken.broken = True
    assert [device.address for device, _ in signers(FakeLibusb(broken, good))] == [2]


def test_looking_opens_nothing() -> None:
    device = FakeDevice()
    device.deny = errno.EACCES
    assert len(list(signers(FakeLibusb(device)))) == 1
    assert (device.opened, device.claims) == (0, 0)


def test_of_two_alike_the_serial_number_chooses() -> None:
    one, other = FakeDevice(serial="one"), FakeDevice(serial="other")
    bus = FakeLibusb(one, other)
    for name in (UsbName(), NAME):
        with pytest.raises(LinkSeveralError):
            open_usb(name, backend=bus)
    assert (one.claims, other.claims) == (0, 0)
    port = open_usb(UsbName(0x1209, 0x4348, "other"), backend=bus)
    assert (port.serial, one.opened, other.opened) == ("other", 0, 1)
    with pytest.raises(UnpluggedError):
        open_usb(UsbName(0x1209, 0x4348, "third"), backend=FakeLibusb(FakeDevice()))
    # Why the one that may have been meant could not be asked.
    with pytest.raises(LinkBusyError):
        open_usb(UsbName(0x1209, 0x4348, "third"), backend=bus)


@pytest.mark.parametrize("serial", [None, "x" * 127, "line\nline", "\u202eright"])
def test_a_serial_number_that_no_url_can_hold_is_none(serial: str | None) -> None:
    assert opened(FakeDevice(serial=serial)).serial is None


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, LinkPermissionError),
        (errno.EPERM, LinkPermissionError),
        (errno.EBUSY, LinkBusyError),
        (errno.ENODEV, UnpluggedError),
        (errno.EIO, UnpluggedError),
        (errno.ENOSYS, LinkDriverError),
    ],
)
def test_what_an_error_at_the_opening_means(number: int, kind: type[Exception]) -> None:
    device = FakeDevice()
    device.deny = number
    with pytest.raises(kind) as told:
        opened(device)
    assert ("70-chancery-signer.rules" in told.value.advice) == (kind is LinkPermissionError)
    assert device.opened == 0


def test_no_libusb_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "libusb_package", None)
    monkeypatch.setattr(usb_devices.usb.backend.libusb1, "get_backend", lambda: None)
    with pytest.raises(LinkDriverError):
        open_link("usb:any")
    bus = FakeLibusb()
    bus.fails = True
    with pytest.raises(LinkDriverError):
        open_usb(UsbName(), backend=bus)


def test_a_device_in_no_configuration_is_put_into_its_own_and_another_is_left_alone() -> None:
    asleep, awake = FakeDevice(configured=False), FakeDevice()
    opened(asleep)
    opened(awake)
    assert (asleep.chosen, awake.chosen) == ([1], [])


@pytest.mark.parametrize("packet", [64, 512, 1024])
def test_full_packets_are_ended_by_an_empty_one(packet: int) -> None:
    device = FakeDevice(packet=packet)
    port = opened(device)
    for length, packets in ((0, 0), (1, 1), (packet - 1, 1), (packet, 2), (packet + 1, 2), (3 * packet, 4)):
        port.write(bytes(length))
        sent = list(device.to_device)
        assert len(sent) == packets
        assert not sent or len(sent[-1]) < packet
        device.to_device.clear()


def test_a_device_that_sends_no_empty_packet_is_heard_all_the_same() -> None:
    device = FakeDevice()
    device.zero_length = False
    port = opened(device)
    FakeEnd(device).write(bytes(1024))
    assert port.read(0.05) == bytes(1024)


def test_empty_packets_are_no_answer() -> None:
    device = FakeDevice()
    port = opened(device)
    device.to_host.extend([b"", b"", b"", b"data"])
    assert port.read(1.0) == b"data"
    device.to_host.extend([b""] * 5)
    began = time.monotonic()
    assert port.read(0.1) == b""
    assert 0.09 < time.monotonic() - began < 0.5


def test_a_write_goes_on_where_a_time_out_left_it() -> None:
    device = FakeDevice()
    port, data = opened(device, write_seconds=5.0), bytes(range(256)) * 400
    got = b""

    def late() -> None:
        nonlocal got
        end = FakeEnd(device)
        time.sleep(0.4)
        while len(got) < len(data):
            got += end.read(1.0)

    reading = threading.Thread(target=late)
    reading.start()
    # More than the device holds, and no whole number of transfers: a slice of the time runs out in the midst of one.
    port.write(data[:700])
    port.write(data[700:])
    reading.join(5)
    assert got == data


def test_who_takes_nothing_is_waited_for_so_long_and_no_longer() -> None:
    port = opened(FakeDevice(), write_seconds=0.3)
    began = time.monotonic()
    with pytest.raises(LinkTimeoutError):
        port.write(bytes(100_000))
    assert 0.3 <= time.monotonic() - began < 1.5


def test_a_stalled_endpoint_is_cleared_once_and_used_again() -> None:
    device = FakeDevice()
    port = opened(device)
    device.stalled.update({IN, OUT})
    device.to_host.append(b"after")
    assert port.read(1.0) == b"after"
    port.write(b"x")
    assert device.cleared == [IN, OUT]
    assert list(device.to_device) == [b"x"]


def test_a_closed_port_never_opens_its_device_again() -> None:
    device = FakeDevice()
    port = opened(device)
    port.close()
    for act in (lambda: port.read(0.01), lambda: port.write(b"x")):
        with pytest.raises(UnpluggedError):
            act()
    assert (device.opened, device.claims) == (0, 1)


def test_closing_ends_a_long_read() -> None:
    port = opened(FakeDevice())
    threading.Timer(0.05, port.close).start()
    began = time.monotonic()
    with pytest.raises(UnpluggedError):
        port.read(5.0)
    assert time.monotonic() - began < 1.0


def test_a_busy_interface_is_left_as_it_is() -> None:
    device = FakeDevice()
    bus = FakeLibusb(device)
    first = open_usb(UsbName(), backend=bus)
    with pytest.raises(LinkBusyError) as told:
        open_usb(UsbName(), backend=bus)
    # Also while the error is still looked at.
    assert (device.opened, told.value.code) == (1, "LINK-BUSY")
    first.write(b"x")
    assert list(device.to_device) == [b"x"]


def test_a_pulled_device_is_closed_without_a_word() -> None:
    device = FakeDevice()
    port = opened(device)
    device.unplug()
    with pytest.raises(UnpluggedError):
        port.read(0.1)
    port.close()
    assert device.opened == 0
