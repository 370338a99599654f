"""Serving hosts: greet, answer, keep alive while the person decides, withdraw, lock.

Invariants: requests run one at a time on a thread of their own, so that every link is always answered, also while the token
hangs; a second request meanwhile is told that the signer is busy; what a host sends can end nothing but a request whose id
it knows; every message that can be told from noise gets an answer.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from dataclasses import dataclass, field

from firmware_bridge.errors import (
    BridgeError,
    BusyError,
    CancelledError,
    DeviceError,
    InternalDeviceError,
    LinkTimeoutError,
    MalformedRequestError,
    NoSuchRequestError,
    NotPairedError,
    PairingOrderError,
    RepeatedDifferentlyError,
    TokenSilentError,
    UnpluggedError,
)
from firmware_bridge.link.transport import Transport
from firmware_bridge.messages import ID_BYTES, STRANGERS, Method, Pending, Reason, Request, Response, Status
from firmware_bridge.pairing_code import NUMBER_BYTES
from firmware_bridge.signer.build import TOKEN_SECONDS
from firmware_bridge.signer.host import Host
from firmware_bridge.signer.pairing import Pairing
from firmware_bridge.signer.refusals import failed
from firmware_bridge.signer.session import SignerSession
from firmware_bridge.signer.work import Withdrawal, Work

# How often the token is looked after while nobody asks anything.
REST_SECONDS = 1.0
# How long a link is read before everything else is looked after, while nothing is at work and while something is.
REST_READ_SECONDS = 0.05
BUSY_READ_SECONDS = 0.005
_PROCESSING = Pending(Reason.PROCESSING, 0, 0)


@dataclass(slots=True)
class _Running:
    """The request at work.

    Attributes:
        request: as it came.
        asked: its bytes: the very same again is a host that reconnected.
        host: who waits for the answer; None where nobody does any more.
        generation: of the host's channel on which it was asked.
        pairing: that it ends; None where it is another request.
        work: to withdraw it.
        pending: what it waits for.
        abandoned: it was answered while the token hangs; what still comes is thrown away.
    """

    request: Request
    asked: bytes
    host: Host | None
    generation: int = 0
    pairing: Pairing | None = None
    work: Work = field(default_factory=Work)
    pending: Pending = _PROCESSING
    abandoned: bool = False


class SignerService:
    """Serves a session to any number of hosts."""

    def __init__(self, session: SignerSession) -> None:
        """Start the worker."""
        self._session = session
        self._lock = threading.Lock()
        self._queue: queue.Queue[_Running | None] = queue.Queue()
        self._running: _Running | None = None
        self._lock_wanted = False
        self._answered = threading.Event()
        threading.Thread(target=self._worker, daemon=True).start()

    def serve(self, link: Transport, stop: threading.Event, idle_seconds: float | None = None) -> None:
        """Answer one host until it is gone or we are told to stop.

        Args:
            link: to the host.
            stop: set to end.
            idle_seconds: a host that was silent for so long and waits for nothing is let go; None for never.

        Raises:
            UnpluggedError: the host is gone.
            LinkTimeoutError: it does not take what it is told.
        """
        host = Host(link, self._session.files)
        try:
            while not stop.is_set():
                for request in host.read(self._patience()):
                    self._request(host, request)
                self._let_go(host)
                self._watch_token()
                host.send_answers()
                running = self._running
                if running is not None and running.host is host:
                    host.keep_alive(running.request.id, running.pending)
                elif idle_seconds is not None and host.is_idle(idle_seconds):
                    return
        finally:
            with self._lock:
                if self._running is not None and self._running.host is host:
                    self._leave(self._running)

    def _patience(self) -> float:
        """Seconds to wait for a host; while a request is at work, as long as its answer is not there."""
        if self._running is None:
            return REST_READ_SECONDS
        self._answered.wait(BUSY_READ_SECONDS)
        return 0.0

    def _let_go(self, host: Host) -> None:
        """Forget who waited on a channel that is no more; on the next one it asks again, by the same id."""
        running = self._running
        if running is not None and running.host is host and running.generation != host.generation:
            with self._lock:
                if running.host is host and running.generation != host.generation:
                    self._leave(running)

    def _leave(self, running: _Running) -> None:
        """Let a request go on without anybody who waits for it; a pairing ends with its channel, whose code it shows."""
        running.host = None
        if running.pairing is not None:
            self._end(running, CancelledError("The computer that was to be paired is gone."))

    def close(self) -> None:
        """Take no further request; the running one is answered."""
        self._queue.put(None)

    def _request(self, host: Host, request: Request) -> None:
        try:
            if not host.responder.paired and request.method not in STRANGERS:
                raise NotPairedError("The signer is not paired with this computer.")
            if request.method == Method.PING:
                host.tell(Response(request.id, Status.DONE, _echo(request)))
            elif request.method in (Method.PAIR_START, Method.PAIR_REVEAL, Method.PAIR_RIGHT):
                host.tell(Response(request.id, Status.DONE, self._pair(host, request)))
            elif request.method == Method.CANCEL:
                host.tell(Response(request.id, Status.DONE, int(self._withdraw(request))))
            elif request.method == Method.LOCK and self._running is not None:
                host.tell(Response(request.id, Status.DONE, self._lock_later(request)))
            else:
                self._take(host, request)
        except DeviceError as error:
            host.tell(failed(request.id, error))

    def _pair(self, host: Host, request: Request) -> bytes | None:
        """The steps of a pairing that no person is asked in."""
        channel = host.responder.channel
        if request.method == Method.PAIR_START and channel is not None:
            if not host.responder.paired:
                self._session.hosts.demand_calm()
            host.pairing = Pairing(channel.hash, channel.remote, request.parameters, os.urandom(NUMBER_BYTES))
            return host.pairing.commitment
        if host.pairing is None:
            raise PairingOrderError("No pairing has begun.")
        if request.method == Method.PAIR_RIGHT:
            host.pairing.confirm()
            return None
        return host.pairing.reveal(request.parameters)

    def _take(self, host: Host, request: Request) -> None:
        pairing = host.pairing if request.method == Method.PAIR_FINISH else None
        with self._lock:
            running = self._running
            if running is None:
                self._session.approval.begin()
                self._running = _Running(request, request.encode(), host, host.generation, pairing)
                self._running.work.report = self._report
                self._answered.clear()
                self._queue.put(self._running)
            elif running.abandoned:
                seconds = int(self._session.token.busy_seconds() or 0)
                raise BusyError(f"The token behind the signer has not answered for {seconds} seconds.")
            elif request.encode() == running.asked:
                # The very same request again is a host that reconnected: it goes on waiting for the answer.
                running.host, running.generation = host, host.generation
            elif request.id == running.request.id:
                raise RepeatedDifferentlyError("The request id is in use for something else.")
            else:
                raise BusyError("The signer is busy with another request.")

    def _withdraw(self, request: Request) -> Withdrawal:
        """Withdraw a request; it is answered at once, also where the token hangs."""
        wanted = request.parameters
        if not isinstance(wanted, bytes) or len(wanted) != ID_BYTES:
            raise MalformedRequestError("What is to be withdrawn is not the id of a request.")
        with self._lock:
            running = self._running
            if running is None or running.request.id != wanted or running.abandoned:
                if self._session.files.answered(wanted) is not None:
                    return Withdrawal.TOO_LATE
                raise NoSuchRequestError("No request of this id is at work.")
            return self._end(running, CancelledError("The request was withdrawn."))

    def _end(self, running: _Running, reason: DeviceError) -> Withdrawal:
        """Withdraw the running request; while the token is at work its host is answered already."""
        outcome = running.work.withdraw()
        if outcome is not Withdrawal.TOO_LATE:
            self._session.approval.cancel()
            if self._session.token.busy_seconds() is not None:
                host, running.host, running.abandoned = running.host, None, True
                if host is not None:
                    host.tell(failed(running.request.id, reason))
        return outcome

    def _lock_later(self, request: Request) -> bool:
        """Lock the token as soon as the running request has ended, which the lock withdraws."""
        if request.parameters is not None:
            raise MalformedRequestError("The parameters of the request are malformed.")
        with self._lock:
            self._lock_wanted = True
            if self._running is not None and not self._running.abandoned:
                self._end(self._running, CancelledError("The signer was locked."))
        return False

    def _watch_token(self) -> None:
        busy = self._session.token.busy_seconds()
        if busy is None or busy < TOKEN_SECONDS:
            return
        with self._lock:
            if self._running is not None and not self._running.abandoned:
                self._end(self._running, TokenSilentError(f"The token has not answered for {int(busy)} seconds."))

    def _worker(self) -> None:
        while True:
            try:
                running = self._queue.get(timeout=REST_SECONDS)
            except queue.Empty:
                self._lock_if_wanted()
                self._session.token.rest()
                continue
            if running is None:
                return
            try:
                response = self._session.handle(running.request, running.work, running.pairing)
            except BridgeError as error:
                response = failed(running.request.id, InternalDeviceError(error.text))
            except Exception as error:  # noqa: BLE001 - the host must get an answer, whatever happened
                failure = InternalDeviceError(f"The signer failed: {type(error).__name__}.")
                response = failed(running.request.id, failure)
            self._finish(running, response)

    def _finish(self, running: _Running, response: Response) -> None:
        self._lock_if_wanted()
        with self._lock:
            if running.host is not None and running.generation == running.host.generation:
                running.host.tell(response)
            self._running = None
        self._answered.set()

    def _lock_if_wanted(self) -> None:
        with self._lock:
            wanted, self._lock_wanted = self._lock_wanted, False
        if wanted:
            self._session.token.lock()

    def _report(self, pending: Pending) -> None:
        running = self._running
        if running is not None:
            running.pending = pending


def _echo(request: Request) -> bytes:
    if not isinstance(request.parameters, bytes):
        raise MalformedRequestError("The parameters of the request are malformed.")
    return request.parameters


def serve_forever(
    service: SignerService, link: Transport, stop: threading.Event, idle_seconds: float | None = None
) -> None:
    """Serve a link until the host is gone or we are told to stop; then close it."""
    try:
        with contextlib.suppress(UnpluggedError, LinkTimeoutError):
            service.serve(link, stop, idle_seconds)
    finally:
        link.close()
