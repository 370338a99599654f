"""The host's end of the bridge: no answer is lost, however its bytes arrive."""

from __future__ import annotations

from firmware_bridge.channel import PlainChannel
from firmware_bridge.client import SignerClient
from firmware_bridge.frames import Frame, FrameReader, FrameType, encode_frame
from firmware_bridge.messages import (
    PROTOCOL,
    HelloReply,
    Pending,
    Reason,
    Response,
    Status,
    decode_hello,
    decode_request,
)

INFO = ["model", "token", "software", "training", b"", False, False, None, 1]


class OneRead:
    """A link on which everything that the signer says to a request arrives in one read."""

    def __init__(self) -> None:
        self.reader, self.channel, self.waiting = FrameReader(), PlainChannel(), b""

    def write(self, data: bytes) -> None:
        for frame in self.reader.feed(data):
            if frame.type is FrameType.HELLO:
                reply = HelloReply(decode_hello(frame.payload).nonce, PROTOCOL, "model", True)
                self.waiting += encode_frame(Frame(FrameType.HELLO_REPLY, 0, 0, reply.encode()))
                continue
            message = self.channel.take(frame)
            if message is not None:
                name = decode_request(message).id
                busy = Response(name, Status.PENDING, pending=Pending(Reason.PROCESSING, 0, 0))
                self.waiting += PlainChannel().wrap(busy.encode())
                self.waiting += PlainChannel().wrap(Response(name, Status.DONE, INFO).encode())

    def read(self, timeout: float) -> bytes:
        data, self.waiting = self.waiting, b""
        return data

    def close(self) -> None:
        return


def test_an_answer_that_arrives_together_with_a_keep_alive_is_not_lost() -> None:
    seen: list[Pending] = []
    with SignerClient(OneRead(), seen.append) as client:
        assert client.info().model == "model"
        assert client.info().device_class == "software"
    assert seen == [Pending(Reason.PROCESSING, 0, 0)] * 2
