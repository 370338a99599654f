"""How JSON-RPC writes numbers and bytes."""

from __future__ import annotations


def data(value: bytes) -> str:
    """Write bytes."""
    return f"0x{value.hex()}"


def quantity(value: int) -> str:
    """Write a number, without leading zeros."""
    return hex(value)


def word(value: int) -> str:
    """Write a word of storage: always 32 bytes."""
    return f"0x{value:064x}"
