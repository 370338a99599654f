"""Sizes as people read them."""

from __future__ import annotations

_GAP = "\u00a0"


def show_size(size: int) -> str:
    """Write a size in bytes."""
    if size < 1_000:
        return f"{size}{_GAP}byte{'' if size == 1 else 's'}"
    for limit, unit in ((1_000_000, "kB"), (1_000_000_000, "MB")):
        if size < limit:
            return f"{size * 1_000 / limit:.1f}{_GAP}{unit}"
    return f"{size / 1e9:.1f}{_GAP}GB"
