"""What the signer answers with when something is refused, and the few checks that belong to no one request."""

from __future__ import annotations

from firmware_bridge.errors import (
    DeviceError,
    DevicePinBlockedError,
    DevicePinWrongError,
    LockedError,
    MalformedRequestError,
    PolicyRefusedError,
    TokenTroubleError,
)
from firmware_bridge.messages import Failure, Response, Status
from firmware_bridge.signer.build import TRAINING_BUILD
from hsm.errors import HsmError, PinBlockedError, PinNeededError, PinWrongError
from hsm.token import KeyInfo
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.envelope import decode_envelope
from lightnode.wire.root import Root, read_root


def checked_root(data: bytes) -> Root:
    """Read a root that was given to the signer.

    Raises:
        MalformedRequestError: it cannot be used.
    """
    try:
        decode_envelope(data)
        return read_root(data)
    except WireError as cause:
        raise MalformedRequestError(f"The root cannot be used: {cause.text}") from cause


def demand_build(environment: str) -> None:
    """Keep a training build in training, and every other build out of it.

    Raises:
        PolicyRefusedError: the environment is another build's.
    """
    if (environment == "training") != TRAINING_BUILD:
        raise PolicyRefusedError("This build of the signer is for another environment.")


def key_row(key: KeyInfo) -> list[cbor.Value]:
    """Give a key as messages carry it."""
    return [key.label, key.curve, key.public_key, key.purpose]


def failed(name: bytes, error: DeviceError) -> Response:
    """Give the response for a refusal."""
    return Response(name, Status.FAILED, failure=Failure(error.number, error.tries_left, error.text))


def token_error(error: HsmError) -> DeviceError:
    """Give the refusal for a token's trouble."""
    if isinstance(error, PinNeededError):
        return LockedError("The token is locked.")
    if isinstance(error, PinWrongError):
        return DevicePinWrongError(error.text, error.tries_left)
    if isinstance(error, PinBlockedError):
        return DevicePinBlockedError(error.text)
    return TokenTroubleError(f"{error.text} ({error.code})")
