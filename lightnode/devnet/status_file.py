"""What a network's process writes of itself, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lightnode.devnet.errors import DevnetStatusError
from lightnode.devnet.folder_lock import STATUS
from lightnode.errors import LightNodeError
from lightnode.wire.json_value import parse

_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class WrittenStatus:
    """A status file.

    Attributes:
        rpc_url: on this computer.
        pid: of the process.
        genesis_hash: hex.
        mark: that the process was started with.
    """

    rpc_url: str
    pid: int
    genesis_hash: str
    mark: str


def read_status(folder: Path) -> WrittenStatus | None:
    """Read a folder's status file; None where there is none. Only of worth while the folder is held.

    Raises:
        DevnetStatusError: damaged.
    """
    try:
        with (folder / STATUS).open("rb") as file:
            known = parse(file.read(_MAX_BYTES), _MAX_BYTES)
        found = WrittenStatus(known["rpc_url"], known["pid"], known["genesis_hash"], known["mark"])
        texts = (found.rpc_url, found.genesis_hash, found.mark)
        if not all(isinstance(text, str) for text in texts) or type(found.pid) is not int or found.pid <= 1:
            raise ValueError("another form")
        if not found.rpc_url.startswith("http://127.0.0.1:"):
            raise ValueError("another computer")
    except FileNotFoundError:
        return None
    except (OSError, LightNodeError, ValueError, KeyError, TypeError) as cause:
        raise DevnetStatusError("The network runs, but its status file is damaged.") from cause
    return found
