"""The signer's steps of a pairing, on one channel: start, reveal, finish (docs/protocol.md section 3.2).

Invariants: each step once and in order; the code belongs to this channel alone; nothing is kept until a person has approved.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmware_bridge.errors import MalformedRequestError, PairingOrderError
from firmware_bridge.pairing_code import NUMBER_BYTES, commitment, pairing_code, show_code
from firmware_bridge.signer.paired_hosts import PairedHost, is_host_name
from firmware_bridge.signer.screens import Screen, rows_to_screens
from lightnode.wire import cbor

TITLE = "Pair a computer"


class Pairing:
    """One pairing."""

    def __init__(self, handshake: bytes, key: bytes, name: cbor.Value, number: bytes) -> None:
        """Begin.

        Args:
            handshake: hash of the channel's handshake.
            key: the computer's static public key.
            name: as the computer calls itself.
            number: 32 random bytes.

        Raises:
            MalformedRequestError: the name cannot be shown.
        """
        if not isinstance(name, str) or not is_host_name(name):
            raise MalformedRequestError("The computer's name cannot be shown.")
        self.host = PairedHost(key, name)
        self._handshake, self._number = handshake, number
        self._theirs: bytes | None = None
        self._right = False

    @property
    def commitment(self) -> bytes:
        """What is said of our number before it is revealed."""
        return commitment(self._handshake, self._number)

    def reveal(self, theirs: cbor.Value) -> bytes:
        """Take the computer's number; give ours.

        Raises:
            MalformedRequestError: it is none.
            PairingOrderError: it came before.
        """
        if not isinstance(theirs, bytes) or len(theirs) != NUMBER_BYTES:
            raise MalformedRequestError("The parameters of the request are malformed.")
        if self._theirs is not None:
            raise PairingOrderError("This step of the pairing was done before.")
        self._theirs = theirs
        return self._number

    @property
    def code(self) -> str:
        """The code to show.

        Raises:
            PairingOrderError: the numbers were not exchanged.
        """
        if self._theirs is None:
            raise PairingOrderError("The pairing has not come so far.")
        return pairing_code(self._handshake, self._theirs, self._number, self.host.name)

    def confirm(self) -> None:
        """Take the computer's word that the code was typed and is right.

        Raises:
            PairingOrderError: there is no code yet.
        """
        self._right = bool(self.code)

    def demand_right(self) -> None:
        """Demand that the computer has said so: one that is gone, or saw another code, never does.

        Raises:
            PairingOrderError: it has not.
        """
        if not self._right:
            raise PairingOrderError("The computer has not said that the code is right; nothing was paired.")

    def screens(self) -> Sequence[Screen]:
        """Give what the person reads before approving."""
        return rows_to_screens(TITLE, [("Computer", self.host.name), ("Type this code there", show_code(self.code))])

    def closing(self) -> Screen:
        """Give the last screen, which says what the tick does."""
        words = f"Only where the computer says that {show_code(self.code)} is right, press the tick."
        return Screen(TITLE, "Pair?", words, tick="Pair")
