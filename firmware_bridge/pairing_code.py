"""The short code that a person carries from the signer's display to the computer, bound to the whole channel.

A short-authentication-string exchange: the signer commits to a random number before it learns the computer's; only then
does it open its own. Whoever sits between has two channels with two hashes, must commit on one of them before anything of
the other is known, and meets the same code by chance only: one in a million for each time that a person compares.

Invariant: the code depends on the handshake's hash, hence on both static keys, both ephemeral ones and both greetings.
"""

from __future__ import annotations

import hashlib

from lightnode.wire import cbor

NUMBER_BYTES = 32
_DIGITS = 6


def commitment(handshake: bytes, number: bytes) -> bytes:
    """Give what the signer says of its number before it says the number.

    Args:
        handshake: hash of the channel's handshake.
        number: 32 random bytes.
    """
    return hashlib.sha256(cbor.encode(["chancery/pair-commit/1", handshake, number])).digest()


def pairing_code(handshake: bytes, host_number: bytes, signer_number: bytes, name: str) -> str:
    """Give the code: six digits.

    Args:
        handshake: hash of the channel's handshake.
        host_number: the computer's 32 random bytes.
        signer_number: the signer's.
        name: as the computer calls itself.
    """
    digest = hashlib.sha256(cbor.encode(["chancery/pair-code/1", handshake, host_number, signer_number, name])).digest()
    return f"{int.from_bytes(digest[:16], 'big') % 10**_DIGITS:0{_DIGITS}}"


def show_code(code: str) -> str:
    """Give a code as it is shown: two groups of three."""
    return f"{code[:3]} {code[3:]}"


def typed_code(text: str) -> str:
    """Give the code that a person typed, whatever stands between its digits."""
    return "".join(char for char in text if char not in " -.\t\r\n")
