"""One request and its answer over a channel: keep-alive, withdrawal, silence, and a channel that breaks in between.

Invariants: a request keeps its id when it is repeated on a channel made anew, so that nothing is done twice; what the
signer answers is decoded strictly; its errors are raised as classes of the closed list.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from firmware_bridge.errors import (
    DEVICE_ERRORS,
    CancelledError,
    ChannelError,
    InternalDeviceError,
    LinkTimeoutError,
)
from firmware_bridge.host_identity import HostIdentity
from firmware_bridge.initiator import Initiator
from firmware_bridge.link.transport import Transport
from firmware_bridge.messages import Method, Pending, Reason, Request, Response, decode_response
from lightnode.wire import cbor

# The signer says something at least once a second while it works; a machine under load may starve it for some.
IDLE_SECONDS = 10.0
# How often a request is repeated, by the same id, on a channel made anew.
RECOVERIES = 3


class Exchange:
    """Asks one signer, one thing at a time.

    Attributes:
        initiator: the channel's end.
    """

    def __init__(
        self,
        link: Transport,
        host: HostIdentity,
        on_pending: Callable[[Pending], None] | None,
        cancel: threading.Event | None,
    ) -> None:
        """Make the channel.

        Args:
            link: open.
            host: this computer.
            on_pending: told each time what the signer waits for changes.
            cancel: set to withdraw the running request.

        Raises:
            BridgeError: see `Initiator`.
        """
        self._on_pending, self._cancel = on_pending, cancel
        self.initiator = Initiator(link, host)

    def call(self, method: Method, parameters: cbor.Value, request_id: bytes | None = None) -> cbor.Value:
        """Ask and wait for the answer; where the channel breaks it is made anew, and the same request repeated.

        Raises:
            DeviceError: the signer refused or failed.
            SignerUnknownError: it is none that this computer was paired with.
            NotPairedError: it does not know this computer.
            MessageTooLargeError: what was to be sent is larger than the bridge carries; nothing was sent.
            LinkBusyError: it serves too many programs already.
            UnpluggedError: it vanished.
            LinkTimeoutError: it fell silent.
            ChannelError: the channel broke again and again.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise CancelledError("The request was withdrawn before it was sent.")
        request = Request(request_id or os.urandom(16), method, parameters)
        try:
            return self._answered(request)
        finally:
            # Nothing waits for a person any more, whatever comes next.
            self._tell(Pending(Reason.PROCESSING, 0, 0))

    def _answered(self, request: Request) -> cbor.Value:
        for _ in range(RECOVERIES):
            try:
                return self._asked(request)
            except (ChannelError, LinkTimeoutError):
                pass
            self.initiator.establish()
        return self._asked(request)

    def _asked(self, request: Request) -> cbor.Value:
        self.initiator.demand_known()
        self.initiator.send(request.encode())
        return self.answer(request.id)

    def ask(self, method: Method, parameters: cbor.Value) -> cbor.Value:
        """Ask once, on this channel or not at all; as what a stranger may ask."""
        return self.answer(self.send(method, parameters))

    def send(self, method: Method, parameters: cbor.Value) -> bytes:
        """Send a request and do not wait; gives its id."""
        name = os.urandom(16)
        self.initiator.send(Request(name, method, parameters).encode())
        return name

    def hear(self, name: bytes, timeout: float) -> None:
        """Read what the signer says meanwhile.

        Args:
            name: id of the request that it works on.
            timeout: seconds.

        Raises:
            DeviceError: that request failed.
        """
        response = self._heard(name, timeout)
        if response is not None:
            _result(response)

    def answer(self, name: bytes) -> cbor.Value:
        """Wait for the answer to a request.

        Raises:
            DeviceError: it was refused or failed.
            LinkTimeoutError: the signer fell silent.
            ChannelError: the channel broke.
        """
        last: Pending | None = None
        withdrawn = False
        deadline = time.monotonic() + IDLE_SECONDS
        while time.monotonic() < deadline:
            response = self._heard(name, 0.1)
            if response is not None:
                deadline = time.monotonic() + IDLE_SECONDS
                if response.pending is None:
                    # Where it was to be withdrawn, that has come to its end too.
                    self._cancel = None if withdrawn else self._cancel
                    return _result(response)
                if response.pending != last:
                    self._tell(response.pending)
                last = response.pending
            if not withdrawn and self._cancel is not None and self._cancel.is_set():
                withdrawn = True
                self.send(Method.CANCEL, name)
        raise LinkTimeoutError("The signer does not answer.")

    def _heard(self, name: bytes, timeout: float) -> Response | None:
        message = self.initiator.receive(timeout)
        response = None if message is None else decode_response(message)
        return response if response is not None and response.id == name else None

    def _tell(self, pending: Pending) -> None:
        if self._on_pending is not None:
            self._on_pending(pending)


def _result(response: Response) -> cbor.Value:
    failure = response.failure
    if failure is not None:
        raise DEVICE_ERRORS.get(failure.number, InternalDeviceError)(failure.text, failure.tries_left)
    return response.result
