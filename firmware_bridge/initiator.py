"""The desktop's side of a channel: greet, shake hands, send and receive messages (docs/protocol.md section 3).

Invariants: nothing but greeting and handshake goes out in the clear; what comes in the clear afterwards can at most have the
channel made anew; a signer is known by its static key, never by where it is plugged in.
"""

from __future__ import annotations

import os
import time
from collections import deque

from firmware_bridge.channel import Channel
from firmware_bridge.errors import (
    BridgeError,
    ChannelError,
    LinkBusyError,
    LinkTimeoutError,
    MessageError,
    MessageTooLargeError,
    NotPairedError,
    SignerUnknownError,
)
from firmware_bridge.frames import Frame, FrameReader, FrameType, Refusal, encode_frame
from firmware_bridge.greeting import (
    NONCE_BYTES,
    PROTOCOL,
    Hello,
    HelloReply,
    decode_hello_reply,
    demand_chosen,
    prologue,
)
from firmware_bridge.host_identity import HostIdentity
from firmware_bridge.link.transport import Transport
from firmware_bridge.noise.handshake import KEY_BYTES, Handshake

# One try of greeting and handshake, and how many there are.
STEP_SECONDS = 3.0
TRIES = 5
_PAIRED = b"\1"
_STRANGER = b"\0"


class Initiator:
    """A link with a channel in it.

    Attributes:
        hello: what the signer said of itself; vouched for by the handshake.
        channel: the open channel.
        paired: whether the signer knows this computer.
    """

    hello: HelloReply
    channel: Channel
    paired: bool

    def __init__(self, link: Transport, host: HostIdentity) -> None:
        """Make the channel.

        Raises:
            LinkTimeoutError: nobody answers.
            LinkBusyError: the signer serves too many programs.
            MessageError: it speaks another version.
            ChannelError: the handshake was disturbed each time.
        """
        self._link, self._host = link, host
        self._reader = FrameReader()
        self._frames: deque[Frame] = deque()
        self.establish()

    @property
    def trusted(self) -> bool:
        """Whether this computer was paired with the signer at the other end."""
        return self._host.trusts(self.channel.remote)

    def demand_known(self) -> None:
        """Demand that either side knows the other.

        Raises:
            SignerUnknownError: the signer is none that this computer was paired with.
            NotPairedError: it does not know this computer.
        """
        if not self.trusted:
            raise SignerUnknownError("This computer was never paired with the signer that answers.")
        if not self.paired:
            raise NotPairedError("The signer is not paired with this computer.")

    def establish(self) -> None:
        """Make the channel, or make it anew; the former one is of no further use.

        Raises:
            LinkTimeoutError, LinkBusyError, MessageError, ChannelError: see the constructor.
        """
        trouble: BridgeError = LinkTimeoutError("The signer does not answer.")
        for _ in range(TRIES):
            try:
                return self._attempt()
            except (ChannelError, LinkTimeoutError, MessageError) as error:
                # Also what is malformed: nobody vouches for it before the handshake has ended.
                trouble = error
        raise trouble

    def close(self) -> None:
        """Release the link."""
        self._link.close()

    def send(self, message: bytes) -> None:
        """Send a message.

        Raises:
            MessageTooLargeError: it is larger than the bridge carries; nothing was sent.
        """
        self._link.write(self.channel.wrap(message))

    def receive(self, timeout: float) -> bytes | None:
        """Give the next message; None where none is whole within the time.

        Raises:
            ChannelError: the channel broke; `establish` makes it anew.
            BridgeError: the signer refused what was sent.
        """
        frame = self._frame(time.monotonic() + timeout)
        if frame is None:
            return None
        if frame.type is FrameType.REFUSED:
            raise self._refused(frame)
        if frame.channel == self.channel.number and frame.type in (FrameType.DATA, FrameType.LAST):
            return self.channel.take(frame)
        # Greetings and handshakes that came late.
        return None

    def _attempt(self) -> None:
        nonce = os.urandom(NONCE_BYTES)
        hello = Hello(nonce, PROTOCOL, PROTOCOL)
        self._frames.clear()
        self._link.write(hello.on_the_link())
        deadline = time.monotonic() + STEP_SECONDS
        payload, reply = self._reply(nonce, deadline)
        demand_chosen(hello, reply)
        shake = Handshake(
            initiator=True, static=self._host.secret, ephemeral=os.urandom(KEY_BYTES),
            prologue=prologue(hello.encode(), payload),
        )  # fmt: skip
        self._shake(reply.channel, 0, shake.write())
        shake.read(self._step(FrameType.HANDSHAKE, reply.channel, 1, deadline).payload)
        self._shake(reply.channel, 2, shake.write())
        channel = Channel(reply.channel, shake.split())
        ready = channel.open(self._step(FrameType.READY, reply.channel, 0, deadline))
        if ready not in (_PAIRED, _STRANGER):
            raise MessageError("The end of the handshake is malformed.")
        self.hello, self.channel, self.paired = reply, channel, ready == _PAIRED

    def _shake(self, number: int, step: int, message: bytes) -> None:
        self._link.write(encode_frame(Frame(FrameType.HANDSHAKE, number, step, message)))

    def _reply(self, nonce: bytes, deadline: float) -> tuple[bytes, HelloReply]:
        while True:
            frame = self._demanded(deadline)
            if frame.type is FrameType.HELLO_REPLY:
                reply = decode_hello_reply(frame.payload)
                # That of a former hello is none of ours.
                if reply.nonce == nonce:
                    return frame.payload, reply

    def _step(self, kind: FrameType, number: int, sequence: int, deadline: float) -> Frame:
        while True:
            frame = self._demanded(deadline)
            if (frame.type, frame.channel, frame.sequence) == (kind, number, sequence):
                return frame
            if frame.type is FrameType.REFUSED and frame.payload == bytes([Refusal.CHANNEL]):
                raise ChannelError("The signer could not make out the handshake.")

    def _demanded(self, deadline: float) -> Frame:
        frame = self._frame(deadline)
        if frame is None:
            raise LinkTimeoutError("The signer does not answer.")
        if frame.type is FrameType.REFUSED and frame.payload == bytes([Refusal.BUSY]):
            raise LinkBusyError("The signer serves too many other programs.")
        return frame

    def _frame(self, deadline: float) -> Frame | None:
        while not self._frames:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._frames.extend(self._reader.feed(self._link.read(min(left, 0.1))))
        return self._frames.popleft()

    def _refused(self, frame: Frame) -> BridgeError:
        if frame.channel != self.channel.number:
            # Nobody vouches for it; the worst it may do is to have the channel made anew.
            return ChannelError("The signer does not know the channel any more.")
        reason = self.channel.open(frame)
        if reason == bytes([Refusal.TOO_LARGE]):
            return MessageTooLargeError("The signer takes no message of this size.")
        return MessageError("The signer could not read what was sent.")
