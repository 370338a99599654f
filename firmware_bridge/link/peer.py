"""Whose program stands at the other end of a loopback connection.

A signer serves the operating-system user who opened it. A pseudo-terminal is that user's alone by its mode; a TCP port on
loopback can be reached by every user of the computer, so the owner of the other end is looked up. Linux tells it in
/proc/net/tcp (proc(5)); where no such table is (Windows, macOS), a local signer is to be reached by a named pipe or a
pseudo-terminal, and this module cannot tell.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

TABLE = Path("/proc/net/tcp")
# A connection that was only just made can be missing from the table for a moment.
_TRIES = 5
_PAUSE_SECONDS = 0.02


def is_ours(connected: socket.socket) -> bool:
    """Whether the other end of an accepted loopback connection belongs to this process's own user.

    Args:
        connected: IPv4, both ends on this computer.

    Returns:
        True also where the system has no table to look it up in.
    """
    if not hasattr(os, "getuid") or not TABLE.exists():
        return True
    try:
        other, ours = connected.getpeername(), connected.getsockname()
    except OSError:
        return False
    for _ in range(_TRIES):
        owner = owner_of(TABLE.read_text(), other, ours)
        if owner is not None:
            return owner == os.getuid()
        time.sleep(_PAUSE_SECONDS)
    return False


def owner_of(table: str, local: tuple[str, int], remote: tuple[str, int]) -> int | None:
    """Find who owns one end of a connection.

    Args:
        table: text of /proc/net/tcp.
        local: address and port of the end asked about.
        remote: of the other end.

    Returns:
        A user id; None where the table does not hold the connection.
    """
    wanted = (_written(local), _written(remote))
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) > 7 and (columns[1], columns[2]) == wanted:
            return int(columns[7])
    return None


def _written(end: tuple[str, int]) -> str:
    # The kernel prints the address as one number in the machine's own byte order.
    number = int.from_bytes(socket.inet_aton(end[0]), sys.byteorder)
    return f"{number:08X}:{end[1]:04X}"
