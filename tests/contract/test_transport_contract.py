"""One suite for every link: what client and signer may rely on, whatever carries the bytes.

Run here over memory, a socket, a pseudo-terminal and USB with a made-up bus; in the guest (`tests/integration/
test_usb_guest.py`) over a real CDC-ACM port and real bulk transfers.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

import pytest

from firmware_bridge.errors import LinkBusyError, LinkTimeoutError, UnpluggedError
from firmware_bridge.frames import Frame, FrameReader, FrameType, encode_frame
from firmware_bridge.link.transport import Transport
from tests.support.link_rigs import PACE, WRITE_SECONDS, Rig, kinds
from tests.support.signer_reached import reach_signer

KINDS = kinds()
# Around the packets of USB 1, 2 and 3, a tty's buffers and a transfer of ours.
LENGTHS = [1, 2, 63, 64, 65, 128, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 16383, 16384, 16385, 70000]


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with KINDS[request.param]() as made:
        yield made


def data_of(length: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(length)


def received(end: Transport, length: int, seconds: float = 5.0) -> bytes:
    """Read until so many bytes are there; each read could wait long, and must not where bytes are there."""
    data, deadline = b"", time.monotonic() + seconds * PACE
    while len(data) < length and time.monotonic() < deadline:
        data += end.read(seconds * PACE)
    return data


def ends(rig: Rig, direction: str) -> tuple[Transport, Transport]:
    return (rig.host, rig.device) if direction == "to-signer" else (rig.device, rig.host)


class Sending:
    """Sends on a thread of its own, as the other computer would."""

    def __init__(self, end: Transport, *parts: bytes) -> None:
        self.failed: Exception | None = None
        self._end, self._parts = end, parts
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for part in self._parts:
                self._end.write(part)
        except Exception as error:
            self.failed = error

    def done(self) -> None:
        self._thread.join(10 * PACE)
        assert not self._thread.is_alive()
        assert self.failed is None


both_ways = pytest.mark.parametrize("direction", ["to-signer", "to-host"])


@both_ways
def test_what_is_written_arrives_at_once_whatever_its_length(rig: Rig, direction: str) -> None:
    source, target = ends(rig, direction)
    for length in LENGTHS:
        data = data_of(length, length)
        began = time.monotonic()
        sending = Sending(source, data)
        assert received(target, length) == data, length
        # The read above may wait 5 s: it must not where the last packet was full.
        assert time.monotonic() - began < 1.0 * PACE, length
        # Nothing more comes; on USB this takes the empty packet, which the other side may still wait to send.
        assert target.read(0.01) == b""
        sending.done()


@both_ways
def test_every_byte_arrives_as_it_was_sent(rig: Rig, direction: str) -> None:
    source, target = ends(rig, direction)
    data = bytes(range(256)) + b"\r\n\x03\x04\x11\x13\x1a\x1c\x7f\xff\x00\r\r\n\n"
    sending = Sending(source, data)
    assert received(target, len(data)) == data
    sending.done()


@both_ways
def test_many_writes_stay_in_order(rig: Rig, direction: str) -> None:
    source, target = ends(rig, direction)
    parts = [data_of(random.Random(number).choice([1, 7, 64, 512, 600]), number) for number in range(60)]
    whole = b"".join(parts)
    sending = Sending(source, *parts)
    assert received(target, len(whole)) == whole
    sending.done()


def test_both_directions_at_once(rig: Rig) -> None:
    data = data_of(100_000), data_of(100_000, 2)
    sending = Sending(rig.host, data[0]), Sending(rig.device, data[1])
    there: list[bytes] = []
    reading = threading.Thread(target=lambda: there.append(received(rig.device, len(data[0]))), daemon=True)
    reading.start()
    assert received(rig.host, len(data[1])) == data[1]
    reading.join(10 * PACE)
    assert there == [data[0]]
    for one in sending:
        one.done()


@both_ways
def test_nothing_written_is_nothing_sent(rig: Rig, direction: str) -> None:
    source, target = ends(rig, direction)
    source.write(b"")
    assert target.read(0.05) == b""
    source.write(b"x")
    assert received(target, 1) == b"x"


@pytest.mark.parametrize("end", ["host", "device"])
@pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.03, 0.4])
def test_a_read_without_data_takes_its_time_and_no_more(rig: Rig, end: str, seconds: float) -> None:
    began = time.monotonic()
    assert getattr(rig, end).read(seconds) == b""
    taken = time.monotonic() - began
    assert seconds - 0.005 <= taken < max(seconds, 0) + 0.15 * PACE


def test_a_read_gives_what_is_there_before_its_time_is_over(rig: Rig) -> None:
    began = time.monotonic()
    threading.Timer(0.05, rig.device.write, [b"answer"]).start()
    assert received(rig.host, 6) == b"answer"
    assert time.monotonic() - began < 1.0 * PACE


def test_short_reads_lose_nothing(rig: Rig) -> None:
    """A time-out in the midst of a transfer takes back what is under way, not what has come."""
    data = data_of(50_000)
    sending = Sending(rig.device, *(data[at : at + 1000] for at in range(0, len(data), 1000)))
    got, deadline = b"", time.monotonic() + 10 * PACE
    while len(got) < len(data) and time.monotonic() < deadline:
        got += rig.host.read(0.001)
    assert got == data
    sending.done()


def test_what_nobody_takes_is_a_time_out(rig: Rig) -> None:
    if not rig.bounded:
        pytest.skip("a queue in memory takes everything")
    began = time.monotonic()
    with pytest.raises(LinkTimeoutError):
        for _ in range(2000):
            rig.host.write(bytes(16384))
    assert time.monotonic() - began < WRITE_SECONDS + 2.0 * PACE
    # And the port is closed within moments all the same.
    began = time.monotonic()
    rig.host.close()
    assert time.monotonic() - began < 1.0 * PACE


def test_a_pulled_cable_ends_a_waiting_read(rig: Rig) -> None:
    threading.Timer(0.1, rig.unplug).start()
    began = time.monotonic()
    with pytest.raises(UnpluggedError):
        while time.monotonic() - began < 5 * PACE:
            rig.host.read(5 * PACE)
    assert time.monotonic() - began < 1.0 * PACE


def test_after_a_pulled_cable_everything_says_so(rig: Rig) -> None:
    rig.unplug()
    deadline = time.monotonic() + 2 * PACE
    with pytest.raises(UnpluggedError):
        while time.monotonic() < deadline:
            rig.host.read(0.05)
    for _ in range(2):
        with pytest.raises(UnpluggedError):
            rig.host.read(0.01)
    with pytest.raises(UnpluggedError):
        for _ in range(3):
            # A socket tells only the second writer.
            rig.host.write(b"x")
            time.sleep(0.02)
    rig.host.close()


def test_the_signer_notices_where_its_link_can_tell(rig: Rig) -> None:
    if not rig.tells_device:
        pytest.skip("hosts come and go on this link; the signer waits for the next one")
    rig.host.close()
    with pytest.raises(UnpluggedError):
        for _ in range(20):
            rig.device.read(0.1)


def test_a_second_program_finds_it_busy(rig: Rig) -> None:
    if not rig.exclusive:
        pytest.skip("this link serves several programs, or only one process")
    for _ in range(2):
        with pytest.raises(LinkBusyError):
            rig.again()
    # Whoever was turned away disturbed nothing.
    rig.host.write(b"still here")
    assert received(rig.device, 10) == b"still here"
    rig.host.close()
    other = rig.again()
    other.write(b"mine")
    assert received(rig.device, 4) == b"mine"
    rig.device.write(b"yours")
    assert received(other, 5) == b"yours"
    other.close()


def test_a_closed_link_stays_closed(rig: Rig) -> None:
    rig.host.close()
    rig.host.close()
    for _ in range(2):
        with pytest.raises(UnpluggedError):
            rig.host.read(0.01)
        with pytest.raises(UnpluggedError):
            rig.host.write(b"x")
    rig.device.close()
    rig.device.close()
    with pytest.raises(UnpluggedError):
        rig.device.read(0.01)
    with pytest.raises(UnpluggedError):
        rig.device.write(b"x")


def test_it_may_be_closed_under_a_waiting_read(rig: Rig) -> None:
    threading.Timer(0.1, rig.host.close).start()
    began = time.monotonic()
    with pytest.raises(UnpluggedError):
        while time.monotonic() - began < 5 * PACE:
            rig.host.read(0.2)
    assert time.monotonic() - began < 1.5 * PACE


def test_frames_come_through_after_garbage(rig: Rig) -> None:
    frames = [Frame(FrameType.DATA, 0, number, data_of(size, number)) for number, size in enumerate([0, 1, 505, 4096])]
    garbage = data_of(700, 9)
    sending = Sending(rig.host, garbage + b"\0", *map(encode_frame, frames))
    reader, got, deadline = FrameReader(), [], time.monotonic() + 5 * PACE
    while len(got) < len(frames) and time.monotonic() < deadline:
        got += reader.feed(rig.device.read(1.0))
    assert got == frames
    assert reader.damaged > 0
    sending.done()


def test_a_signer_is_reached_and_loses_the_cable(rig: Rig, tmp_path) -> None:
    with reach_signer(rig.device, rig.host, tmp_path) as reached:
        assert reached.client.info().model
        labels = [key.label for key in reached.client.keys()]
        assert labels == ["official"]
        rig.unplug()
        with pytest.raises(UnpluggedError):
            while True:
                reached.client.info()
    assert reached.ended
