"""Ports that could be a signer: which are asked, what they receive, and what came and went."""

from __future__ import annotations

import errno
import os
import threading
import time
from types import SimpleNamespace

import pytest

from firmware_bridge.errors import LinkBusyError, LinkPermissionError, LinkTimeoutError, UnpluggedError
from firmware_bridge.link import candidates
from firmware_bridge.link.candidates import MAX_GREETING, PROBE_SECONDS, Candidate, look, probe_all
from firmware_bridge.link.hot_plug import THROTTLE_SECONDS, Change, HotPlug
from firmware_bridge.link.pty_port import PtyPort
from firmware_bridge.link.serial_port import SerialPort
from tests.support.fake_libusb import FakeDevice, FakeEnd, FakeLibusb


class Port(SimpleNamespace):
    def __lt__(self, other: Port) -> bool:
        return self.device < other.device


def port(device: str, vid: int | None = 0x0403, product: str | None = "USB <-> Serial", place: str = "1-2") -> Port:
    return Port(device=device, vid=vid, pid=0x6001, product=product, location=place)


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[Port]:
    """What pyserial lists."""
    listed: list[Port] = []
    monkeypatch.setattr(candidates.list_ports, "comports", lambda: list(listed))
    return listed


def on(line: PtyPort) -> Candidate:
    return Candidate(f"serial:{line.path}", line.path, "")


def ask(link, seconds: float) -> bytes | None:
    """A greeting of a test's own."""
    link.write(b"WHO?\0")
    heard = b""
    while b"\0" not in heard:
        heard += link.read(10)
    return heard if heard.startswith(b"SIGNER") else None


def answering(end, words: bytes) -> threading.Thread:
    def run() -> None:
        while b"\0" not in end.read(2):
            continue
        end.write(words)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_ports_on_usb_are_candidates_and_others_are_not(ports: list[Port]) -> None:
    ports += [
        port("/dev/ttyUSB1"),
        port("/dev/ttyACM0", 0x1209, "Signer\u202e\n" + "x" * 100),
        port("/dev/ttyS0", None),
    ]
    bus = FakeLibusb(FakeDevice(), FakeDevice(kind=(3, 0, 0)))
    found = look(bus)
    assert [item.url for item in found] == ["usb:1209:4348", "serial:/dev/ttyACM0", "serial:/dev/ttyUSB1"]
    assert found[1].product == ("Signer" + "x" * 100)[:64]
    assert bus.devices[0].opened == 0


def test_without_libusb_serial_ports_are_found(ports: list[Port]) -> None:
    ports.append(port("/dev/ttyACM0"))
    bus = FakeLibusb()
    bus.fails = True
    assert [item.url for item in look(bus)] == ["serial:/dev/ttyACM0"]


@pytest.mark.parametrize("trouble", [OSError(), TypeError("int() of None"), ValueError()])
def test_a_port_pulled_while_pyserial_lists_is_no_error(monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    def fails() -> list[Port]:
        raise trouble

    monkeypatch.setattr(candidates.list_ports, "comports", fails)
    assert look(FakeLibusb()) == ()


def test_the_answer_decides_and_an_instrument_hears_one_greeting() -> None:
    signer, meter = PtyPort(), PtyPort()
    answering(signer, b"SIGNER\0")
    answering(meter, b"+0.0003\0")
    probed = probe_all([on(meter), on(signer)], ask)
    assert [(item.answer, item.trouble) for item in probed] == [(None, None), (b"SIGNER\0", None)]
    assert meter.read(0.05) == b""


def test_a_mute_port_is_let_go_in_time_and_opened_again() -> None:
    line = PtyPort()
    began = time.monotonic()
    (probed,) = probe_all([on(line)], ask)
    assert (probed.answer, probed.trouble) == (None, None)
    assert 0.3 <= PROBE_SECONDS <= 0.5
    assert PROBE_SECONDS - 0.01 <= time.monotonic() - began < PROBE_SECONDS + 0.4
    assert line.read(0.05) == b"WHO?\0"
    SerialPort(line.path).close()


def test_a_talkative_instrument_gets_no_more_time() -> None:
    line, stop = PtyPort(), threading.Event()

    def talk() -> None:
        while not stop.wait(0.01):
            line.write(b"12.7 V\r\n")

    threading.Thread(target=talk, daemon=True).start()
    began = time.monotonic()
    (probed,) = probe_all([on(line)], ask)
    stop.set()
    assert probed.answer is None
    assert time.monotonic() - began < PROBE_SECONDS + 0.4


@pytest.mark.parametrize("words", [[b"WHO?\0", b"WHO?\0"], [bytes(MAX_GREETING + 1)]])
def test_a_probe_that_writes_more_is_wrong(words: list[bytes]) -> None:
    def pushy(link, _: float) -> None:
        for word in words:
            link.write(word)

    line = PtyPort()
    with pytest.raises(ValueError, match="greeted once"):
        probe_all([on(line)], pushy)
    assert len(line.read(0.05)) <= MAX_GREETING
    # It was closed all the same.
    SerialPort(line.path).close()


def test_why_a_port_cannot_be_opened_is_told(ports: list[Port]) -> None:
    line = PtyPort()
    holder = SerialPort(line.path)
    forbidden = FakeDevice()
    forbidden.deny = errno.EACCES
    bus = FakeLibusb(forbidden)
    wanted = [on(line), Candidate("serial:/dev/chancery-nowhere", "", ""), *look(bus)]
    kinds = [type(item.trouble) for item in probe_all(wanted, ask, backend=bus)]
    assert kinds == [LinkBusyError, UnpluggedError, LinkPermissionError]
    holder.close()


def test_of_two_alike_each_is_asked_and_named_by_its_serial_number(ports: list[Port]) -> None:
    devices = [FakeDevice(serial="one"), FakeDevice(serial="a b"), FakeDevice(serial=None)]
    bus = FakeLibusb(*devices)
    for device in devices:
        answering(FakeEnd(device), b"SIGNER\0")
    probed = probe_all(look(bus), ask, backend=bus)
    assert [item.url for item in probed] == ["usb:1209:4348:one", "usb:1209:4348:a%20b", "usb:1209:4348"]
    assert all(item.answer == b"SIGNER\0" for item in probed)
    assert [device.opened for device in devices] == [0, 0, 0]


def test_a_device_put_back_meanwhile_is_another(ports: list[Port]) -> None:
    device = FakeDevice()
    bus = FakeLibusb(device)
    found = look(bus)
    device.unplug()
    bus.devices.clear()
    bus.plug(device)
    (probed,) = probe_all(found, ask, backend=bus)
    assert isinstance(probed.trouble, UnpluggedError)


def test_a_port_nobody_may_open_says_so(tmp_path) -> None:
    line = PtyPort()
    os.chmod(line.path, 0)
    if os.geteuid() != 0:
        with pytest.raises(LinkPermissionError):
            SerialPort(line.path)
        return
    os.seteuid(65534)
    try:
        with pytest.raises(LinkPermissionError) as told:
            SerialPort(line.path)
    finally:
        os.seteuid(0)
    assert "70-chancery-signer.rules" in told.value.advice


# Coming and going


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


ONE, TWO = Candidate("serial:/dev/ttyACM0", "1-1", ""), Candidate("usb:1209:4348", "usb 1-7", "")


def test_what_comes_and_goes_is_told_once() -> None:
    clock, there, lists = Clock(), [ONE], []

    def listing() -> tuple[Candidate, ...]:
        lists.append(clock.now)
        return tuple(there)

    watch = HotPlug(listing, clock)
    assert watch.poll() == Change((ONE,), ())
    there.append(TWO)
    for step in range(1, 8):
        clock.now = 100 + step * 0.07
        assert watch.poll() is None
    assert lists == [100.0]
    clock.now = 100 + THROTTLE_SECONDS
    assert watch.poll() == Change((TWO,), ())
    # Pulled and put back: the same URL at another place.
    there[1] = Candidate(TWO.url, "usb 1-8", "")
    clock.now += THROTTLE_SECONDS
    assert watch.poll() == Change((there[1],), (TWO,))
    clock.now += THROTTLE_SECONDS
    assert watch.poll() is None
    there.clear()
    clock.now += THROTTLE_SECONDS
    assert {item.place for item in watch.poll().gone} == {"1-1", "usb 1-8"}


def test_a_slow_listing_is_throttled_from_its_end() -> None:
    clock = Clock()

    def slow() -> tuple[Candidate, ...]:
        clock.now += 3
        return (ONE,) if clock.now < 104 else (TWO,)

    watch = HotPlug(slow, clock)
    assert watch.poll() is not None
    clock.now += 0.4
    assert watch.poll() is None
    clock.now += 0.2
    assert watch.poll() is not None


def test_nothing_is_listed_while_a_device_is_at_work() -> None:
    clock = Clock()
    watch = HotPlug(lambda: (ONE,), clock)
    with watch.at_work():
        with watch.at_work():
            assert watch.poll() is None
        assert watch.poll() is None
    assert watch.poll() == Change((ONE,), ())


def test_work_that_fails_lets_the_watch_go_on() -> None:
    watch = HotPlug(lambda: (ONE,))
    with pytest.raises(LinkTimeoutError), watch.at_work():
        raise LinkTimeoutError("The signer does not answer.")
    assert watch.poll() is not None


def test_work_waits_for_a_listing_that_runs() -> None:
    listing, go_on, began = threading.Event(), threading.Event(), threading.Event()

    def slow() -> tuple[Candidate, ...]:
        listing.set()
        assert go_on.wait(5)
        return ()

    watch = HotPlug(slow)
    threading.Thread(target=watch.poll, daemon=True).start()
    assert listing.wait(5)

    def work() -> None:
        with watch.at_work():
            began.set()

    threading.Thread(target=work, daemon=True).start()
    assert not began.wait(0.1)
    go_on.set()
    assert began.wait(5)


def test_watching_on_a_thread() -> None:
    told, stop, there = [], threading.Event(), [ONE]
    watch = HotPlug(lambda: tuple(there))
    thread = threading.Thread(target=watch.watch, args=(stop, told.append))
    thread.start()
    deadline = time.monotonic() + 5
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    there.clear()
    while len(told) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    thread.join(5)
    assert told == [Change((ONE,), ()), Change((), (ONE,))]
