"""Finding the signers that are plugged into this computer, by asking each port that could be one.

Invariant: what a port says of itself is shown, never believed; whether a signer is a known one is told by its key, when it is
used, not here.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.link.candidates import look, probe_all
from firmware_bridge.probe import greet


@dataclass(frozen=True, slots=True)
class FoundSigner:
    """A port that was asked.

    Attributes:
        url: to reach it by.
        place: where it is plugged in.
        model: of the signer that answered; empty where none did.
        trouble: code of what kept it from being asked; empty without one.
        advice: what to do about that.
    """

    url: str
    place: str
    model: str
    trouble: str
    advice: str


def search() -> tuple[FoundSigner, ...]:
    """Ask every port on USB that could be a signer; about half a second for each that is none."""
    return tuple(
        FoundSigner(
            one.url, one.candidate.place, "" if one.answer is None else one.answer.model,
            "" if one.trouble is None else one.trouble.code, "" if one.trouble is None else one.trouble.advice,
        )
        for one in probe_all(look(), greet)
    )  # fmt: skip
