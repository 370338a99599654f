"""The desktop's side of the bridge: one call at a time, with keep-alive, cancel and deadlines.

Invariants: a request keeps its id when it is repeated after a reconnect, so that nothing is signed twice; what the signer
answers is decoded strictly; its errors are raised as classes of the closed list.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable

from firmware_bridge.answers import SignerInfo as SignerInfo
from firmware_bridge.answers import SignerKey as SignerKey
from firmware_bridge.answers import TransactionRequest as TransactionRequest
from firmware_bridge.answers import TransactionSignature as TransactionSignature
from firmware_bridge.channel import PlainChannel
from firmware_bridge.errors import (
    DEVICE_ERRORS,
    BridgeError,
    CancelledError,
    InternalDeviceError,
    LinkBusyError,
    LinkTimeoutError,
    MessageError,
    MessageTooLargeError,
)
from firmware_bridge.frames import PLAIN_CHANNEL, Frame, FrameReader, FrameType, Refusal, encode_frame
from firmware_bridge.link.transport import Transport
from firmware_bridge.link.url import open_link
from firmware_bridge.messages import (
    PROTOCOL,
    Hello,
    HelloReply,
    Method,
    Pending,
    Reason,
    Request,
    Response,
    Status,
    decode_hello_reply,
    decode_response,
)
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, check_public_key
from lightnode.wire.envelope import CoseSignature
from lightnode.wire.types import Hash32

HELLO_SECONDS = 3.0
HELLO_TRIES = 5
# The signer says something at least once a second while it works; a machine under load may starve it for some.
IDLE_SECONDS = 30.0
_CURVES = frozenset(item.value for item in Curve)


class SignerClient:
    """An open signer; close it or use it as a context manager."""

    def __init__(
        self,
        link: Transport,
        on_pending: Callable[[Pending], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        """Greet the signer on an open link.

        Args:
            link: open.
            on_pending: told each time what the signer waits for changes.
            cancel: set to withdraw the running request.

        Raises:
            LinkTimeoutError: it does not answer.
            MessageError: it speaks another version.
        """
        self._link, self._on_pending, self._cancel = link, on_pending, cancel
        self._reader, self._channel = FrameReader(), PlainChannel()
        self._frames: deque[Frame] = deque()
        self.hello: HelloReply = self._greet()

    @classmethod
    def open(
        cls, url: str, on_pending: Callable[[Pending], None] | None = None, cancel: threading.Event | None = None
    ) -> SignerClient:
        """Reach a signer by URL.

        Raises:
            BridgeError: the leaf of what is wrong.
        """
        link = open_link(url)
        try:
            return cls(link, on_pending, cancel)
        except BaseException:
            link.close()
            raise

    def __enter__(self) -> SignerClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the link."""
        self._link.close()

    def info(self) -> SignerInfo:
        """Ask what the signer is."""
        match self.call(Method.INFO, None):
            case [str(model), str(token), str(kind), str(environment), bytes(root), bool(locked), bool(setup),
                  None | int() as newest, int(span)] if not (isinstance(newest, bool) or isinstance(span, bool)):  # fmt: skip
                return SignerInfo(model, token, kind, environment, root, locked, setup, newest, span)
        raise MessageError("The signer's description is malformed.")

    def keys(self) -> tuple[SignerKey, ...]:
        """List the signer's keys."""
        answer = self.call(Method.KEYS, None)
        if not isinstance(answer, list):
            raise MessageError("The signer's list of keys is malformed.")
        return tuple(_key(item) for item in answer)

    def generate_key(self, label: str, curve: str, purpose: str) -> SignerKey:
        """Make a key on the signer; it must be in provisioning mode."""
        return _key(self.call(Method.GENERATE_KEY, [label, curve, purpose]))

    def install_root(self, envelope: bytes) -> None:
        """Give the signer its root; a person compares the fingerprint on its screen."""
        self.call(Method.INSTALL_ROOT, envelope)

    def load_envelope(self, envelope: bytes) -> None:
        """Give the signer a signed profile, templates, pack or trust package."""
        self.call(Method.LOAD_ENVELOPE, envelope)

    def lock(self) -> bool:
        """Have the signer forget its PIN, and take back a question that is on its display.

        Returns:
            True where the token is locked; False where it will be as soon as a running request has ended.
        """
        return self.call(Method.LOCK, None) is True

    def sign_transaction(self, wanted: TransactionRequest, request_id: bytes | None = None) -> TransactionSignature:
        """Have a transaction shown, approved and signed.

        Args:
            wanted: what to sign.
            request_id: the same as before when repeating after a lost answer.
        """
        parameters = [wanted.key_label, wanted.payload, wanted.template_id, wanted.opening, wanted.authority]
        match self.call(Method.SIGN_TRANSACTION, parameters, request_id):
            case [bytes(r), bytes(s), int(parity), bytes(digest)] if (
                len(r) == len(s) == len(digest) == 32 and parity in (0, 1) and not isinstance(parity, bool)
            ):
                return TransactionSignature(int.from_bytes(r, "big"), int.from_bytes(s, "big"), parity, Hash32(digest))
        raise MessageError("The signer's signature is malformed.")

    def sign_envelope(self, payload: bytes, key_label: str, request_id: bytes | None = None) -> CoseSignature:
        """Have an envelope's payload shown, approved and signed."""
        match self.call(Method.SIGN_ENVELOPE, [key_label, payload], request_id):
            case [bytes(kid), str(curve), bytes(signature)] if (
                len(kid) == 32 and len(signature) == 64 and curve in _CURVES
            ):
                return CoseSignature(Hash32(kid), Curve(curve), signature)
        raise MessageError("The signer's signature is malformed.")

    def call(self, method: Method, parameters: cbor.Value, request_id: bytes | None = None) -> cbor.Value:
        """Ask and wait for the answer.

        Raises:
            DeviceError: the signer refused or failed.
            MessageTooLargeError: what was to be sent is larger than the bridge carries; nothing was sent.
            LinkBusyError: it serves too many programs already.
            UnpluggedError: it vanished.
            LinkTimeoutError: it fell silent.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise CancelledError("The request was withdrawn before it was sent.")
        name = request_id or os.urandom(16)
        self._link.write(PlainChannel().wrap(Request(name, method, parameters).encode()))
        try:
            return self._answer(name)
        finally:
            # Nothing waits for a person any more, whatever comes next.
            self._tell(Pending(Reason.PROCESSING, 0, 0))

    def _tell(self, pending: Pending) -> None:
        if self._on_pending is not None:
            self._on_pending(pending)

    def _answer(self, name: bytes) -> cbor.Value:
        last: Pending | None = None
        while True:
            response = self._receive(name)
            if response.status is Status.DONE:
                return response.result
            if response.failure is not None:
                kind = DEVICE_ERRORS.get(response.failure.number, InternalDeviceError)
                raise kind(response.failure.text, response.failure.tries_left)
            if response.pending is not None and response.pending != last:
                self._tell(response.pending)
            last = response.pending

    def _receive(self, name: bytes) -> Response:
        deadline = time.monotonic() + IDLE_SECONDS
        while time.monotonic() < deadline:
            self._frames.extend(() if self._frames else self._read(0.1))
            while self._frames:
                # One at a time: what waits behind an answer may be the next one to the same request.
                message = self._taken(self._frames.popleft())
                if message is None:
                    continue
                response = decode_response(message)
                if response.id == name:
                    return response
            if self._cancel is not None and self._cancel.is_set():
                self._cancel_once(name)
        raise LinkTimeoutError("The signer does not answer.")

    def _taken(self, frame: Frame) -> bytes | None:
        if frame.type is FrameType.REFUSED:
            raise _refused(frame)
        try:
            return self._channel.take(frame) if frame.channel == PLAIN_CHANNEL else None
        except MessageError:
            # A part was lost on the line. What it was is asked for again, by the same id.
            return None

    def _cancel_once(self, name: bytes) -> None:
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            self._link.write(self._channel.wrap(Request(os.urandom(16), Method.CANCEL, name).encode()))

    def _read(self, timeout: float) -> list[Frame]:
        return self._reader.feed(self._link.read(timeout))

    def _greet(self) -> HelloReply:
        nonce = os.urandom(8)
        hello = encode_frame(Frame(FrameType.HELLO, 0, 0, Hello(nonce, PROTOCOL, PROTOCOL).encode()))
        for _ in range(HELLO_TRIES):
            # A delimiter first ends whatever half frame a former client left on the line.
            self._link.write(b"\0" + hello)
            deadline = time.monotonic() + HELLO_SECONDS
            while time.monotonic() < deadline:
                for frame in self._read(0.1):
                    if frame.type is FrameType.REFUSED and frame.payload == bytes([Refusal.BUSY]):
                        raise _refused(frame)
                    if frame.type is FrameType.HELLO_REPLY:
                        reply = decode_hello_reply(frame.payload)
                        if reply.nonce == nonce:
                            return self._checked(reply)
        raise LinkTimeoutError("The signer does not answer.")

    def _checked(self, reply: HelloReply) -> HelloReply:
        if reply.version != PROTOCOL:
            raise MessageError("The signer speaks another version of the protocol.")
        return reply


def _refused(frame: Frame) -> BridgeError:
    if frame.payload == bytes([Refusal.BUSY]):
        return LinkBusyError("The signer serves too many other programs.")
    if frame.payload == bytes([Refusal.TOO_LARGE]):
        return MessageTooLargeError("The signer takes no message of this size.")
    return MessageError("The signer could not read what was sent.")


def _key(item: cbor.Value) -> SignerKey:
    match item:
        case [str(label), str(curve), bytes(public), str(purpose)] if (
            len(public) == 65 and _is_word(label) and _is_word(purpose) and curve in _CURVES
        ):
            try:
                return SignerKey(label, curve, check_public_key(Curve(curve), public), purpose)
            except WireError as cause:
                raise MessageError("A public key of the signer is no point of its curve.") from cause
    raise MessageError("A key of the signer is malformed.")


def _is_word(text: str) -> bool:
    return 1 <= len(text) <= 64 and text.isprintable()
