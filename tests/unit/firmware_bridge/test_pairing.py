"""Pairing: the code, who may ask before it, a man in the middle, one computer struck from the list."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_bridge.client import SignerClient
from firmware_bridge.errors import (
    BusyError,
    ChannelError,
    DeclinedError,
    DeviceError,
    MalformedRequestError,
    NoSuchHostError,
    NotPairedError,
    PairingCodeError,
    PairingOrderError,
    PolicyRefusedError,
    SignerStateError,
    SignerUnknownError,
)
from firmware_bridge.host_identity import HostIdentity
from firmware_bridge.initiator import Initiator
from firmware_bridge.link.memory_port import MemoryPort
from firmware_bridge.link.memory_port import pair as linked
from firmware_bridge.messages import STRANGERS, Method
from firmware_bridge.noise.handshake import public_of
from firmware_bridge.pairing import pair
from firmware_bridge.pairing_code import commitment, pairing_code, typed_code
from firmware_bridge.signer.approval import Shown
from firmware_bridge.signer.paired_hosts import MAX_HOSTS, PairedHost, PairedHosts
from firmware_bridge.signer.responder import Responder
from tests.support.link_host import HOST, OTHER_HOST, PAIRED
from tests.support.signer_bench import SignerBench

EVIL = b"\x66" * 32


@pytest.fixture
def bench(tmp_path: Path) -> SignerBench:
    return SignerBench(tmp_path)


def read_code(bench: SignerBench) -> str:
    """What a person reads on the signer and types: waits for the page that shows the code."""
    for _ in range(1000):
        for shown in tuple(bench.finger.seen):
            if shown.screen.label == "Type this code there":
                return shown.screen.value
        threading.Event().wait(0.01)
    raise AssertionError("the signer showed no code")


def patient(bench: SignerBench, right: threading.Event) -> Callable[[Shown], str | None]:
    """Pages to the end, and presses the tick once the computer has said that the code is right."""
    return lambda shown: ("approve" if right.is_set() else None) if shown.last else "next"


def test_a_computer_is_paired_by_the_code_and_may_then_ask(bench: SignerBench) -> None:
    right = threading.Event()
    bench.finger.decide = patient(bench, right)
    with SignerClient(bench.link(), OTHER_HOST) as client:
        with pytest.raises(NotPairedError):
            client.keys()
        pair(client.exchange, OTHER_HOST.name, lambda: read_code(bench), right.set)
        client.exchange.initiator.establish()
        assert client.keys()
        assert client.hosts() == ((PAIRED.id, PAIRED.name), (PairedHost(OTHER_HOST.public, "").id, OTHER_HOST.name))
    assert [shown.screen.value for shown in bench.finger.seen if shown.screen.label == "Computer"] == [OTHER_HOST.name]
    bench.start(provisioning=False)
    with SignerClient(bench.link(), OTHER_HOST) as client:
        assert client.keys(), "also after a restart"
    log = (bench.folder / "state" / "audit.log").read_bytes()
    assert b"\x66paired".hex().encode() in log


def test_another_code_pairs_nothing(bench: SignerBench) -> None:
    bench.finger.decide = lambda shown: None if shown.last else "next"
    with SignerClient(bench.link(), OTHER_HOST) as client:

        def wrong() -> str:
            code = int(typed_code(read_code(bench)))
            return f"{(code + 1) % 1_000_000:06}"

        with pytest.raises(PairingCodeError):
            pair(client.exchange, OTHER_HOST.name, wrong)
    bench.finger.decide = lambda shown: "approve" if shown.last else "next"
    with SignerClient(bench.link(), OTHER_HOST) as client, pytest.raises(NotPairedError):
        client.keys()
    assert bench.session.files.hosts.all() == (PAIRED,)


def test_a_pairing_ends_with_its_channel(bench: SignerBench) -> None:
    """Whoever presses the tick after the computer is gone, or was cut off on the way, pairs nobody."""
    bench.finger.decide = lambda shown: None if shown.last else "next"
    link = bench.link()
    with SignerClient(link, OTHER_HOST) as client:
        client.exchange.ask(Method.PAIR_START, "one")
        client.exchange.ask(Method.PAIR_REVEAL, bytes(32))
        client.exchange.send(Method.PAIR_FINISH, None)
        read_code(bench)
        # Greets anew, as after a broken channel: this is another code.
        client.exchange.initiator.establish()
        until_dark(bench)
        client.exchange.ask(Method.PAIR_START, "one")
        client.exchange.ask(Method.PAIR_REVEAL, bytes(32))
        client.exchange.send(Method.PAIR_FINISH, None)
        for _ in range(1000):
            if bench.port.current() is not None:
                break
            threading.Event().wait(0.01)
    # Unplugged while the question stands.
    until_dark(bench)
    bench.finger.decide = lambda shown: "approve" if shown.last else "next"
    with SignerClient(bench.link(), OTHER_HOST) as client, pytest.raises(NotPairedError):
        client.keys()
    assert bench.session.files.hosts.all() == (PAIRED,)


def test_a_tick_pairs_nobody_before_the_computer_has_said_that_the_code_is_right(bench: SignerBench) -> None:
    """As where its program was killed while the person typed, on a line that does not tell."""
    with SignerClient(bench.link(), OTHER_HOST) as client:
        with pytest.raises(PairingOrderError):
            client.exchange.ask(Method.PAIR_RIGHT, None)
        client.exchange.ask(Method.PAIR_START, "one")
        with pytest.raises(PairingOrderError):
            client.exchange.ask(Method.PAIR_RIGHT, None)
        client.exchange.ask(Method.PAIR_REVEAL, bytes(32))
        with pytest.raises(PairingOrderError, match="has not said"):
            client.exchange.ask(Method.PAIR_FINISH, None)
    assert bench.session.files.hosts.all() == (PAIRED,)


def until_dark(bench: SignerBench) -> None:
    for _ in range(1000):
        if bench.port.current() is None:
            return
        threading.Event().wait(0.01)
    raise AssertionError("the question still stands")


def test_a_person_who_declines_ends_it_while_the_computer_waits_for_the_code(bench: SignerBench) -> None:
    bench.finger.decide = lambda shown: "reject"
    never = threading.Event()
    with SignerClient(bench.link(), OTHER_HOST) as client, pytest.raises(DeclinedError):
        pair(client.exchange, OTHER_HOST.name, lambda: str(never.wait(30)))
    never.set()


def test_a_stranger_cannot_take_the_display_up_with_questions(bench: SignerBench) -> None:
    now = [100.0]
    bench.session.hosts._clock = lambda: now[0]
    bench.finger.decide = lambda shown: "reject"
    never = threading.Event()
    waits = []
    with SignerClient(bench.link(), OTHER_HOST) as client:
        for _ in range(9):
            for seconds in range(200):
                now[0] += min(seconds, 1)
                try:
                    pair(client.exchange, OTHER_HOST.name, lambda: str(never.wait(30)))
                except BusyError:
                    continue
                except DeclinedError:
                    waits.append(seconds)
                    break
    never.set()
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 60]
    with bench.client() as client:
        assert client.keys(), "who is paired does not wait"


@pytest.mark.parametrize("method", [method for method in Method if method not in STRANGERS])
def test_a_stranger_may_ask_nothing_else(bench: SignerBench, method: Method) -> None:
    with SignerClient(bench.link(), OTHER_HOST) as client, pytest.raises(NotPairedError):
        client.exchange.ask(method, None)


def test_the_steps_come_once_and_in_order(bench: SignerBench) -> None:
    with SignerClient(bench.link(), OTHER_HOST) as client:
        ask = client.exchange.ask
        for method, parameters in ((Method.PAIR_REVEAL, bytes(32)), (Method.PAIR_FINISH, None)):
            with pytest.raises(PairingOrderError):
                ask(method, parameters)
        ask(Method.PAIR_START, "one")
        with pytest.raises(PairingOrderError):
            ask(Method.PAIR_FINISH, None)
        first = ask(Method.PAIR_REVEAL, bytes(32))
        with pytest.raises(PairingOrderError):
            ask(Method.PAIR_REVEAL, b"\1" * 32)
        ask(Method.PAIR_START, "two")
        assert ask(Method.PAIR_REVEAL, bytes(32)) != first
        client.exchange.initiator.establish()
        with pytest.raises(PairingOrderError):
            ask(Method.PAIR_FINISH, None)


@pytest.mark.parametrize("name", ["", "x" * 33, "a\nb", " a", "a\u202eb", "a  b", 7, None])
def test_a_name_that_cannot_be_shown(bench: SignerBench, name: object) -> None:
    with SignerClient(bench.link(), OTHER_HOST) as client, pytest.raises(MalformedRequestError):
        client.exchange.ask(Method.PAIR_START, name)


@pytest.mark.parametrize("number", [b"", bytes(31), bytes(33), "x", None])
def test_a_number_that_is_none(bench: SignerBench, number: object) -> None:
    with SignerClient(bench.link(), OTHER_HOST) as client:
        client.exchange.ask(Method.PAIR_START, "one")
        with pytest.raises(MalformedRequestError):
            client.exchange.ask(Method.PAIR_REVEAL, number)


def test_one_computer_is_forgotten_and_its_open_channel_with_it(bench: SignerBench) -> None:
    other = PairedHost(OTHER_HOST.public, OTHER_HOST.name)
    bench.session.files.hosts.add(other)
    with bench.client() as client:
        with pytest.raises(NoSuchHostError):
            client.forget_host(b"\0\0\0\0")
        client.forget_host(other.id)
        assert client.hosts() == ((PAIRED.id, PAIRED.name),)
        client.forget_host(PAIRED.id)
        with pytest.raises(NotPairedError):
            client.keys()
    assert [shown.screen.value for shown in bench.finger.seen if shown.screen.label == "Its id"] == [
        other.id.hex(),
        PAIRED.id.hex(),
    ]


def test_forgetting_is_not_done_without_a_person(bench: SignerBench) -> None:
    bench.finger.decide = lambda shown: "reject"
    with bench.client() as client:
        with pytest.raises(DeclinedError):
            client.forget_host(PAIRED.id)
        assert client.keys()


def test_a_signer_that_was_never_paired_is_asked_nothing(bench: SignerBench) -> None:
    cautious = HostIdentity(HOST.secret, HOST.name, lambda key: key == b"\7" * 32)
    with SignerClient(bench.link(), cautious) as client:
        before = len(bench.finger.seen)
        with pytest.raises(SignerUnknownError):
            client.keys()
        assert len(bench.finger.seen) == before


class Middle:
    """Sits on the wire with a key of its own: a signer to the computer, a computer to the signer."""

    def __init__(self, bench: SignerBench, twist: Callable[[Middle, bytes], bytes]) -> None:
        self.host_end, self.own_end = linked()
        self.to_signer = Initiator(bench.link(), HostIdentity(EVIL, "middle", lambda _: True))
        hosts = PairedHosts(None, lambda _: None)
        # It says to everybody that they are known.
        hosts.add(PairedHost(OTHER_HOST.public, "x"))
        hosts.add(PAIRED)
        self.to_host = Responder(self.own_end, EVIL, hosts)
        self.twist = twist
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while not self.stop.is_set():
            for message in self.to_host.feed(self.own_end.read(0.01)):
                self.to_signer.send(message)
            answer = self.to_signer.receive(0.01)
            if answer is not None:
                self.to_host.send(self.twist(self, answer))

    def close(self) -> None:
        self.stop.set()
        self.thread.join(5)
        self.to_signer.close()


def test_a_man_in_the_middle_is_no_signer_we_know(bench: SignerBench) -> None:
    middle = Middle(bench, lambda _, answer: answer)
    signer = public_of(bench.session.files.channel_secret())
    known = HostIdentity(HOST.secret, HOST.name, lambda key: key == signer)
    client = SignerClient(middle.host_end, known)
    with pytest.raises(SignerUnknownError):
        client.keys()
    # And the signer knows the one in the middle as little: what he passes on is refused.
    trusting = SignerClient(middle.host_end, HOST)
    with pytest.raises(NotPairedError):
        trusting.keys()
    middle.close()


def test_a_man_in_the_middle_of_a_pairing_meets_another_code(bench: SignerBench) -> None:
    """He passes everything on as it is: the signer's commitment is not for the channel that the computer has."""
    bench.finger.decide = lambda shown: None if shown.last else "next"
    middle = Middle(bench, lambda _, answer: answer)
    client = SignerClient(middle.host_end, OTHER_HOST)
    with pytest.raises(PairingCodeError, match="committed"):
        pair(client.exchange, OTHER_HOST.name, lambda: read_code(bench))
    middle.close()
    assert bench.session.files.hosts.all() == (PAIRED,)


def test_a_man_in_the_middle_who_makes_his_own_commitment_meets_another_code(bench: SignerBench) -> None:
    bench.finger.decide = lambda shown: None if shown.last else "next"
    number = b"\x99" * 32
    theirs: list[bytes] = []

    def twist(middle: Middle, answer: bytes) -> bytes:
        from firmware_bridge.messages import Response, Status, decode_response

        response = decode_response(answer)
        if response.status is Status.DONE and isinstance(response.result, bytes):
            theirs.append(response.result)
            assert middle.to_host.channel is not None
            mine = (commitment(middle.to_host.channel.hash, number), number)[len(theirs) - 1]
            return Response(response.id, Status.DONE, mine).encode()
        return answer

    middle = Middle(bench, twist)
    client = SignerClient(middle.host_end, OTHER_HOST)
    with pytest.raises(PairingCodeError, match="typed"):
        pair(client.exchange, OTHER_HOST.name, lambda: read_code(bench))
    middle.close()
    assert len(theirs) == 2
    assert bench.session.files.hosts.all() == (PAIRED,)


def test_the_code_depends_on_everything() -> None:
    given = (b"\1" * 32, b"\2" * 32, b"\3" * 32, "name")
    codes = {pairing_code(*given)}
    for at in range(4):
        changed = [*given]
        changed[at] = "other" if at == 3 else b"\4" * 32
        codes.add(pairing_code(*changed))
    assert len(codes) == 5
    assert all(len(code) == 6 and code.isdigit() for code in codes)


def test_the_list_is_bounded_and_read_strictly() -> None:
    saved: list[bytes] = []
    hosts = PairedHosts(None, saved.append)
    for at in range(MAX_HOSTS):
        hosts.add(PairedHost(bytes([at]) * 32, f"host {at}"))
    with pytest.raises(PolicyRefusedError):
        hosts.add(PairedHost(b"\xff" * 32, "one more"))
    hosts.add(PairedHost(bytes(32), "a new name"))
    assert PairedHosts(saved[-1], saved.append).all() == hosts.all()
    for damaged in (b"", saved[-1][:-1], saved[-1] + b"\0", b"\x80", b"\x82\x6fchancery/hosts/1\x81\x82\x41\x00\x61x"):
        with pytest.raises(SignerStateError):
            PairedHosts(damaged, saved.append)


def test_a_pairing_whose_channel_breaks_is_not_repeated_in_silence(bench: SignerBench) -> None:
    with SignerClient(bench.link(), OTHER_HOST) as client:
        client.exchange.ask(Method.PAIR_START, "one")
        bench_link = client.exchange.initiator._link
        assert isinstance(bench_link, MemoryPort)
        # Another program greets on the same line: this channel is gone.
        Initiator(bench_link, HOST)
        with pytest.raises((ChannelError, DeviceError)):
            client.exchange.ask(Method.PAIR_REVEAL, bytes(32))
