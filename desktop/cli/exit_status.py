"""What a command's exit status means, and which error leads to which.

Invariants: an error's status follows from its place in its package's tree: the nearest class listed here, by code, so
that no package has to be imported to end a command.
"""

from __future__ import annotations

DONE = 0
REFUSED = 1
USAGE = 2
CANNOT_TELL = 3
TROUBLE = 4
PROPOSED = 5
INTERRUPTED = 130

MEANINGS = (
    (DONE, "done, or the verdict is VALID"),
    (REFUSED, "refused, or the verdict is NOT VALID"),
    (USAGE, "the command was typed wrongly, or an input cannot be read"),
    (CANNOT_TELL, "the verdict is CANNOT TELL"),
    (TROUBLE, "a device, the network or this computer gave trouble; trying again may help"),
    (PROPOSED, "a change is proposed and waits for consents; it is not in effect"),
    (INTERRUPTED, "stopped by the person"),
)

# Code of a class in an error tree -> status of its leaves that have no nearer entry.
_BY_CODE = {
    "DESKTOP": REFUSED,
    "USAGE": USAGE,
    "INPUT": USAGE,
    "OUTPUT-FILE": TROUBLE,
    "OUTPUT-KIND": USAGE,
    "OUTPUT-LOST": TROUBLE,
    "ROOT-MISSING": USAGE,
    "TEMPLATE-MISSING": USAGE,
    "STORE-PASSPHRASE": USAGE,
    "STORE-PASSPHRASE-LOST": TROUBLE,
    "KEY-MISSING": USAGE,
    "KEY-PURPOSE": USAGE,
    "SERIALS-DAMAGED": TROUBLE,
    "SOFTHSM-MISSING": TROUBLE,
    "GUI-MISSING": TROUBLE,
    "GUI-DISPLAY": TROUBLE,
    "INTERRUPTED": INTERRUPTED,
    "INTERNAL": TROUBLE,
    "SYSTEM": TROUBLE,
    "LIGHTNODE": REFUSED,
    "WIRE": USAGE,
    "RECORDING": USAGE,
    "GENESIS": USAGE,
    "RPC": TROUBLE,
    "SYNC": TROUBLE,
    "NODE": TROUBLE,
    "TRANSFER-DISK": TROUBLE,
    "RPC-URL": USAGE,
    "STORE": TROUBLE,
    "BRIDGE": TROUBLE,
    "LINK-URL": USAGE,
    "LINK-SEVERAL": USAGE,
    "MESSAGE-TOO-LARGE": USAGE,
    "SIGNER-PIN-FD": USAGE,
    "SIGNER-TOKEN-URL": USAGE,
    "SIGNER-START-PIN": REFUSED,
    "DEVICE-TWO-FILES": REFUSED,
    "DEVICE-KEY-SWAPPED": REFUSED,
    "DEVICE-MALFORMED": REFUSED,
    "DEVICE-NOT-PROVISIONED": REFUSED,
    "DEVICE-DECLINED": REFUSED,
    "DEVICE-CANCELLED": INTERRUPTED,
    "DEVICE-POLICY": REFUSED,
    "DEVICE-UNKNOWN": REFUSED,
    "DEVICE-COMMITMENT": REFUSED,
    "DEVICE-KEY": REFUSED,
    "STALE-TIME": REFUSED,
    "DEVNET": TROUBLE,
    "JOB-NETWORK-STILL": TROUBLE,
    "JOB-NODE-BUSY": TROUBLE,
    "JOB-WAITING": TROUBLE,
    "JOB-ANSWER-LOST": TROUBLE,
    "JOB-PROVIDER-LIES": TROUBLE,
    "JOB-FIELDS": USAGE,
}


def status_of(error: BaseException) -> int:
    """Give the exit status of an error.

    Args:
        error: any error of the four packages' trees.
    """
    for kind in type(error).__mro__:
        code = vars(kind).get("code")
        if isinstance(code, str) and code in _BY_CODE:
            return _BY_CODE[code]
    return REFUSED
