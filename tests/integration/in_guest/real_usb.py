"""What only a real device can show; run in the guest by `test_usb_guest.py`, never collected elsewhere."""

from __future__ import annotations

import os
import statistics
import threading
import time
from contextlib import closing, contextmanager

import pytest

from firmware_bridge.errors import BridgeError, LinkBusyError, LinkPermissionError, UnpluggedError
from firmware_bridge.link.candidates import look, probe_all
from firmware_bridge.link.hot_plug import HotPlug
from firmware_bridge.link.serial_port import SerialPort
from firmware_bridge.link.url import open_link
from firmware_bridge.probe import greet
from firmware_bridge.signer.service import serve_forever
from tests.support.link_rigs import PACE, WRITE_SECONDS
from tests.support.signer_reached import make_service
from tests.support.usb_gadget import HOST_TTY, OWN_TTY, bulk_rig, gadget, serial_rig, when_there

URL = "usb:1209:4348"
PROBE = 0.4


@contextmanager
def serving(end, folder):
    service, stop = make_service(folder), threading.Event()
    thread = threading.Thread(target=serve_forever, args=(service, end, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        service.close()


def candidates(count):
    deadline = time.monotonic() + 3 * PACE
    while len(found := look()) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_a_url_opens_the_device_and_no_other():
    with gadget() as made:
        made.plug()
        with closing(when_there(lambda: open_link(URL))) as port:
            assert port.serial == "PT-0048213"
            with pytest.raises(LinkBusyError):
                open_link(f"{URL}:PT-0048213")
        for url in (URL, f"{URL}:PT-0048213", "usb:any"):
            open_link(url).close()
        for url in ("usb:1209:4349", f"{URL}:PT-0048214"):
            with pytest.raises(UnpluggedError):
                open_link(url)


def test_a_user_who_may_not_is_told_so():
    with gadget() as made:
        made.plug()
        when_there(lambda: open_link(URL)).close()
        os.seteuid(65534)
        try:
            for url in (URL, "usb:any", f"{URL}:PT-0048213", f"serial:{HOST_TTY}"):
                with pytest.raises(LinkPermissionError) as told:
                    open_link(url)
                assert "udev" in told.value.advice
        finally:
            os.seteuid(0)


def test_the_greeting_decides_on_both_ways_in(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    # Foreign numbers: they must not matter.
    with gadget(vendor=0x0403) as made, closing(SerialPort(OWN_TTY, WRITE_SECONDS)) as own:
        made.plug()
        found = candidates(2)
        assert [item.url for item in found] == ["usb:0403:4348", f"serial:{HOST_TTY}"]
        assert found[1].product == "Chancery signer"
        with serving(made.bulk, tmp_path / "a"), serving(own, tmp_path / "b"):
            probed = probe_all(found, greet, PROBE * PACE)
            made.unplug()
    assert [(item.url, item.trouble) for item in probed] == [
        ("usb:0403:4348:PT-0048213", None),
        (f"serial:{HOST_TTY}", None),
    ]
    assert all(item.answer is not None for item in probed)


def test_an_instrument_that_takes_nothing_is_let_go_soon():
    """Linux would hold the closing of its port for half a minute."""
    with gadget() as made:
        made.plug()
        found = [item for item in candidates(2) if item.url.startswith("serial:")]
        began = time.monotonic()
        (probed,) = probe_all(found, greet, PROBE)
        assert probed.answer is None
        assert time.monotonic() - began < PROBE + 1.0 * PACE


def test_another_instrument_receives_the_greeting_and_nothing_else():
    with gadget() as made, closing(SerialPort(OWN_TTY, WRITE_SECONDS)) as own:
        made.plug()
        found = [item for item in candidates(2) if item.url.startswith("serial:")]
        own.write(b"+0.000321E-3\r\n" * 3)
        (probed,) = probe_all(found, greet, PROBE)
        assert (probed.answer, probed.trouble) == (None, None)
        heard = own.read(0.5 * PACE) + own.read(0.2)
        assert 0 < len(heard) <= 128
        assert heard.count(b"\0") == 2
        made.unplug()


def test_plugging_is_noticed():
    watch = HotPlug()

    def change():
        deadline = time.monotonic() + 3 * PACE
        arrived, gone = set(), set()
        while time.monotonic() < deadline and len(arrived) + len(gone) < 2:
            found = watch.poll()
            if found is not None:
                arrived |= {item.url for item in found.arrived}
                gone |= {item.url for item in found.gone}
            time.sleep(0.05)
        return arrived, gone

    both = {URL, f"serial:{HOST_TTY}"}
    with gadget() as made:
        assert watch.poll() is None
        made.plug()
        assert change() == (both, set())
        made.unplug()
        assert change() == (set(), both)


def test_a_cable_put_back_serves_again(tmp_path):
    for _ in range(2):
        with bulk_rig() as rig:
            rig.host.write(b"there")
            assert rig.device.read(2 * PACE) == b"there"
            rig.unplug()
            with pytest.raises(UnpluggedError):
                for _ in range(100):
                    rig.host.read(0.1)


@pytest.mark.parametrize("kind", [serial_rig, bulk_rig])
def test_how_long_it_takes(kind, capsys):
    with kind() as rig:

        def echo():
            try:
                while True:
                    data = rig.device.read(0.2)
                    if data:
                        rig.device.write(data)
            except BridgeError:
                return

        threading.Thread(target=echo, daemon=True).start()
        for size in (64, 4096):
            taken = []
            for _ in range(60):
                began = time.perf_counter()
                rig.host.write(bytes(size))
                got = 0
                while got < size:
                    got += len(rig.host.read(5))
                taken.append((time.perf_counter() - began) * 1000)
            with capsys.disabled():
                print(f"\nMEASURED {kind.__name__} {size} bytes: median {statistics.median(taken):.2f} ms")
            assert statistics.median(taken) < 100
