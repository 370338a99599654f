"""How old this office's trust list is, in the words that stand on every page; the same for the program and its pictures."""

from __future__ import annotations

from pathlib import Path

from desktop.services import roots
from desktop.services.file_access import read_bytes
from lightnode.verdict.judgement import Freshness, show_age, show_day
from lightnode.wire.trust import open_trust

NO_LIST = "No trust list"


def read(trust: Path, root: Path | None) -> Freshness:
    """Read the dates of a trust list under the office's root.

    Args:
        trust: the package.
        root: named by the office; None for the installed one.

    Raises:
        InputError: a file cannot be read.
        RootMissingError: there is no root.
        LightNodeError: it is no trust list, or leads to another root.
    """
    package = open_trust(read_bytes(trust), roots.load(root).root)
    payload = package.payload
    # Verdicts are refused as soon as any part is out of date: that is the end that counts.
    end = min([package.root.not_after, *(part.payload.not_after for part in package.parts)])
    return Freshness(payload.serial, payload.issued, payload.next_update, end)


def words(dates: Freshness, now: int) -> str:
    """Say how old a list is and when the next one is due.

    Args:
        dates: of the list.
        now: unix seconds.
    """
    if now > dates.not_after:
        return f"Trust list expired {show_age(now - dates.not_after)} ago"
    due = "update due" if now <= dates.next_update else "update was due"
    return f"Trust list {show_age(max(0, now - dates.issued))} old, {due} {show_day(dates.next_update)}"
