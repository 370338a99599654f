"""The signer's side of a channel on one link: answer greetings, shake hands, open what comes (docs/protocol.md section 3).

States: silent -> greeted -> open; a hello leads back to greeted from anywhere, whatever does not open leads back to silent.
Invariants: nothing of a former channel reaches the next one; until a host is in the list of paired ones it is a stranger.
"""

from __future__ import annotations

import os

from firmware_bridge.channel import Channel
from firmware_bridge.errors import ChannelError, MessageError, MessageTooLargeError
from firmware_bridge.frames import (
    NO_CHANNEL,
    Frame,
    FrameReader,
    FrameType,
    Refusal,
    encode_frame,
    encode_refusal,
)
from firmware_bridge.greeting import PROTOCOL, HelloReply, choose, decode_hello, prologue
from firmware_bridge.link.transport import Transport
from firmware_bridge.noise.handshake import KEY_BYTES, Handshake
from firmware_bridge.signer.build import MODEL, TRAINING_BUILD
from firmware_bridge.signer.paired_hosts import PairedHosts


class Responder:
    """One link as the signer sees it.

    Attributes:
        channel: open, or None.
        generation: counts greetings; what belongs to an earlier one is not for who is here now.
    """

    def __init__(self, link: Transport, secret: bytes, hosts: PairedHosts) -> None:
        """Begin with a host that has said nothing.

        Args:
            link: to it.
            secret: the signer's static secret key.
            hosts: the list of paired ones.
        """
        self._link, self._secret, self._hosts = link, secret, hosts
        self._reader = FrameReader()
        self._handshake: Handshake | None = None
        self._number = NO_CHANNEL
        self.channel: Channel | None = None
        self.generation = 0

    @property
    def paired(self) -> bool:
        """Whether the host at the other end of the channel is in the list now."""
        return self.channel is not None and self._hosts.find(self.channel.remote) is not None

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes and give the messages they complete; everything else is answered here."""
        messages = []
        for frame in self._reader.feed(data):
            try:
                message = self._take(frame)
            except ChannelError:
                self._drop()
                self._link.write(encode_refusal(Refusal.CHANNEL))
                continue
            if message is not None:
                messages.append(message)
        return messages

    def send(self, message: bytes) -> None:
        """Send a message; where there is no channel any more it is dropped."""
        if self.channel is not None:
            self._link.write(self.channel.wrap(message))

    def refuse(self, reason: Refusal) -> None:
        """Refuse a message that cannot be named."""
        if self.channel is not None:
            self._link.write(self.channel.refuse(reason))

    def _take(self, frame: Frame) -> bytes | None:
        match frame.type:
            case FrameType.HELLO if frame.channel == NO_CHANNEL:
                self._greet(frame)
            case FrameType.HANDSHAKE if self._handshake is not None and frame.channel == self._number:
                self._shake(self._handshake, frame)
            case FrameType.DATA | FrameType.LAST if self.channel is not None and frame.channel == self._number:
                return self._message(self.channel, frame)
            case FrameType.DATA | FrameType.LAST | FrameType.HELLO | FrameType.HANDSHAKE:
                raise ChannelError("A frame belongs to no channel of ours.")
            case _:
                # What only a signer says: our own echo, or another signer on a mixed-up cable.
                pass
        return None

    def _message(self, channel: Channel, frame: Frame) -> bytes | None:
        try:
            return channel.take(frame)
        except MessageTooLargeError:
            self.refuse(Refusal.TOO_LARGE)
        except MessageError:
            self.refuse(Refusal.MALFORMED)
        return None

    def _greet(self, frame: Frame) -> None:
        # Whoever greets begins anew; what a former host left half sent is none of its business.
        self._drop()
        try:
            hello = decode_hello(frame.payload)
        except MessageError:
            self._link.write(encode_refusal(Refusal.MALFORMED))
            return
        # Another number than before, so that frames of the former channel are told from ours without a key.
        self._number = int.from_bytes(os.urandom(4), "big") % 0xFFFE + 1
        version = choose(hello, PROTOCOL, PROTOCOL)
        reply = HelloReply(hello.nonce, version, MODEL, TRAINING_BUILD, PROTOCOL, PROTOCOL, self._number).encode()
        if version:
            self._handshake = Handshake(
                initiator=False, static=self._secret, ephemeral=os.urandom(KEY_BYTES),
                prologue=prologue(frame.payload, reply),
            )  # fmt: skip
        self._link.write(encode_frame(Frame(FrameType.HELLO_REPLY, NO_CHANNEL, 0, reply)))

    def _shake(self, handshake: Handshake, frame: Frame) -> None:
        if frame.sequence not in (0, 2) or handshake.read(frame.payload):
            raise ChannelError("A step of the handshake is not as it should be.")
        if frame.sequence == 0:
            self._link.write(encode_frame(Frame(FrameType.HANDSHAKE, self._number, 1, handshake.write())))
            return
        self._handshake = None
        self.channel = Channel(self._number, handshake.split())
        self._link.write(self.channel.seal(FrameType.READY, 0, bytes([self.paired])))

    def _drop(self) -> None:
        self.generation += 1
        self.channel = self._handshake = None
        self._number = NO_CHANNEL
