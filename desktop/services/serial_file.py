"""The rollback memory of an office on disk: the highest serial of each line of envelopes it has accepted.

Kept beside the encrypted store, not in it: it holds nothing secret, and judging evidence must not ask for a passphrase.
File: CBOR `["chancery/serials/1", [* [line, serial, digest]]]`, ascending by line.

Invariants: written as one step; two programs that write at once keep the higher serial of each line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from desktop.errors import DesktopError
from desktop.services.data_folder import private_folder
from desktop.services.file_access import read_bytes, write_bytes
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.serial_memory import SerialMemory

NAME = "serials.cbor"
FORMAT = "chancery/serials/1"


class SerialFileError(DesktopError):
    """The rollback memory cannot be read."""

    code = "SERIALS-DAMAGED"
    advice = "Restore the file from a backup; without it an old trust list could pass for a new one."


def load(base: Path) -> SerialMemory:
    """Read the memory; empty at first use.

    Raises:
        SerialFileError: the file is damaged.
    """
    path = base / NAME
    if not path.exists():
        return SerialMemory({})
    try:
        name, rows = cbor.decode(read_bytes(path), max_bytes=1 << 22)
        if name != FORMAT:
            raise SerialFileError("The rollback memory is of an unknown version.")
        return SerialMemory({bytes(line): (int(serial), bytes(digest)) for line, serial, digest in rows})
    except (WireError, TypeError, ValueError) as cause:
        raise SerialFileError("The rollback memory is damaged.") from cause


def save(base: Path, memory: SerialMemory) -> None:
    """Write the memory, keeping what another program has added since.

    Args:
        base: the application's data folder.
        memory: after this program's acceptances.
    """
    known = load(base)
    lines: Mapping[bytes, tuple[int, bytes]] = {
        name: max(known.lines.get(name, (0, b"")), memory.lines.get(name, (0, b"")))
        for name in {*known.lines, *memory.lines}
    }
    if lines == known.lines:
        return
    rows = [[name, *lines[name]] for name in sorted(lines)]
    write_bytes(private_folder(base) / NAME, cbor.encode([FORMAT, rows]), private=True)
