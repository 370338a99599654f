"""Orders by which governance lets one block pass: taking one in, keeping the log, giving them to the light client.

Invariants:
- An order counts here only with a line in the log that says who took it in, when, why, and the digest of its file; lines
  are only ever added. The order was valid at that time; the person's decision does not lapse with the file.
- At every opening each order is verified again under a root on this computer. Without a root none counts, and the block is
  refused as if there were none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.errors import DesktopError, InputFormatError, OutputFileError
from desktop.services import data_folder, opening_lock
from desktop.services.file_access import parse_json, read_bytes, write_bytes
from lightnode.consensus.genesis import ChainConfig
from lightnode.errors import WireError
from lightnode.light_client.network_profile import config_of
from lightnode.wire.envelope import Envelope, decode_envelope
from lightnode.wire.order import HeightException, verify_height_exception
from lightnode.wire.root import Root
from lightnode.wire.types import Hash32

if TYPE_CHECKING:
    from desktop.services.loaded_profile import LoadedProfile

FOLDER = "orders"
LOG_NAME = "height-exceptions.jsonl"
_MEMBERS = {"at": int, "by": str, "reason": str, "height": int, "hash": str, "order": str, "root": str}
_ORDER_BYTES = 64 * 1024


class OtherOrderError(DesktopError):
    """Another block was let pass at this height already."""

    code = "ORDER-OTHER"
    advice = "Ask governance which block is the network's; two blocks at one height are misbehaviour of its members."


class OrderLogError(DesktopError):
    """The log of orders, or an order that it names, is not as it was written."""

    code = "ORDER-LOG"
    advice = "Have IT look into the network's folder: the orders there were changed by somebody, or are damaged."


@dataclass(frozen=True, slots=True)
class TakenIn:
    """One line of the log.

    Attributes:
        at: when, unix seconds.
        by: who.
        reason: why.
        exception: what was let pass.
        order: SHA-256 of the order's file.
        root: fingerprint of the root it was verified under.
    """

    at: int
    by: str
    reason: str
    exception: HeightException
    order: Hash32
    root: Hash32

    def as_json(self) -> dict[str, Any]:
        """Give the line."""
        return {
            "at": self.at, "by": self.by, "reason": self.reason, "height": self.exception.height,
            "hash": "0x" + self.exception.block_hash.hex(), "order": self.order.hex(), "root": self.root.hex(),
        }  # fmt: skip


def take_in(loaded: LoadedProfile, base: Path, root: Root, data: bytes, noted: tuple[str, str], now: int) -> TakenIn:
    """Verify an order and note it; from now on its block passes here.

    Args:
        loaded: profile of the network.
        base: the application's data folder.
        root: given by IT.
        data: the order's file.
        noted: who decides, and why.
        now: unix seconds.

    Raises:
        WireError: it is no order of governance for this network, or has ended.
        OtherOrderError: another block was let pass at that height.
        OrderLogError: the log is damaged.
        OutputFileError: it cannot be written.
    """
    genesis = loaded.profile.genesis_hash
    envelope = decode_envelope(data)
    exception = verify_height_exception(envelope, root, genesis, now)
    folder = data_folder.network_folder(base, loaded.profile.environment, genesis)
    line = TakenIn(now, noted[0], noted[1], exception, envelope.digest, Hash32(root.fingerprint))
    with opening_lock.held(folder):
        for known in log(folder, genesis):
            if known.exception.height == exception.height and known.exception != exception:
                raise OtherOrderError(
                    f"At height {exception.height} block 0x{known.exception.block_hash.hex()} passes."
                )
        orders = data_folder.private_folder(folder / FOLDER)
        write_bytes(orders / f"{envelope.digest.hex()}.cenv", data, private=True)
        _add(orders / LOG_NAME, line)
    return line


def log(folder: Path, genesis: Hash32) -> tuple[TakenIn, ...]:
    """Give every line of the log, oldest first.

    Args:
        folder: of the network.
        genesis: of the network.

    Raises:
        OrderLogError: a line is not as it was written.
    """
    path = folder / FOLDER / LOG_NAME
    if not path.exists():
        return ()
    try:
        return tuple(_line(text, genesis) for text in read_bytes(path).decode().splitlines())
    except (InputFormatError, ValueError) as cause:
        raise OrderLogError("A line of the log of orders is not as it was written.") from cause


def config_with_exceptions(loaded: LoadedProfile, folder: Path) -> ChainConfig:
    """Give a network's settings with the blocks that pass by orders.

    Args:
        loaded: profile, with the root that it was checked under.
        folder: of the network.

    Raises:
        ProfileGenesisError: the profile contradicts itself.
        OrderLogError: an order in the log is missing, or not signed under the root.
    """
    config = config_of(loaded.profile)
    if loaded.root is None:
        return config
    return replace(config, exceptions=dict(_exceptions(folder, loaded.root, config.block_hash)))


def _exceptions(folder: Path, root: Root, genesis: Hash32) -> Iterator[tuple[int, Hash32]]:
    for line in log(folder, genesis):
        envelope = _order(folder, line)
        try:
            found = verify_height_exception(envelope, root, genesis, line.at)
        except WireError as cause:
            raise OrderLogError(
                f"The order for block {line.exception.height} no longer verifies: {cause.text}"
            ) from cause
        if found != line.exception:
            raise OrderLogError(f"The log and the order for block {line.exception.height} differ.")
        yield found.height, found.block_hash


def _order(folder: Path, line: TakenIn) -> Envelope:
    try:
        envelope = decode_envelope(read_bytes(folder / FOLDER / f"{line.order.hex()}.cenv", _ORDER_BYTES))
    except (WireError, DesktopError) as cause:
        raise OrderLogError(f"The order for block {line.exception.height} is missing or damaged.") from cause
    if envelope.digest != line.order:
        raise OrderLogError(f"The order for block {line.exception.height} is another than was taken in.")
    return envelope


def _add(path: Path, line: TakenIn) -> None:
    text = json.dumps(line.as_json(), ensure_ascii=False, separators=(",", ":")) + "\n"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as cause:
        raise OutputFileError(f"{path} cannot be written: {(cause.strerror or 'no reason given').lower()}.") from cause


def _line(text: str, genesis: Hash32) -> TakenIn:
    value = parse_json(text.encode(), LOG_NAME)
    if not isinstance(value, dict) or {name: type(one) for name, one in value.items()} != _MEMBERS:
        raise ValueError("another form")
    block, order, root = (bytes.fromhex(value[name].removeprefix("0x")) for name in ("hash", "order", "root"))
    if {len(block), len(order), len(root)} != {32}:
        raise ValueError("another width")
    exception = HeightException(genesis, value["height"], Hash32(block))
    return TakenIn(value["at"], value["by"], value["reason"], exception, Hash32(order), Hash32(root))
