"""The greeting: hello and its reply, the version they choose, and the prologue that they are (docs/protocol.md section 3).

Invariants: both sides' ranges of versions stand in the prologue, so that whoever changes them breaks the handshake; the
version is the newest that both speak, and a reply that names another is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.errors import MessageError
from firmware_bridge.frames import NO_CHANNEL, Frame, FrameType, encode_frame
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.plain_text import is_plain

# 1 had no authenticated channel; no build of it was released.
PROTOCOL = 2
NONCE_BYTES = 8
MAX_GREETING = 512
_MODEL_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Hello:
    """What the host sends first; the reply echoes the nonce.

    Attributes:
        nonce: 8 random bytes.
        lowest: oldest protocol version it speaks.
        highest: newest.
    """

    nonce: bytes
    lowest: int
    highest: int

    def encode(self) -> bytes:
        """Give its CBOR."""
        return cbor.encode({0: self.nonce, 1: self.lowest, 2: self.highest})

    def on_the_link(self) -> bytes:
        """Give the bytes that greet; a delimiter first ends whatever half frame stands on the line."""
        return b"\0" + encode_frame(Frame(FrameType.HELLO, NO_CHANNEL, 0, self.encode()))


@dataclass(frozen=True, slots=True)
class HelloReply:
    """What the signer answers. No more than the handshake needs: nobody is authenticated yet.

    Attributes:
        nonce: the host's.
        version: chosen; 0 where there is none that both speak.
        model: of the signer.
        training_build: whether its build has a debug channel.
        lowest: oldest protocol version it speaks.
        highest: newest.
        channel: number of the channel that comes next, 1 to 65535.
    """

    nonce: bytes
    version: int
    model: str
    training_build: bool
    lowest: int
    highest: int
    channel: int

    def encode(self) -> bytes:
        """Give its CBOR."""
        return cbor.encode(
            {0: self.nonce, 1: self.version, 2: self.model, 3: self.training_build, 4: self.lowest, 5: self.highest,
             6: self.channel}
        )  # fmt: skip


def choose(hello: Hello, lowest: int, highest: int) -> int:
    """Give the newest version that both speak; 0 where there is none."""
    version = min(hello.highest, highest)
    return version if version >= max(hello.lowest, lowest) else 0


def demand_chosen(hello: Hello, reply: HelloReply) -> None:
    """Demand that a reply chose the version that both ranges lead to.

    Raises:
        MessageError: there is none that both speak, or it chose another.
    """
    version = choose(hello, reply.lowest, reply.highest)
    if version == 0:
        raise MessageError("The signer speaks another version of the protocol.")
    if reply.version != version:
        raise MessageError("The signer chose another version of the protocol than both speak.")


def prologue(hello: bytes, reply: bytes) -> bytes:
    """Give the prologue of the handshake.

    Args:
        hello: its bytes as they were sent, or came.
        reply: likewise.
    """
    return cbor.encode(["chancery/bridge/1", hello, reply])


def decode_hello(data: bytes) -> Hello:
    """Read a hello.

    Raises:
        MessageError: malformed.
    """
    match _decode(data):
        case {0: bytes(nonce), 1: low, 2: high} as body if (
            len(body) == 3 and len(nonce) == NONCE_BYTES and _versions(low, high)
        ):
            return Hello(nonce, low, high)
    raise MessageError("The hello is malformed.")


def decode_hello_reply(data: bytes) -> HelloReply:
    """Read the reply to a hello.

    Raises:
        MessageError: malformed.
    """
    match _decode(data):
        case {0: bytes(nonce), 1: version, 2: str(model), 3: bool(training), 4: low, 5: high, 6: channel} as body if (
            len(body) == 7
            and _versions(low, high)
            and type(version) is int
            and type(channel) is int
            and 0 < channel < 65536
            and 0 < len(model) <= _MODEL_LENGTH
            and is_plain(model)
        ):
            return HelloReply(nonce, version, model, training, low, high, channel)
    raise MessageError("The reply to the hello is malformed.")


def _versions(low: cbor.Value, high: cbor.Value) -> bool:
    return type(low) is int and type(high) is int and 0 < low <= high < 65536


def _decode(data: bytes) -> cbor.Value:
    try:
        return cbor.decode(data, max_bytes=MAX_GREETING)
    except WireError as cause:
        raise MessageError(f"A greeting is malformed: {cause.text}") from cause
