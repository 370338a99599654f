"""This computer's own key for the channel to signers, and the signers that it was paired with.

Both lie in the folder `link` of the data folder, mode 0600; for a local signer a key of its own lies in the signer's folder.
Such a key authenticates the link only: it signs nothing and opens nothing, so that it needs no passphrase of its own; whoever
can read it can already ask every signer of this user.

Invariants: a file is replaced as a whole; damage is an error, never a new key in silence.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from desktop.errors import DesktopError, OutputFileError, OutputKindError
from desktop.services.data_folder import base_folder, private_folder
from desktop.services.file_access import write_bytes
from firmware_bridge.host_identity import NAME_LENGTH, HostIdentity
from firmware_bridge.noise.handshake import KEY_BYTES
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.plain_text import is_sentence_part

FOLDER = "link"
KEY = "host.key"
SIGNERS = "signers.cbor"
_KIND = "chancery/known-signers/1"
_MAX_BYTES = 64 * 1024
_NAMELESS = "a computer"


class LinkFilesError(DesktopError):
    """This computer's own keys for signers cannot be read or written."""

    code = "LINK-FILES"
    advice = "Move the folder `link` of the data folder away, then pair your signers with this computer anew."


@dataclass(frozen=True, slots=True)
class KnownSigner:
    """A signer that this computer was paired with.

    Attributes:
        key: its static public key, 32 bytes.
        model: as it said then.
    """

    key: bytes
    model: str


def identity(home: Path | None) -> HostIdentity:
    """Give this computer as signers know it; its key is made when it is first asked for.

    Args:
        home: data folder; None for the usual one.

    Raises:
        LinkFilesError: key or list cannot be read or written.
    """
    folder = private_folder(private_folder(base_folder(home)) / FOLDER)
    known = frozenset(signer.key for signer in known_signers(home))
    return HostIdentity(_secret(folder / KEY), computer_name(), known.__contains__)


def local_identity(folder: Path, signer: bytes) -> HostIdentity:
    """Give this computer as a local signer knows it, whichever data folder a command names.

    Args:
        folder: of the signer, which is this user's alone, as the signer is.
        signer: its static public key, as its folder says.

    Raises:
        LinkFilesError: the key cannot be read or written.
    """
    return HostIdentity(_secret(folder / KEY), computer_name(), signer.__eq__)


def computer_name() -> str:
    """Give this computer's name as a signer can show it."""
    name = " ".join(platform.node().split())[:NAME_LENGTH].strip()
    return name if name and is_sentence_part(name) else _NAMELESS


def known_signers(home: Path | None) -> tuple[KnownSigner, ...]:
    """Give the signers that this computer was paired with.

    Raises:
        LinkFilesError: the list is damaged.
    """
    path = base_folder(home) / FOLDER / SIGNERS
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as cause:
        raise LinkFilesError(f"{path} cannot be read.") from cause
    try:
        match cbor.decode(data, max_bytes=_MAX_BYTES):
            case [kind, list(rows)] if kind == _KIND:
                return tuple(_known(row, path) for row in rows)
    except WireError as cause:
        raise LinkFilesError(f"{path} is damaged.") from cause
    raise LinkFilesError(f"{path} is damaged.")


def remember(home: Path | None, signer: KnownSigner) -> None:
    """Keep a signer; one that is known already stays once.

    Raises:
        LinkFilesError: the list is damaged, or cannot be written.
    """
    known = known_signers(home)
    if signer not in known:
        _save(home, (*(one for one in known if one.key != signer.key), signer))


def forget(home: Path | None, key: bytes) -> bool:
    """Strike a signer from the list; tells whether it stood there.

    Raises:
        LinkFilesError: the list is damaged, or cannot be written.
    """
    known = known_signers(home)
    kept = tuple(one for one in known if one.key != key)
    if kept != known:
        _save(home, kept)
    return kept != known


def _save(home: Path | None, signers: tuple[KnownSigner, ...]) -> None:
    folder = private_folder(private_folder(base_folder(home)) / FOLDER)
    _write(folder / SIGNERS, cbor.encode([_KIND, [[one.key, one.model] for one in signers]]))


def _known(row: cbor.Value, path: Path) -> KnownSigner:
    match row:
        case [bytes(key), str(model)] if len(key) == KEY_BYTES:
            return KnownSigner(key, model)
    raise LinkFilesError(f"{path} is damaged.")


def _secret(path: Path) -> bytes:
    try:
        if not path.exists():
            # Of two first uses at once the second waits, and reads what the first has made.
            with FileLock(path.with_suffix(".lock"), mode=0o600, is_singleton=False):
                if not path.exists():
                    _write(path, os.urandom(KEY_BYTES))
        data = path.read_bytes()
    except OSError as cause:
        raise LinkFilesError(f"{path} cannot be read or written.") from cause
    if len(data) != KEY_BYTES:
        raise LinkFilesError(f"{path} is damaged.")
    return data


def _write(path: Path, data: bytes) -> None:
    try:
        write_bytes(path, data, private=True)
    except (OutputFileError, OutputKindError) as cause:
        raise LinkFilesError(f"{path} cannot be written.") from cause
