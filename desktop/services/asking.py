"""What an error says about a signature that a signer was asked for: whether one may exist (foundations section 8).

Invariants:
- A job is ended only where no signature of its fields can exist. Where that is not known, it may.
- A signer looks for the stored answer to a request id before it decides anything, and stores an answer before it sends
  it. So a refusal under a job's own request id says that no signature was ever given under it.
"""

from __future__ import annotations

from enum import Enum

from desktop.errors import InternalError, StoppedError
from desktop.services.job_errors import AnswerLostError, StoppedWhileAskedError
from firmware_bridge.errors import (
    BridgeError,
    BusyError,
    DeviceError,
    InternalDeviceError,
    RepeatedDifferentlyError,
)


class Outcome(Enum):
    """What is known of a request after an error."""

    NOT_ASKED = "the request did not reach the signer's decision"
    REFUSED = "the signer says that it did not sign"
    UNKNOWN = "a signature may exist"


def outcome_of(error: BaseException, asked: bool) -> Outcome:
    """Say what an error means for the signature.

    Args:
        error: raised while the signer was reached or asked.
        asked: whether the request may have been sent.
    """
    if not asked or isinstance(error, BusyError):
        # A busy signer answers before it looks whether it knows the request.
        return Outcome.NOT_ASKED
    if isinstance(error, InternalDeviceError | RepeatedDifferentlyError):
        # The fault may have come after the signature, or the id stands for something else there.
        return Outcome.UNKNOWN
    return Outcome.REFUSED if isinstance(error, DeviceError) else Outcome.UNKNOWN


def ends_job(outcome: Outcome, fresh: bool) -> bool:
    """Say whether the job ends with this error.

    Args:
        outcome: of the request.
        fresh: whether the job was approved in this very run, so that no earlier request can have been answered.
    """
    return outcome is Outcome.REFUSED or (outcome is Outcome.NOT_ASKED and fresh)


def code_of(error: BaseException) -> str:
    """Give the code with which a job ends."""
    if isinstance(error, KeyboardInterrupt):
        return StoppedError.code
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else InternalError.code


def left_open(error: BaseException, identifier: str) -> BaseException:
    """Give the error to show for a job that stays open: it names the command that carries the job on.

    Args:
        error: what happened.
        identifier: of the job.
    """
    rest = (
        f"The act {identifier} may be signed all the same. Type `chancery jobs resume {identifier}`, with the --rpc, "
        "--profile, --signer and --home used for it, to carry it on."
    )
    if isinstance(error, KeyboardInterrupt):
        return StoppedWhileAskedError(f"Stopped. {rest}")
    if isinstance(error, BridgeError):
        return AnswerLostError(f"{error.text} ({error.code}) {rest}")
    return error
