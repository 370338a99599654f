"""A network's profile as read from a file, and under which root it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop.services import envelope_files, roots
from desktop.services.file_access import read_bytes
from lightnode.wire.envelope import assemble, verify_envelope
from lightnode.wire.profile import Profile, read_profile
from lightnode.wire.root import Root


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile with the file it came from.

    Attributes:
        profile: what it says.
        data: the file.
        signed: whether the file is an envelope; else a draft.
        checked: whether it was checked under a root on this computer.
        serial: of the file.
        root: that it was checked under, if any.
    """

    profile: Profile
    data: bytes
    signed: bool
    checked: bool
    serial: int
    root: Root | None = None


def load_profile(path: Path, root: Path | None) -> LoadedProfile:
    """Read a profile.

    Args:
        path: draft or envelope.
        root: named by the person; else the installed one is used where there is one.

    Raises:
        InputError: it cannot be read.
        WireError: it is no profile, or not signed under the root.
    """
    data = read_bytes(path)
    file = envelope_files.read(data, path.name)
    given: Root | None = None
    if file.signatures and (root is not None or roots.installed_path().exists()):
        given = roots.load(root).root
        envelope = assemble(file.payload_bytes, file.signatures)
        verify_envelope(envelope, given.governance, "profile", given.environment)
    signed, checked = bool(file.signatures), given is not None
    return LoadedProfile(read_profile(file.payload), data, signed, checked, file.payload.serial, given)
