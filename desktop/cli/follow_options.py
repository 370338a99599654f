"""How a network is followed, as options that `node sync` and `node serve` share."""

from __future__ import annotations

import argparse
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.errors import UsageError

if TYPE_CHECKING:
    from lightnode.light_client.choices import SyncChoices
    from lightnode.light_client.given_checkpoint import NamedBlock
    from lightnode.wire.profile import Profile

_DAY = 86_400


def add(parser: argparse.ArgumentParser, *, checkpoint: bool = True) -> None:
    """Let a command say where it begins and how it follows."""
    if checkpoint:
        parser.add_argument(
            "--checkpoint", type=types.filled, metavar="FILE|HEIGHT:HASH",
            help="begin at a checkpoint file, or at a block named by hand, instead of genesis",
        )  # fmt: skip
    parser.add_argument(
        "--mode", choices=["sequential", "skipping"], default="sequential",
        help="verify every header, or as few as the seals of a trusted set allow (sequential)",
    )  # fmt: skip
    parser.add_argument(
        "--trust-level", type=_level, default=Fraction(2, 3), metavar="A/B",
        help="share of a trusted set that must have sealed a header skipped to (2/3; never below f+1)",
    )  # fmt: skip
    parser.add_argument(
        "--trusting-days", type=_days, default=0, metavar="N",
        help="days for which a verified header may be skipped from; 'never-ends' for ever (the profile's, else 14)",
    )  # fmt: skip
    counting = parser.add_mutually_exclusive_group()
    counting.add_argument(
        "--tolerant", type=types.reason, metavar="REASON",
        help="count the good seals where others stand beside them, and why; else such a header is refused",
    )  # fmt: skip
    counting.add_argument("--strict", action="store_true", help="refuse such a header whatever the profile recommends")


def _level(text: str) -> Fraction:
    try:
        level = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError("this is no share like 2/3") from None
    if not Fraction(1, 3) <= level <= 1:
        raise argparse.ArgumentTypeError("a trust level lies between 1/3 and 1")
    return level


def _days(text: str) -> int | None:
    return None if text == "never-ends" else types.within(1, 36_500)(text)


def choices(given: Any, profile: Profile) -> SyncChoices:
    """Give the choices that the options say, each with its reason; where they say nothing, what the profile recommends."""
    from lightnode.consensus.seal_counting import SealCounting
    from lightnode.light_client.choices import Mode, SyncChoices
    from lightnode.light_client.network_profile import recommended_choices

    chosen = recommended_choices(profile)
    if given.mode == "skipping":
        chosen = replace(chosen, mode=Mode.SKIPPING, mode_reason="The operator chose it (--mode skipping).")
    if given.trusting_days != 0:
        chosen = replace(chosen, trusting_period=None if given.trusting_days is None else given.trusting_days * _DAY)
    if given.tolerant is not None:
        chosen = replace(chosen, counting=SealCounting.TOLERANT, counting_reason=given.tolerant)
    if given.strict:
        reason = f"The operator chose it (--strict). {SyncChoices().counting_reason}"
        chosen = replace(chosen, counting=SealCounting.STRICT, counting_reason=reason)
    return replace(chosen, trust_level=given.trust_level)


def start(given: Any) -> bytes | NamedBlock | None:
    """Give what `--checkpoint` names: a file's bytes, or a block; None where it is not given.

    Raises:
        UsageError: neither a file's name nor a height with a hash.
        InputError: the file cannot be read.
    """
    from pathlib import Path

    from desktop.services.file_access import read_bytes
    from lightnode.consensus.checkpoint import MAX_BYTES
    from lightnode.light_client.given_checkpoint import NamedBlock
    from lightnode.wire.types import Hash32

    text = getattr(given, "checkpoint", None)
    if text is None:
        return None
    height, colon, block = text.partition(":")
    if not (colon and height.isascii() and height.isdigit()):
        return read_bytes(Path(text), MAX_BYTES)
    try:
        return NamedBlock(types.within(1, 2**63 - 1)(height), Hash32(types.hex_bytes(32)(block)))
    except argparse.ArgumentTypeError as cause:
        raise UsageError(f"--checkpoint: {cause}.") from cause
