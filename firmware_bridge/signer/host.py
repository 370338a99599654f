"""One host on one link: what it sends as requests, what it is told as messages of its channel.

Invariants: answers may be given from any thread and are written by the one that reads; an answer to a request of a former
channel is not sent on the next one; whoever sends what is no request is told so, by the id where it has one.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator

from firmware_bridge.errors import MalformedRequestError, MessageError
from firmware_bridge.frames import Refusal
from firmware_bridge.link.transport import Transport
from firmware_bridge.messages import Pending, Request, Response, Status, decode_request, read_id
from firmware_bridge.signer.pairing import Pairing
from firmware_bridge.signer.refusals import failed
from firmware_bridge.signer.responder import Responder
from firmware_bridge.signer.signer_files import SignerFiles

KEEP_ALIVE_SECONDS = 0.5
# A program that connects and does not shake hands is none of ours.
GREETING_SECONDS = 10.0


class Host:
    """The other end of a link, as the signer sees it.

    Attributes:
        responder: the channel's end.
        pairing: that has begun on the channel that is open now; None without one.
    """

    def __init__(self, link: Transport, files: SignerFiles) -> None:
        """Begin with a host that has said nothing."""
        self._link = link
        self.responder = Responder(link, files.channel_secret(), files.hosts)
        self.pairing: Pairing | None = None
        self._answers: queue.Queue[tuple[int, Response]] = queue.Queue()
        self._heard = time.monotonic()
        self._told_at = 0.0
        self._told: tuple[bytes, Pending] | None = None

    @property
    def generation(self) -> int:
        """Counts its channels."""
        return self.responder.generation

    def is_idle(self, seconds: float) -> bool:
        """Whether it has said nothing for so long, or has not shaken hands in time."""
        silent = time.monotonic() - self._heard
        return silent > (seconds if self.responder.channel is not None else min(seconds, GREETING_SECONDS))

    def tell(self, response: Response) -> None:
        """Answer on the channel that is open now; sent by `send_answers`."""
        self._answers.put((self.generation, response))

    def read(self, timeout: float) -> Iterator[Request]:
        """Give the requests that have arrived; greetings and what is no request are answered here.

        Args:
            timeout: seconds.
        """
        data = self._link.read(timeout)
        if data:
            self._heard = time.monotonic()
        before = self.generation
        messages = self.responder.feed(data)
        if self.generation != before:
            self.pairing, self._told = None, None
        for message in messages:
            request = self._request(message)
            if request is not None:
                yield request

    def send_answers(self) -> None:
        """Send what this host was told."""
        with contextlib.suppress(queue.Empty):
            while True:
                generation, response = self._answers.get_nowait()
                if generation == self.generation:
                    self.responder.send(response.encode())

    def keep_alive(self, waiting: bytes, pending: Pending) -> None:
        """Say what the request that it waits for waits for: on each change, and once in a while.

        Args:
            waiting: id of the request at work.
            pending: what that request waits for.
        """
        now = time.monotonic()
        if self._told != (waiting, pending) or now - self._told_at >= KEEP_ALIVE_SECONDS:
            self._told, self._told_at = (waiting, pending), now
            self.responder.send(Response(waiting, Status.PENDING, pending=pending).encode())

    def _request(self, message: bytes) -> Request | None:
        try:
            return decode_request(message)
        except MessageError as error:
            name = read_id(message)
            if name is None:
                self.responder.refuse(Refusal.MALFORMED)
            else:
                self.tell(failed(name, MalformedRequestError(error.text)))
        return None
