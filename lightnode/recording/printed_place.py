"""What nodes print of a transaction's place, beside what the tries prove: it agrees with the block, or somebody changed it.

Nothing here is evidence. It keeps a reader of the file from taking a receipt for that of another transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lightnode.errors import WireError
from lightnode.recording.errors import PrintedPlaceError
from lightnode.wire import json_value as js
from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Hash32


def demand_places(
    height: int, block_hash: Hash32, entries: Sequence[Mapping[str, Any]], what: str, *, first: int = 0
) -> None:
    """Hold the block number, block hash and index printed in each entry against the block; what is absent says nothing.

    Args:
        height: of the block.
        block_hash: its hash.
        entries: transactions or receipts, in order.
        what: their name, for the error.
        first: index of the first one's transaction.

    Raises:
        PrintedPlaceError: one names another place.
    """
    for index, entry in enumerate(entries, first):
        expected: list[tuple[str, int | bytes]] = [
            ("blockNumber", height), ("blockHash", block_hash), ("transactionIndex", index),
        ]  # fmt: skip
        for name, value in expected:
            if entry.get(name) is not None and _read(entry[name], value) != value:
                raise PrintedPlaceError(f"A {what} of block {height}, number {index}, prints another {name}.", height)


def demand_log_places(height: int, block_hash: Hash32, receipts: Sequence[Mapping[str, Any]]) -> None:
    """Hold the place printed in each log against the block and its receipt; what is absent says nothing.

    Args:
        height: of the block.
        block_hash: its hash.
        receipts: in order, each with a readable `logs`.

    Raises:
        PrintedPlaceError: one names another place, or another transaction than its receipt.
    """
    for index, receipt in enumerate(receipts):
        for log in receipt["logs"]:
            demand_places(height, block_hash, [log], "log", first=index)
            names = log.get("transactionHash"), receipt.get("transactionHash")
            if None not in names and not _same_hash(*names):
                raise PrintedPlaceError(
                    f"A log of block {height}, transaction {index}, prints another transactionHash.", height
                )


def _same_hash(one: Any, other: Any) -> bool:
    try:
        return js.hash_value(one) == js.hash_value(other)
    except WireError:
        return False


def digest_of(names: Sequence[Hash32]) -> Hash32:
    """Give what is kept of a block's transaction hashes: a long recording has more of them than memory."""
    return keccak256(b"".join(names))


def demand_transactions(height: int, digest: Hash32, receipts: Sequence[Mapping[str, Any]]) -> None:
    """Hold the transaction hashes that a block's receipts print against its transactions; where all are absent, none.

    Args:
        height: of the block.
        digest: of its transactions' hashes.
        receipts: in order.

    Raises:
        PrintedPlaceError: they are others, or only some print one: no node does that, and it would hide the others.
    """
    printed = [entry.get("transactionHash") for entry in receipts]
    if all(one is None for one in printed):
        return
    try:
        agrees = digest_of([js.hash_value(one) for one in printed]) == digest
    except WireError:
        agrees = False
    if not agrees:
        raise PrintedPlaceError(f"The receipts of block {height} print the hashes of other transactions.", height)


def _read(printed: Any, like: int | bytes) -> int | bytes | None:
    """Read a printed value; recordings also hold plain numbers, None is what can be neither."""
    if isinstance(printed, int) and not isinstance(printed, bool):
        return printed
    try:
        return js.quantity(printed) if isinstance(like, int) else js.hash_value(printed)
    except WireError:
        return None
