"""Asking a port whether a signer is behind it: one hello, and the reply that no other device gives.

Invariant: one greeting is written and nothing else; no channel is made, so that nothing is vouched for: what answers may call
itself a signer, and is believed only once it has shaken hands.
"""

from __future__ import annotations

import os
import time

from firmware_bridge.errors import MessageError
from firmware_bridge.frames import Frame, FrameReader, FrameType
from firmware_bridge.greeting import NONCE_BYTES, PROTOCOL, Hello, HelloReply, decode_hello_reply
from firmware_bridge.link.transport import Transport


def greet(link: Transport, seconds: float) -> HelloReply | None:
    """Greet, and give what answered as a signer does; None where nothing did in time.

    Args:
        link: open; it may be anything's.
        seconds: to wait.

    Raises:
        BridgeError: the link is gone, or takes nothing.
    """
    nonce, reader = os.urandom(NONCE_BYTES), FrameReader()
    link.write(Hello(nonce, PROTOCOL, PROTOCOL).on_the_link())
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        for frame in reader.feed(link.read(left)):
            reply = _reply(frame, nonce)
            if reply is not None:
                return reply
    return None


def _reply(frame: Frame, nonce: bytes) -> HelloReply | None:
    if frame.type is not FrameType.HELLO_REPLY:
        return None
    try:
        reply = decode_hello_reply(frame.payload)
    except MessageError:
        return None
    return reply if reply.nonce == nonce else None
