"""Handing the audit log out: entries, a mark by the attestation key, and the word that they were taken over.

Invariants: nothing here can be refused for a full log, so that no signer is locked out of its own upkeep; a mark is of this
signer's own log as it stands, and its contents come from nobody else.
"""

from __future__ import annotations

from firmware_bridge.audit_entry import Head
from firmware_bridge.audit_mark import CHALLENGE_BYTES, PURPOSE, mark_payload
from firmware_bridge.errors import MalformedRequestError, NotProvisionedError, UnknownKeyError
from firmware_bridge.signer.audit_log import CAPACITY, WARN_PERCENT, AuditLog
from hsm.token import KeyInfo
from lightnode.wire import cbor
from lightnode.wire.payload import Payload

# Of the entries in one answer, so that it stays one message.
MAX_ANSWER = 256 * 1024


def read(log: AuditLog, first: int) -> cbor.Value:
    """Give entries from a counter on, as many as one answer takes, and where the log ends now.

    Raises:
        MalformedRequestError: there is no such entry.
    """
    return [list(log.read(first, MAX_ANSWER)), log.head.counter, log.head.hash]


def take_over(log: AuditLog, counter: int, found: bytes) -> cbor.Value:
    """Note that the log is held elsewhere up to an entry; gives how many still wait.

    Raises:
        MalformedRequestError: it has no such entry.
    """
    return log.take_over(Head(counter, found))


def standing(log: AuditLog) -> cbor.Value:
    """Give how many entries wait, how many may, and from how many on the signer warns."""
    return [log.waiting, CAPACITY, CAPACITY * WARN_PERCENT // 100]


def attestation_key(keys: tuple[KeyInfo, ...]) -> KeyInfo:
    """Give the key that marks are made with.

    Raises:
        UnknownKeyError: the token has none, or several.
    """
    found = [key for key in keys if key.purpose == PURPOSE]
    if len(found) != 1:
        raise UnknownKeyError(f"The signer has {len(found) or 'no'} keys of purpose attestation; it needs exactly one.")
    return found[0]


def payload(log: AuditLog, challenge: bytes, environment: str | None, newest_time: int, kid: bytes) -> Payload:
    """Give what a mark says.

    Raises:
        MalformedRequestError: the challenge is none, or the log is empty.
        NotProvisionedError: there is no root, hence no environment.
    """
    if len(challenge) != CHALLENGE_BYTES:
        raise MalformedRequestError("The challenge has other than 32 bytes.")
    if environment is None:
        raise NotProvisionedError("The signer has no root yet; its log cannot be marked.")
    if not log.head.counter:
        raise MalformedRequestError("The audit log is empty.")
    return mark_payload(log.head, challenge, environment, newest_time, kid)
