"""What a host may send: every message gets an answer, nobody holds the signer up, damage is found before people are asked."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.channel import MAX_MESSAGE
from firmware_bridge.client import SignerClient
from firmware_bridge.debug_buttons import DebugButtons
from firmware_bridge.errors import (
    BusyError,
    DeviceStateError,
    LinkBusyError,
    MalformedRequestError,
    NotPairedError,
    SignerStateError,
    UnpluggedError,
)
from firmware_bridge.frames import Frame, FrameReader, FrameType, Refusal, encode_frame
from firmware_bridge.initiator import Initiator
from firmware_bridge.link.serial_port import SerialPort
from firmware_bridge.link.socket_port import SocketPort
from firmware_bridge.messages import Method, Request, decode_response
from firmware_bridge.signer import host, process
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.debug_channel import DebugServer
from lightnode.wire import cbor
from tests.support.link_host import HOST, OTHER_HOST, paired_files, post
from tests.support.signer_bench import SignerBench
from tests.unit.firmware_bridge.test_withdrawal import until

ID = b"\x21" * 16


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> SignerBench:
    return SignerBench(tmp_path_factory.mktemp("hostile"))


Sealed = Callable[[FrameType, int, bytes], bytes]


def answers(bench: SignerBench, make: Callable[[Sealed], bytes]) -> list[Frame]:
    """What comes back, opened, for what is sent on an open channel."""
    link = bench.link()
    channel = Initiator(link, HOST).channel
    reader, frames = FrameReader(), list[Frame]()
    link.write(make(channel.seal))
    deadline = time.monotonic() + 10
    while not frames and time.monotonic() < deadline:
        frames += reader.feed(link.read(0.1))
    link.close()
    return [frame if frame.channel == 0 else replace(frame, payload=channel.open(frame)) for frame in frames]


@pytest.mark.parametrize(
    "body", [{0: ID, 1: True, 2: None}, {0: ID, 1: "a", 2: None}, {0: ID, 1: 1}, {0: ID, 1: 1, 2: None, 16: b"x"}]
)
def test_a_malformed_request_with_an_id_fails_by_its_id(bench: SignerBench, body: object) -> None:
    (frame,) = answers(bench, lambda seal: seal(FrameType.LAST, 0, cbor.encode(body)))
    assert frame.type is FrameType.LAST
    response = decode_response(frame.payload)
    assert response.id == ID
    assert response.failure is not None
    assert response.failure.number == MalformedRequestError.number


def part(payload: bytes, kind: FrameType = FrameType.LAST, sequence: int = 0) -> Callable[[Sealed], bytes]:
    return lambda seal: seal(kind, sequence, payload)


def bare(payload: bytes, kind: FrameType = FrameType.LAST, channel: int = 0) -> Callable[[Sealed], bytes]:
    return lambda _: encode_frame(Frame(kind, channel, 0, payload))


GOOD = Request(ID, Method.INFO, None).encode()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (part(b""), Refusal.MALFORMED),
        (part(b"\xff"), Refusal.MALFORMED),
        (part(cbor.encode([1, 2])), Refusal.MALFORMED),
        (part(cbor.encode({0: ID[:15], 1: 1, 2: None})), Refusal.MALFORMED),
        (part(GOOD + b"\0"), Refusal.MALFORMED),
        (part(b"\x81" * 4000), Refusal.MALFORMED),
        (lambda seal: seal(FrameType.DATA, 0, b"x") + seal(FrameType.DATA, 2, b"x"), Refusal.MALFORMED),
        (part(b"x", FrameType.LAST, 7), Refusal.MALFORMED),
        (bare(b"\xff", FrameType.HELLO), Refusal.MALFORMED),
        (bare(GOOD), Refusal.CHANNEL),
        (bare(GOOD, channel=7), Refusal.CHANNEL),
        (bare(b"", FrameType.HELLO, channel=0xFFFF), Refusal.CHANNEL),
        (bare(bytes(48), FrameType.HANDSHAKE, channel=7), Refusal.CHANNEL),
        (
            lambda seal: b"".join(seal(FrameType.DATA, at, bytes(4080)) for at in range(MAX_MESSAGE // 4080 + 2)),
            Refusal.TOO_LARGE,
        ),
    ],
)
def test_what_has_no_id_is_refused_by_a_frame_once(
    bench: SignerBench, make: Callable[[Sealed], bytes], reason: Refusal
) -> None:
    (frame,) = answers(bench, make)
    assert (frame.type, frame.payload) == (FrameType.REFUSED, bytes([reason]))
    with bench.client() as client:
        assert client.keys()


def test_half_a_message_of_a_former_host_is_none_of_the_next_ones_business(bench: SignerBench) -> None:
    link = bench.link()
    link.write(Initiator(link, HOST).channel.seal(FrameType.DATA, 0, b"half"))
    with SignerClient(link, HOST) as client:
        assert client.info().environment == "training"


@pytest.fixture
def listener(bench: SignerBench) -> Iterator[int]:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=process.accept_hosts, args=(listening, bench.service, stop))
        thread.start()
        yield listening.getsockname()[1]
        stop.set()
        thread.join(5)


def test_an_idle_or_silent_program_holds_up_nobody(bench: SignerBench, listener: int) -> None:
    silent = SocketPort.connect(listener)
    with SignerClient(SocketPort.connect(listener), HOST) as idle:
        begun = time.monotonic()
        with SignerClient(SocketPort.connect(listener), HOST) as client:
            assert client.keys()
        assert time.monotonic() - begun < 5
        assert idle.keys()
    silent.close()


def test_one_request_at_a_time_whoever_asks(bench: SignerBench, listener: int) -> None:
    bench.finger.decide = lambda shown: None
    opening = bench.opening()
    wanted = bench.request(bench.transaction(bench.call(opening).encode()), opening)
    parameters = [wanted.key_label, wanted.payload, wanted.template_id, wanted.opening, None]
    first = SignerClient(SocketPort.connect(listener), HOST)
    post(first, Request(ID, Method.SIGN_TRANSACTION, parameters))
    until(bench.port.current)
    with SignerClient(SocketPort.connect(listener), HOST) as second, pytest.raises(BusyError):
        second.info()
    first.close()
    # The first one came back by another connection and goes on where it was.
    bench.finger.decide = lambda shown: "approve" if shown.last else "next"
    with SignerClient(SocketPort.connect(listener), HOST) as again:
        assert again.sign_transaction(wanted, ID).digest


def test_too_many_programs_are_told_so_at_once(listener: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [SignerClient(SocketPort.connect(listener), HOST) for _ in range(process.MAX_HOSTS)]
    begun = time.monotonic()
    with pytest.raises((LinkBusyError, UnpluggedError)):
        SignerClient(SocketPort.connect(listener), HOST)
    assert time.monotonic() - begun < 5
    for client in clients:
        client.close()


def test_who_says_nothing_is_let_go(bench: SignerBench, listener: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "GREETING_SECONDS", 0.3)
    silent = SocketPort.connect(listener)
    with pytest.raises(UnpluggedError):
        for _ in range(100):
            silent.read(0.1)
    monkeypatch.setattr(process, "HOST_IDLE_SECONDS", 0.3)
    greeted = SignerClient(SocketPort.connect(listener), HOST)
    with pytest.raises(UnpluggedError):
        for _ in range(100):
            greeted.exchange.initiator._link.read(0.1)


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are of one family of systems")
def test_a_line_in_use_is_said_to_be() -> None:
    from firmware_bridge.link.pty_port import PtyPort

    line = PtyPort()
    first = SerialPort(line.path)
    with pytest.raises(LinkBusyError) as caught:
        SerialPort(line.path)
    assert caught.value.code == "LINK-BUSY"
    first.close()
    SerialPort(line.path).close()
    line.close()
    with pytest.raises(UnpluggedError):
        SerialPort("/dev/chancery-nowhere")


@pytest.mark.parametrize("said", [b"[" * 4000, b"{" + b'"a":{' * 600, b"\xff", b"1e999999", b"[]", b""])
def test_garbage_on_the_debug_channel(said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble: list[object] = []
    monkeypatch.setattr(threading, "excepthook", trouble.append)
    server = DebugServer(ApprovalPort(), paired_files(tmp_path))
    port = int(server.url.rpartition(":")[2])
    try:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port), 5) as leaving:
                leaving.sendall(b'{"do": "current"}\n\0' * 50)
        within = Initiator(SocketPort.connect(port), HOST)
        within.send(said)
        answer = None
        while answer is None:
            answer = within.receive(0.1)
        assert b"error" in answer
        within.close()
        buttons = DebugButtons(server.url, HOST)
        assert buttons.current() is None
        buttons.close()
        time.sleep(0.2)
    finally:
        server.close()
    assert trouble == []


def test_a_stranger_reads_and_presses_nothing_through_the_debug_channel(tmp_path: Path) -> None:
    server = DebugServer(ApprovalPort(), paired_files(tmp_path))
    try:
        stranger = DebugButtons(server.url, OTHER_HOST)
        with pytest.raises(NotPairedError):
            stranger.current()
        # Also where he does not keep to what his own program would refuse.
        within = Initiator(SocketPort.connect(int(server.url.rpartition(":")[2])), OTHER_HOST)
        within.send(b'{"do": "press", "button": "approve"}')
        answer = None
        while answer is None:
            answer = within.receive(0.1)
        assert answer == b'{"error": "not paired"}'
        stranger.close()
        within.close()
    finally:
        server.close()


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "appended":
        content += b"zz\n"
    elif how == "flipped":
        content = content[:40] + bytes([content[40] ^ 1]) + content[41:]
    elif how == "shortened":
        content = content[content.index(b"\n") + 1 :] if path.name == "audit.log" else content[:-1]
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["audit.log", "memory.cbor", "root.cenv"])
@pytest.mark.parametrize("how", ["appended", "flipped", "shortened"])
def test_damage_is_found_at_the_start_and_before_anybody_is_asked(tmp_path: Path, name: str, how: str) -> None:
    bench = SignerBench(tmp_path)
    path, whole = bench.folder / "state" / name, (bench.folder / "state" / name).read_bytes()
    damage(path, how)
    if name != "root.cenv" and not (name == "audit.log" and how == "flipped"):
        opening = bench.opening()
        with bench.client() as client, pytest.raises(DeviceStateError):
            client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode()), opening))
        assert bench.finger.seen == []
    with pytest.raises(SignerStateError) as caught:
        bench.start(provisioning=False)
    assert caught.value.code == "SIGNER-STATE"
    path.write_bytes(whole)
    bench.start(provisioning=False)
