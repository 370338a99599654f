"""Messages of the bridge in deterministic CBOR with integer keys (docs/protocol.md section 4).

Request: `{0: id (16 bytes), 1: method, 2: parameters}`. Response: `{0: id, 1: status, 2: result}`, `{0: id, 1: status,
3: [error, tries left or null, text]}` or `{0: id, 1: status, 4: [reason, screen, screens]}`. Keys 16 and 17 are kept for
anti-exfiltration. Unknown keys are refused.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from firmware_bridge.channel import MAX_MESSAGE
from firmware_bridge.errors import MessageError
from lightnode.errors import WireError
from lightnode.wire import cbor

ID_BYTES = 16


class Method(enum.IntEnum):
    """What can be asked. No method signs a caller's digest, presses a button or carries a PIN."""

    INFO = 1
    KEYS = 2
    GENERATE_KEY = 3
    INSTALL_ROOT = 4
    LOAD_ENVELOPE = 5
    SIGN_TRANSACTION = 6
    SIGN_ENVELOPE = 7
    CANCEL = 8
    LOCK = 9
    PAIR_START = 10
    PAIR_REVEAL = 11
    PAIR_FINISH = 12
    PING = 13
    HOSTS = 14
    FORGET_HOST = 15
    AUDIT_READ = 16
    AUDIT_MARK = 17
    AUDIT_TAKEN = 18
    PAIR_RIGHT = 19


# What a computer that the signer does not know may ask.
STRANGERS = frozenset({Method.PAIR_START, Method.PAIR_REVEAL, Method.PAIR_FINISH, Method.PAIR_RIGHT, Method.CANCEL})


class Status(enum.IntEnum):
    """How far a request is."""

    DONE = 0
    PENDING = 1
    FAILED = 2


class Reason(enum.IntEnum):
    """Why a request is pending."""

    PROCESSING = 0
    PERSON = 1
    PIN = 2


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        id: 16 bytes, the same when it is repeated.
        method: what is asked.
        parameters: by method.
    """

    id: bytes
    method: int
    parameters: cbor.Value

    def encode(self) -> bytes:
        """Give its CBOR."""
        return cbor.encode({0: self.id, 1: int(self.method), 2: self.parameters})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request failed.

    Attributes:
        number: of the closed list.
        tries_left: of the PIN, where it matters.
        text: what happened.
    """

    number: int
    tries_left: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What a request waits for.

    Attributes:
        reason: processing, or a person.
        screen: which screen is shown, from 1; 0 where none is.
        screens: how many there are.
    """

    reason: Reason
    screen: int
    screens: int


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; exactly one of result, failure and pending belongs to its status.

    Attributes:
        id: of the request.
        status: how far it is.
        result: by method, when done.
        failure: when failed.
        pending: while pending.
    """

    id: bytes
    status: Status
    result: cbor.Value = None
    failure: Failure | None = None
    pending: Pending | None = None

    def encode(self) -> bytes:
        """Give its CBOR."""
        body: dict[int, cbor.Value] = {0: self.id, 1: int(self.status)}
        if self.status is Status.DONE:
            body[2] = self.result
        elif self.failure is not None:
            body[3] = [self.failure.number, self.failure.tries_left, self.failure.text]
        elif self.pending is not None:
            body[4] = [int(self.pending.reason), self.pending.screen, self.pending.screens]
        return cbor.encode(body)


def decode_request(data: bytes) -> Request:
    """Read a request.

    Raises:
        MessageError: malformed.
    """
    match _decode(data):
        case {0: bytes(name), 1: method, 2: parameters} as body if (
            len(body) == 3 and len(name) == ID_BYTES and type(method) is int
        ):
            return Request(name, method, parameters)
    raise MessageError("The request is malformed.")


def read_id(data: bytes) -> bytes | None:
    """Give the id of a message that is no request, so that its sender can be answered; None where it has none."""
    try:
        match _decode(data):
            case {0: bytes(name)} if len(name) == ID_BYTES:
                return name
    except MessageError:
        return None
    return None


def decode_response(data: bytes) -> Response:
    """Read a response.

    Raises:
        MessageError: malformed.
    """
    match _decode(data):
        case {0: bytes(name), 1: 0, 2: result} as body if len(body) == 3:
            return Response(name, Status.DONE, result)
        case {0: bytes(name), 1: 1, 4: [int(reason), int(screen), int(screens)]} as body if (
            len(body) == 3 and reason in Reason.__members__.values()
        ):
            return Response(name, Status.PENDING, pending=Pending(Reason(reason), screen, screens))
        case {0: bytes(name), 1: 2, 3: [int(number), None | int() as tries, str(text)]} as body if len(body) == 3:
            return Response(name, Status.FAILED, failure=Failure(number, tries, text))
    raise MessageError("The response is malformed.")


def _decode(data: bytes) -> cbor.Value:
    try:
        return cbor.decode(data, max_bytes=MAX_MESSAGE)
    except WireError as cause:
        raise MessageError(f"A message is malformed: {cause.text}") from cause
