"""What every page says at its foot: device, register and trust list, each with how old it is; opens no device and no socket."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.services import signer_access
from firmware_bridge.errors import BridgeError
from lightnode.verdict.judgement import show_age

NO_DEVICE = "No signing device set up"
NO_REGISTER = "No line to the register"


@dataclass(frozen=True, slots=True)
class OfficeStatus:
    """Three sentences.

    Attributes:
        device: whether the signing device is there.
        register: when the register was last checked.
        trust_list: how old the trust list is, and when the next one is due.
    """

    device: str
    register: str
    trust_list: str


def device_words(url: str | None) -> str:
    """Say whether the signing device is there, as far as that shows without opening it.

    Args:
        url: of the signer; None where this office has none.
    """
    if url is None:
        return NO_DEVICE
    try:
        there = signer_access.is_present(url)
    except BridgeError as error:
        return f"Signing device in trouble ({error.code})"
    if there is None:
        return "Signing device not asked yet"
    return "Signing device ready" if there else "Signing device not connected"


def register_words(source: str | None, checked: float | None, now: float) -> str:
    """Say when the register was last checked.

    Args:
        source: address of the node; None where this office has none.
        checked: unix seconds of the last proven look; None before the first.
        now: unix seconds.
    """
    if source is None:
        return NO_REGISTER
    if checked is None:
        return "Register not asked yet"
    return f"Register checked {show_age(max(0, int(now - checked)))} ago"
