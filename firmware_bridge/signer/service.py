"""Serving one host on one link: greet, answer, keep alive while the person decides, cancel.

Invariants: requests run one at a time on a thread of their own, so that the link is always answered; a second request
meanwhile is told that the signer is busy; what the host sends can end nothing but its own request.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass

from firmware_bridge.channel import PlainChannel
from firmware_bridge.errors import (
    BridgeError,
    BusyError,
    DeviceError,
    InternalDeviceError,
    LinkTimeoutError,
    MessageError,
    RepeatedDifferentlyError,
    UnpluggedError,
)
from firmware_bridge.frames import Frame, FrameReader, FrameType, encode_frame
from firmware_bridge.link.transport import Transport
from firmware_bridge.messages import (
    PROTOCOL,
    Failure,
    HelloReply,
    Method,
    Pending,
    Reason,
    Request,
    Response,
    Status,
    decode_hello,
    decode_request,
)
from firmware_bridge.signer.build import MODEL, TRAINING_BUILD
from firmware_bridge.signer.session import SignerSession

KEEP_ALIVE_SECONDS = 0.5


@dataclass(slots=True)
class _Running:
    """The request at work."""

    id: bytes
    asked: bytes
    pending: Pending


class SignerService:
    """Serves a session on one link after another."""

    def __init__(self, session: SignerSession) -> None:
        """Start the worker."""
        self._session = session
        self._work: queue.Queue[Request] = queue.Queue()
        self._done: queue.Queue[Response] = queue.Queue()
        self._running: _Running | None = None
        threading.Thread(target=self._worker, daemon=True).start()

    def serve(self, link: Transport, stop: threading.Event) -> None:
        """Answer one host until it is gone or we are told to stop.

        Raises:
            UnpluggedError: the host is gone.
        """
        reader, channel = FrameReader(), PlainChannel()
        last, said = 0.0, None
        while not stop.is_set():
            for frame in reader.feed(link.read(0.005 if self._running is not None else 0.05)):
                self._frame(link, channel, frame)
            running = self._running
            while not self._done.empty():
                # Free again before the write: a host that is gone must not leave the signer busy.
                response, self._running, running = self._done.get(), None, None
                link.write(channel.wrap(response.encode()))
            due = time.monotonic() - last >= KEEP_ALIVE_SECONDS
            if running is not None and (due or running.pending != said):
                last, said = time.monotonic(), running.pending
                link.write(channel.wrap(Response(running.id, Status.PENDING, pending=running.pending).encode()))

    def _frame(self, link: Transport, channel: PlainChannel, frame: Frame) -> None:
        if frame.type is FrameType.HELLO:
            with contextlib.suppress(MessageError):
                hello = decode_hello(frame.payload)
                version = PROTOCOL if hello.lowest <= PROTOCOL <= hello.highest else 0
                reply = HelloReply(hello.nonce, version, MODEL, TRAINING_BUILD)
                link.write(encode_frame(Frame(FrameType.HELLO_REPLY, 0, 0, reply.encode())))
            return
        message = channel.take(frame)
        if message is None:
            return
        try:
            request = decode_request(message)
        except MessageError:
            # Without an id there is nobody to answer; the host's own deadline tells it.
            return
        self._request(link, channel, request)

    def _request(self, link: Transport, channel: PlainChannel, request: Request) -> None:
        running = self._running
        if request.method == Method.CANCEL:
            if running is not None and request.parameters == running.id:
                self._session.approval.cancel()
            link.write(channel.wrap(Response(request.id, Status.DONE, None).encode()))
        elif running is None:
            self._session.approval.begin()
            self._running = _Running(request.id, request.encode(), Pending(Reason.PROCESSING, 0, 0))
            self._work.put(request)
        elif request.encode() != running.asked:
            # The very same request again is a host that reconnected: it goes on waiting for the answer.
            refusal: DeviceError = BusyError("The signer is busy with another request.")
            if request.id == running.id:
                refusal = RepeatedDifferentlyError("The request id is in use for something else.")
            failure = Failure(refusal.number, None, refusal.text)
            link.write(channel.wrap(Response(request.id, Status.FAILED, failure=failure).encode()))

    def _worker(self) -> None:
        while True:
            request = self._work.get()
            try:
                response = self._session.handle(request, self._report)
            except BridgeError as error:
                response = _internal(request.id, error.text)
            except Exception as error:  # noqa: BLE001 - the host must get an answer, whatever happened
                response = _internal(request.id, f"The signer failed: {type(error).__name__}.")
            self._done.put(response)

    def _report(self, pending: Pending) -> None:
        running = self._running
        if running is not None:
            self._running = _Running(running.id, running.asked, pending)


def _internal(name: bytes, text: str) -> Response:
    return Response(name, Status.FAILED, failure=Failure(InternalDeviceError.number, None, text))


def serve_forever(service: SignerService, link: Transport, stop: threading.Event) -> None:
    """Serve a link until the host is gone or we are told to stop; then close it."""
    try:
        with contextlib.suppress(UnpluggedError, LinkTimeoutError):
            service.serve(link, stop)
    finally:
        link.close()
