"""The desktop's side: nothing that arrives is lost, nothing too large is sent, each refusal is an error of its own."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from typing import Any

import coincurve
import pytest

from firmware_bridge.channel import MAX_MESSAGE
from firmware_bridge.client import SignerClient, TransactionRequest
from firmware_bridge.errors import BridgeError, MessageError, MessageTooLargeError
from firmware_bridge.frames import Refusal
from firmware_bridge.messages import Pending, Reason, Request, Response, Status, decode_request
from firmware_bridge.signer.paired_hosts import PairedHosts
from firmware_bridge.signer.responder import Responder
from tests.support.link_host import HOST, PAIRED


class Scripted:
    """A signer that shakes hands and answers each request with what a function gives, all in one read."""

    def __init__(self, answer: Callable[[Request], Sequence[Response | Refusal]]) -> None:
        self.answer, self.sent = answer, 0
        self._ready: queue.Queue[bytes] = queue.Queue()
        hosts = PairedHosts(None, lambda _: None)
        hosts.add(PAIRED)
        self._responder = Responder(Outgoing(self._ready), b"\x33" * 32, hosts)

    def read(self, timeout: float) -> bytes:
        try:
            return self._ready.get(timeout=timeout)
        except queue.Empty:
            return b""

    def write(self, data: bytes) -> None:
        self.sent += len(data)
        for message in self._responder.feed(data):
            told = self.answer(decode_request(message))
            channel = self._responder.channel
            assert channel is not None
            self._ready.put(
                b"".join(
                    channel.refuse(one) if isinstance(one, Refusal) else channel.wrap(one.encode()) for one in told
                )
            )

    def close(self) -> None:
        return


class Outgoing:
    """The signer's end of the link, where only what it writes matters."""

    def __init__(self, ready: queue.Queue[bytes]) -> None:
        self.write = ready.put

    def read(self, timeout: float) -> bytes:
        return b""

    def close(self) -> None:
        return


def told(*responses: Response) -> Sequence[Response]:
    return responses


def test_an_answer_right_behind_a_sign_of_life_is_not_lost() -> None:
    pending = Pending(Reason.PERSON, 1, 1)
    link = Scripted(
        lambda asked: told(
            Response(asked.id, Status.PENDING, pending=pending), Response(asked.id, Status.DONE, [["k", 1]])
        )
    )
    assert SignerClient(link, HOST).call(2, None) == [["k", 1]]


def test_what_is_too_large_is_not_sent() -> None:
    link = Scripted(lambda asked: told(Response(asked.id, Status.DONE, None)))
    client = SignerClient(link, HOST)
    client.load_envelope(bytes(MAX_MESSAGE - 64))
    before = link.sent
    with pytest.raises(MessageTooLargeError) as caught:
        client.load_envelope(bytes(MAX_MESSAGE))
    assert caught.value.code == "MESSAGE-TOO-LARGE"
    assert link.sent == before


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (Refusal.MALFORMED, MessageError),
        (Refusal.TOO_LARGE, MessageTooLargeError),
        (Refusal.BUSY, MessageError),
    ],
)
def test_each_refusal_is_an_error(reason: Refusal, kind: type[BridgeError]) -> None:
    with pytest.raises(kind) as caught:
        SignerClient(Scripted(lambda _: [reason]), HOST).info()
    assert type(caught.value) is kind


POINT = coincurve.PrivateKey(b"\7" * 32).public_key.format(compressed=False)
KEY = ["official", "secp256k1", POINT, "transaction"]


def replaced(row: list[object], at: int, value: object) -> list[object]:
    return [*row[:at], value, *row[at + 1 :]]


BAD_KEYS = [
    KEY[:3], [*KEY, 1], {}, replaced(KEY, 0, ""), replaced(KEY, 0, "a\x1bb"), replaced(KEY, 0, "x" * 65), replaced(KEY, 0, 1),
    replaced(KEY, 1, "ed25519"), replaced(KEY, 1, ""), replaced(KEY, 1, "secp256r1"), replaced(KEY, 2, POINT[:64]),
    replaced(KEY, 2, POINT[:64] + bytes([POINT[64] ^ 1])), replaced(KEY, 2, b"\6" + POINT[1:]), replaced(KEY, 2, bytes(65)),
    replaced(KEY, 3, ""), replaced(KEY, 3, "\u202e"), replaced(KEY, 3, None),
]  # fmt: skip


@pytest.mark.parametrize("row", BAD_KEYS, ids=range(len(BAD_KEYS)))
def test_a_malformed_key_is_a_malformed_message(row: Any) -> None:
    listed = Scripted(lambda asked: told(Response(asked.id, Status.DONE, [KEY, row])))
    with pytest.raises(MessageError):
        SignerClient(listed, HOST).keys()
    made = Scripted(lambda asked: told(Response(asked.id, Status.DONE, row)))
    with pytest.raises(MessageError):
        SignerClient(made, HOST).generate_key("official", "secp256k1", "transaction")


def test_a_sound_key_is_taken() -> None:
    link = Scripted(lambda asked: told(Response(asked.id, Status.DONE, [KEY])))
    assert [key.public_key for key in SignerClient(link, HOST).keys()] == [POINT]


SIGNATURE = [b"\1" * 32, b"\2" * 32, 1, b"\3" * 32]


@pytest.mark.parametrize(
    "row", [SIGNATURE[:3], [*SIGNATURE, 1], replaced(SIGNATURE, 2, True), replaced(SIGNATURE, 2, 2), replaced(SIGNATURE, 0, b""),
            replaced(SIGNATURE, 1, bytes(33)), replaced(SIGNATURE, 3, bytes(31)), replaced(SIGNATURE, 0, 1), None]
)  # fmt: skip
def test_a_malformed_signature_is_a_malformed_message(row: Any) -> None:
    link = Scripted(lambda asked: told(Response(asked.id, Status.DONE, row)))
    with pytest.raises(MessageError):
        SignerClient(link, HOST).sign_transaction(TransactionRequest("official", b"payload", None, None, None))


def test_what_the_signer_waits_for_ends_with_the_answer() -> None:
    pending = Pending(Reason.PERSON, 1, 1)
    seen: list[Pending] = []
    link = Scripted(
        lambda asked: told(Response(asked.id, Status.PENDING, pending=pending), Response(asked.id, Status.DONE, None))
    )
    SignerClient(link, HOST, seen.append).call(2, None)
    assert [one.reason for one in seen] == [Reason.PERSON, Reason.PROCESSING]
