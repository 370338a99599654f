"""The token that clients of the verified server show, in a file that only its owner can read (foundations section 11).

Invariants: the file is made with mode 0600 from its first byte on, and never over another one; a file that others may read
or that another user owns is refused, not repaired: its token may be known.
"""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from lightnode.node.errors import NodeTokenError

TOKEN_BYTES = 32
_FORM = re.compile(r"[A-Za-z0-9_-]{32,128}")


def load_or_make(path: Path, randomness: Callable[[int], bytes]) -> str:
    """Give the token in a file, which is made at first use.

    Args:
        path: of the file; its folder is there.
        randomness: gives that many random bytes.

    Raises:
        NodeTokenError: it cannot be made or read, is not private, or holds something else.
    """
    try:
        return _make(path, randomness)
    except FileExistsError:
        return _load(path)
    except OSError as cause:
        raise NodeTokenError("The file with the server's token cannot be made.") from cause


def _make(path: Path, randomness: Callable[[int], bytes]) -> str:
    token = base64.urlsafe_b64encode(randomness(TOKEN_BYTES)).rstrip(b"=").decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{token}\n")
    return token


def _load(path: Path) -> str:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            _demand_private(os.fstat(file.fileno()))
            content = file.read(256).decode("ascii", "replace").strip()
    except OSError as cause:
        raise NodeTokenError("The file with the server's token cannot be read.") from cause
    if not _FORM.fullmatch(content):
        raise NodeTokenError("The file with the server's token holds something else.")
    return content


def _demand_private(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NodeTokenError("The file with the server's token is no plain file.")
    # Other systems than POSIX keep no such rights; there the user's own folder is what protects the file.
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o077):
        raise NodeTokenError("Others may read the file with the server's token, or own it.")
