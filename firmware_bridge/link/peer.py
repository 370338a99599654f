"""Whose program stands at the other end of a loopback connection.

A signer serves the operating-system user who opened it. A pseudo-terminal is that user's alone by its mode; a TCP port on
loopback can be reached by every user of the computer, so the owner of the other end is looked up. Linux tells it in
/proc/net/tcp and, for IPv4 through an IPv6 socket, in /proc/net/tcp6 (proc(5)); where no such table is (Windows, macOS), a local
signer is to be reached by a named pipe or a pseudo-terminal, and this module cannot tell.

Invariant: only the row of a connection that stands, and that a process still holds, names an owner. Once the other end has
closed, the kernel shows user 0 for it, whoever it was; such a peer is refused.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

TABLE = Path("/proc/net/tcp")
TABLE6 = Path("/proc/net/tcp6")
# No user has this number.
NOBODY = -1
_ESTABLISHED = "01"
_NO_INODE = "0"
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
        table = "".join(path.read_text() for path in (TABLE, TABLE6) if path.exists())
        found = owner_of(table, other, ours)
        if found is not None:
            return found == os.getuid()
        time.sleep(_PAUSE_SECONDS)
    return False


def owner_of(table: str, local: tuple[str, int], remote: tuple[str, int]) -> int | None:
    """Find who owns one end of a connection that stands.

    Args:
        table: text of /proc/net/tcp, of /proc/net/tcp6, or of both one after the other.
        local: IPv4 address and port of the end asked about.
        remote: of the other end.

    Returns:
        A user id; `NOBODY` where that end has closed; None where the table does not hold the connection.
    """
    wanted = {tuple(write(end) for end in (local, remote)) for write in (_written, _mapped)}
    for line in table.splitlines():
        columns = line.split()
        if len(columns) < 10 or (columns[1], columns[2]) not in wanted:
            continue
        standing = columns[3] == _ESTABLISHED and columns[9] != _NO_INODE
        return int(columns[7]) if standing else NOBODY
    return None


def _written(end: tuple[str, int]) -> str:
    # The kernel prints the address as one number in the machine's own byte order.
    number = int.from_bytes(socket.inet_aton(end[0]), sys.byteorder)
    return f"{number:08X}:{end[1]:04X}"


def _mapped(end: tuple[str, int]) -> str:
    """Write an IPv4 address as IPv6 sees it, ::ffff:a.b.c.d: four numbers in the machine's own byte order."""
    prefix = int.from_bytes(b"\0\0\xff\xff", sys.byteorder)
    return f"{0:016X}{prefix:08X}{_written(end)}"
