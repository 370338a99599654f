"""The computer's steps of a pairing: a person carries a code of six digits from the signer's display to the keyboard.

Invariant: whether the codes are the same is decided by a comparison of this program, not by a nod: whoever has not read the
display cannot go on.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable

from firmware_bridge.errors import BridgeError, PairingCodeError
from firmware_bridge.exchange import Exchange
from firmware_bridge.messages import Method
from firmware_bridge.pairing_code import NUMBER_BYTES, commitment, pairing_code, typed_code


def pair(exchange: Exchange, name: str, typed: Callable[[], str], right: Callable[[], None] = lambda: None) -> None:
    """Pair this computer with the signer at the other end.

    Args:
        exchange: with it.
        name: of this computer, as the signer shows it.
        typed: asks the person for the code; the signer shows it meanwhile. Called on a thread of its own.
        right: told that the code is right, and that the tick on the signer is awaited.

    Raises:
        PairingCodeError: it is another one, or the signer did not keep to what it had committed to.
        DeviceError: it was declined on the signer.
        ChannelError: the channel broke; the pairing begins anew.
    """
    number = os.urandom(NUMBER_BYTES)
    promised = exchange.ask(Method.PAIR_START, name)
    theirs = exchange.ask(Method.PAIR_REVEAL, number)
    handshake = exchange.initiator.channel.hash
    if not isinstance(theirs, bytes) or promised != commitment(handshake, theirs):
        raise PairingCodeError("The signer did not keep to the number that it had committed to.")
    finishing = exchange.send(Method.PAIR_FINISH, None)
    if typed_code(_awaited(exchange, finishing, typed)) != pairing_code(handshake, number, theirs, name):
        # Waited for, so that the question is off the signer's display before anything else is said.
        with contextlib.suppress(BridgeError):
            exchange.ask(Method.CANCEL, finishing)
        raise PairingCodeError("The code that was typed is not the one that this computer computed.")
    # Answered before the person is told to press: a tick that is quicker than this word would count for nothing.
    exchange.ask(Method.PAIR_RIGHT, None)
    right()
    exchange.answer(finishing)


def _awaited(exchange: Exchange, finishing: bytes, typed: Callable[[], str]) -> str:
    """Wait for the person who types, and hear the signer meanwhile: it may decline, and what it says must be read."""
    said: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: said.put(typed()), daemon=True).start()
    while True:
        try:
            return said.get_nowait()
        except queue.Empty:
            exchange.hear(finishing, 0.1)
