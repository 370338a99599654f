"""The desktop's side: nothing that arrives is lost, nothing too large is sent, each refusal is an error of its own."""

from __future__ import annotations

import queue
from collections.abc import Callable

import pytest

from firmware_bridge.channel import MAX_MESSAGE, PlainChannel
from firmware_bridge.client import SignerClient
from firmware_bridge.errors import BridgeError, LinkBusyError, MessageError, MessageTooLargeError
from firmware_bridge.frames import Frame, FrameReader, FrameType, Refusal, encode_frame, encode_refusal
from firmware_bridge.messages import (
    HelloReply,
    Pending,
    Reason,
    Request,
    Response,
    Status,
    decode_hello,
    decode_request,
)


class Scripted:
    """A signer that answers each request with the bytes that a function gives, all in one read."""

    def __init__(self, answer: Callable[[Request], bytes]) -> None:
        self.answer, self.sent = answer, 0
        self._reader, self._channel = FrameReader(), PlainChannel()
        self._ready: queue.Queue[bytes] = queue.Queue()

    def read(self, timeout: float) -> bytes:
        try:
            return self._ready.get(timeout=timeout)
        except queue.Empty:
            return b""

    def write(self, data: bytes) -> None:
        self.sent += len(data)
        for frame in self._reader.feed(data):
            if frame.type is FrameType.HELLO:
                reply = HelloReply(decode_hello(frame.payload).nonce, 1, "scripted", True)
                self._ready.put(encode_frame(Frame(FrameType.HELLO_REPLY, 0, 0, reply.encode())))
                continue
            message = self._channel.take(frame)
            if message is not None:
                self._ready.put(self.answer(decode_request(message)))

    def close(self) -> None:
        return


def told(*responses: Response) -> bytes:
    return b"".join(PlainChannel().wrap(response.encode()) for response in responses)


def test_an_answer_right_behind_a_sign_of_life_is_not_lost() -> None:
    pending = Pending(Reason.PERSON, 1, 1)
    link = Scripted(
        lambda asked: told(
            Response(asked.id, Status.PENDING, pending=pending), Response(asked.id, Status.DONE, [["k", 1]])
        )
    )
    assert SignerClient(link).call(2, None) == [["k", 1]]


def test_what_is_too_large_is_not_sent() -> None:
    link = Scripted(lambda asked: told(Response(asked.id, Status.DONE, None)))
    client = SignerClient(link)
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
        (Refusal.CHANNEL, MessageError),
        (Refusal.BUSY, LinkBusyError),
    ],
)
def test_each_refusal_is_an_error(reason: Refusal, kind: type[BridgeError]) -> None:
    with pytest.raises(kind) as caught:
        SignerClient(Scripted(lambda _: encode_refusal(reason))).info()
    assert type(caught.value) is kind
