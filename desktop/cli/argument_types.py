"""Reading single arguments: times, hex, numbers within bounds. Each refuses with one sentence for argparse."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path


def path(text: str) -> Path:
    """Read a file name."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("a file name cannot be empty")
    return Path(text)


def filled(text: str) -> str:
    """Read a word that is not empty and holds nothing that cannot be shown."""
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError("it is empty, or holds what cannot be shown")
    return text


def key_label(text: str) -> str:
    """Read the name of a key on a token: 1 to 32 printable characters."""
    if not (1 <= len(text) <= 32 and text.isprintable() and text.strip()):
        raise argparse.ArgumentTypeError("a key's label has 1 to 32 printable characters")
    return text


def moment(text: str) -> int:
    """Read a time: unix seconds, a day, or a time in ISO 8601 (UTC unless it says otherwise)."""
    if re.fullmatch(r"[0-9]{1,11}", text, re.ASCII):
        return int(text)
    try:
        value = datetime.fromisoformat(text)
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError("give a time as 2026-11-24, 2026-11-24T10:00Z or unix seconds") from None


def descriptor(text: str) -> int:
    """Read the number of an open file descriptor."""
    number = within(0, 1023)(text)
    try:
        os.fstat(number)
    except OSError:
        raise argparse.ArgumentTypeError(f"no descriptor {number} is open; open it as in {number}<FILE") from None
    return number


def within(low: int, high: int) -> Callable[[str], int]:
    """Make a reader of whole numbers from low to high."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,20}", text, re.ASCII) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"give a whole number from {low} to {high}")
        return int(text)

    return read


def hex_bytes(width: int) -> Callable[[str], bytes]:
    """Make a reader of exactly that many bytes in hex, with or without 0x."""

    def read(text: str) -> bytes:
        digits = text.removeprefix("0x")
        if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * width}}}", digits, re.ASCII):
            raise argparse.ArgumentTypeError(f"give {width} bytes in hex")
        return bytes.fromhex(digits)

    return read


def authority(text: str) -> tuple[str, str]:
    """Read an authority as country and number, e.g. ``ZZ/4711``."""
    if not re.fullmatch(r"[A-Z]{2}/[A-Za-z0-9._\-]{1,64}", text, re.ASCII):
        raise argparse.ArgumentTypeError("give an authority as COUNTRY/NUMBER, e.g. ZZ/4711")
    country, number = text.split("/", 1)
    return country, number


def validator_contract(text: str) -> tuple[bytes, int, bytes | None]:
    """Read ``ADDRESS=SLOT`` or ``ADDRESS=SLOT:CODEHASH``; the slot decimal, or hex after 0x."""
    found = re.fullmatch(
        r"(?:0x)?([0-9a-fA-F]{40})=([0-9]{1,78}|0x[0-9a-fA-F]{1,64})(?::(?:0x)?([0-9a-fA-F]{64}))?", text, re.ASCII
    )
    slot = -1 if found is None else int(found[2], 16 if found[2].startswith("0x") else 10)
    if found is None or slot >= 1 << 256:
        raise argparse.ArgumentTypeError("give a contract as ADDRESS=SLOT or ADDRESS=SLOT:CODEHASH, e.g. 0x...7777=2")
    return bytes.fromhex(found[1]), slot, None if found[3] is None else bytes.fromhex(found[3])


def registry(text: str) -> tuple[str, bytes, int, tuple[bytes | str, ...]]:
    """Read a registry to pin: kind, address, first block, and what follows the address.

    ``KIND=ADDRESS[@BLOCK]`` is to be read from a node; ``...:CODEHASH`` has no proxy; ``...:CODEHASH:FORM:PROGRAM:CODEHASH``
    names the program behind one, and a versioned beacon ``:BEACON:CODEHASH`` too.
    """
    found = re.fullmatch(
        r"([a-z-]{1,20})=(?:0x)?([0-9a-fA-F]{40})(?:@([0-9]{1,18}))?(?::((?:0x)?[0-9a-fA-F]{64})"
        r"(?::(owned|erc1967):((?:0x)?[0-9a-fA-F]{40}):((?:0x)?[0-9a-fA-F]{64})"
        r"|:(versioned-beacon):((?:0x)?[0-9a-fA-F]{40}):((?:0x)?[0-9a-fA-F]{64}):((?:0x)?[0-9a-fA-F]{40})"
        r":((?:0x)?[0-9a-fA-F]{64}))?)?",
        text, re.ASCII,
    )  # fmt: skip
    if found is None:
        raise argparse.ArgumentTypeError(
            "give a registry as KIND=ADDRESS[@BLOCK][:CODEHASH[:FORM:PROGRAM:CODEHASH[:BEACON:CODEHASH]]], "
            "FORM one of owned, erc1967, versioned-beacon"
        )
    kind, where, born, *parts = found.groups()
    words = ("owned", "erc1967", "versioned-beacon")
    rest = tuple(
        part if part in words else bytes.fromhex(part.removeprefix("0x")) for part in parts if part is not None
    )
    return kind, bytes.fromhex(where), int(born or 0), rest


def shown_reason(text: str) -> str:
    """Take a reason that a signer's display will show."""
    from lightnode.wire.profile_terms import MAX_REASON, is_reason

    if not is_reason(text):
        raise argparse.ArgumentTypeError(f"a reason has 10 to {MAX_REASON} plain characters without hidden ones")
    return text


def shown_name(limit: int, *, any_direction: bool = False) -> Callable[[str], str]:
    """Make a reader of a name that a signer's display will show; a signer would refuse any other.

    Args:
        limit: most characters.
        any_direction: whether the name stands in a row of its own, and may run from right to left.
    """

    def read(text: str) -> str:
        from lightnode.wire.plain_text import is_plain, is_sentence_part

        fit = is_plain(text) if any_direction else is_sentence_part(text)
        if not fit or len(text) > limit:
            raise argparse.ArgumentTypeError(f"give 1 to {limit} plain characters without doubled or hidden ones")
        return text

    return read


def reason(text: str) -> str:
    """Take a reason that people read later."""
    if not 10 <= len(text) <= 500 or not text.isprintable():
        raise argparse.ArgumentTypeError("a reason has 10 to 500 printable characters")
    return text
