"""One host on one link: what it sends as requests, what it is told as frames.

Invariants: answers may be given from any thread and are written by the one that reads; whoever sends what is no request is
told so, by the id where it has one, otherwise by a REFUSED frame.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator

from firmware_bridge.channel import PlainChannel
from firmware_bridge.errors import MalformedRequestError, MessageError, MessageTooLargeError
from firmware_bridge.frames import (
    PLAIN_CHANNEL,
    Frame,
    FrameReader,
    FrameType,
    Refusal,
    encode_frame,
    encode_refusal,
)
from firmware_bridge.link.transport import Transport
from firmware_bridge.messages import (
    PROTOCOL,
    HelloReply,
    Pending,
    Request,
    Response,
    Status,
    decode_hello,
    decode_request,
    read_id,
)
from firmware_bridge.signer.build import MODEL, TRAINING_BUILD
from firmware_bridge.signer.refusals import failed

KEEP_ALIVE_SECONDS = 0.5
# A program that connects and does not greet is none of ours.
GREETING_SECONDS = 10.0


class Host:
    """The other end of a link, as the signer sees it."""

    def __init__(self, link: Transport) -> None:
        """Begin with a host that has said nothing."""
        self._link = link
        self._reader, self._channel = FrameReader(), PlainChannel()
        self._answers: queue.Queue[Response] = queue.Queue()
        self._heard = time.monotonic()
        self._greeted = False
        self._told_at = 0.0
        self._told: tuple[bytes, Pending] | None = None

    def is_idle(self, seconds: float) -> bool:
        """Whether it has said nothing for so long, or has not greeted in time."""
        silent = time.monotonic() - self._heard
        return silent > (seconds if self._greeted else min(seconds, GREETING_SECONDS))

    def tell(self, response: Response) -> None:
        """Answer; sent by `send_answers`."""
        self._answers.put(response)

    def read(self, timeout: float) -> Iterator[Request]:
        """Give the requests that have arrived; greetings and what is no request are answered here.

        Args:
            timeout: seconds.
        """
        data = self._link.read(timeout)
        if data:
            self._heard = time.monotonic()
        for frame in self._reader.feed(data):
            request = self._request(frame)
            if request is not None:
                yield request

    def send_answers(self) -> None:
        """Send what this host was told."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._send(self._answers.get_nowait())

    def keep_alive(self, waiting: bytes, pending: Pending) -> None:
        """Say what the request that it waits for waits for: on each change, and once in a while.

        Args:
            waiting: id of the request at work.
            pending: what that request waits for.
        """
        now = time.monotonic()
        if self._told != (waiting, pending) or now - self._told_at >= KEEP_ALIVE_SECONDS:
            self._told, self._told_at = (waiting, pending), now
            self._send(Response(waiting, Status.PENDING, pending=pending))

    def _send(self, response: Response) -> None:
        self._link.write(self._channel.wrap(response.encode()))

    def _request(self, frame: Frame) -> Request | None:
        if frame.channel != PLAIN_CHANNEL:
            self._link.write(encode_refusal(Refusal.CHANNEL))
            return None
        if frame.type is FrameType.HELLO:
            self._greet(frame)
            return None
        message = None
        try:
            message = self._channel.take(frame)
            return None if message is None else decode_request(message)
        except MessageTooLargeError:
            self._link.write(encode_refusal(Refusal.TOO_LARGE))
        except MessageError as error:
            name = None if message is None else read_id(message)
            if name is None:
                self._link.write(encode_refusal(Refusal.MALFORMED))
            else:
                self.tell(failed(name, MalformedRequestError(error.text)))
        return None

    def _greet(self, frame: Frame) -> None:
        try:
            hello = decode_hello(frame.payload)
        except MessageError:
            self._link.write(encode_refusal(Refusal.MALFORMED))
            return
        # Whoever greets begins anew; what a former host left half sent is none of its business.
        self._channel.clear()
        self._greeted = True
        version = PROTOCOL if hello.lowest <= PROTOCOL <= hello.highest else 0
        reply = HelloReply(hello.nonce, version, MODEL, TRAINING_BUILD)
        self._link.write(encode_frame(Frame(FrameType.HELLO_REPLY, PLAIN_CHANNEL, 0, reply.encode())))
