"""Which root an office trusts: the one IT installed, or the one named with --root (foundations section 6).

Invariants: a root never comes out of what it is to judge. The first use of a root is reported with its fingerprint, so
that people can compare it; after that it is known by that fingerprint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import DesktopError, InputFormatError
from desktop.services import envelope_files
from desktop.services.data_folder import private_folder
from desktop.services.file_access import parse_json, read_bytes, write_json
from lightnode.wire.root import Root, follow, read_root, show_fingerprint

INSTALLED_NAME = "root.cenv"
KNOWN_NAME = "known-roots.json"


class RootMissingError(DesktopError):
    """No root was given and none is installed."""

    code = "ROOT-MISSING"
    advice = "Name the root you got from your IT staff with --root, or have it installed."


@dataclass(frozen=True, slots=True)
class GivenRoot:
    """A root as given.

    Attributes:
        data: the file.
        root: read.
        path: where it came from.
    """

    data: bytes
    root: Root
    path: Path


def installed_path() -> Path:
    """Give the machine path where IT puts the root."""
    import platformdirs

    return Path(platformdirs.site_config_dir("chancery", appauthor=False)) / INSTALLED_NAME


def load(named: Path | None) -> GivenRoot:
    """Give the root to trust.

    Args:
        named: by the person, or None for the installed one.

    Raises:
        RootMissingError: none is named and none installed.
        RootError: the file is no root.
        InputError: it cannot be read.
    """
    path = named if named is not None else installed_path()
    if named is None and not path.exists():
        raise RootMissingError(f"No root is installed at {path}.")
    data = read_bytes(path)
    return GivenRoot(data, read_root(data), path)


def note_use(base: Path, root: Root) -> str | None:
    """Remember a root; at first use give the sentence that asks for comparison.

    Args:
        base: the application's data folder.
        root: about to be relied on.
    """
    path = private_folder(base) / KNOWN_NAME
    known = _known(path)
    name = root.fingerprint.hex()
    if name in known:
        return None
    write_json(path, sorted({*known, name}), private=True)
    shown = show_fingerprint(root.fingerprint)
    return f"First use of this root ({root.environment}). Compare its fingerprint with your IT staff: {shown}"


def in_line(files: Sequence[tuple[Path, bytes]]) -> list[bytes]:
    """Give the roots of a line ascending, each checked by the one before.

    Args:
        files: every root since the first, in any order.

    Raises:
        InputFormatError: a file is no envelope of a root.
        RootError: one is missing, or does not follow.
    """
    serials = []
    for path, data in files:
        payload = envelope_files.read(data, path.name).payload
        if payload.kind != "root":
            raise InputFormatError(f"{path.name} is no root.")
        serials.append((payload.serial, data))
    ordered = [data for _, data in sorted(serials)]
    follow(read_root(ordered[0]), ordered)
    return ordered


def _known(path: Path) -> list[str]:
    if not path.exists():
        return []
    value = parse_json(read_bytes(path), path.name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputFormatError(f"{path.name} is damaged.")
    return value
