"""The rights that a local signer's process gives up before it touches a token, where the system lets it (Linux, other POSIX).

It cannot gain rights again through a program that it starts (prctl(2), PR_SET_NO_NEW_PRIVS); no other program of the same
user can read its memory, where a PIN may be, or attach to it (PR_SET_DUMPABLE 0, ptrace(2)); a crash writes no picture of its
memory (RLIMIT_CORE 0); what it makes is its user's alone (umask).

Invariant: called once, by the process's own entry and never by a library, because nothing of it can be taken back.
"""

from __future__ import annotations

import ctypes
import os
import sys

from firmware_bridge.errors import SignerStartError

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def give_up_rights() -> None:
    """Give them up.

    Raises:
        SignerStartError: Linux refused; a signer that could be read by others is not started.
    """
    if os.name != "posix":
        return
    # Of one family of systems only.
    import resource

    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        control = ctypes.CDLL(None, use_errno=True).prctl
        zero = ctypes.c_ulong(0)
        for option, value in ((_PR_SET_NO_NEW_PRIVS, 1), (_PR_SET_DUMPABLE, 0)):
            if control(option, ctypes.c_ulong(value), zero, zero, zero) != 0:
                raise SignerStartError("The system does not let the signer shut itself off from other programs.")
