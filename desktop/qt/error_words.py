"""What a window says about an error: one sentence, a code of ours, and what to do; never the name of a class."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.errors import DesktopError, InternalError, SystemRefusalError
from firmware_bridge.errors import BridgeError
from lightnode.errors import LightNodeError


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """An error for people.

    Attributes:
        text: what happened.
        code: for the help desk.
        advice: what to do now.
    """

    text: str
    code: str
    advice: str


def words_for(error: Exception) -> ErrorWords:
    """Give the words for an error; one from outside the project's trees is the system's refusal or a fault of ours."""
    if isinstance(error, (DesktopError, BridgeError, LightNodeError)):
        return ErrorWords(str(error), error.code, error.advice)
    if isinstance(error, OSError):
        reason = (error.strerror or "no reason given").lower()
        return ErrorWords(f"This computer refused: {reason}.", SystemRefusalError.code, SystemRefusalError.advice)
    return ErrorWords("The program made a mistake. Nothing was lost.", InternalError.code, InternalError.advice)
