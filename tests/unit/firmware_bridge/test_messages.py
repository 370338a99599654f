"""Messages: one encoding, unknown keys refused, only our errors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import DEVICE_ERRORS, DeviceError, MessageError
from firmware_bridge.greeting import Hello, HelloReply, decode_hello, decode_hello_reply
from firmware_bridge.messages import (
    Failure,
    Pending,
    Reason,
    Request,
    Response,
    Status,
    decode_request,
    decode_response,
)
from lightnode.wire import cbor

ID = bytes(range(16))


@pytest.mark.parametrize(
    "response",
    [
        Response(ID, Status.DONE, [1, b"x", None]),
        Response(ID, Status.DONE, None),
        Response(ID, Status.FAILED, failure=Failure(6, 2, "wrong")),
        Response(ID, Status.FAILED, failure=Failure(8, None, "declined")),
        Response(ID, Status.PENDING, pending=Pending(Reason.PERSON, 3, 15)),
    ],
)
def test_responses(response: Response) -> None:
    assert decode_response(response.encode()) == response


def test_requests_and_greetings() -> None:
    request = Request(ID, 6, ["k", b"payload", None, None, None])
    assert decode_request(request.encode()) == request
    assert decode_hello(Hello(b"12345678", 1, 2).encode()) == Hello(b"12345678", 1, 2)
    reply = HelloReply(b"12345678", 1, "model", True, 1, 1, 7)
    assert decode_hello_reply(reply.encode()) == reply


@pytest.mark.parametrize(
    "body", [{0: ID, 1: 1, 2: None, 3: 1}, {0: ID, 1: 1}, {0: ID[:15], 1: 1, 2: None}, {0: "x", 1: 1, 2: None}, [], 1]
)
def test_malformed_requests(body: object) -> None:
    with pytest.raises(MessageError):
        decode_request(cbor.encode(body))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_only_message_errors(data: bytes) -> None:
    for decode in (decode_request, decode_response, decode_hello, decode_hello_reply):
        with pytest.raises(MessageError):
            decode(data)


def test_the_list_of_errors_is_closed_and_each_has_its_own_number() -> None:
    classes = DeviceError.__subclasses__()
    assert len(DEVICE_ERRORS) == len(classes)
    assert sorted(DEVICE_ERRORS) == list(range(1, len(classes) + 1))
